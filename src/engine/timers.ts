import { endRun } from './advance.ts';
import { afterFailure } from './after-failure.ts';
import type { ChildEnd, TimerMeaning } from './command.ts';
import type { Draft } from './draft.ts';
import { stepOf } from './evolve.ts';
import { refuse, type Rejection } from './failure.ts';
import { isRunFinal } from './lifecycle.ts';
import { deadlineId } from './open.ts';
import type { SlotState, StepState } from './state.ts';
import { fail, nodeOf, scheduleRetry } from './task-commands.ts';

/**
 * What the passing of time and the ending of children do to a run.
 *
 * TIMER-1  A timer that no longer fits (its work has ended or moved on) is refused, so that firing twice does nothing twice.
 */
export const fireTimer = (draft: Draft, what: TimerMeaning): Rejection | null => {
  if (isRunFinal(draft.state.status)) return spent;
  switch (what.kind) {
    case 'duration':
      endRun(draft, { code: 'run_timed_out', message: 'The run took longer than its limit of duration.' });
      return null;
    case 'deadline':
      return missDeadline(draft, what.task);
    case 'retry':
      return retryNow(draft, what);
    case 'wait':
      return endWait(draft, what);
  }
};

const spent = refuse('timer_spent', 'What the timer was set for has ended or moved on.');

const missDeadline = (draft: Draft, id: string): Rejection | null => {
  const task = draft.state.tasks[id];
  if (!task || task.deadline === null || task.deadline > draft.moment.now) return spent;
  const { approval } = task;
  if (!approval) return fail(draft, task, 'timed_out', 'The task was not done in the time its step allows.', true, undefined);
  const [to] = approval.escalate;
  if (to === undefined) return fail(draft, task, 'approval_expired', 'Nobody decided in time.', false, undefined);
  const deadline = draft.moment.now + (approval.within ?? 0);
  draft.flow('task.escalated', 'decide', { task: id, to, deadline });
  draft.effects.timers.push({ id: deadlineId(id), due: deadline, what: { kind: 'deadline', task: id } });
  return null;
};

type OfSlot = Extract<TimerMeaning, { kind: 'retry' | 'wait' }>;

const current = (draft: Draft, what: OfSlot): { step: StepState; slot: SlotState } | null => {
  const step = stepOf(draft.state, what.step);
  const slot = step.slots[what.slot];
  return slot && step.round === what.round && slot.attempt === what.attempt ? { step, slot } : null;
};

const retryNow = (draft: Draft, what: OfSlot): Rejection | null => {
  const found = current(draft, what);
  if (!found || found.slot.retryAt === null) return spent;
  draft.flow('slot.requeued', found.step.layer, { step: what.step, slot: what.slot });
  return null;
};

const endWait = (draft: Draft, what: OfSlot): Rejection | null => {
  const found = current(draft, what);
  if (!found?.slot.wait) return spent;
  const { step, slot } = found;
  const place = { step: step.id, slot: slot.slot };
  if (slot.wait?.signal == null) {
    draft.flow('wait.completed', step.layer, { ...place, output: null, signal: null });
    return null;
  }
  const node = nodeOf(draft, { step: step.id });
  const message = `The signal ${slot.wait.signal} did not come in time.`;
  const failure = { code: 'wait_timed_out', message, ...place, layer: step.layer };
  draft.flow('wait.failed', step.layer, { ...place, failure, skip: node.onFailure.finally === 'skip' });
  return null;
};

/** A child run has ended. Said again, or said of a child that is no longer this slot's, it is refused. */
export const endChild = (draft: Draft, end: ChildEnd): Rejection | null => {
  const step = stepOf(draft.state, end.step);
  const slot = step.slots[end.slot];
  if (isRunFinal(draft.state.status) || slot?.child?.run !== end.run)
    return refuse('child_unknown', `Run ${end.run} is not an open child of this run.`);
  const place = { step: step.id, slot: slot.slot, run: end.run, usage: end.usage };
  if (!end.failure) {
    draft.flow('child.completed', step.layer, { ...place, output: end.output });
    return null;
  }
  const node = nodeOf(draft, { step: step.id });
  const after = afterFailure(node, slot, end.failure.code !== 'cancelled', draft.moment.now);
  const failure = { code: 'child_failed', message: `Run ${end.run}: ${end.failure.message}`, layer: step.layer };
  draft.flow('child.failed', step.layer, { ...place, failure, after });
  scheduleRetry(draft, step, slot, after);
  return null;
};

