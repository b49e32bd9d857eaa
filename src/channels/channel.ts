import type { StoredEntry } from '../store/index.ts';
import type { Parcel } from './parcel.ts';

/** What came of an attempt. */
export type Attempt =
  | { readonly outcome: 'delivered' }
  /** `after`: the receiver asks for so much time, ms. `isReceiver`: others of the channel may be reached all the same. */
  | {
      readonly outcome: 'failed';
      readonly error: string;
      readonly after?: number;
      readonly isReceiver?: boolean;
    }
  /** Trying again would not help. */
  | { readonly outcome: 'refused'; readonly error: string }
  /** The receiver wants nothing any more: nothing more is sent, and the parcel waits. */
  | { readonly outcome: 'gone'; readonly error: string }
  /** What it would say is over. */
  | { readonly outcome: 'dropped' };

/** A way to tell somebody outside. What `attempt` throws counts as `failed`; it ends soon after `signal` aborts. */
export interface Channel {
  readonly id: string;
  /** Nothing more is sent once nothing has got through for so long, ms; null where it is tried for ever. */
  readonly patience: number | null;
  /** The receivers that an entry is for: passport ids, or one null where the channel has one receiver. */
  select(entry: StoredEntry): Promise<readonly (string | null)[]>;
  attempt(parcel: Parcel, entry: StoredEntry, signal: AbortSignal): Promise<Attempt>;
}
