/**
 * Checkpoints (C2SP tlog-checkpoint): a signed note whose lines are the origin of the log, the size of its Merkle
 * tree, the root in Base 64, and extension lines if any. Who keeps one can prove later what the log held then.
 */

import { fromBase64, isWellFormed, toBase64 } from './bytes.ts';
import type { Sha256 } from './entry.ts';
import { HASH_BYTES } from './merkle.ts';
import { parseNote, parseVerifierKey, signedBy, signNote } from './note.ts';
import type { NoteCode, SignatureCode, SignedNote, Signer, VerifierKey, VerifySignature } from './note.ts';
import { accepted, refused } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export interface TreeHead {
  /** Number of leaves. */
  readonly size: number;
  /** Merkle tree hash of them, 32 bytes. */
  readonly root: Uint8Array;
}

export interface Checkpoint extends TreeHead {
  /** The identity of the log. */
  readonly origin: string;
  /** Opaque lines after the root; mostly none. */
  readonly extensions: readonly string[];
}

/** With the note it came in. */
export interface ParsedCheckpoint extends Checkpoint, SignedNote {}

export interface VerifiedCheckpoint extends Checkpoint {
  /** Name of the key that signed it. */
  readonly keyName: string;
}

export type CheckpointCode = NoteCode | 'checkpoint_malformed';
export type CheckpointRefusal = CheckpointCode | SignatureCode | 'verifier_key_malformed';

/**
 * The checkpoint as a signed note.
 * @throws TypeError for a checkpoint that has no such form: an origin or extension that is empty or not one line
 */
export function signCheckpoint(head: TreeHead & CheckpointLines, signer: Signer, sha256: Sha256): string {
  const { origin, size, root, extensions = [] } = head;
  if (!Number.isSafeInteger(size) || size < 0) throw new TypeError(`${size} is not the size of a tree.`);
  if (root.length !== HASH_BYTES) throw new TypeError('The root of a tree has 32 bytes.');
  if (![origin, ...extensions].every(isLine)) {
    throw new TypeError('Origin and extensions of a checkpoint are lines, none of them empty.');
  }
  const lines = [origin, String(size), toBase64(root), ...extensions];
  return signNote(lines.map((line) => `${line}\n`).join(''), signer, sha256);
}

export interface CheckpointLines {
  readonly origin: string;
  readonly extensions?: readonly string[];
}

const isLine = (line: string): boolean => /^[ -\uffff]+$/.test(line) && isWellFormed(line);

/** What the note says; its signatures are not verified, so nothing may rest on it. */
export function parseCheckpoint(note: string): Outcome<ParsedCheckpoint, CheckpointCode> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || sizeText === undefined || rootText === undefined) {
    return malformed('it needs lines for origin, size and root');
  }
  if ([origin, ...extensions].includes('')) return malformed('it has an empty line');
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(sizeText) ? Number(sizeText) : Number.NaN;
  if (!Number.isSafeInteger(size)) return malformed('its size is not a plain decimal number');
  const root = fromBase64(rootText);
  if (root?.length !== HASH_BYTES) return malformed('its root is not the Base 64 of 32 bytes');
  return accepted({ origin, size, root, extensions, text, signatures });
}

const malformed = (why: string) => refused('checkpoint_malformed', `This is not a checkpoint: ${why}.`);

/** The checkpoint in a note that one of these keys (`name+id+key`) has signed. */
export function verifyCheckpoint(
  note: string,
  verifierKeys: readonly string[],
  means: { readonly sha256: Sha256; readonly verify: VerifySignature },
): Outcome<VerifiedCheckpoint, CheckpointRefusal> {
  const checkpoint = parseCheckpoint(note);
  if (!checkpoint.ok) return checkpoint;
  const keys: VerifierKey[] = [];
  for (const text of verifierKeys) {
    const key = parseVerifierKey(text, means.sha256);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  const signer = signedBy(checkpoint.value, keys, means.verify);
  if (!signer.ok) return signer;
  const { origin, size, root, extensions } = checkpoint.value;
  return accepted({ origin, size, root, extensions, keyName: signer.value.name });
}
