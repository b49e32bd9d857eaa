import type { RunState, Task } from '../../engine/index.ts';
import { RunBoundaries, type Surroundings } from './boundaries.ts';

/** Why the policies that a run keeps let none of these ever get a task, in words; null where somebody may get it. */
export const denialOf = (
  around: Pick<Surroundings, 'policies' | 'graph' | 'now' | 'find'>,
  task: Task,
  state: RunState,
  candidates: () => readonly string[],
): string | null =>
  new RunBoundaries({ ...around, candidates, write: () => {} }).denies(task, state, candidates);
