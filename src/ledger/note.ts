/**
 * Signed notes (C2SP signed-note): a text, a blank line, and lines `— <key name> base64(key id || signature)`.
 *
 * Invariants:
 * - NOT-1 A note from outside never causes an exception: every malformed one is a refusal with a code.
 * - NOT-2 A note counts only if a known key signed it and no signature of a known key fails.
 */

import { fromBase64, fromHex, isWellFormed, joinBytes, sameBytes, toBase64, toHex, utf8 } from './bytes.ts';
import type { Sha256 } from './entry.ts';
import { accepted, refused } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** Ed25519 over the message; 64 bytes. */
export type Sign = (message: Uint8Array) => Uint8Array;
/** Whether the 64-byte Ed25519 signature over the message was made with this 32-byte public key. */
export type VerifySignature = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;

export interface Signer {
  /** The key name; for a log its origin. */
  readonly name: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
}

export interface VerifierKey {
  readonly name: string;
  /** 4 bytes. */
  readonly id: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  /** Whatever follows the key id; 64 bytes for Ed25519. */
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export type NoteCode = 'note_malformed' | 'note_too_large';
export type SignatureCode = 'signature_invalid' | 'key_unknown';

const ED25519 = Uint8Array.of(0x01);
const KEY_ID_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Room for the 16 signatures that every verifier must accept, also of post-quantum size. */
const LONGEST_NOTE = 256 * 1024;
const NEVER_IN_NAME = /[\p{White_Space}\p{Cc}\uFEFF+]/u;
/** ASCII control characters but newline. */
const NEVER_IN_NOTE = /[^\n -\uffff]/;

const isKeyName = (name: string): boolean => name !== '' && !NEVER_IN_NAME.test(name) && isWellFormed(name);

/** The first 4 bytes of SHA-256(name || newline || 0x01 || public key). */
function keyId(name: string, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(joinBytes(utf8(`${name}\n`), ED25519, publicKey)).slice(0, KEY_ID_BYTES);
}

/**
 * The key as verifiers are given it: `<name>+<key id in hexadecimal>+<base64 of 0x01 and the public key>`.
 * @throws TypeError for a name with spaces, control characters or a plus, or a key that is not 32 bytes
 */
export function verifierKey(name: string, publicKey: Uint8Array, sha256: Sha256): string {
  requireKey(name, publicKey);
  return `${name}+${toHex(keyId(name, publicKey, sha256))}+${toBase64(joinBytes(ED25519, publicKey))}`;
}

export function parseVerifierKey(
  text: string,
  sha256: Sha256,
): Outcome<VerifierKey, 'verifier_key_malformed'> {
  const wrong = (why: string) => refused('verifier_key_malformed', `The verifier key ${why}.`);
  const [, name, idText, keyText] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  if (name === undefined || idText === undefined || keyText === undefined) {
    return wrong('is not of the form name+id+key');
  }
  const id = fromHex(idText);
  const key = fromBase64(keyText);
  if (!isKeyName(name)) return wrong('has a name with spaces or control characters');
  if (id === undefined || key?.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== ED25519[0]) {
    return wrong('does not hold an Ed25519 public key');
  }
  const publicKey = key.slice(1);
  if (!sameBytes(id, keyId(name, publicKey, sha256))) return wrong('has an id that is not that of its key');
  return accepted({ name, id, publicKey });
}

/** @throws TypeError for a text that no note can hold, or a name or key that is none */
export function signNote(text: string, signer: Signer, sha256: Sha256): string {
  requireKey(signer.name, signer.publicKey);
  if (text === '' || !text.endsWith('\n') || NEVER_IN_NOTE.test(text) || !isWellFormed(text)) {
    throw new TypeError('The text of a note must be well-formed lines, each ended by a newline.');
  }
  const signature = signer.sign(utf8(text));
  if (signature.length !== SIGNATURE_BYTES) throw new TypeError('An Ed25519 signature has 64 bytes.');
  const id = keyId(signer.name, signer.publicKey, sha256);
  return `${text}\n— ${signer.name} ${toBase64(joinBytes(id, signature))}\n`;
}

function requireKey(name: string, publicKey: Uint8Array): void {
  if (!isKeyName(name))
    throw new TypeError(`"${name}" cannot name a key: no spaces, control characters or plus.`);
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new TypeError('An Ed25519 public key has 32 bytes.');
}

export function parseNote(note: string): Outcome<SignedNote, NoteCode> {
  if (note.length > LONGEST_NOTE)
    return refused('note_too_large', `A note has at most ${LONGEST_NOTE} characters.`);
  if (!isWellFormed(note) || NEVER_IN_NOTE.test(note)) {
    return malformed('it holds control characters or is not valid UTF-8');
  }
  const blank = note.lastIndexOf('\n\n');
  if (blank < 1) return malformed('there is no blank line between text and signatures');
  if (!note.endsWith('\n') || blank + 2 === note.length)
    return malformed('it does not end with a signature line');
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(blank + 2, -1).split('\n')) {
    const signature = parseSignature(line);
    if (signature === undefined) return malformed('a signature line is not "— name base64"');
    signatures.push(signature);
  }
  return accepted({ text: note.slice(0, blank + 1), signatures });
}

const malformed = (why: string) => refused('note_malformed', `This is not a signed note: ${why}.`);

function parseSignature(line: string): NoteSignature | undefined {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined || rest.length > 0) return undefined;
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/** The key, among those known, that signed the note. */
export function signedBy(
  note: SignedNote,
  keys: readonly VerifierKey[],
  verify: VerifySignature,
): Outcome<VerifierKey, SignatureCode> {
  const message = utf8(note.text);
  let signer: VerifierKey | undefined;
  for (const { name, keyId: id, signature } of note.signatures) {
    const key = keys.find((known) => known.name === name && sameBytes(known.id, id));
    if (key === undefined) continue;
    if (signature.length !== SIGNATURE_BYTES || !verify(message, signature, key.publicKey)) {
      return refused(
        'signature_invalid',
        `The signature of ${name} does not fit the text: one of them was changed.`,
      );
    }
    signer ??= key;
  }
  if (signer !== undefined) return accepted(signer);
  const names = note.signatures.map((signature) => signature.name).join(', ');
  return refused('key_unknown', `No known key has signed it; it is signed by ${names}.`);
}
