import type { Layer } from '../../definition/graph.ts';
import { afterFailure } from '../after-failure.ts';
import { isPassport, onlyOne } from '../approvals/terms.ts';
import type { Attribution } from '../attribution.ts';
import { forgetDeadline, forgetResumption } from '../close.ts';
import type { CommandOf, Work } from '../command.ts';
import { undoHeld } from '../compensate.ts';
import { dueAgain } from '../deadline-terms.ts';
import type { Draft } from '../draft.ts';
import { scheduleRetry } from '../fail-task.ts';
import { failureOf, refuse, type Rejection } from '../failure.ts';
import { activationTimer, resumeTimer } from '../ids.ts';
import { givesOut } from '../lifecycle.ts';
import type { SlotState, Task } from '../state.ts';
import { stepOf } from '../steps.ts';
import { begun, held, isRefused, nodeOf, notHeld } from './guard.ts';
import { begin } from './taking.ts';
import { askFirst, commences, move, routeAgain, workOf } from '../work.ts';

/**
 * Tasks that are passed on, put aside, taken up again and ended by others than their doers.
 *
 * PASS-1  Whoever gets a task by the word of somebody else is looked at as if they claimed it: excluded, separate and eligible
 *         (promise 5, HT-C5), whatever the way.
 * PASS-2  Each names the token the task had when it was looked at: if it has changed hands since, nothing happens.
 * PASS-3  A suspended task remembers where it stood. Its lease ends, its deadline does not wait.
 * PASS-4  What is activated is given out as any task is when it is created, and what goes on and nobody has is routed again, whether
 *         somebody says so or its time has come. In a run that gives out no work now it is held until it does, whatever else would
 *         have it given out again; what has come back, and is for whoever comes, lies there for them as it would in any run.
 */
export const activate = (draft: Draft, command: CommandOf<'task.activate'>): Rejection | null => {
  const task = heldInTurn(draft, command, 'activate');
  if (isRefused(task)) return task;
  forgetActivation(draft, task);
  becomeActive(draft, task, 'decide', draft.moment.by);
  return null;
};

/** PASS-4 */
export const becomeActive = (draft: Draft, task: Task, layer: Layer, by: Attribution): void => {
  draft.emitAs('task.activated', layer, { task: task.id }, by);
  move(draft, task, askFirst(draft, nodeOf(draft, task), task));
};

/** One person alone has it reserved; several, or a group, have it offered. */
export const nominate = (draft: Draft, command: CommandOf<'task.nominate'>): Rejection | null => {
  const task = heldInTurn(draft, command, 'nominate');
  if (isRefused(task)) return task;
  const { to } = command;
  for (const party of to) {
    const refusal = mayGet(draft, task, party, 'anybody', to.length > 1 || undefined);
    if (refusal) return refusal;
  }
  const assignee = onlyOne(to);
  forgetActivation(draft, task);
  const token = assignee === null ? task.token : task.token + 1;
  draft.emit('task.nominated', 'decide', { task: task.id, to, assignee, token, inTurn: true });
  if (assignee !== null) commence(draft, task);
  return null;
};

/** What is only announced waits for its turn. */
const heldInTurn = (
  draft: Draft,
  command: { readonly task: string; readonly token: number },
  name: 'activate' | 'nominate' | 'exit',
): Task | Rejection => {
  const task = held(draft, command, name);
  return isRefused(task) ? task : begun(draft, command.task, name);
};

export const forgetActivation = (draft: Draft, task: Task): void => {
  if (task.activateAt === null) return;
  draft.cancelTimer(activationTimer(task));
};

/** Commencement on allocation. Whoever may not begin now has it, to be begun later. */
const commence = (draft: Draft, task: Task): void => {
  const { assignee } = task;
  if (assignee !== null && commences(task) && givesOut(draft.state.status))
    begin(draft, task, assignee, { by: draft.engine });
};

export const delegate = (draft: Draft, command: CommandOf<'task.delegate'>): Rejection | null => {
  const task = passed(draft, command, 'delegate');
  if (isRefused(task)) return task;
  const { to, keepState = true, reason = null } = command;
  if (!isPassport(to))
    return refuse(
      'delegate_unfit',
      `A task is delegated to one participant, and ${to} is a group. Forward it.`,
    );
  const refusal = mayGet(draft, task, to, task.rules?.delegates ?? 'potential_owners');
  if (refusal) return refusal;
  const { assignee: from, token } = task;
  const told = { task: task.id, assignee: to, token: token + 1, from, keepState, reason };
  draft.emit('task.delegated', task.layer, told);
  commence(draft, task);
  return null;
};

