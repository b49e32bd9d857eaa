import { afterFailure, isLasting } from './after-failure.ts';
import type { ChildEnd } from './command.ts';
import type { Draft } from './draft.ts';
import { scheduleRetry } from './fail-task.ts';
import { refuse, type Failure, type Rejection } from './failure.ts';
import { reportEnd } from './finish.ts';
import { childId } from './ids.ts';
import type { SlotState, StepState } from './state.ts';
import { indexOf } from './steps.ts';
import { nodeOf } from './tasks/guard.ts';

/**
 * A child run has ended.
 *
 * CHILD-1  Said again, or said of a run that is no child of this one, it is refused.
 * CHILD-2  A child that was told to end gives back what was held for it when it has, also when its parent has ended meanwhile.
 * CHILD-3  One that completed before it heard of that undoes nothing itself: its step is done, and undone with what else is.
 */
export const endChild = (draft: Draft, end: ChildEnd): Rejection | null => {
  const { state } = draft;
  const step = state.steps[indexOf(state, end.step) ?? -1];
  const slot = step?.slots[end.slot];
  if (step && Object.hasOwn(state.leaving, end.run)) return settle(draft, step, end);
  if (!step || slot?.child?.run !== end.run)
    return refuse('child_unknown', `Run ${end.run} is not an open child of this run.`);
  const { output, failure, usage, contributors, doers } = end;
  const place = { step: step.id, slot: slot.slot, run: end.run, usage, ...(doers && { doers }) };
  if (failure) return fail(draft, step, slot, { ...end, failure });
  draft.flow('child.completed', step.layer, { ...place, output, contributors });
  return null;
};

const settle = (draft: Draft, step: StepState, end: ChildEnd): null => {
  const { slot, run, usage, contributors, doers, output } = end;
  const completed = isToUndo(draft, step, end) ? { completed: { output } } : {};
  const told = { step: step.id, slot, run, usage, ...(doers && { doers }), ...completed };
  draft.flow('child.settled', step.layer, { ...told, ...(contributors.length > 0 && { contributors }) });
  reportEnd(draft);
  return null;
};

/** CHILD-3. Its slot is that of no later attempt. */
const isToUndo = ({ state }: Draft, step: StepState, { slot, run, failure }: ChildEnd): boolean => {
  if (failure || !state.unwinding || !step.requeued.includes(slot)) return false;
  return childId(state, step, slot, step.slots[slot]?.attempt ?? 0) === run;
};

const fail = (draft: Draft, step: StepState, slot: SlotState, end: ChildEnd & { failure: Failure }): null => {
  const { run, usage, contributors, doers, ruled, failure: cause } = end;
  const place = { step: step.id, slot: slot.slot };
  const after = afterFailure(draft, nodeOf(draft, place), slot, !isLasting(cause));
  const failure = {
    code: 'child_failed',
    message: `Run ${run}: ${cause.message}`,
    ...place,
    layer: step.layer,
  };
  const more = { ...(doers && { doers }), ...(ruled && { ruled }) };
  const told = { ...place, run, usage, failure, after, contributors, ...more };
  draft.flow('child.failed', step.layer, told);
  scheduleRetry(draft, step, slot, after);
  return null;
};
