import { formatPath, type Path } from './path.ts';

/** One thing that is wrong with a definition. `path` is a JSON Pointer-like path (`phases[0].steps[1].task.input`). */
export interface DefinitionProblem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly path: string;
  /** What is wrong, why, and what to do, in plain words. */
  readonly message: string;
  /** Position in the text, from 1, where the text itself cannot be read. */
  readonly line?: number;
  readonly column?: number;
}

/** Every code that a problem of a definition can carry. An error blocks saving, a warning does not. */
export const PROBLEM_CODES = [
  'syntax',
  'too_large',
  'too_deep',
  'missing',
  'unknown_key',
  'invalid_value',
  'reserved_name',
  'limit_exceeded',
  'duplicate_key',
  'duplicate_id',
  'duplicate_value',
  'empty_phase',
  'step_kind',
  'unknown_phase',
  'unknown_step',
  'cycle',
  'unreachable',
  'not_upstream',
  'invalid_expression',
  'unknown_name',
  'wrong_result',
  'invalid_schema',
  'capability_not_allowed',
  'nobody_capable',
  'unknown_role',
  'unknown_system',
  'unknown_definition',
  'quorum_unreachable',
  'unguarded_record',
  'too_many_problems',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Problems reported for one definition; what goes beyond is counted, not kept, so that a check stays cheap. */
export const MAX_PROBLEMS = 200;

/** Collects problems. Messages are functions, so that nothing is worded for a problem that is only counted. */
export class ProblemList {
  readonly #problems: DefinitionProblem[] = [];
  readonly #seen = new Set<string>();
  #omitted = 0;
  #omittedErrors = 0;

  error(code: ProblemCode, path: Path, message: () => string): void {
    this.#add('error', code, path, message);
  }

  warning(code: ProblemCode, path: Path, message: () => string): void {
    this.#add('warning', code, path, message);
  }

  all(): DefinitionProblem[] {
    if (this.#omitted === 0) return this.#problems;
    return [
      ...this.#problems,
      {
        code: 'too_many_problems',
        severity: this.#omittedErrors > 0 ? 'error' : 'warning',
        path: '',
        message: `There are ${this.#omitted} more problems; correct these first and check again.`,
      },
    ];
  }

  #add(severity: 'error' | 'warning', code: ProblemCode, path: Path, message: () => string): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#omitted++;
      if (severity === 'error') this.#omittedErrors++;
      return;
    }
    const problem = { code, severity, path: formatPath(path), message: message() };
    const key = `${code} ${problem.path} ${problem.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#problems.push(problem);
  }
}

export const isError = (problem: DefinitionProblem): boolean => problem.severity === 'error';
