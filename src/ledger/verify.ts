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

import { sameBytes, toBase64 } from './bytes.ts';
import { chainVerifier } from './chain.ts';
import type { ChainCode, StoredEntry } from './chain.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import type { CheckpointRefusal, TreeHead, VerifiedCheckpoint } from './checkpoint.ts';
import type { Sha256 } from './entry.ts';
import { frontier, isPowerOfTwo } from './merkle.ts';
import type { VerifySignature } from './note.ts';
import { Gaps, readArchived, readSpans } from './pruned.ts';
import type { Pruned, Span } from './pruned.ts';

export type LedgerCode =
  | ChainCode
  | CheckpointRefusal
  | 'index_wrong'
  | 'log_truncated'
  | 'log_inconsistent'
  | 'entries_beyond_head'
  | 'head_differs'
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

export interface Verification<Code extends string = LedgerCode> {
  readonly verified: boolean;
  /** Entries in the log, pending ones included; of a part, those that are in it. */
  readonly entries: number;
  /** Entries that are not yet under the Merkle tree; only their chains were verified. */
  readonly pending: number;
  /** Entries that are kept elsewhere, as the log says: their hashes are in the tree, their texts were not verified. */
  readonly archived: number;
  /** It is a part of a log: what is said of it is said of the entries in it, and of no others. */
  readonly part: boolean;
  /** Positions of the log that are not in the part: only their hashes are. */
  readonly absent: number;
  readonly runs: number;
  /** The largest signed checkpoint that the log agrees with; root in Base 64, as in the note. */
  readonly checkpoint: CoveringCheckpoint | null;
  readonly problems: readonly LedgerProblem<Code>[];
  /** All problems found, also those that are not listed. */
  readonly problemCount: number;
}

export interface CoveringCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly keyName: string;
}

/** An entry with its position in the log, from 0. */
export interface LogRecord extends StoredEntry {
  readonly index: number;
}

export interface VerifyOptions {
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** `name+id+key`; the keys whose signatures count. */
  readonly verifierKeys?: readonly string[] | undefined;
  /** Checkpoints known from before, as signed notes. */
  readonly checkpoints?: readonly string[] | undefined;
  /** The origin that checkpoints must name; any if absent. */
  readonly origin?: string | undefined;
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
  /** The next entry of its run that is not in the log yet; all of them come after the log. */
  addPending(record: LogRecord): void;
  /** The next entry of its run that came while the log was read: it is no part of it, but says what has been archived meanwhile. */
  addLater(record: LogRecord): void;
  finish(end?: LogEnd): Verification;
}

type Report = (problem: LedgerProblem) => void;

