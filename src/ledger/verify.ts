/**
 * Verification of a whole ledger: every entry against its hash, every run's chain, the Merkle tree over all entries
 * against its head and against signed checkpoints. The same code reads a database and an exported file.
 *
 * Invariants:
 * - VER-1 Memory grows with the number of runs and checkpoints and the logarithm of the entries; problems are
 *   counted, and kept up to a limit.
 * - VER-2 Verified means that no problem was found. A checkpoint whose signature could not be verified is one.
 * - VER-3 Whoever changes the log and computes every hash anew still fails against an older signed checkpoint, if
 *   the change lies within its size: its root is over the entries as they were when it was signed.
 *
 * Without a checkpoint that the verifier got earlier, from somewhere else, the result says only that the log agrees
 * with itself; what is cut off its end, or rewritten as a whole, shows against such a checkpoint alone.
 */

import { anchorChecks, checkHead } from './anchors.ts';
import type { CheckpointOptions, CoveringCheckpoint } from './anchors.ts';
import { chainVerifier } from './chain.ts';
import type { StoredEntry } from './chain.ts';
import type { TreeHead } from './checkpoint.ts';
import { frontier, isPowerOfTwo } from './merkle.ts';
import { problemList } from './problem.ts';
import type { Found, LedgerCode, LedgerProblem } from './problem.ts';
import { Gaps, readArchived, readSpans } from './pruned.ts';
import type { Pruned, Span } from './pruned.ts';

export interface Verification<Code extends string = LedgerCode> extends Found<Code> {
  /** Entries in the log, pending ones included; of a part, those that are in it. */
  readonly entries: number;
  /** Entries that are not yet under the Merkle tree; their chains were verified, and what checkpoints are over. */
  readonly pending: number;
  /** Entries that are kept elsewhere, as entries of the log say: their hashes are in the tree, their texts were not verified. */
  readonly archived: number;
  /** It is a part of a log: what is said of it is said of the entries in it, and of no others. */
  readonly part: boolean;
  /** Positions of the log that are not in the part: only their hashes are. */
  readonly absent: number;
  readonly runs: number;
  /** The largest signed checkpoint that the log agrees with; root in Base 64, as in the note. */
  readonly checkpoint: CoveringCheckpoint | null;
}

/** An entry with its position in the log, from 0. */
export interface LogRecord extends StoredEntry {
  readonly index: number;
}

export interface VerifyOptions extends CheckpointOptions {
  /** How many problems are listed; 100 if absent. */
  readonly listed?: number | undefined;
  /** It is a part of a log: what is not in it need not have been archived. */
  readonly isPart?: boolean | undefined;
}

export interface LogEnd {
  /** The head of the tree as it is stored. */
  readonly head?: TreeHead | undefined;
  /** The signed checkpoint over all entries that came. */
  readonly checkpoint?: string | undefined;
}

export interface LedgerVerifier {
  /** The next entry in the order of the log. */
  add(record: LogRecord): void;
  /** The next positions of the log, whose entries stand elsewhere. */
  addPruned(pruned: Pruned): void;
  /** The next entry of its run that is not in the log yet; all of them come after the log. After a restore, checkpoints may be over them. */
  addPending(record: LogRecord): void;
  /** The next entry of its run that came while the log was read: it is no part of it, but says what has been archived meanwhile. */
  addLater(record: LogRecord): void;
  finish(end?: LogEnd): Verification;
}

