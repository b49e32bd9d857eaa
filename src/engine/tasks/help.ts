import { partiesTo } from '../attribution.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { Task } from '../state.ts';
import { guard, held, isRefused, nodeOf } from './guard.ts';
import { workOf } from '../work.ts';

/**
 * Additional resources: the holder of a task asks others for their part in it, and they answer.
 *
 * HELP-1  A task is completed only when those have answered whom its step waits for: all, any, or none.
 * HELP-2  Whoever helps has taken part in the work: they keep to TASK-4.
 * HELP-3  Nobody is asked who may not answer: whom the task is kept from, or of a party that nobody is.
 */
const MAX_HELP = 50;

export const requestHelp = (draft: Draft, command: CommandOf<'task.request_help'>): Rejection | null => {
  const task = held(draft, command, 'request_help');
  if (isRefused(task)) return task;
  if (task.help.length >= MAX_HELP)
    return refuse('notes_full', `Task ${task.id} has asked for help ${MAX_HELP} times, which is the most.`);
  const { from, text } = command;
  const refused = keptFrom(task, from) ?? helpedByNobody(draft, task, from);
  if (refused) return refused;
  draft.emit('task.help_requested', task.layer, { task: task.id, from, text });
  return null;
};

/** An answer to a request; who may give it is for the caller to see. */
export const help = (draft: Draft, command: CommandOf<'task.help'>): Rejection | null => {
  const task = guard(draft, command.task, 'comment');
  if (isRefused(task)) return task;
  const request = task.help.find(({ id }) => id === command.request);
  if (!request || request.answer)
    return refuse(
      'help_closed',
      `Task ${task.id} does not wait for an answer to request ${command.request}.`,
    );
  const { by } = draft.moment;
  const refused = keptFrom(task, by.actor, partiesTo(by));
  if (refused) return refused;
  draft.emit('task.helped', task.layer, {
    task: task.id,
    request: request.id,
    output: draft.settle(command.output),
    credited: true,
  });
  return null;
};

const keptFrom = (
  { id, excluded, separate }: Task,
  who: string,
  parties: readonly string[] = [who],
): Rejection | null =>
  excluded.includes(who) || parties.some((party) => separate.includes(party))
    ? refuse('participant_excluded', `${who} is excluded from task ${id}.`)
    : null;

/** HELP-3 */
const helpedByNobody = (draft: Draft, task: Task, from: string): Rejection | null => {
  const work = workOf(draft, nodeOf(draft, task), { ...task, task: task.id }, null);
  const { hasOwner } = draft.moment;
  return hasOwner && !askedToHelp(from).some((asked) => hasOwner({ ...work, ...asked }))
    ? refuse('not_eligible', `Nobody who is ${from} could help with task ${task.id}.`)
    : null;
};

/**
 * What is asked of whoever helps, in place of what is asked of whoever does the task: to be of the party. Either will do, since what is
 * for any kind is for no system.
 */
export const askedToHelp = (from: string) =>
  ([null, 'system'] as const).map(
    (by) => ({ requires: [], level: null, by, from: [from], safety: 'read_only' }) as const,
  );

/** HELP-1. The requests whose answers it waits for. */
const awaited = ({ help: asked, rules }: Task): Task['help'] => {
  const rule = rules?.help ?? 'all';
  const open = asked.filter(({ answer }) => answer === null);
  return rule === 'none' || (rule === 'any' && open.length < asked.length) ? [] : open;
};

/** HELP-1. Those without whose answer it is not completed, where nobody can answer. */
export const unanswerable = (task: Task, isAnybody: (from: string) => boolean): Task['help'] => {
  const open = awaited(task);
  const mute = open.filter(({ from }) => !isAnybody(from));
  return task.rules?.help === 'any' && mute.length < open.length ? [] : mute;
};

/** HELP-1 */
export const helpPending = (task: Task): Rejection | null => {
  const { id } = task;
  const open = awaited(task);
  if (open.length === 0) return null;
  const whom = open.map(({ from }) => from).join(', ');
  return refuse(
    'help_pending',
    `Task ${id} waits for the help of ${whom}, and is not completed before that.`,
    {
      open: open.map((request) => request.id),
    },
  );
};
