import type { Sha256 } from '../ledger/index.ts';
import { Loop, type Background } from '../runtime/background.ts';
import { ORGANISATION, type Clock } from '../runtime/index.ts';
import type { DocumentWrite, Store, StoredEntry } from '../store/index.ts';
import type { Attempt, Channel } from './channel.ts';
import {
  begin,
  deliveryId,
  keyOf,
  progressOf,
  requested,
  typeOf,
  type DeliveryRef,
  type Ended,
  type Parcel,
  type Progress,
} from './parcel.ts';
import { chanceOf, retryDelay, SILENCE_MS } from './retry.ts';
import { isFull, isTooMany, MOST_KEPT } from './window.ts';

export interface CourierParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** Name of this server, where others may work on the same database; null where none can. */
  readonly server: string | null;
  /** Told of what came of every attempt. */
  onAttempt(channel: string, attempt: Attempt, isLast: boolean): void;
  /** The receiver wants nothing any more, or has taken nothing for days. */
  onGone(channel: string, why: string): void;
  onFault(fault: unknown): void;
}

const BATCH = 100;
const CONCURRENCY = 8;
const RECENT = 50;
const RETRY_MS = 1000;
const NEVER_LESS_MS = 10;
/** Entries that were not for the channel are passed over in memory; so many are looked at again after a crash, at most. */
const PASSED = 2000;
/** How long a server may work on a channel without a sign of life: longer than an attempt can take. */
const LEASE_MS = 60_000;

/**
 * Carries the entries of the log through one channel.
 *
 * COUR-1  At least once: the log is the queue, and the place in it is stored with what is not delivered yet (PROG-1, PROG-2).
 * COUR-2  A receiver that takes nothing holds up itself alone, and costs a bounded number of parcels (WINDOW-1): the log waits for the
 *         receiver of a channel; for one among several it does not, and what is too much to keep for it is a dead letter (WINDOW-2).
 * COUR-3  Of several servers one works on a channel, by a lease that each of its writes prolongs. Whose write comes second goes on
 *         from what the other wrote, and not before it has the lease again.
 * COUR-5  What was archived while nobody carried it (the channel was switched off) is dropped.
 * COUR-4  What is given up is kept as a dead letter, in the commit that takes it out of the parcels.
 * COUR-6  What is asked for once more is asked for in the log, on whatever server, and carried by the one that reads it there.
 */
