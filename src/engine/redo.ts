import type { PhaseNode } from '../definition/graph.ts';
import { closeForRedo } from './close.ts';
import type { Draft } from './draft.ts';
import type { StepState } from './state.ts';

/** Sends the work of a phase, and all that follows from it, back to be done again. */
export const redoFrom = (draft: Draft, phase: number, by: string, feedback: string): void => {
  const { graph, state } = draft;
  const steps = (graph.phases[phase] as PhaseNode).downstream.flatMap((index) =>
    (graph.phases[index] as PhaseNode).steps.map((at) => state.steps[at] as StepState),
  );
  closeForRedo(draft, steps);
  draft.emit('run.redone', 'decide', { by, steps: steps.map(({ id }) => id), feedback });
};
