import type { PhaseNode, StepNode } from '../definition/graph.ts';
import { closeForRedo } from './close.ts';
import type { Draft } from './draft.ts';
import type { StepState } from './state.ts';

/** Sends the work of a phase, and all that follows from it, back to be done again. */
export const redoFrom = (draft: Draft, phase: number, by: string, feedback: string, others = false): void => {
  const { graph, state } = draft;
  const steps = (graph.phases[phase] as PhaseNode).downstream.flatMap((index) =>
    (graph.phases[index] as PhaseNode).steps.map((at) => state.steps[at] as StepState),
  );
  closeForRedo(draft, steps);
  draft.emit('run.redone', 'decide', {
    by,
    steps: steps.map(({ id }) => id),
    feedback,
    ...(others && { others }),
  });
};

/** One step again, and the phases that depend on its own. */
export const redoStep = (draft: Draft, step: StepState, feedback: string): void => {
  const { graph, state } = draft;
  const own = (graph.steps[state.steps.indexOf(step)] as StepNode).phase;
  const later = (graph.phases[own] as PhaseNode).downstream
    .filter((index) => index !== own)
    .flatMap((index) => (graph.phases[index] as PhaseNode).steps.map((at) => state.steps[at] as StepState));
  const steps = [step, ...later];
  closeForRedo(draft, steps);
  draft.emit('run.redone', 'decide', { by: step.id, steps: steps.map(({ id }) => id), feedback });
};
