import { afterFailure } from './after-failure.ts';
import { forgetDeadline } from './close.ts';
import type { Draft } from './draft.ts';
import type { AfterFailure, Usage } from './event.ts';
import { failureOf } from './failure.ts';
import { retryTimer, workId } from './ids.ts';
import type { SlotState, StepState, Task } from './state.ts';
import { stepOf } from './steps.ts';
import { nodeOf } from './tasks/guard.ts';

/** Why an attempt failed, and whether another one could do better. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly lasting?: boolean;
  readonly usage?: Usage | undefined;
}

/** Fails the attempt and lets the step's policy say what follows. */
export const failTask = (
  draft: Draft,
  task: Task,
  { code, message, lasting = false, usage }: Reason,
): null => {
  const step = stepOf(draft.state, task.step);
  const slot = step.slots[task.slot] as SlotState;
  const failure = failureOf(task, code, message);
  const after = afterFailure(draft, nodeOf(draft, task), slot, !lasting, { task });
  forgetDeadline(draft, task);
  draft.emit('task.failed', task.layer, { task: task.id, failure, usage: usage ?? NOTHING, after });
  scheduleRetry(draft, step, slot, after);
  return null;
};

/** Work that nobody could begin because the run is paused has not failed: its next attempt has the whole time again. */
export const timeOutWork = (draft: Draft, task: Task, message: string): void => {
  const { id, status, suspension, layer } = task;
  const isBegun = status === 'in_progress' || suspension?.from === 'in_progress';
  if (draft.state.status === 'paused' && !isBegun) {
    forgetDeadline(draft, task);
    draft.flow('task.exited', layer, { task: id, reason: 'its time passed while the run was paused' });
  } else failTask(draft, task, { code: 'timed_out', message });
};

export const NOTHING: Usage = { tokens: 0, cost: 0 };

/** Sets the timer of the next attempt, if it is not due at once. */
export const scheduleRetry = (draft: Draft, step: StepState, slot: SlotState, after: AfterFailure): void => {
  if (!('at' in after) || after.at <= draft.moment.now) return;
  const { state } = draft;
  const what = {
    kind: 'retry' as const,
    step: step.id,
    slot: slot.slot,
    round: step.round,
    attempt: slot.attempt,
  };
  draft.setTimer(retryTimer(workId(state, step, slot.slot, slot.attempt)), after.at, what);
};
