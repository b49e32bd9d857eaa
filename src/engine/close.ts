import type { Draft } from './draft.ts';
import { deadlineId, workId } from './open.ts';
import type { SlotState, StepState } from './state.ts';

/**
 * Withdraws open work: tasks, waits, children and retries, of the steps named or of all.
 * Finished results are not touched; the slots can be opened again.
 */
export const closeOpenWork = (draft: Draft, reason: string, steps?: readonly string[]): void => {
  for (const step of draft.state.steps) {
    if (steps && !steps.includes(step.id)) continue;
    for (const slot of Object.values(step.slots)) {
      exitTask(draft, step, slot, reason);
      if (slot.wait) exitWait(draft, step, slot, reason);
      if (slot.child) exitChild(draft, step, slot, reason);
      if (slot.retryAt !== null) draft.effects.cancelled.push(`${workId(draft, step, slot.slot, slot.attempt)}:retry`);
    }
  }
};

/** Withdraws what participants hold; time goes on for waits, and children are told to stop. */
export const stopOpenWork = (draft: Draft): void => {
  for (const step of draft.state.steps) {
    for (const slot of Object.values(step.slots)) {
      exitTask(draft, step, slot, 'the run was stopped');
      if (slot.child)
        draft.effects.messages.push({ kind: 'child.command', run: slot.child.run, command: 'stop' });
    }
  }
};

const exitTask = (draft: Draft, step: StepState, slot: SlotState, reason: string): void => {
  const task = slot.task === null ? undefined : draft.state.tasks[slot.task];
  if (!task) return;
  if (task.deadline !== null) draft.effects.cancelled.push(deadlineId(task.id));
  draft.flow('task.exited', step.layer, { task: task.id, reason });
};

const exitWait = (draft: Draft, step: StepState, slot: SlotState, reason: string): void => {
  if (slot.wait?.due != null) draft.effects.cancelled.push(`${workId(draft, step, slot.slot, slot.attempt)}:wait`);
  draft.flow('wait.exited', step.layer, { step: step.id, slot: slot.slot, reason });
};

const exitChild = (draft: Draft, step: StepState, slot: SlotState, reason: string): void => {
  const run = slot.child?.run as string;
  draft.flow('child.exited', step.layer, { step: step.id, slot: slot.slot, run, reason });
  draft.effects.messages.push({ kind: 'child.command', run, command: 'cancel' });
};
