/** What a log is compared with: the stored head of its tree, and signed checkpoints (VER-3). */

import { sameBytes, toBase64 } from './bytes.ts';
import { verifyCheckpoint } from './checkpoint.ts';
import type { TreeHead, VerifiedCheckpoint } from './checkpoint.ts';
import type { Sha256 } from './entry.ts';
import type { VerifySignature } from './note.ts';
import type { LedgerProblem, Report } from './problem.ts';

export interface CheckpointOptions {
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** `name+id+key`; the keys whose signatures count. */
  readonly verifierKeys?: readonly string[] | undefined;
  /** Checkpoints known from before, as signed notes. */
  readonly checkpoints?: readonly string[] | undefined;
  /** The origin that checkpoints must name; any if absent. */
  readonly origin?: string | undefined;
}

export interface CoveringCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly keyName: string;
}

export function checkHead(head: TreeHead, found: TreeHead, report: Report): void {
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
  /** `count`: of all entries that are there, also where something is missing among them. */
  finish(count: number, isPart: boolean): void;
  covering(): CoveringCheckpoint | null;
}

/** Compares the growing tree with the signed checkpoints, in the order of their sizes. */
export function anchorChecks(options: CheckpointOptions, report: Report): AnchorChecks {
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
    finish: (count, isPart) => {
      for (const checkpoint of waiting)
        if (isPart) report(uncovered(checkpoint.size));
        else if (checkpoint.size > count) report(truncated(count, checkpoint.size, 'a signed checkpoint'));
        else report(inconsistent(checkpoint, covering?.size ?? 0));
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
  options: CheckpointOptions,
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

function readCheckpoint(note: string, options: CheckpointOptions): VerifiedCheckpoint | LedgerProblem {
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
