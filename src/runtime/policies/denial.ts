import { isArtifactRef, type Json } from '../../definition/index.ts';
import { objectionToStart, writeQuestion, writtenIn, type RunState, type Task } from '../../engine/index.ts';
import { whyOf } from '../../policy/index.ts';
import { RunBoundaries, type Surroundings } from './boundaries.ts';

/** What is known outside of the transitions of a run. */
export type Known = Pick<Surroundings, 'policies' | 'graph' | 'now' | 'find'>;

/** Why the policies that a run keeps let none of these ever get a task, in words; null where somebody may get it. */
export const denialOf = (
  around: Known,
  task: Task,
  state: RunState,
  candidates: () => readonly string[],
): string | null => {
  const boundaries = new RunBoundaries({ ...around, candidates, write: () => {} });
  return boundaries.denies(task, state, candidates) ?? writeDenialOf(boundaries, around, task, state);
};

/** Null also where that depends on an artifact. */
const writeDenialOf = (
  boundaries: RunBoundaries,
  { graph }: Known,
  task: Task,
  state: RunState,
): string | null => {
  let isRead = true;
  const whole = (value: Json): Json => {
    if (!isArtifactRef(value)) return value;
    isRead = false;
    return null;
  };
  const node = graph.steps.find(({ id }) => id === task.step);
  const asked = writeQuestion(task, node, () => whole(writtenIn(whole(task.input))));
  const ruling = asked && boundaries.rule(asked, state);
  return isRead && ruling?.verdict === 'deny' ? whyOf(ruling) : null;
};

/** Why no approval lets a start begin that waits for one, in words; null where one does. */
export const startDenialOf = (around: Known, state: RunState): string | null => {
  const boundaries = new RunBoundaries({ ...around, candidates: () => [], write: () => {} });
  return objectionToStart(state, boundaries)?.message ?? null;
};
