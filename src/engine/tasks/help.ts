import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { Task } from '../state.ts';
import { guard, held, isRefused } from './guard.ts';

/**
 * Additional resources: the holder of a task asks others for their part in it, and they answer.
 *
 * HELP-1  A task is completed only when those have answered whom its step waits for: all, any, or none.
 * HELP-2  Whoever helps has taken part in the work.
 */
const MAX_HELP = 50;

export const requestHelp = (draft: Draft, command: CommandOf<'task.request_help'>): Rejection | null => {
  const task = held(draft, command, 'request_help');
  if (isRefused(task)) return task;
  if (task.help.length >= MAX_HELP)
    return refuse('notes_full', `Task ${task.id} has asked for help ${MAX_HELP} times, which is the most.`);
  const { from, text } = command;
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
  const { actor } = draft.moment.by;
  if (task.excluded.includes(actor) || task.separate.includes(actor))
    return refuse('participant_excluded', `${actor} is excluded from task ${task.id}.`);
  draft.emit('task.helped', task.layer, {
    task: task.id,
    request: request.id,
    output: draft.settle(command.output),
    credited: true,
  });
  return null;
};

/** HELP-1 */
export const helpPending = ({ id, help: asked, rules }: Task): Rejection | null => {
  if (asked.length === 0) return null;
  const rule = rules?.help ?? 'all';
  const open = asked.filter(({ answer }) => answer === null);
  const done = rule === 'none' || (rule === 'any' ? open.length < asked.length : open.length === 0);
  if (done) return null;
  const whom = open.map(({ from }) => from).join(', ');
  return refuse(
    'help_pending',
    `Task ${id} waits for the help of ${whom}, and is not completed before that.`,
    {
      open: open.map((request) => request.id),
    },
  );
};
