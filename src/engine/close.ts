import { withdrawAnnounced } from './announce.ts';
import { confirmingOf } from './done.ts';
import type { Draft } from './draft.ts';
import { activationTimer, resumeTimer, retryTimer, waitTimer, workId } from './ids.ts';
import { withdrawCalls } from './policies/tool-end.ts';
import { cancelDeadlineTimer } from './set-deadline.ts';
import type { SlotState, StepState, Task } from './state.ts';

/** How work is closed: for what reason, and what of it is not. */
interface Closing {
  readonly reason: string;
  /** What approvals showed is no longer what there is. */
  readonly stale?: true;
  /** Tasks that go on. */
  readonly keep?: readonly string[];
  /** Children undo nothing either. */
  readonly recovery?: 'none';
}

/**
 * Withdraws all open work: tasks, waits, children and retries. Finished results are not touched; the slots can be opened again. What
 * undoes other work goes on.
 */
export const closeOpenWork = (draft: Draft, closing: Closing): void => {
  withdrawAnnounced(draft, draft.state.steps, closing.reason);
  for (const step of draft.state.steps) if (!step.compensates) closeStep(draft, step, closing);
  withdrawCalls(draft);
};

/** What is between two attempts stands in line again: nothing is tried before it is settled what becomes of it. */
export const standDown = (draft: Draft, steps: readonly StepState[]): void => {
  for (const step of steps)
    for (const { slot, attempt, retryAt } of Object.values(step.slots))
      if (retryAt !== null && !step.compensates) {
        draft.cancelTimer(retryTimer(workId(draft.state, step, slot, attempt)));
        draft.flow('slot.requeued', step.layer, { step: step.id, slot });
      }
};

/** As `closeOpenWork`, for steps that are done again: what their approvals showed is no longer what there is. Writes are confirmed (UNDO-7). */
export const closeForRedo = (draft: Draft, steps: readonly StepState[]): void => {
  const reason = 'the work is done again';
  withdrawAnnounced(draft, steps, reason);
  for (const step of steps) closeStep(draft, step, { reason, stale: true, keep: confirmingOf([step]) });
};

const closeStep = (draft: Draft, step: StepState, closing: Closing): void => {
  for (const slot of Object.values(step.slots)) {
    exitTask(draft, step, slot, closing);
    exitWait(draft, step, slot, closing.reason);
    exitChild(draft, step, slot, closing);
    if (slot.retryAt !== null) draft.cancelTimer(retryTimer(workOf(draft, step, slot)));
  }
};

/** Withdraws what participants hold; time goes on for waits, and children are told to stop. What is put aside stays (UNDO-5). */
export const stopOpenWork = (draft: Draft): void => {
  for (const step of draft.state.steps) {
    for (const slot of Object.values(step.slots)) {
      if (!isPutAside(draft, slot)) exitTask(draft, step, slot, { reason: 'the run was stopped' });
      if (slot.child) draft.send({ kind: 'child.command', run: slot.child.run, command: 'stop' });
    }
  }
};

const isPutAside = ({ state }: Draft, { task }: SlotState): boolean =>
  task !== null && state.tasks[task]?.suspension?.undo === true;

const workOf = (draft: Draft, step: StepState, { slot, attempt }: SlotState): string =>
  workId(draft.state, step, slot, attempt);

const exitTask = (draft: Draft, step: StepState, slot: SlotState, { reason, stale, keep }: Closing): void => {
  if (slot.task === null || keep?.includes(slot.task)) return;
  const task = draft.state.tasks[slot.task] as Task;
  forgetDeadline(draft, task);
  draft.flow('task.exited', step.layer, {
    task: task.id,
    reason,
    ...(stale && task.approval && { stale }),
  });
};

const exitWait = (draft: Draft, step: StepState, slot: SlotState, reason: string): void => {
  if (!slot.wait) return;
  forgetWait(draft, step, slot);
  draft.flow('wait.exited', step.layer, { step: step.id, slot: slot.slot, reason });
};

const exitChild = (draft: Draft, step: StepState, slot: SlotState, { reason, recovery }: Closing): void => {
  if (!slot.child) return;
  const { run } = slot.child;
  draft.flow('child.exited', step.layer, { step: step.id, slot: slot.slot, run, reason });
  draft.send({ kind: 'child.command', run, command: 'cancel', ...(recovery && { recovery }) });
};

/** For a task that ends now: its timers. */
export const forgetDeadline = (draft: Draft, task: Task): void => {
  cancelDeadlineTimer(draft, task);
  if (task.activateAt !== null) draft.cancelTimer(activationTimer(task));
  if (task.suspension) forgetResumption(draft, task);
};

/** For a task that goes on before its time. */
export const forgetResumption = (draft: Draft, task: Task): void => {
  if (task.suspension?.until != null) draft.cancelTimer(resumeTimer(task));
};

/** For a wait that ends before its time. */
export const forgetWait = (draft: Draft, step: StepState, slot: SlotState): void => {
  if (slot.wait?.due != null) draft.cancelTimer(waitTimer(workOf(draft, step, slot)));
};
