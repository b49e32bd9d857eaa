import type { JsonObject } from '../definition/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';
import { toHex } from '../ledger/index.ts';
import { ORGANISATION } from '../runtime/index.ts';
import type { StoredEntry } from '../store/index.ts';

/** One event on its way through one channel to one receiver. */
export interface Parcel {
  /** Position of the entry in the log, and the type of its event. */
  readonly position: number;
  readonly type: string;
  /** Passport id where a channel has several receivers, else null. */
  readonly to: string | null;
  readonly attempts: number;
  /** When the next attempt is due, ms since the epoch. */
  readonly due: number;
  readonly since: number;
  readonly error: string | null;
  /** At the last attempt its receiver did not take it, though the channel was there. */
  readonly untaken?: true;
  /** Somebody asked for it once more: there may be a dead letter of it. */
  readonly again?: true;
}

/** A parcel that has come to its end. */
export interface Ended extends Parcel {
  readonly outcome: 'delivered' | 'dead' | 'dropped';
  readonly at: number;
}

/**
 * What a channel has been through.
 *
 * PROG-1  Every entry below `position` was delivered, is among `parcels`, is a dead letter, or was not for this channel.
 * PROG-2  It is written after attempts, not before: what was under way when the process ended is sent again.
 * PROG-3  Time in which nothing was tried is no time of failing: after a silence, `failingSince` begins anew.
 */
export interface Progress {
  /** Of the next entry to look at. */
  readonly position: number;
  readonly parcels: readonly Parcel[];
  /** The last that came to an end, newest first. */
  readonly recent: readonly Ended[];
  readonly delivered: number;
  readonly failed: number;
  readonly dead: number;
  /** Since when nothing has been delivered though it was tried; null while all is well. */
  readonly failingSince: number | null;
  /** Of the last attempt that the receiver did not take; left out where `failingSince` is over and done with. */
  readonly failedAt?: number;
  readonly lastError: string | null;
  /** Which server works on it, and until when it may; null while none does. */
  readonly held: { readonly by: string; readonly until: number } | null;
}

export const begin = (position: number): Progress => ({
  position,
  parcels: [],
  recent: [],
  delivered: 0,
  failed: 0,
  dead: 0,
  failingSince: null,
  lastError: null,
  held: null,
});

export const progressOf = (body: JsonObject): Progress => body as unknown as Progress;

const DIGITS = 12;
/** Within a channel; sorts by position. */
export const keyOf = ({ position, to }: Pick<Parcel, 'position' | 'to'>): string =>
  String(position).padStart(DIGITS, '0') + (to === null ? '' : `:${to}`);
/** `CHANNEL:POSITION`, or `CHANNEL:POSITION:PASSPORT`. */
export const deliveryId = (channel: string, parcel: Pick<Parcel, 'position' | 'to'>): string =>
  `${channel}:${keyOf(parcel)}`;

export interface DeliveryRef {
  readonly channel: string;
  readonly position: number;
  readonly to: string | null;
}
export function readDeliveryId(id: string): DeliveryRef | null {
  const found = /^([a-z]\w{0,99}):(\d{12})(?::(passport_[\w-]{1,100}))?$/.exec(id);
  if (!found) return null;
  const [, channel = '', position = '', to = null] = found;
  return { channel, position: Number(position), to };
}

/** That somebody wants a delivery made once more: the type of an entry of the organisation, with its id as `delivery`. */
export const REQUESTED = 'delivery.requested';

/** Which delivery an entry asks for; null for any other entry. */
export function requested(entry: StoredEntry): DeliveryRef | null {
  if (entry.stream !== ORGANISATION || typeOf(entry) !== REQUESTED) return null;
  const { delivery } = readEntry(entry).payload;
  return typeof delivery === 'string' ? readDeliveryId(delivery) : null;
}

/** The same for every attempt and every channel, and to be found in the ledger. */
export const eventId = (entry: StoredEntry): string => `evt_${toHex(entry.hash)}`;

export const readEntry = (entry: StoredEntry): LedgerEntry => JSON.parse(entry.text) as LedgerEntry;

/** Without reading the payload: in canonical form the type comes behind it, and no other text there holds quotes. */
export function typeOf({ text }: Pick<StoredEntry, 'text'>): string {
  const at = text.lastIndexOf(TYPE) + TYPE.length;
  return text.slice(at, text.indexOf('"', at));
}
const TYPE = '"type":"';
