import type { PhaseNode, StepNode } from '../definition/graph.ts';
import { closeForRedo, standDown } from './close.ts';
import type { Again } from './events/compensation.ts';
import { hasDone, mayBeDone } from './done.ts';
import type { Draft } from './draft.ts';
import type { StepState } from './state.ts';

/**
 * Work that goes back to be done again.
 *
 * REDO-1  What was done of it is undone first, where its step says how: nothing has its effects twice.
 */
const sendBack = (draft: Draft, steps: readonly StepState[], again: Omit<Again, 'steps'>): void => {
  closeForRedo(draft, steps);
  const ids = steps.map(({ id }) => id);
  const told = { ...again, steps: [...ids, ...wholesOf(draft, ids)] };
  if (!isToUndo(draft, ids)) return draft.emit('run.redone', 'decide', told);
  standDown(draft, steps);
  draft.emit('run.sent_back', 'decide', told);
};

/** Also what is being undone already, here or in children that were told to end, and what is to be confirmed first (UNDO-7). */
const isToUndo = (draft: Draft, steps: readonly string[]): boolean => {
  const { unwinding, undoing, leaving } = draft.state;
  const isUnderWay = Boolean(unwinding ?? undoing) || Object.keys(leaving).length > 0;
  return isUnderWay || hasDone(draft, steps) || mayBeDone(draft, steps);
};

/** What undoes phases of which all is done again: they can be undone again afterwards. */
const wholesOf = ({ graph }: Draft, steps: readonly string[]): readonly string[] => {
  const named = new Set(steps);
  return graph.steps.flatMap(({ id, compensates }) => {
    if (compensates?.kind !== 'phase') return [];
    const phase = graph.phases[compensates.phase] as PhaseNode;
    return phase.steps.every((at) => named.has((graph.steps[at] as StepNode).id)) ? [id] : [];
  });
};

/** The steps of a phase, and of all that depend on it. */
export const stepsFrom = ({ graph, state }: Draft, phase: number): readonly StepState[] =>
  (graph.phases[phase] as PhaseNode).downstream.flatMap((index) =>
    (graph.phases[index] as PhaseNode).steps.map((at) => state.steps[at] as StepState),
  );

/** Sends the work of a phase, and all that follows from it, back to be done again. */
export const redoFrom = (draft: Draft, phase: number, by: string, feedback: string, others = false): void =>
  sendBack(draft, stepsFrom(draft, phase), { by, feedback, ...(others && { others }) });

/** As an administrator says. */
export const rollBack = (
  draft: Draft,
  phase: PhaseNode,
  why: Pick<Again, 'feedback' | 'keeps' | 'cause'>,
): void => sendBack(draft, stepsFrom(draft, phase.index), { by: null, phase: phase.id, ...why });

/** One step again, and the phases that depend on its own. No decision sends it back, so it counts as none. */
export const redoStep = (draft: Draft, step: StepState, feedback: string): void => {
  const { graph, state } = draft;
  const own = graph.phases[(graph.steps[state.steps.indexOf(step)] as StepNode).phase] as PhaseNode;
  const later = own.downstream
    .filter((index) => index !== own.index)
    .flatMap((index) => (graph.phases[index] as PhaseNode).steps.map((at) => state.steps[at] as StepState));
  sendBack(draft, [step, ...later], { by: null, phase: own.id, feedback });
};
