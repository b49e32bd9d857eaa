import type { Event, EventOf, EventType } from './event.ts';
import { COMPENSATION_FOLDS } from './folds/compensation.ts';
import { created, RUN_FOLDS, STEP_FOLDS } from './folds/runs.ts';
import { TASK_FOLDS } from './folds/tasks.ts';
import { CHILD_FOLDS, WAIT_FOLDS } from './folds/waits.ts';
import { POLICY_FOLDS } from './folds/policies.ts';
import type { RunState } from './state.ts';

export type Fold<Type extends EventType> = (state: RunState, event: EventOf<Type>) => void;
/** A fold for every event whose type begins with the word. */
export type Folds<Word extends string> = {
  readonly [Type in Extract<EventType, `${Word}.${string}`>]: Fold<Type>;
};

const FOLDS: { readonly [Type in Exclude<EventType, 'run.created'>]: Fold<Type> } = {
  ...RUN_FOLDS,
  ...STEP_FOLDS,
  ...TASK_FOLDS,
  ...WAIT_FOLDS,
  ...CHILD_FOLDS,
  ...POLICY_FOLDS,
  ...COMPENSATION_FOLDS,
};

/**
 * The fold: the only code that changes run state.
 *
 * EVOLVE-1  It takes no definition, no clock and no chance: the same events give the same state, for ever.
 * EVOLVE-2  It owns the state and changes it in place; its cost depends on the work the event is about, never on the run.
 * EVOLVE-3  It forgives nothing: an event that does not fit is a fault.
 * EVOLVE-4  It keeps nothing that an event holds in a place where it would change it: events stay as they were recorded.
 */
export const evolve = (state: RunState | null, event: Event): RunState => {
  if (event.type === 'run.created') {
    if (state) throw new Error(`run.created for run ${state.run}, which exists`);
    return created(event);
  }
  if (!state) throw new Error(`${event.type} before run.created`);
  (FOLDS[event.type] as Fold<typeof event.type>)(state, event);
  state.sequence += 1;
  state.updatedAt = event.at;
  return state;
};