export function ledgerVerifier(options: VerifyOptions): LedgerVerifier {
  const { listed = 100, sha256 } = options;
  const problems: LedgerProblem[] = [];
  let problemCount = 0;
  const report: Report = (problem) => {
    problemCount += 1;
    if (problems.length < listed) problems.push(problem);
  };
  const chain = chainVerifier(sha256);
  const tree = frontier(sha256);
  const anchors = anchorChecks(options, report);
  const gaps = new Gaps();
  let nextIndex = 0;
  let pending = 0;
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
      const size = tree.size();
      if (end.head !== undefined) checkHead(end.head, { size, root: tree.root() }, report);
      if (end.checkpoint !== undefined) anchors.addLast(end.checkpoint, { size, root: tree.root() });
      anchors.finish(size, isPart);
      if (!isPart) for (const span of gaps.unnamed()) report(unnamed(span));
      const verified = problemCount === 0;
      const checkpoint = anchors.covering();
      return {
        verified,
        entries: isPart ? size - gaps.size : size + pending,
        pending,
        archived: isPart ? 0 : gaps.size,
        part: isPart,
        absent: isPart ? gaps.size : 0,
        runs: chain.runs(),
        checkpoint,
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

function checkHead(head: TreeHead, found: TreeHead, report: Report): void {
  if (found.size < head.size) {
    report(truncated(found.size, head.size, 'the stored head of the tree'));
  } else if (found.size > head.size) {
    const message =
      `The log has ${found.size} entries, but the stored head of its tree counts ${head.size}: ` +
      'entries were added without the ledger knowing. Compare with a backup or an earlier export.';
    report({ code: 'entries_beyond_head', message, index: head.size });
  } else if (!sameBytes(head.root, found.root)) {
    const message =
      'The entries do not give the stored root of the tree: an entry was changed, or the root was. ' +
      'Verify against a checkpoint that you kept, and compare with a backup.';
    report({ code: 'head_differs', message });
  }
}

function truncated(size: number, promised: number, witness: string): LedgerProblem {
  const message =
    `The log has ${size} entries, but ${witness} is over ${promised}: the last ${promised - size} were removed. ` +
    'Restore them from a backup or an export.';
  return { code: 'log_truncated', message, index: size };
}

interface AnchorChecks {
  /** The tree has this many leaves now. */
  reached(size: number, root: () => Uint8Array): void;
  /** A checkpoint that arrives after all entries. */
  addLast(note: string, found: TreeHead): void;
  /** Positions up to here were passed over: what ends among them cannot be compared. */
  passed(size: number): void;
  finish(size: number, isPart: boolean): void;
  covering(): CoveringCheckpoint | null;
}

/** Compares the growing tree with the signed checkpoints, in the order of their sizes. */
function anchorChecks(options: VerifyOptions, report: Report): AnchorChecks {
  const waiting = readCheckpoints(options.checkpoints ?? [], options, report);
  let covering: VerifiedCheckpoint | undefined;
  const compare = (checkpoint: VerifiedCheckpoint, root: Uint8Array): void => {
    if (!sameBytes(checkpoint.root, root)) report(inconsistent(checkpoint, covering?.size ?? 0));
    else covering = checkpoint;
  };
  return {
    reached: (size, root) => {
      while (waiting[0]?.size === size) compare(waiting.shift()!, root());
    },
    addLast: (note, found) => {
      const [checkpoint] = readCheckpoints([note], options, report);
      if (checkpoint === undefined) return;
      if (checkpoint.size > found.size)
        report(truncated(found.size, checkpoint.size, 'the checkpoint at its end'));
      else if (checkpoint.size === found.size) compare(checkpoint, found.root);
      else report(beyond(checkpoint, found.size));
    },
    passed: (size) => {
      while ((waiting[0]?.size ?? size) < size) report(uncovered(waiting.shift()!.size));
    },
    finish: (size, isPart) => {
      for (const checkpoint of waiting)
        report(isPart ? uncovered(checkpoint.size) : truncated(size, checkpoint.size, 'a signed checkpoint'));
    },
    covering: () => (covering === undefined ? null : summary(covering)),
  };
}

const summary = ({ origin, size, root, keyName }: VerifiedCheckpoint): CoveringCheckpoint => ({
  origin,
  size,
  root: toBase64(root),
  keyName,
});

function inconsistent(checkpoint: VerifiedCheckpoint, goodSize: number): LedgerProblem {
  const good = goodSize === 0 ? '' : ` The first ${goodSize} are as they were signed.`;
  const message =
    `The first ${checkpoint.size} entries are not those that ${checkpoint.keyName} signed a checkpoint over: ` +
    `something in them was changed, removed, inserted or moved since.${good} Compare with a backup or an export.`;
  return { code: 'log_inconsistent', message };
}

function uncovered(size: number): LedgerProblem {
  const message =
    `The checkpoint over ${size} entries ends where this file has only hashes, so they cannot be compared. ` +
    'Give a checkpoint that was stored before the file was written, or verify the database.';
  return { code: 'checkpoint_uncovered', message };
}

function beyond(checkpoint: VerifiedCheckpoint, size: number): LedgerProblem {
  const message =
    `There are ${size} entries, but the checkpoint at the end is over ${checkpoint.size}: ` +
    'entries were added after it was signed, or it is an older one. Export again.';
  return { code: 'entries_beyond_head', message, index: checkpoint.size };
}

/** Those that count, by size; every other is reported. */
function readCheckpoints(
  notes: readonly string[],
  options: VerifyOptions,
  report: Report,
): VerifiedCheckpoint[] {
  const read: VerifiedCheckpoint[] = [];
  for (const note of notes) {
    const checkpoint = readCheckpoint(note, options);
    if ('code' in checkpoint) report(checkpoint);
    else read.push(checkpoint);
  }
  return read.sort((one, other) => one.size - other.size);
}

function readCheckpoint(note: string, options: VerifyOptions): VerifiedCheckpoint | LedgerProblem {
  const { verifierKeys = [], origin } = options;
  if (verifierKeys.length === 0) {
    const message = 'A checkpoint says nothing without the verifier key of its ledger. Give the key.';
    return { code: 'verifier_key_missing', message };
  }
  const checkpoint = verifyCheckpoint(note, verifierKeys, options);
  if (!checkpoint.ok) {
    const advice =
      "Take the checkpoint and the verifier key from where you keep them; both must be this ledger's.";
    return { code: checkpoint.code, message: `A checkpoint does not count. ${checkpoint.message} ${advice}` };
  }
  if (origin !== undefined && checkpoint.value.origin !== origin) {
    const message = `A checkpoint is of the ledger ${checkpoint.value.origin}, not of ${origin}. Give that of this one.`;
    return { code: 'origin_differs', message };
  }
  return isOwn(checkpoint.value) ? checkpoint.value : crossSigned(checkpoint.value);
}

/** A ledger's key bears its name. Of several keys that are given each speaks for its own ledger alone. */
const isOwn = ({ origin, keyName }: VerifiedCheckpoint): boolean => keyName === origin;

const crossSigned = ({ origin, keyName }: VerifiedCheckpoint): LedgerProblem => ({
  code: 'origin_differs',
  message: `A checkpoint of the ledger ${origin} is signed with the key of ${keyName}. Give one that ${origin} has signed.`,
});