/** Whoever had it, or passes it on, is no potential owner of it any more; `to` is. */
export const forward = (draft: Draft, command: CommandOf<'task.forward'>): Rejection | null => {
  const task = passed(draft, command, 'forward');
  if (isRefused(task)) return task;
  const { to, keepState = true, reason = null } = command;
  const from = task.assignee ?? command.from;
  const others = from === null || isPassport(to) ? task : { ...task, excluded: [...task.excluded, from] };
  const refusal = mayGet(draft, others, to, task.rules?.delegates ?? 'potential_owners', true);
  if (refusal) return refusal;
  draft.emit('task.forwarded', task.layer, { task: task.id, from, to, keepState, reason });
  return null;
};

const passed = (
  draft: Draft,
  command: CommandOf<'task.delegate' | 'task.forward'>,
  name: 'delegate' | 'forward',
): Task | Rejection => {
  const task = held(draft, command, name);
  if (isRefused(task)) return task;
  const refusal = notHeld(draft, task);
  if (refusal) return refusal;
  if (task.assignee === command.to)
    return refuse('delegate_unfit', `${command.to} has task ${task.id} already.`);
  return task;
};

/**
 * PASS-1. Whoever has passed it on gets it again by their name, and not with a group. `later`: they do not get it with that, and are
 * asked about when they come for it.
 */
const mayGet = (
  draft: Draft,
  task: Task,
  to: string,
  who: 'potential_owners' | 'anybody' | 'nobody',
  later?: true,
): Rejection | null => {
  const { id, separate, passed: away } = task;
  if (who === 'nobody')
    return refuse('delegate_unfit', `The step of task ${id} does not let it be passed on.`);
  const excluded = isPassport(to)
    ? task.excluded.filter((passport) => !away.includes(passport))
    : task.excluded;
  if (excluded.includes(to)) return refuse('participant_excluded', `${to} is excluded from task ${id}.`);
  if (separate.includes(to))
    return refuse('separation_of_duties', `${to} took part in what task ${id} has to be separate from.`);
  const from = who === 'anybody' || task.from.length === 0 ? [] : task.from;
  const asked = workOf(draft, nodeOf(draft, task), { ...task, task: id, excluded, from }, null);
  const why = objectionTo(draft, asked, to, later);
  return why === null ? null : refuse('not_eligible', `${to} may not do task ${id}: ${why}.`);
};

/** Of somebody by name, what stands against them; of a group, that nobody in it could do it. */
const objectionTo = ({ moment }: Draft, work: Work, to: string, later?: true): string | null => {
  if (isPassport(to)) return moment.objection?.(work, to, later) ?? null;
  const could = moment.canBeDone?.({ ...work, from: [to] }) ?? true;
  return could ? null : `nobody who is ${to} could do it`;
};

// --- putting aside ----------------------------------------------------------------------------------------------------

/** Whoever has it keeps it, to be begun again, under a new token. */
export const stop = (draft: Draft, command: CommandOf<'task.stop'>): Rejection | null => {
  const task = held(draft, command, 'stop');
  if (isRefused(task)) return task;
  draft.emit('task.stopped', task.layer, { task: task.id, token: task.token + 1 });
  return null;
};

export const suspend = (draft: Draft, command: CommandOf<'task.suspend'>): Rejection | null => {
  const task = held(draft, command, 'suspend');
  if (isRefused(task)) return task;
  const { until = null, reason = null } = command;
  if (until !== null && until <= draft.moment.now)
    return refuse('time_past', 'The time until which the task is to be suspended has passed.');
  draft.emit('task.suspended', task.layer, { task: task.id, until, reason });
  if (until !== null) draft.setTimer(resumeTimer(task), until, { kind: 'resume', task: task.id });
  return null;
};

export const resumeTask = (draft: Draft, command: CommandOf<'task.resume'>): Rejection | null => {
  const task = held(draft, command, 'resume');
  if (isRefused(task)) return task;
  if (task.suspension?.undo)
    return refuse('task_status', `What task ${task.id} has done is undone first; then it is begun again.`);
  forgetResumption(draft, task);
  goOn(draft, task, draft.moment.by);
  return null;
};

/** PASS-4. An approval is decided wherever it lies. */
export const goOn = (draft: Draft, task: Task, by: Attribution): void => {
  draft.emitAs('task.resumed', task.layer, { task: task.id, ...dueAgain(draft, task) }, by);
  if (task.status === 'ready' && task.kind !== 'approval') routeAgain(draft, nodeOf(draft, task), task);
};

/** An administrator ends it. What follows is what the step says about failures that last. */
export const exit = (draft: Draft, command: CommandOf<'task.exit'>): Rejection | null => {
  const task = heldInTurn(draft, command, 'exit');
  if (isRefused(task)) return task;
  const step = stepOf(draft.state, task.step);
  const slot = step.slots[task.slot] as SlotState;
  const reason = command.reason ?? 'ended by an administrator';
  const failure = failureOf(task, 'exited', reason);
  const after = afterFailure(draft, nodeOf(draft, task), slot, false, { task });
  undoHeld(draft, task);
  forgetDeadline(draft, task);
  draft.emit('task.exited', 'decide', { task: task.id, reason, ended: { failure, after } });
  scheduleRetry(draft, step, slot, after);
  return null;
};
