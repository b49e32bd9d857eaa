/** One thing that is wrong with a definition. `path` is a JSON Pointer-like path (`phases[0].steps[1].task.input`). */
export interface DefinitionProblem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly path: string;
  /** What is wrong, why, and what to do, in plain words. */
  readonly message: string;
}
