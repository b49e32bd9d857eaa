import type { Graph, StepNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import { isObject } from '../../definition/json.ts';
import { reviewersOf } from '../after-failure.ts';
import { actingOn } from '../approvals/use.ts';
import { partiesTo } from '../attribution.ts';
import { listOf, problemsOf } from '../check.ts';
import { forgetDeadline } from '../close.ts';
import type { CommandOf, Moment } from '../command.ts';
import type { Draft } from '../draft.ts';
import { failTask, NOTHING, type Reason } from '../fail-task.ts';
import { failureOf, refuse, type Rejection } from '../failure.ts';
import { TASK_ROUTING } from '../lifecycle.ts';
import { overspent } from '../policies/limits.ts';
import { isForPeopleFirst } from '../policies/begin.ts';
import { isOwn, judgeResult } from '../policies/work.ts';
import type { RunState, Task } from '../state.ts';
import { hasTurn } from '../steps.ts';
import { begun, guard, held, isRefused, nodeOf, notGivenOut, notHeld, openTask } from './guard.ts';
import { helpPending } from './help.ts';
import { begin, reserve } from './taking.ts';
import { askAgain, commences, isChosen, isThere, move, routeAgain, workOf } from '../work.ts';

/**
 * Commands on one task.
 *
 * TASK-1  Only the holder acts on a held task, and only with the fencing token of its own claim (promise 1).
 * TASK-2  A result that is not what the step declares is refused, and the task stays with its holder, who can mend it.
 * TASK-3  A holder that is lost this many times makes the attempt a failed one: work that kills its workers ends.
 * TASK-6  Whoever gives a task a result in place of its holder, or by force, is not excluded from it, and keeps to TASK-4.
 * TASK-7  While the handler of a case can take a task of it that nobody has had yet, nobody else does: also where it was offered to all
 *         before the case had a handler.
 * TASK-8  What is given out late and offered is taken by nobody who has as many open tasks as its step allows.
 * TASK-9  What is reserved for somebody is begun by whoever acts for them as well, and is theirs then, under a token of their own.
 */
export const MAX_LOSSES = 3;

/** `task.claim` reserves; `task.start` goes to work, and claims first where nobody holds the task. */
export const claim = (draft: Draft, command: CommandOf<'task.claim' | 'task.start'>): Rejection | null => {
  const claiming = command.type === 'task.claim';
  const task = guard(draft, command.task, claiming ? 'claim' : 'start');
  if (isRefused(task)) return task;
  const { assignee, administrator = false } = command;
  const seen = administrator ? { ...task, offeredTo: null } : task;
  const refusal = mayHold(draft, seen, assignee) ?? isForOthers(draft, task, assignee, administrator);
  if (refusal) return refusal;
  const take = claiming && !commences(task) ? reserve : begin;
  return take(draft, task, assignee, { administrator });
};

/** Who holds it is not said: it may be hidden from whoever comes for it. */
export const mayHold = (draft: Draft, task: Task, assignee: string): Rejection | null => {
  const refusal = notHeld(draft, task);
  if (refusal) return refusal;
  if (task.assignee !== null && task.assignee !== assignee && !isKeptForGrantor(draft, task))
    return refuse('task_held', `Task ${task.id} is held by somebody else.`);
  return excludes(task, assignee) ?? isOffered(draft, task, assignee) ?? separates(draft, task, assignee);
};

/** TASK-9 */
const isKeptForGrantor = ({ moment }: Draft, { assignee, status }: Task): boolean =>
  status === 'reserved' && assignee === actsFor(moment);

/** What is read to say whether a task is for others than who comes for it. */
export interface Coming {
  readonly graph: Graph;
  readonly state: RunState;
  readonly moment: Pick<Moment, 'by' | 'keeper' | 'take'>;
}

/** Why others have it who may do it as well (TASK-7, TASK-8). */
export const isForOthers = (
  coming: Coming,
  task: Task,
  assignee: string,
  administrator: boolean,
): Rejection | null =>
  (administrator ? null : isKept(coming, task, assignee)) ?? isLaden(coming, task, assignee);

/** TASK-7. Who that is, is not said: what they have may be hidden from whoever comes for it. */
export const isKept = (draft: Coming, task: Task, assignee: string): Rejection | null => {
  const { moment, state } = draft;
  const node = nodeOf(draft, task);
  if (node.kind !== 'task' || task.kind !== 'task' || node.assign?.strategy !== 'case') return null;
  if (state.handler === null || state.handler === assignee || task.token > 0) return null;
  const keeper = moment.keeper?.(workOf(draft, node, { ...task, task: task.id }, null)) ?? null;
  if (keeper === null || keeper === assignee || keeper === actsFor(moment)) return null;
  return refuse('case_handled', `Somebody else handles what run ${state.run} is about.`);
};

/** TASK-8 */
export const isLaden = (draft: Coming, task: Task, assignee: string): Rejection | null => {
  const node = nodeOf(draft, task);
  if (node.kind !== 'task' || node.assign?.when !== 'late' || task.assignee !== null) return null;
  const { load } = node.assign;
  if (
    load === null ||
    task.kind !== 'task' ||
    draft.moment.take?.(task.id, assignee, load, draft.state) !== false
  )
    return null;
  const message = `${assignee} has ${load} or more tasks open, and task ${task.id} is for whoever has fewer.`;
  return refuse('load_reached', message, { load });
};

/** TASK-6 */
export const mayAnswer = (draft: Draft, task: Task): Rejection | null => {
  const { actor } = draft.moment.by;
  return excludes(task, actor) ?? separates(draft, task, actor);
};

const excludes = ({ id, excluded }: Task, participant: string): Rejection | null =>
  excluded.includes(participant)
    ? refuse('participant_excluded', `${participant} is excluded from task ${id}.`)
    : null;

/** Whoever it is that the actor takes it for, where that is somebody else. */
const actsFor = ({ by }: Pick<Moment, 'by'>): string | undefined => by.authority.chain?.[0]?.from;

const isOffered = ({ moment }: Draft, { id, offeredTo }: Task, assignee: string): Rejection | null => {
  const grantor = actsFor(moment) ?? assignee;
  return !offeredTo || offeredTo.includes(assignee) || offeredTo.includes(grantor)
    ? null
    : refuse('not_offered', `Task ${id} is offered to ${offeredTo.join(', ')}, and not to ${assignee}.`);
};

/** TASK-4  Whoever did what the task is separate from does not do it, whoever they act for, nor anybody for them (promise 5). */
const separates = ({ moment }: Draft, { id, separate }: Task, assignee: string): Rejection | null => {
  if (separate.length === 0) return null;
  if (![assignee, ...partiesTo(moment.by)].some((party) => separate.includes(party))) return null;
  return refuse(
    'separation_of_duties',
    `${assignee} took part in what task ${id} has to be separate from. Ask someone else.`,
  );
};

export const progress = (draft: Draft, command: CommandOf<'task.progress'>): Rejection | null => {
  const task = held(draft, command, 'progress');
  if (isRefused(task)) return task;
  const { fraction = null, message = null, usage = NOTHING } = command;
  draft.emit('task.progressed', task.layer, { task: task.id, fraction, message, usage });
  const over = overspent(draft, task, NOTHING);
  return over && failTask(draft, task, over);
};

export const complete = (draft: Draft, command: CommandOf<'task.complete'>): Rejection | null => {
  const task = held(draft, command, 'complete');
  if (isRefused(task)) return task;
  const { output, usage = NOTHING } = command;
  const apart = task.assignee === draft.moment.by.actor ? null : mayAnswer(draft, task);
  const wrong = apart ?? helpPending(task) ?? check(draft, task, output) ?? unsure(command.confidence);
  if (wrong) return wrong;
  if (task.kind === 'verification' && !confirms(output)) {
    const message = 'The system of record does not confirm what was written.';
    return failAsSaid(draft, task, { code: 'record_unverified', message, usage });
  }
  const over = overspent(draft, task, usage);
  if (over) return failTask(draft, task, { ...over, usage });
  const { confidence } = command;
  const review = confidence === undefined ? null : reviewOf(draft, task, confidence);
  const judged = judgeResult(draft, task, command, review);
  if ('code' in judged) return judged;
  forgetDeadline(draft, task);
  const done = {
    task: task.id,
    output: draft.settle(output),
    usage,
    ...(confidence !== undefined && { confidence }),
    ...judged,
  };
  draft.emitAs('task.completed', task.layer, done, actingOn(draft, task));
  return null;
};

const unsure = (confidence = 1): Rejection | null =>
  confidence >= 0 && confidence <= 1
    ? null
    : refuse('confidence_invalid', 'Confidence is a number from 0 (none) to 1 (sure).');

/** A result that its maker doubts goes to a person: to the chain of the step, and else to the human who answers for the run. */
const reviewOf = (draft: Draft, task: Task, confidence: number) => {
  const node = nodeOf(draft, task);
  const { actor } = draft.moment.by;
  if (task.kind !== 'task' || node.kind !== 'task' || isOwn(draft) || confidence >= node.confidence)
    return null;
  const message = `${actor} is ${confidence} sure of the result, and less than ${node.confidence} goes to a person`;
  return { to: reviewersOf(draft, node, task.slot), failure: failureOf(task, 'low_confidence', message) };
};

/** `true`, or an object whose `verified` is. */
export const confirms = (output: Json): boolean =>
  output === true || (isObject(output) && output['verified'] === true);

/** A human who does the work instead is held to the same shape: what follows reads it. */
export const check = (draft: Draft, task: Task, output: Json): Rejection | null => {
  const node = nodeOf(draft, task);
  const problems = node.kind === 'task' ? problemsOf(node.output, output) : [];
  if (problems.length === 0) return null;
  const list = listOf(problems, 'result');
  return refuse('output_invalid', `The result of task ${task.id} is not what its step declares. ${list}`, {
    problems,
  });
};

export const fail = (draft: Draft, command: CommandOf<'task.fail'>): Rejection | null => {
  const task = held(draft, command, 'fail');
  if (isRefused(task)) return task;
  const { code, message, retryable = true, usage } = command;
  return failAsSaid(draft, task, { code, message, lasting: !retryable, usage });
};

/** CAPPED-1  With what was used it may be for good. */
const failAsSaid = (draft: Draft, task: Task, said: Reason): null => {
  const over = overspent(draft, task, said.usage ?? NOTHING);
  return failTask(
    draft,
    task,
    over ? { ...said, ...over, message: `${over.message} ${said.message}` } : said,
  );
};

export const release = (draft: Draft, command: CommandOf<'task.release'>): Rejection | null => {
  const task = held(draft, command, 'release');
  if (isRefused(task)) return task;
  const holder = task.assignee ?? '';
  draft.emit('task.released', task.layer, {
    task: task.id,
    reason: command.reason ?? 'released by its holder',
  });
  giveOn(draft, task, holder);
  return null;
};

/** Where routing chooses who is to do a task, it chooses somebody else than the one who gave it back. */
const giveOn = (draft: Draft, task: Task, holder: string): void => {
  const node = nodeOf(draft, task);
  routeAgain(draft, node, task, isChosen(node, task) ? [holder] : []);
};

export const decline = (draft: Draft, command: CommandOf<'task.decline'>): Rejection | null => {
  const task = guard(draft, command.task, 'decline');
  if (isRefused(task)) return task;
  const { participant, reason = null } = command;
  const refusal = mayHold(draft, task, participant);
  if (refusal) return refusal;
  draft.emit('task.declined', task.layer, { task: task.id, participant, reason });
  const node = nodeOf(draft, task);
  if (isLeftAlone(draft, node, task) && node.onFailure.finally !== 'fail') {
    const message = `Nobody is left who could do it: ${participant} declined${reason === null ? '' : `: ${reason}`}`;
    return failTask(draft, task, { code: 'declined', message, lasting: true });
  }
  routeAgain(draft, node, task);
  return null;
};

const isLeftAlone = (draft: Draft, node: StepNode, task: Task): boolean =>
  task.offeredTo?.length === 0 ||
  draft.moment.canBeDone?.(workOf(draft, node, { ...task, task: task.id }, null)) === false;

/** TASK-5  Routing is asked again only about what nobody works on, and lies where it lay for who asks. */
export const route = (
  draft: Draft,
  { task: id, reason, seen }: CommandOf<'task.route'>,
): Rejection | null => {
  const task = openTask(draft.state, id);
  if (!task || TASK_ROUTING[task.status].length === 0)
    return refuse('task_closed', `Task ${id} is not open, or somebody works on it.`);
  if (seen && (task.token !== seen.token || task.routed !== seen.routed))
    return refuse('changed_meanwhile', `Task ${id} has been moved already.`);
  if (!hasTurn(draft.state, task)) return refuse('task_closed', `The step of task ${id} has not begun.`);
  if (awaitsActivation(task))
    return refuse('task_closed', `Task ${id} is not given out before it is activated.`);
  const refusal = notGivenOut(draft);
  if (refusal) return refusal;
  if (isForPeopleFirst(draft, task)) {
    forgetDeadline(draft, task);
    const why = { reason: 'a policy has people decide first', forPeople: true } as const;
    draft.flow('task.exited', task.layer, { task: id, ...why });
    return null;
  }
  const node = nodeOf(draft, task);
  const routed = askAgain(draft, node, task);
  if (isThere(task, routed.placement))
    return refuse('route_unchanged', `Routing leaves task ${id} where it is.`);
  if (task.assignee !== null) draft.flow('task.released', task.layer, { task: id, reason });
  move(draft, task, routed);
  return null;
};

export const awaitsActivation = ({ status, activateAt, rules }: Task): boolean =>
  status === 'created' && (activateAt !== null || rules?.activation === 'manual');

/** The lease of a holder ran out: the task is offered again, until it has cost too many holders. */
export const expire = (draft: Draft, command: CommandOf<'task.expire'>): Rejection | null => {
  const task = held(draft, command, 'release');
  if (isRefused(task)) return task;
  if (task.losses + 1 < MAX_LOSSES) {
    const holder = task.assignee ?? '';
    draft.flow('task.released', task.layer, { task: task.id, reason: 'lease_expired', lost: true });
    giveOn(draft, task, holder);
    return null;
  }
  const message = `${MAX_LOSSES} holders were lost: none sent a heartbeat before its lease ran out.`;
  return failTask(draft, task, { code: 'lease_expired', message });
};

export const skip = (draft: Draft, command: CommandOf<'task.skip'>): Rejection | null => {
  const task = begun(draft, command.task, 'skip');
  if (isRefused(task)) return task;
  if (!task.skippable)
    return refuse(
      'task_not_skippable',
      `Task ${task.id} may not be skipped: its step does not say skippable.`,
    );
  forgetDeadline(draft, task);
  draft.emit('task.skipped', 'decide', { task: task.id, reason: command.reason ?? null });
  return null;
};
