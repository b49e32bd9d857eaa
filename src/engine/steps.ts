import type { RunState, StepState, Task } from './state.ts';

/**
 * Steps by id. They stand in the order of the definition and neither come nor go, so an index that is made once serves for the life
 * of the state.
 */
const INDEXES = new WeakMap<readonly StepState[], ReadonlyMap<string, number>>();

/** The position of a step, here and in the definition; undefined when there is no such step. */
export const indexOf = ({ steps }: Pick<RunState, 'steps'>, id: string): number | undefined => {
  let index = INDEXES.get(steps);
  if (!index) {
    index = new Map(steps.map((step, at) => [step.id, at]));
    INDEXES.set(steps, index);
  }
  return index.get(id);
};

/** Attempts before this that were approvals in its place, or given to nobody because people come first. */
export const askedBefore = (
  state: RunState,
  { step, slot }: { readonly step: string; readonly slot: number },
): number => state.steps[indexOf(state, step) ?? -1]?.slots[slot]?.asked ?? 0;

export const stepOf = (state: RunState, id: string): StepState => {
  const at = indexOf(state, id);
  if (at === undefined) throw new Error(`run ${state.run} has no step ${id}`);
  return state.steps[at] as StepState;
};

/** Its step has begun it; before that a task is only announced. */
export const hasTurn = (state: RunState, { id, step, slot }: Pick<Task, 'id' | 'step' | 'slot'>): boolean =>
  stepOf(state, step).slots[slot]?.task === id;

/** Work that is being undone, of which nothing is gone on with but what confirms a write (UNDO-7). */
export const isUnwound = ({ unwinding }: RunState, { id, compensates }: StepState): boolean =>
  !compensates && unwinding?.steps.includes(id) === true;
