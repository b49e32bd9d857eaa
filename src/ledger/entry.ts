/**
 * The ledger entry: one event of one run, with who did it, for whom and on what authority.
 *
 * Invariants:
 * - ENT-1 The hash of an entry is SHA-256 over the UTF-8 of its canonical JSON text, so the text is all there is to
 *   keep; every member, also one that a later release adds, is under the hash.
 * - ENT-2 What `seal` writes, `readEntry` accepts, and gives back the same entry.
 * - ENT-3 `previous` is the hash of the entry before it in the same run; the first entry has `NO_PREVIOUS`.
 */

import { canonical, CanonicalError, isCanonical, quote } from './canonical.ts';
import type { JsonObject } from './canonical.ts';
import { accepted, refused } from './outcome.ts';
import type { Outcome } from './outcome.ts';

/** SHA-256; a string is hashed as its UTF-8. Must not keep what it is given: the buffer is used again. */
export type Sha256 = (data: Uint8Array | string) => Uint8Array;

export const LAYERS = ['decide', 'execute', 'record'] as const;
export type Layer = (typeof LAYERS)[number];

export const AUTHORITY_KINDS = ['policy', 'definition', 'approval', 'delegation', 'role', 'system'] as const;
export type AuthorityKind = (typeof AUTHORITY_KINDS)[number];

/** What an action rests on: a policy (with its version), an approval, a delegation, a role, or the system itself. */
export interface Authority {
  readonly kind: AuthorityKind;
  readonly id: string;
  readonly version?: number | string | undefined;
  /** Of a delegation: the chain it rests on. */
  readonly chain?: readonly DelegationLink[] | undefined;
}

/** `from` lets `to` act for it; `accountable` is the human who answers for `to`. */
export interface DelegationLink {
  readonly delegation: string;
  readonly from: string;
  readonly to: string;
  readonly accountable: string | null;
}

export interface LedgerEntry<Payload extends object = JsonObject> {
  readonly run: string;
  /** Position in the run, from 1, without gaps. */
  readonly sequence: number;
  readonly type: string;
  /** Version of the event type, from 1. */
  readonly version: number;
  /** Milliseconds since the epoch, an integer. */
  readonly at: number;
  readonly actor: string;
  /** The accountable human; null where nobody but the actor is. */
  readonly onBehalfOf: string | null;
  readonly authority: Authority;
  readonly layer: Layer;
  readonly payload: Payload;
  /** Hash of the previous entry of the run, 64 lower case hexadecimal digits. */
  readonly previous: string;
}

export interface SealedEntry {
  /** The canonical JSON of the entry. */
  readonly text: string;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

export const NO_PREVIOUS = '0'.repeat(64);

/**
 * The text and hash of an entry.
 * @throws CanonicalError where the payload or a name cannot be written as JSON; TypeError for an entry that
 *   breaks its own shape. Both are faults: input is checked (`canonicalProblem`) before it becomes an event.
 */
export function seal(entry: LedgerEntry<object>, sha256: Sha256): SealedEntry {
  const wrong = shapeProblem(entry as unknown as Record<string, unknown>);
  if (wrong !== undefined) throw new TypeError(`A ledger entry cannot be sealed: ${wrong}.`);
  const text = entryText(entry);
  return { text, hash: sha256(text) };
}

/** The members in canonical order; `canonical` decides about each value that is not of a fixed form. */
function entryText(entry: LedgerEntry<object>): string {
  const behalf = entry.onBehalfOf === null ? 'null' : textOf(entry.onBehalfOf);
  return (
    `{"actor":${textOf(entry.actor)},"at":${entry.at},"authority":${authorityText(entry.authority)}` +
    `,"layer":"${entry.layer}","onBehalfOf":${behalf},"payload":${payloadText(entry)}` +
    `,"previous":"${entry.previous}","run":${textOf(entry.run)},"sequence":${entry.sequence}` +
    `,"type":${textOf(entry.type)},"version":${entry.version}}`
  );
}

const textOf = (name: string): string => quote(name) ?? canonical(name);

function authorityText({ id, kind, version, chain }: Authority): string {
  const links = chain === undefined ? '' : `"chain":${canonical(chain)},`;
  const rest =
    version === undefined ? '' : `,"version":${typeof version === 'number' ? version : textOf(version)}`;
  return `{${links}"id":${textOf(id)},"kind":"${kind}"${rest}}`;
}

function payloadText(entry: LedgerEntry<object>): string {
  try {
    return canonical(entry.payload);
  } catch (error) {
    if (error instanceof CanonicalError)
      throw new CanonicalError(error.code, `$.payload${error.path.slice(1)}`);
    throw error;
  }
}

export type EntryCode = 'entry_malformed' | 'entry_not_canonical';

/** The entry in a stored text, which must be exactly the canonical text of a well-formed entry. */
export function readEntry(text: string): Outcome<LedgerEntry, EntryCode> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('entry_malformed', 'it is not JSON');
  }
  if (!isObject(value)) return refused('entry_malformed', 'it is not a JSON object');
  const wrong = shapeProblem(value);
  if (wrong !== undefined) return refused('entry_malformed', wrong);
  if (!isCanonical(text, value)) {
    return refused(
      'entry_not_canonical',
      'its text is not in canonical form (RFC 8785), so it was not written here',
    );
  }
  return accepted(value as unknown as LedgerEntry);
}

const HASH = /^[0-9a-f]{64}$/;

/** Members that are not listed here are allowed: a later release may add some, and they are under the hash. */
function shapeProblem(entry: Record<string, unknown>): string | undefined {
  if (!isName(entry['run'])) return 'its run is missing or empty';
  if (!isCount(entry['sequence'])) return 'its sequence is not a whole number from 1';
  if (!isName(entry['type'])) return 'its type is missing or empty';
  if (!isCount(entry['version'])) return 'its version is not a whole number from 1';
  if (!Number.isSafeInteger(entry['at'])) return 'its time is not a whole number of milliseconds';
  if (!isName(entry['actor'])) return 'its actor is missing or empty';
  if (entry['onBehalfOf'] !== null && !isName(entry['onBehalfOf']))
    return 'its onBehalfOf is neither a name nor null';
  if (!isAuthority(entry['authority'])) return 'its authority is missing or of no known kind';
  if (!LAYERS.includes(entry['layer'] as Layer)) return 'its layer is none of decide, execute, record';
  if (!isObject(entry['payload'])) return 'its payload is not an object';
  if (typeof entry['previous'] !== 'string' || !HASH.test(entry['previous']))
    return 'its previous is not a hash';
  return undefined;
}

function isAuthority(value: unknown): boolean {
  if (!isObject(value) || !isName(value['id'])) return false;
  if (!AUTHORITY_KINDS.includes(value['kind'] as AuthorityKind)) return false;
  const version = value['version'];
  return version === undefined || isName(version) || Number.isSafeInteger(version);
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
