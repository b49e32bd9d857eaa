import { afterFailure } from './after-failure.ts';
import { timeOut } from './approvals/timeout.ts';
import type { TimerMeaning } from './command.ts';
import { clocksOf } from './deadline-terms.ts';
import { miss, remind } from './deadline.ts';
import type { Draft } from './draft.ts';
import { scheduleRetry, timeOutWork } from './fail-task.ts';
import { refuse, type Rejection } from './failure.ts';
import { failRun } from './finish.ts';
import {
  activationTimer,
  advanceTimer,
  deadlineTimer,
  durationTimer,
  launchTimer,
  resumeTimer,
  retryTimer,
  waitTimer,
  workId,
} from './ids.ts';
import { isRunFinal } from './lifecycle.ts';
import type { SlotState, StepState, Task } from './state.ts';
import { isMet, missLaunch } from './policies/launch.ts';
import { isToolApproval } from './policies/state.ts';
import { missToolApproval } from './policies/tool-decision.ts';
import { setDeadline } from './set-deadline.ts';
import { indexOf } from './steps.ts';
import { nodeOf, openTask } from './tasks/guard.ts';
import { becomeActive, goOn } from './tasks/passing.ts';

/**
 * What the passing of time does to a run.
 *
 * TIMER-1  A timer that no longer fits (its work has ended or moved on) is refused, so that firing twice does nothing twice.
 * TIMER-2  A timer that comes before its time (clocks differ) is set again.
 * TIMER-3  What a run goes on with by itself it does at once: there is no time before which it would be too early, nothing is kept of
 *          its timer, and one that is left when the run has ended is refused as any other.
 */
export const fireTimer = (draft: Draft, what: TimerMeaning): Rejection | null => {
  const timer = isRunFinal(draft.state.status) ? null : standing(draft, what);
  if (!timer) return refuse('timer_spent', 'What the timer was set for has ended or moved on.');
  if (timer.due > draft.moment.now) draft.setTimer(timer.id, timer.due, what);
  else timer.fire();
  return null;
};

interface Standing {
  readonly id: string;
  readonly due: number;
  readonly fire: () => void;
}

/** The timer as it stands now, or null when nothing waits for it any more. */
const standing = (draft: Draft, what: TimerMeaning): Standing | null => {
  switch (what.kind) {
    case 'launch':
      return ofLaunch(draft, what.approval);
    case 'duration':
      return ofRun(draft);
    case 'advance':
      return { id: advanceTimer(draft.state), due: draft.moment.now, fire: () => {} };
    case 'deadline':
    case 'activate':
    case 'resume':
      return ofTask(draft, what.kind, what.task);
    case 'due':
      return ofDeadline(draft, what);
    case 'retry':
    case 'wait':
      return ofSlot(draft, what);
  }
};

const ofRun = (draft: Draft): Standing | null => {
  const { run, deadline, status } = draft.state;
  if (deadline === null || status === 'closing') return null;
  const failure = { code: 'run_timed_out', message: 'The run took longer than its limit of duration.' };
  return { id: durationTimer(run), due: deadline, fire: () => failRun(draft, failure) };
};

const ofLaunch = (draft: Draft, at: number): Standing | null => {
  const { status, run, boundaries } = draft.state;
  const approval = boundaries?.launch?.approvals[at];
  if (status !== 'pending_approval' || approval?.deadline == null || isMet(approval)) return null;
  return {
    id: launchTimer(run, at, approval),
    due: approval.deadline,
    fire: () => missLaunch(draft, at),
  };
};

const ofTask = (draft: Draft, kind: 'deadline' | 'activate' | 'resume', id: string): Standing | null => {
  const task = openTask(draft.state, id);
  if (!task) return null;
  const { deadline, activateAt, suspension, layer } = task;
  if (kind === 'deadline' && deadline !== null)
    return { id: deadlineTimer(task), due: deadline, fire: () => missDeadline(draft, task) };
  if (kind === 'activate' && activateAt !== null)
    return {
      id: activationTimer(task),
      due: activateAt,
      fire: () => becomeActive(draft, task, layer, draft.engine),
    };
  if (kind === 'resume' && suspension?.until != null)
    return { id: resumeTimer(task), due: suspension.until, fire: () => goOn(draft, task, draft.engine) };
  return null;
};

const ofDeadline = (draft: Draft, what: Extract<TimerMeaning, { kind: 'due' }>): Standing | null => {
  const task = openTask(draft.state, what.task);
  const deadline = task?.deadlines.find(({ index }) => index === what.deadline);
  const clock = task && clocksOf(task).find((timer) => isSame(timer.what, what));
  if (!task || !deadline || !clock) return null;
  const { reminder } = what;
  const fire = (): void =>
    reminder === null ? miss(draft, task, deadline) : remind(draft, task, deadline, reminder);
  return { id: clock.id, due: clock.due, fire };
};

const isSame = (one: TimerMeaning, other: Extract<TimerMeaning, { kind: 'due' }>): boolean =>
  one.kind === 'due' && one.deadline === other.deadline && one.reminder === other.reminder;

const ofSlot = (draft: Draft, what: Extract<TimerMeaning, { kind: 'retry' | 'wait' }>): Standing | null => {
  const { state } = draft;
  const step = state.steps[indexOf(state, what.step) ?? -1];
  const slot = step?.slots[what.slot];
  if (!step || !slot || step.round !== what.round || slot.attempt !== what.attempt) return null;
  const work = workId(state, step, slot.slot, slot.attempt);
  const { wait, retryAt } = slot;
  if (what.kind === 'wait')
    return wait?.due == null
      ? null
      : { id: waitTimer(work), due: wait.due, fire: () => endWait(draft, step, slot, wait.signal) };
  const requeue = (): void => draft.flow('slot.requeued', step.layer, { step: step.id, slot: slot.slot });
  return retryAt === null ? null : { id: retryTimer(work), due: retryAt, fire: requeue };
};

/** UNDO-5 */
const missDeadline = (draft: Draft, task: Task): void => {
  if (isToolApproval(draft.state, task.id)) missToolApproval(draft, task);
  else if (task.approval) timeOut(draft, task, 'Nobody decided in time.');
  else if (task.suspension?.undo) setDeadline(draft, task, null);
  else timeOutWork(draft, task, 'The task was not done in the time its step allows.');
};

const endWait = (draft: Draft, step: StepState, slot: SlotState, signal: string | null): void => {
  const place = { step: step.id, slot: slot.slot };
  if (signal === null) return draft.flow('wait.completed', step.layer, { ...place, output: null, signal });
  const failure = {
    code: 'wait_timed_out',
    message: `The signal ${signal} did not come in time.`,
    ...place,
    layer: step.layer,
  };
  const after = afterFailure(draft, nodeOf(draft, place), slot, true);
  draft.flow('wait.failed', step.layer, { ...place, failure, after });
  scheduleRetry(draft, step, slot, after);
};
