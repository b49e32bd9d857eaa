import type { JsonObject } from '../../definition/index.ts';
import type { Event } from '../../engine/index.ts';
import type { Store, StoredEntry, TaskRow } from '../../store/index.ts';
import { Loop } from '../background.ts';
import type { Clock } from '../clock.ts';
import type { Committed } from '../committer.ts';
import { readEvent } from '../entries.ts';
import { OwnEntries } from './own-entries.ts';

export interface FollowingParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Every entry, in the order of positions. */
  onEntry(entry: StoredEntry, event: Event): void;
  /** What another node has appended, before the rows it led to are read. */
  onForeign(entry: StoredEntry, event: Event): void;
  /** The same entries, once all of a page have been told. */
  onPage(entries: readonly StoredEntry[]): Promise<void>;
  /** Tasks that other nodes have written, as they are now, but those that have ended. */
  onTasks(rows: readonly TaskRow[]): void;
  /** Another node has ended a task. */
  onEnded(task: string): void;
  /** Another node has suspended a task, before its row is read: it may be held again by then, under the same token. */
  onSuspended(task: string): void;
  /** NODE-4 */
  onBehind(fault: Error): void;
  onFault(fault: unknown): void;
}

/** How long it takes at most until this node notices what another has committed, while the database answers. */
export const NOTICE_MS = 1000;
/** The last look that worked is older, ms: several have failed since, or one has no answer. */
const STALE_MS = 5000;
/** Between two turns it rests for so long, or for twice as long as the turn took: the busier all are, the more goes into one turn. */
const REST = { least: 5, most: 100, share: 2 };
const PAGE = 1000;
const ENDS: ReadonlySet<string> = new Set<Event['type']>([
  'task.completed',
  'task.failed',
  'task.exited',
  'task.skipped',
]);
const SUSPENDS: Event['type'] = 'task.suspended';

/**
 * Follows what is committed to a database on which other nodes work as well.
 *
 * NODE-1  Every entry is followed once, in the order of positions. None is missed: positions have no gaps but of what was archived,
 *         which is of runs that have ended.
 * NODE-2  A hint makes it sooner; without any hint it is looked every NOTICE_MS.
 * NODE-3  Rows of tasks are read after the entry that changed them, and again where this node has written them meanwhile or another has
 *         ended or suspended them: what is told is never older than what the node knows. What has ended stays so, and need not be read
 *         (LIFE-2).
 * NODE-4  A database that holds less than was followed is not the one that was followed: nothing in memory can be relied on any more.
 * NODE-5  A node is current while its looks work. One that does not hear from the database knows nothing of the others, and can do nothing.
 */
