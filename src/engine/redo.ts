import type { PhaseNode, StepNode } from '../definition/graph.ts';
import { closeOpenWork } from './close.ts';
import type { Draft } from './draft.ts';

/** Sends the work of a phase, and all that follows from it, back to be done again. */
export const redoFrom = (draft: Draft, phase: number, by: string, feedback: string): void => {
  const { graph } = draft;
  const steps = (graph.phases[phase] as PhaseNode).downstream.flatMap((index) =>
    (graph.phases[index] as PhaseNode).steps.map((at) => (graph.steps[at] as StepNode).id),
  );
  closeOpenWork(draft, 'the work is done again', steps);
  draft.emit('run.redone', 'decide', { by, steps, feedback });
};
