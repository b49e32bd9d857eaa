import type { PhaseNode, StepNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import { childId } from './ids.ts';
import { isRunFinal } from './lifecycle.ts';
import type { RunState, SlotState, StepState } from './state.ts';
import { indexOf, isUnwound } from './steps.ts';

/** Work that has been done and is to be undone. */
export interface Done {
  /** What undoes it. */
  readonly node: StepNode;
  /** The step in which it is noted that it is undone. */
  readonly of: StepState;
  /** The slots of that step, the last first. */
  readonly slots: readonly number[];
  /** When the last of it was done, in sequences. */
  readonly at: number;
}

/** What undoes the work of a step; null where nothing does. */
export const compensationOf = ({ graph, state }: Draft, step: string): StepNode | null => {
  const index = indexOf(state, step);
  const undoes = ({ compensates }: StepNode): boolean =>
    compensates?.kind === 'step' && compensates.step === index;
  return graph.steps.find(undoes) ?? null;
};

/** UNDO-6. What slots of a step came to that is being undone as it was not accepted. */
export const refusedOf = (draft: Draft, step: string): Readonly<Record<number, Json>> => {
  const { undoing } = draft.state;
  const node = undoing ? compensationOf(draft, step) : null;
  return (node && undoing?.[node.id]?.refused) ?? NONE;
};
const NONE: Readonly<Record<number, Json>> = {};

/** All that these steps did, can be undone, and is not. Of a phase: when all its steps are done, and all of them are to be undone. */
export const doneBy = ({ graph, state }: Draft, steps: readonly string[]): Done[] => {
  const named = new Set(steps);
  const done: Done[] = [];
  for (const node of graph.steps) {
    const { compensates } = node;
    if (compensates === null) continue;
    const found =
      compensates.kind === 'step'
        ? ofStep(node, state.steps[compensates.step] as StepState)
        : ofPhase(node, graph.phases[compensates.phase] as PhaseNode, state.steps);
    if (found?.work.every(({ id }) => named.has(id))) done.push(found);
  }
  return done;
};

export const hasDone = (draft: Draft, steps: readonly string[]): boolean => doneBy(draft, steps).length > 0;

/** Whether something of these steps could turn out to be done: by children that were told to end (CHILD-3), or once it is confirmed (UNDO-7). */
export const mayBeDone = ({ state }: Draft, steps: readonly string[]): boolean =>
  state.steps.some((step) => mayTurnOut(state, step) && steps.includes(step.id));

const mayTurnOut = (state: RunState, step: StepState): boolean =>
  step.undo !== undefined && (unconfirmedOf(step).length > 0 || isLeft(state, step));

/** Whether nothing of the step opens any more, nor can turn out to be done: of a run that has ended, or that ends once its work is undone. */
export const isLeftOff = (state: RunState, step: StepState): boolean => {
  if (state.status !== 'closing') return isRunFinal(state.status);
  return step.active === 0 && !step.compensates && !(isUnwound(state, step) && mayTurnOut(state, step));
};

/** UNDO-7. Slots of a step that can be undone in which a write was made, and is not confirmed. */
export const unconfirmedOf = ({ undo, compensates, slots }: StepState): readonly SlotState[] =>
  undo && !compensates ? Object.values(slots).filter(isUnconfirmed) : [];

/** What is to be approved has been done (RESULT-3), and what is being undone need not be confirmed. */
export const isUnconfirmed = (slot: SlotState | undefined): boolean =>
  slot?.written != null && !slot.written.undone && !slot.held;

/** UNDO-7. The open tasks of these steps that confirm a write. */
export const confirmingOf = (steps: readonly StepState[]): readonly string[] =>
  steps.flatMap((step) => unconfirmedOf(step).flatMap(({ task }) => task ?? []));

const isLeft = (state: RunState, step: StepState): boolean =>
  Object.keys(state.leaving).length > 0 &&
  step.requeued.some((slot) => {
    const run = childId(state, step, slot, step.slots[slot]?.attempt ?? 0);
    return Object.hasOwn(state.leaving, run);
  });

type Found = Done & { readonly work: readonly StepState[] };

const ofStep = (node: StepNode, step: StepState): Found | null => {
  const slots = slotsDone(step);
  return slots.length > 0 ? { node, of: step, slots, at: step.undo?.at ?? 0, work: [step] } : null;
};

/** Also what is still to be approved (RESULT-3). */
const slotsDone = (step: StepState): readonly number[] => {
  const { succeeded, slots, failures, undo } = step;
  const isUndone = new Set(undo?.slots);
  if (!step.fanOut) return (succeeded > 0 || slots[0]?.held) && !isUndone.has(0) ? [0] : [];
  const failed = new Set(failures.map((failure) => (failure as { readonly slot: number }).slot));
  const done: number[] = [];
  for (let slot = step.next - 1; slot >= 0; slot -= 1) {
    const open = slots[slot];
    if ((!open || open.held) && !failed.has(slot) && !isUndone.has(slot)) done.push(slot);
  }
  return done;
};

/** Its undoing is noted in the step that undoes it, since it is nobody else's. */
const ofPhase = (node: StepNode, phase: PhaseNode, steps: readonly StepState[]): Found | null => {
  const of = steps[node.index] as StepState;
  const work = phase.steps.map((index) => steps[index] as StepState);
  const isDone = work.every(({ status }) => status === 'completed' || status === 'skipped');
  if (!isDone || !work.some(({ succeeded }) => succeeded > 0) || of.undo?.slots.length) return null;
  return { node, of, slots: [0], at: Math.max(...work.map(({ undo }) => undo?.at ?? 0)), work };
};