export class Courier implements Background {
  readonly #parts: CourierParts;
  readonly #channel: Channel;
  readonly #loop: Loop;
  readonly #entries = new Map<number, StoredEntry>();
  #parcels = new Map<string, Parcel>();
  #progress: Progress = begin(0);
  #revision = 0;
  #saved = 0;
  /** What is not stored yet. */
  #ended: Ended[] = [];
  #cancel: (() => void) | null = null;
  #stopping = new AbortController();
  /** Cuts off the attempts that are under way. */
  #cutting = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: CourierParts, channel: Channel) {
    this.#parts = parts;
    this.#channel = channel;
    this.#loop = new Loop(
      () => this.#turn(),
      (fault) => {
        parts.onFault(fault);
        this.#later(RETRY_MS);
      },
    );
  }

  /** A channel that is new begins with what happens from now on. */
  async start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#cutting = new AbortController();
    await this.#begin();
    this.#loop.start();
  }

  /** Marks where a channel that is new begins, for a server that works on it. */
  async mark(): Promise<void> {
    this.#stopping.abort();
    await this.#begin();
  }

  async #begin(): Promise<void> {
    if (await this.#load()) return;
    this.#progress = begin(await this.#parts.store.entryCount());
    await this.#save();
  }

  /** Begins nothing any more; what is under way has so long to end, ms, and is carried once more later where it has not. */
  async stop(patience = 0): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    this.#cancel = null;
    const cut = (): void => this.#cutting.abort();
    const waited = patience > 0 ? this.#parts.clock.after(patience, cut) : cut();
    await this.#loop.stop();
    waited?.();
    const { server } = this.#parts;
    const isOurs = server === null || this.#isHeldBy(server, 0);
    const isStored = this.#ended.length === 0 && this.#progress.position === this.#saved;
    if (isOurs && (server !== null || !isStored)) await this.#save().catch(this.#parts.onFault);
  }

  wake(): void {
    this.#loop.wake();
  }

  /** It carries nothing any more, by its own decision or because it was stopped. */
  get isOver(): boolean {
    return this.#stopping.signal.aborted;
  }

  get progress(): Progress {
    return { ...this.#progress, parcels: [...this.#parcels.values()] };
  }

  // --- one turn ---------------------------------------------------------------------------------------------------

  async #turn(): Promise<void> {
    const { signal } = this.#stopping;
    if (!(await this.#hold())) return;
    while (!signal.aborted) {
      if (!(await this.#take(signal))) return;
      const due = this.#due();
      if (due.length === 0) break;
      await Promise.all(due.map((parcel) => this.#carry(parcel)));
      await this.#save();
      if (!(await this.#hold())) return;
    }
    if (this.#ended.length > 0 || this.#isFarOn) await this.#save();
    this.#schedule();
  }

  /** Takes the lease, or keeps it; while another server has it, looks again when that ends. Whoever stops lets it go, and takes none. */
  async #hold(): Promise<boolean> {
    const { server, clock } = this.#parts;
    if (this.#stopping.signal.aborted) return false;
    if (server === null) return true;
    if (this.#isHeldBy(server, LEASE_MS / 2)) return true;
    const isOthers = (): boolean => !this.#isHeldBy(null, 0) && !this.#isHeldBy(server, 0);
    if (isOthers()) await this.#load();
    if (isOthers()) {
      this.#later((this.#progress.held?.until ?? 0) - clock.now());
      return false;
    }
    await this.#save();
    return this.#isHeldBy(server, 0) || this.#hold();
  }

  /** With `null`: by nobody. `margin`: for so much longer, ms. */
  #isHeldBy(server: string | null, margin: number): boolean {
    const { held } = this.#progress;
    const isHeld = held !== null && held.until > this.#parts.clock.now() + margin;
    return server === null ? !isHeld : isHeld && held.by === server;
  }

  /** Reads on in the log as long as there is room. False when the lease is lost over it. */
  async #take(signal: AbortSignal): Promise<boolean> {
    while (!this.#isFull && !signal.aborted) {
      const { position } = this.#progress;
      const entries = await this.#parts.store.entries({ position: position - 1 }, BATCH);
      for (const entry of entries) {
        if (this.#isFull) return true;
        await this.#sort(entry);
        this.#progress = { ...this.#progress, position: entry.position + 1 };
      }
      if (entries.length < BATCH) return true;
      if (this.#isFarOn) await this.#save();
      if (!(await this.#hold())) return false;
    }
    return true;
  }

  get #isFull(): boolean {
    return isFull(this.#parcels.values());
  }

  get #isFarOn(): boolean {
    return this.#progress.position - this.#saved >= PASSED;
  }

  async #sort(entry: StoredEntry): Promise<void> {
    const wanted = requested(entry);
    if (wanted?.channel === this.#channel.id) await this.#again(wanted);
    const now = this.#parts.clock.now();
    for (const to of await this.#channel.select(entry)) {
      const type = typeOf(entry);
      const parcel = { position: entry.position, type, to, attempts: 0, due: now, since: now, error: null };
      this.#parcels.set(keyOf(parcel), parcel);
      this.#entries.set(entry.position, entry);
    }
  }

  /** What somebody has asked for is sent once more, whatever has become of it. */
  async #again({ position, to }: DeliveryRef): Promise<void> {
    const entry = await this.#entry(position);
    if (!entry) return;
    const now = this.#parts.clock.now();
    const fresh = { position, type: typeOf(entry), to, attempts: 0, due: now, since: now, error: null };
    this.#parcels.set(keyOf(fresh), { ...fresh, again: true });
  }

  /** The oldest first; while nothing gets through, one at a time finds out whether it does again. */
  #due(): Parcel[] {
    const now = this.#parts.clock.now();
    const due = [...this.#parcels.values()].filter((parcel) => parcel.due <= now);
    return due.slice(0, this.#progress.failingSince === null ? CONCURRENCY : 1);
  }

  async #entry(position: number): Promise<StoredEntry | null> {
    const known = this.#entries.get(position);
    if (known) return known;
    const [entry] = await this.#parts.store.entries({ position: position - 1 }, 1);
    return entry?.position === position ? entry : null;
  }

  async #carry(parcel: Parcel): Promise<void> {
    const { signal } = this.#cutting;
    const entry = await this.#entry(parcel.position);
    if (!entry) return this.#settle(parcel, { outcome: 'dropped' });
    const attempt = await this.#channel
      .attempt(parcel, entry, signal)
      .catch((fault: unknown): Attempt => ({ outcome: 'failed', error: wordsOf(fault) }));
    this.#entries.delete(parcel.position);
    if (signal.aborted && attempt.outcome === 'failed') return;
    this.#settle(parcel, attempt);
  }

  #settle(parcel: Parcel, attempt: Attempt): void {
    const { clock, onAttempt, onGone } = this.#parts;
    const now = clock.now();
    const { untaken: _, ...rest } = parcel;
    const isUntaken = attempt.outcome === 'failed' && attempt.isReceiver === true;
    const tried: Parcel = { ...rest, attempts: parcel.attempts + 1, ...(isUntaken && { untaken: true }) };
    if (attempt.outcome === 'delivered' || attempt.outcome === 'dropped') {
      if (attempt.outcome === 'delivered') this.#worked();
      this.#end({ ...tried, outcome: attempt.outcome, at: now });
      return onAttempt(this.#channel.id, attempt, true);
    }
    const { error } = attempt;
    this.#failed(error, now, attempt.outcome !== 'refused');
    const delay = attempt.outcome === 'refused' ? null : this.#delay(tried, attempt);
    const isMuch = delay !== null && isUntaken && isTooMany(this.#parcels.values(), parcel);
    const isLast = delay === null || isMuch;
    if (isLast) this.#end({ ...tried, error: isMuch ? error + TOO_MANY : error, outcome: 'dead', at: now });
    else this.#parcels.set(keyOf(tried), { ...tried, error, due: now + delay });
    onAttempt(this.#channel.id, attempt, isLast);
    const isLost = attempt.outcome === 'failed' && this.#isLost(now);
    if (attempt.outcome !== 'gone' && !isLost) return;
    this.#progress = withoutStreak(this.#progress);
    this.#stopping.abort();
    onGone(this.#channel.id, isLost ? `nothing was delivered for five days: ${error}` : error);
  }

  #isLost(now: number): boolean {
    const { failingSince } = this.#progress;
    const { patience } = this.#channel;
    return patience !== null && failingSince !== null && now - failingSince >= patience;
  }

  #delay(tried: Parcel, attempt: Extract<Attempt, { outcome: 'failed' | 'gone' }>): number | null {
    const digest = this.#parts.sha256(`${deliveryId(this.#channel.id, tried)} ${tried.attempts}`);
    return retryDelay(tried.attempts, chanceOf(digest), attempt.outcome === 'failed' ? attempt.after : 0);
  }

  #worked(): void {
    this.#progress = { ...withoutStreak(this.#progress), failingSince: null, lastError: null };
  }

  /** A receiver that refuses one parcel may take the next: that is no reason to slow down. */
  #failed(error: string, now: number, isReceiver: boolean): void {
    const { failed, failingSince, failedAt } = this.#progress;
    this.#progress = { ...this.#progress, failed: failed + 1, lastError: error };
    if (!isReceiver) return;
    const goesOn = failedAt !== undefined && now - failedAt <= SILENCE_MS;
    this.#progress = { ...this.#progress, failingSince: goesOn ? failingSince : now, failedAt: now };
  }

  #end(ended: Ended): void {
    const { delivered, dead, recent } = this.#progress;
    this.#parcels.delete(keyOf(ended));
    this.#ended.push(ended);
    this.#progress = {
      ...this.#progress,
      delivered: delivered + (ended.outcome === 'delivered' ? 1 : 0),
      dead: dead + (ended.outcome === 'dead' ? 1 : 0),
      recent: [ended, ...recent].slice(0, RECENT),
    };
  }

  // --- what is stored ---------------------------------------------------------------------------------------------

  /** What has ended here, and not there, is carried once more. */
  async #load(): Promise<boolean> {
    const stored = await this.#parts.store.document('channel', this.#channel.id);
    if (!stored) return false;
    this.#progress = progressOf(stored.body);
    this.#revision = stored.revision;
    this.#parcels = new Map(this.#progress.parcels.map((parcel) => [keyOf(parcel), parcel]));
    this.#entries.clear();
    this.#ended = [];
    this.#saved = this.#progress.position;
    return true;
  }

  #save(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(): Promise<void> {
    const { store, server, clock } = this.#parts;
    const isStopping = this.#stopping.signal.aborted;
    const held = server === null || isStopping ? null : { by: server, until: clock.now() + LEASE_MS };
    this.#progress = { ...this.#progress, held };
    const { progress } = this;
    const ended = [...this.#ended];
    const id = this.#channel.id;
    const document: DocumentWrite = {
      kind: 'channel',
      id,
      expected: this.#revision,
      body: { ...progress } as never,
    };
    const letters = await Promise.all(ended.map((one) => this.#letter(one)));
    const documents = [document, ...letters.filter((letter) => letter !== null)];
    const [result] = await store.commit([{ stream: ORGANISATION, expected: null, entries: [], documents }]);
    this.#ended.splice(0, ended.length);
    if (result?.ok) {
      this.#revision += 1;
      this.#saved = progress.position;
    } else if (!(await this.#load())) throw new Error(`channel ${id} was not saved: ${result?.code ?? ''}`);
  }

  /** A dead letter, which is none any more when it is delivered after all. */
  async #letter(ended: Ended): Promise<DocumentWrite | null> {
    const isDead = ended.outcome === 'dead';
    if (!isDead && !ended.again) return null;
    const id = deliveryId(this.#channel.id, ended);
    const known = await this.#parts.store.document('dead_letter', id);
    if (!isDead && !known) return null;
    return { kind: 'dead_letter', id, expected: known?.revision ?? 0, body: isDead ? { ...ended } : null };
  }

  #schedule(): void {
    const next = Math.min(...[...this.#parcels.values()].map(({ due }) => due));
    if (next < Infinity) this.#later(Math.max(NEVER_LESS_MS, next - this.#parts.clock.now()));
  }

  #later(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(ms, () => this.#loop.wake());
  }
}

const TOO_MANY = ` (not tried again: ${MOST_KEPT} others wait for the same receiver)`;

const wordsOf = (fault: unknown): string =>
  (fault instanceof Error ? fault.message : String(fault)).slice(0, 300);

/** PROG-3: what fails next begins anew. */
const withoutStreak = ({ failedAt: _, ...rest }: Progress): Progress => rest;