export class Following {
  readonly #parts: FollowingParts;
  readonly #loop: Loop;
  readonly #own = new OwnEntries();
  /** Tasks that this node has written while rows were read, for each reading that is under way. */
  readonly #written = new Set<Set<string>>();
  /** Followed, and not told of to the end. */
  #untold: StoredEntry[] = [];
  readonly #unread = new Set<string>();
  #reading: Promise<void> = Promise.resolve();
  #next = 0;
  #restsUntil = -Infinity;
  /** NODE-5: when a look worked; long ago where one has failed since. */
  #heardAt = -Infinity;
  /** Null while no turn is under way; else whether there is to be another after it. */
  #again: boolean | null = null;
  #unwatch: (() => void) | null = null;
  #cancelPoll: (() => void) | null = null;
  #cancelWake: (() => void) | null = null;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
    this.#loop = new Loop(() => this.#turn(), parts.onFault);
  }

  /** `from`: the position of the first entry that is not known. */
  start(from: number): void {
    this.#next = from;
    this.#heardAt = this.#parts.clock.now();
    this.#unwatch = this.#parts.store.watch(() => this.wake());
    this.#loop.start();
    this.#poll();
  }

  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#cancelPoll?.();
    this.#cancelWake?.();
    await this.#loop.stop();
  }

  /** NODE-5 */
  get isCurrent(): boolean {
    return this.#parts.clock.now() - this.#heardAt < STALE_MS;
  }

  /** This node has committed. */
  committed(batch: readonly Committed[]): void {
    for (const { change } of batch) {
      change.entries.forEach(({ sequence }, at) =>
        this.#own.add(change.stream, sequence, change.events[at] as Event),
      );
      for (const written of this.#written) for (const id of change.tasks.keys()) written.add(id);
    }
    this.wake();
  }

  wake(): void {
    if (this.#again !== null) this.#again = true;
    if (this.#again !== null || this.#cancelWake || this.#loop.isStopped) return;
    const { clock } = this.#parts;
    this.#cancelWake = clock.after(this.#restsUntil - clock.now(), () => {
      this.#cancelWake = null;
      this.#loop.wake();
    });
  }

  #poll(): void {
    this.#cancelPoll = this.#parts.clock.after(NOTICE_MS, () => {
      this.#loop.wake();
      this.#poll();
    });
  }

  async #turn(): Promise<void> {
    const { clock } = this.#parts;
    const began = clock.now();
    this.#again = false;
    this.#own.turn();
    try {
      await this.#readOn();
    } catch (fault) {
      this.#heardAt = -Infinity;
      throw fault;
    } finally {
      const rest = Math.max(REST.least, REST.share * (clock.now() - began));
      this.#restsUntil = clock.now() + Math.min(REST.most, rest);
      const again = this.#again;
      this.#again = null;
      if (again) this.wake();
    }
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const entries = await this.#parts.store.entries({ position: this.#next - 1 }, PAGE);
      this.#heardAt = this.#parts.clock.now();
      for (const entry of entries) if (this.#isForeign(entry)) this.#untold.push(entry);
      await this.#tell();
      if (entries.length === 0) await this.#look();
      if (entries.length < PAGE) return;
    }
  }

  /** NODE-4 */
  async #look(): Promise<void> {
    const count = await this.#parts.store.entryCount();
    if (count < this.#next) this.#parts.onBehind(behind(this.#next, count));
  }

  /** What fails is told again at the next turn. */
  async #tell(): Promise<void> {
    if (this.#untold.length > 0) await this.#parts.onPage(this.#untold);
    this.#untold = [];
    if (this.#unread.size > 0) await this.read(new Set(this.#unread));
    this.#unread.clear();
  }

  /** Tells of the next entry; false for one of this node. */
  #isForeign(entry: StoredEntry): boolean {
    if (entry.position < this.#next) return false;
    this.#next = entry.position + 1;
    const own = this.#own.take(entry.stream, entry.sequence);
    const event = own ?? readEvent(entry.text);
    this.#parts.onEntry(entry, event);
    if (own) return false;
    const { task } = event.data as JsonObject;
    if (typeof task === 'string') this.#changed(task, event.type);
    this.#parts.onForeign(entry, event);
    return true;
  }

  #changed(task: string, type: string): void {
    const hasEnded = ENDS.has(type);
    if (hasEnded) this.#unread.delete(task);
    else this.#unread.add(task);
    if (!hasEnded && type !== SUSPENDS) return;
    for (const written of this.#written) written.add(task);
    if (hasEnded) this.#parts.onEnded(task);
    else this.#parts.onSuspended(task);
  }

  /** NODE-3. One after the other, so that what was read first is told first. */
  read(ids: ReadonlySet<string>): Promise<void> {
    const done = this.#reading.then(() => this.#read(ids));
    this.#reading = done.catch(() => {});
    return done;
  }

  async #read(ids: ReadonlySet<string>): Promise<void> {
    for (let wanted = ids; wanted.size > 0;) {
      const written = new Set<string>();
      this.#written.add(written);
      const rows = await this.#parts.store
        .tasksNamed([...wanted])
        .finally(() => void this.#written.delete(written));
      this.#parts.onTasks(rows.filter(({ id }) => !written.has(id)));
      wanted = new Set([...wanted].filter((id) => written.has(id)));
    }
  }
}

const behind = (read: number, held: number): Error =>
  new Error(
    `This node has read ${read} entries of a ledger that holds ${held} now: an older state has taken the place of its database, as ` +
      'where a standby is promoted that had not heard of everything. What the node remembers may never have been: start it again.',
  );
