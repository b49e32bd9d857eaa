import type { ChainCode } from './chain.ts';
import type { CheckpointRefusal } from './checkpoint.ts';

export type LedgerCode =
  | ChainCode
  | CheckpointRefusal
  | 'index_wrong'
  | 'log_truncated'
  | 'log_inconsistent'
  | 'entries_beyond_head'
  | 'head_differs'
  | 'tile_differs'
  | 'origin_differs'
  | 'verifier_key_missing'
  | 'checkpoint_uncovered';

export interface LedgerProblem<Code extends string = LedgerCode> {
  readonly code: Code;
  /** What is wrong and what to do about it, in plain words. */
  readonly message: string;
  readonly run?: string;
  readonly sequence?: number;
  /** Position in the log, from 0. */
  readonly index?: number;
  /** Line of an exported file, from 1. */
  readonly line?: number;
}

/** What was found. */
export interface Found<Code extends string> {
  /** Nothing was. */
  readonly verified: boolean;
  readonly problems: readonly LedgerProblem<Code>[];
  /** All problems found, also those that are not listed. */
  readonly problemCount: number;
}

export type Report<Code extends string = LedgerCode> = (problem: LedgerProblem<Code>) => void;

/** Counts problems, and lists the first of them. */
export function problemList<Code extends string>(
  listed = 100,
): { readonly report: Report<Code>; found(): Found<Code> } {
  const problems: LedgerProblem<Code>[] = [];
  let problemCount = 0;
  return {
    report: (problem) => {
      problemCount += 1;
      if (problems.length < listed) problems.push(problem);
    },
    found: () => ({ verified: problemCount === 0, problems, problemCount }),
  };
}
