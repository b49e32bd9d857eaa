import { toHex, type LedgerEntry } from '../ledger/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { EntryFilter, StoredEntry } from '../store/index.ts';
import { entriesWithin, type Bounded } from './bounded.ts';
import type { Context, Read } from './context.ts';
import { absent } from './archived.ts';
import { seenEvents } from './sight/hidden-events.ts';
import { done } from './outcome.ts';
import type { EventView } from './schema/views.ts';

/** The events of one run by sequence, or of everything by place in the ledger. A cursor counts what is known already. */
export interface Stream {
  readonly run: string | null;
}

const filterOf = ({ run }: Stream, after: number): EntryFilter =>
  run === null ? { position: after - 1 } : { stream: run, after };

const readEvents = async (
  runtime: Runtime,
  stream: Stream,
  after: number,
  limit: number,
): Promise<Bounded<EventView>> => {
  const { rows, cut } = await entriesWithin(runtime.store, filterOf(stream, after), limit);
  return { rows: rows.map((entry) => eventView(entry, stream)), cut };
};

const eventView = ({ text, hash, position }: StoredEntry, { run }: Stream): EventView => {
  const entry = JSON.parse(text) as LedgerEntry;
  return {
    cursor: run === null ? position + 1 : entry.sequence,
    index: position,
    ...entry,
    hash: toHex(hash),
  };
};

const answer = (events: EventView[], after: number) => done({ events, next: events.at(-1)?.cursor ?? after });

export const runEvents: Read<'run.events'> = async (context, { input: { id, after, limit }, caller }) => {
  const { runtime } = context;
  if (!(await runtime.store.run(id))) return absent(context, id);
  const { rows } = await readEvents(runtime, { run: id }, after, limit);
  return answer(await seenEvents(context, rows, caller), after);
};

export const listEvents: Read<'event.list'> = async (context, { input: { after, limit }, caller }) => {
  const { rows } = await readEvents(context.runtime, { run: null }, after, limit);
  return answer(await seenEvents(context, rows, caller), after);
};

/**
 * Follows a stream at the reader's own pace.
 *
 * FOLLOW-1  Everything is read from the store by cursor; what is heard of new commits only says when to look again. So nothing is
 *           missed and nothing comes twice, and a reader that is slow costs no memory.
 * FOLLOW-2  Who reads is asked for anew with each read, after the rows are there: what they may see no longer is not told.
 */
export class Follower {
  readonly #context: Context;
  readonly #stream: Stream;
  readonly #unsubscribe: () => void;
  #after: number;
  #news = true;
  #heard: (() => void) | null = null;

  constructor(context: Context, stream: Stream, after: number) {
    const { runtime } = context;
    this.#context = context;
    this.#stream = stream;
    this.#after = after;
    this.#unsubscribe = runtime.feed.subscribe((entries) => {
      if (stream.run !== null && !entries.some((entry) => entry.stream === stream.run)) return;
      this.#news = true;
      this.#heard?.();
    });
  }

  /** The next events, as the reader sees them; empty when there are none now, null for a reader who may no longer read. */
  async read(limit: number, reader: () => Promise<Passport | null>): Promise<EventView[] | null> {
    const rows = this.#news ? await this.#next(limit) : [];
    const caller = await reader();
    if (caller === null) return null;
    return rows.length === 0 ? [] : seenEvents(this.#context, rows, caller);
  }

  async #next(limit: number): Promise<readonly EventView[]> {
    this.#news = false;
    const { rows, cut } = await readEvents(this.#context.runtime, this.#stream, this.#after, limit);
    this.#after = rows.at(-1)?.cursor ?? this.#after;
    if (cut || rows.length === limit) this.#news = true;
    return rows;
  }

  /** Resolves when there may be more. `onNews` may be called at any time after. */
  onNews(call: () => void): void {
    this.#heard = call;
    if (this.#news) call();
  }

  close(): void {
    this.#heard = null;
    this.#unsubscribe();
  }
}