export function ledgerVerifier(options: VerifyOptions): LedgerVerifier {
  const { listed, sha256 } = options;
  const { report, found } = problemList<LedgerCode>(listed);
  const chain = chainVerifier(sha256);
  const tree = frontier(sha256);
  const anchors = anchorChecks(options, report);
  const gaps = new Gaps();
  let nextIndex = 0;
  let pending = 0;
  /** The head of the log, once something comes that is not in it yet. */
  let ended: TreeHead | null = null;
  const headNow = (): TreeHead => ({ size: tree.size(), root: tree.root() });
  anchors.reached(0, tree.root);
  return {
    add: ({ index, ...entry }) => {
      if (index !== nextIndex) report(wrongIndex(nextIndex, index));
      nextIndex = index + 1;
      for (const problem of chain.add(entry)) report({ ...problem, index });
      tree.append(entry.hash);
      anchors.reached(tree.size(), tree.root);
      gaps.name(namedBy(entry.text, index));
    },
    addPruned: ({ index, leaves, hash }) => {
      if (index !== nextIndex) report(wrongIndex(nextIndex, index));
      nextIndex = index + leaves;
      if (index !== tree.size() || !isPowerOfTwo(leaves) || index % leaves !== 0)
        return report(misplaced(index));
      gaps.add({ index, leaves });
      tree.appendTree(hash, leaves);
      anchors.passed(tree.size());
      anchors.reached(tree.size(), tree.root);
    },
    addPending: ({ index, ...entry }) => {
      ended ??= headNow();
      if (index === tree.size()) tree.append(entry.hash);
      anchors.reached(tree.size(), tree.root);
      if (index > nextIndex) gaps.add({ index: nextIndex, leaves: index - nextIndex });
      nextIndex = Math.max(nextIndex, index + 1);
      for (const problem of chain.add(entry)) report(problem);
      gaps.name(namedBy(entry.text, index));
      pending += 1;
    },
    addLater: ({ index, ...entry }) => {
      for (const problem of chain.add(entry)) report({ ...problem, index });
      gaps.name(namedBy(entry.text, index));
    },
    finish: (end = {}) => {
      const { isPart = false } = options;
      const log = ended ?? headNow();
      const { size } = log;
      if (end.head !== undefined) checkHead(end.head, log, report);
      if (end.checkpoint !== undefined) anchors.addLast(end.checkpoint, log);
      anchors.finish(size + pending, isPart);
      const removed = isPart ? [] : gaps.unnamed();
      for (const span of removed) report(unnamed(span));
      const { verified, problems, problemCount } = found();
      return {
        verified,
        entries: isPart ? size - gaps.size : size + pending,
        pending,
        archived: isPart ? 0 : removed.reduce((left, { count }) => left - count, gaps.size),
        part: isPart,
        absent: isPart ? gaps.size : 0,
        runs: chain.runs(),
        checkpoint: anchors.covering(),
        problems,
        problemCount,
      };
    },
  };
}

/** Verifies a log that can be iterated; see `ledgerVerifier`. */
export function verifyLedger(records: Iterable<LogRecord>, options: VerifyOptions & LogEnd): Verification {
  const verifier = ledgerVerifier(options);
  for (const record of records) verifier.add(record);
  return verifier.finish(options);
}

/** Only of what came before it. */
function namedBy(text: string, position: number): Span[] {
  const spans = readSpans(readArchived(text)?.spans) ?? [];
  return spans.filter(({ index, count }) => index + count <= position);
}

function unnamed({ index, count }: Span): LedgerProblem {
  const which = count === 1 ? `Position ${index}` : `Positions ${index} to ${index + count - 1}`;
  const message =
    `${which} of the log ${count === 1 ? 'is' : 'are'} empty, and no entry of the log says that what was there was archived: ` +
    'it was removed. Compare with a backup or an earlier export.';
  return { code: 'index_wrong', message, index };
}

const misplaced = (index: number): LedgerProblem => ({
  code: 'index_wrong',
  message: `What stands for entries from position ${index} on is no part of a tree there. Take the file again from where it came from.`,
  index,
});

function wrongIndex(expected: number, index: number): LedgerProblem {
  const what =
    index > expected
      ? `Position ${expected} of the log is empty, the next entry stands at ${index}: entries were removed`
      : `An entry stands at position ${index} of the log where position ${expected} belongs: it was inserted or moved`;
  return { code: 'index_wrong', message: `${what}. Compare with a backup or an earlier export.`, index };
}
