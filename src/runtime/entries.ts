import type { Attribution, Event } from '../engine/index.ts';
import { NO_PREVIOUS, seal, toHex, type LedgerEntry, type Sha256 } from '../ledger/index.ts';
import type { Layer } from '../definition/index.ts';
import type { NewEntry } from '../store/index.ts';

/** Where a stream's chain stands: the sequence and hash of its last entry. */
export interface Head {
  readonly sequence: number;
  readonly hash: Uint8Array | null;
}
export const EMPTY_HEAD: Head = { sequence: 0, hash: null };

/** Anything that a ledger can record: an event of a run, or of the organisation. */
export interface Recorded {
  readonly type: string;
  readonly version: number;
  readonly at: number;
  readonly by: Attribution;
  readonly layer: Layer;
  readonly data: object;
}

export const sealEvent = (stream: string, head: Head, event: Recorded, sha256: Sha256): NewEntry => {
  const sequence = head.sequence + 1;
  const { actor, onBehalfOf, authority } = event.by;
  const { type, version, at, layer, data: payload } = event;
  const previous = head.hash ? toHex(head.hash) : NO_PREVIOUS;
  const { text, hash } = seal(
    { run: stream, sequence, type, version, at, actor, onBehalfOf, authority, layer, payload, previous },
    sha256,
  );
  return { sequence, text, hash };
};

/** The event of a stored entry. Whether the entry is what was written is for verification to say. @throws SyntaxError unless JSON */
export const readEvent = (text: string): Event => {
  const entry = JSON.parse(text) as LedgerEntry;
  const { type, version, at, actor, onBehalfOf, authority, layer, payload } = entry;
  return {
    type,
    version,
    at,
    by: { actor, onBehalfOf, authority },
    layer,
    data: payload,
  } as unknown as Event;
};
