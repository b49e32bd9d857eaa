/** What the tests of the ledger share: hashing and signing with node:crypto, random entries and whole ledgers. */

import { createHash, generateKeyPairSync, sign, verify, createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';

import { toHex } from './bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import type { TreeHead } from './checkpoint.ts';
import { AUTHORITY_KINDS, LAYERS, NO_PREVIOUS, seal } from './entry.ts';
import type { LedgerEntry, Sha256 } from './entry.ts';
import { frontier } from './merkle.ts';
import { verifierKey } from './note.ts';
import type { Signer, VerifySignature } from './note.ts';
import type { LogRecord } from './verify.ts';

/** `SEED=n` repeats a random test; a failure prints the seed it had. */
export const random = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };

const shared = path.join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** The files of a folder of published vectors, or the reason why there are none. */
export function vectors(folder: string): { files: string[]; skip: string | false } {
  const root = path.join(shared, folder);
  if (!existsSync(root)) return { files: [], skip: `the vectors ${folder} are not beside the checkout` };
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => path.join(root, name)).filter((file) => statSync(file).isFile());
  return { files, skip: false };
}

export const sha256: Sha256 = (data) => new Uint8Array(createHash('sha256').update(data).digest());

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const verifySignature: VerifySignature = (message, signature, publicKey) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

export function newSigner(name: string): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  return { name, publicKey: raw, sign: (message) => sign(null, message, privateKey) };
}

export const origin = 'humanos.example/ledger';
export const signer = newSigner(origin);
export const ledgerKey = verifierKey(origin, signer.publicKey, sha256);

export const checkpointOver = (head: TreeHead, by: Signer = signer): string =>
  signCheckpoint({ origin, ...head }, by, sha256);

export function headOf(records: readonly { readonly hash: Uint8Array }[]): TreeHead {
  const tree = frontier(sha256);
  for (const record of records) tree.append(record.hash);
  return { size: tree.size(), root: tree.root() };
}

export type Event = Omit<LedgerEntry<object>, 'run' | 'sequence' | 'previous'>;

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });

export const json = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' }), {
  maxKeys: 4,
});

export const event: fc.Arbitrary<Event> = fc.record({
  type: name,
  version: fc.integer({ min: 1, max: 9 }),
  at: fc.integer({ min: 0, max: 2 ** 42 }),
  actor: name,
  onBehalfOf: fc.option(name),
  authority: fc.oneof(
    fc.record({ kind: fc.constantFrom(...AUTHORITY_KINDS), id: name }),
    fc.record({ kind: fc.constantFrom(...AUTHORITY_KINDS), id: name, version: fc.oneof(fc.integer(), name) }),
  ),
  layer: fc.constantFrom(...LAYERS),
  payload: json,
});

/** A log of events of several runs, in the order given, sealed and chained. */
export function logOf(events: readonly { readonly run: string; readonly event: Event }[]): LogRecord[] {
  const last = new Map<string, { sequence: number; previous: string }>();
  return events.map(({ run, event: content }, index) => {
    const { sequence, previous } = last.get(run) ?? { sequence: 1, previous: NO_PREVIOUS };
    const sealed = seal({ ...content, run, sequence, previous }, sha256);
    last.set(run, { sequence: sequence + 1, previous: toHex(sealed.hash) });
    return { index, ...sealed };
  });
}

/** A log of two to twenty entries in up to four runs. */
export const log: fc.Arbitrary<LogRecord[]> = fc
  .array(fc.record({ run: fc.constantFrom('run_a', 'run_b', 'run_c', 'run_d'), event }), {
    minLength: 2,
    maxLength: 20,
  })
  .map(logOf);
