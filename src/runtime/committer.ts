import type { Sha256 } from '../ledger/index.ts';
import type { CommitResult, Store } from '../store/index.ts';
import { ChangeBuilder } from './change.ts';
import type { Clock } from './clock.ts';
import type { Head } from './entries.ts';

/** A command on its way to the store. */
export interface Write {
  readonly stream: string;
  /** Has a change of its own, since the store answers for it alone (an idempotency key, a document's revision). */
  readonly alone?: boolean;
  /** The stream's head if all that `prepare` needs is at hand; else a promise of when to ask again. */
  ready(): Head | Promise<void>;
  /** Decides, synchronously, and says what to write. Throws only for faults, or `Again`. */
  prepare(change: ChangeBuilder): void;
  /** Called after the commit of what was prepared, or with the reason why it did not happen. */
  settle(fault: unknown): void;
  /** The store refused the change for another reason than the sequence; true when the write has answered for itself. */
  refuse?(code: string): boolean;
  /** Forgets what is in memory of the stream: it may be ahead of the store. */
  forget(): void;
}

/** Thrown by `prepare` when something has to be loaded first; the stream's writes of the batch are then prepared anew. */
export class Again extends Error {
  readonly until: Promise<void>;
  constructor(until: Promise<void>) {
    super('prepare again');
    this.until = until;
  }
}

export interface Committed {
  readonly change: ChangeBuilder;
  /** Of the first entry of the change; null when it has none yet. */
  readonly position: number | null;
}

const BATCH = 256;
/** How often a command is decided anew because another node was quicker, and how long it rests between, ms. */
const CONFLICTS = 40;
const AT_ONCE = 2;
const LONGEST_REST = 100;

/**
 * The one writer: takes all commands that wait at the moment and commits them in one transaction.
 *
 * COMMIT-1  Commands of one stream are decided in the order in which they came, each on the state the one before it led to.
 * COMMIT-2  Nobody hears of an outcome, a refusal included, before the state that it was decided on is durable.
 * COMMIT-3  While a stream is being written, memory of it is ahead of the store; who reads it for somebody waits (`underWay`).
 * COMMIT-4  When a commit fails, nobody is told that it happened; it may have, so memory is forgotten and read again.
 */
export class Committer {
  #store: Store;
  #clock: Clock;
  #sha256: Sha256;
  #onCommitted: (batch: readonly Committed[]) => void;
  #onDoubt: (streams: ReadonlySet<string>) => void;
  #queue: Write[] = [];
  #loading = new Map<string, Write[]>();
  #attempts = new WeakMap<Write, number>();
  #flushing = false;
  #scheduled = false;
  #idle: (() => void)[] = [];
  #writing: { readonly streams: ReadonlySet<string>; readonly done: Promise<void> } | null = null;

  constructor(parts: {
    store: Store;
    clock: Clock;
    sha256: Sha256;
    onCommitted(batch: readonly Committed[]): void;
    /** The commit failed, and what of these streams is in the store is not known: memory of them is to be read again. */
    onDoubt(streams: ReadonlySet<string>): void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sha256 = parts.sha256;
    this.#onCommitted = parts.onCommitted;
    this.#onDoubt = parts.onDoubt;
  }

  submit(write: Write): void {
    this.#queue.push(write);
    this.#schedule();
  }

  /** Resolves when nothing is queued, loading or being written. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when what is being written of a stream is durable, or forgotten; null when nothing is. */
  underWay(stream: string): Promise<void> | null {
    return this.#writing?.streams.has(stream) ? this.#writing.done : null;
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && !this.#flushing && this.#loading.size === 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    const batch = new Batch(this.#sha256);
    for (const write of this.#queue.splice(0, BATCH)) this.#prepare(batch, write);
    if (batch.changes.length > 0) {
      const { promise: done, resolve } = Promise.withResolvers<void>();
      this.#writing = { streams: new Set(batch.changes.map(({ change }) => change.stream)), done };
      await this.#commit(batch);
      this.#writing = null;
      resolve();
    }
    this.#flushing = false;
    if (this.#queue.length > 0) this.#schedule();
    else if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #prepare(batch: Batch, write: Write): void {
    const waiting = this.#loading.get(write.stream);
    if (waiting) {
      waiting.push(write);
      return;
    }
    const ready = batch.has(write.stream) ? null : write.ready();
    if (ready instanceof Promise) return this.#hold(write.stream, [write], ready);
    try {
      batch.prepare(write, ready);
    } catch (fault) {
      this.#spoiled(batch, write, fault);
    }
  }

  /** A decision broke off half-way, so memory of its stream is spoiled: the others of the batch are decided anew. */
  #spoiled(batch: Batch, write: Write, fault: unknown): void {
    const writes = [...batch.drop(write.stream), write];
    for (const one of writes) one.forget();
    const leave = (why: unknown): void => {
      writes.splice(writes.indexOf(write), 1);
      write.settle(why);
    };
    if (!(fault instanceof Again)) leave(fault);
    this.#hold(write.stream, writes, fault instanceof Again ? fault.until.catch(leave) : Promise.resolve());
  }

  #hold(stream: string, writes: Write[], until: Promise<void>): void {
    const waiting = this.#loading.get(stream);
    if (waiting) return void waiting.push(...writes);
    this.#loading.set(stream, writes);
    const release = (fault?: unknown): void => {
      this.#loading.delete(stream);
      if (fault === undefined) this.#queue.unshift(...writes);
      else for (const write of writes) write.settle(fault);
      this.#schedule();
    };
    until.then(
      () => release(),
      (fault: unknown) => release(fault ?? new Error('loading failed')),
    );
  }

  async #commit(batch: Batch): Promise<void> {
    const changes = batch.changes.filter(({ change }) => !change.isEmpty);
    let results: readonly CommitResult[] = [];
    try {
      if (changes.length > 0) results = await this.#store.commit(changes.map(({ change }) => change.build()));
    } catch (fault) {
      for (const { writes } of batch.changes)
        for (const write of writes) {
          write.forget();
          write.settle(fault);
        }
      this.#onDoubt(new Set(changes.map(({ change }) => change.stream)));
      return;
    }
    const committed: Committed[] = [];
    const refused = new Map<ChangeBuilder, string>();
    changes.forEach(({ change }, index) => {
      const result = results[index] as CommitResult;
      if (result.ok) committed.push({ change, position: result.position });
      else refused.set(change, result.code);
    });
    this.#onCommitted(committed);
    this.#settle(batch, refused);
  }

  /**
   * What the store has applied is answered. What it had not to write, such as a refusal, was decided on a state that never came to be
   * where a change of the same stream before it was refused (STORE-7 says so of the rest).
   */
  #settle(batch: Batch, refused: ReadonlyMap<ChangeBuilder, string>): void {
    const spoiled = new Set<string>();
    for (const { change, writes } of batch.changes) {
      const isSpoiled = change.isEmpty && spoiled.has(change.stream);
      const code = refused.get(change) ?? (isSpoiled ? 'sequence_conflict' : undefined);
      if (code === undefined) {
        for (const write of writes) write.settle(undefined);
      } else {
        if (change.entries.length > 0) spoiled.add(change.stream);
        this.#conflict(writes, code);
      }
    }
  }

  /**
   * Another writer was first. The stream is read again and the commands decided anew; those that were overtaken again and again rest
   * for a moment that differs from node to node, so that each comes to its turn.
   */
  #conflict(writes: readonly Write[], code: string): void {
    const rested: Write[] = [];
    let most = 0;
    for (const write of writes) {
      write.forget();
      if (write.refuse?.(code)) continue;
      const attempts = (this.#attempts.get(write) ?? 0) + 1;
      this.#attempts.set(write, attempts);
      if (attempts > CONFLICTS) write.settle(new Error(`commit refused ${attempts} times: ${code}`));
      else if (attempts <= AT_ONCE) this.#queue.push(write);
      else {
        rested.push(write);
        most = Math.max(most, attempts);
      }
    }
    const [first] = rested;
    if (!first) return;
    const rest = Math.min(LONGEST_REST, 2 ** most) * Math.random();
    this.#hold(first.stream, rested, new Promise((resolve) => void this.#clock.after(rest, resolve)));
  }
}

/** The changes of one transaction, and the writes they come from. */
class Batch {
  readonly changes: { change: ChangeBuilder; writes: Write[]; alone: boolean }[] = [];
  #open = new Map<string, { change: ChangeBuilder; writes: Write[]; alone: boolean }>();
  #sha256: Sha256;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  has(stream: string): boolean {
    return this.#open.has(stream);
  }

  prepare(write: Write, head: Head | null): void {
    const open = this.#open.get(write.stream);
    const alone = write.alone ?? false;
    let part = open;
    if (!part || part.alone || alone) {
      const before = open?.change;
      const change = new ChangeBuilder(write.stream, before?.head ?? (head as Head), this.#sha256, before);
      part = { change, writes: [], alone };
      this.#open.set(write.stream, part);
      this.changes.push(part);
    }
    write.prepare(part.change);
    part.writes.push(write);
  }

  /** Takes the changes of a stream out; returns the writes they came from, in order. */
  drop(stream: string): Write[] {
    const writes: Write[] = [];
    for (let index = this.changes.length - 1; index >= 0; index -= 1) {
      const part = this.changes[index] as { change: ChangeBuilder; writes: Write[] };
      if (part.change.stream !== stream) continue;
      writes.unshift(...part.writes);
      this.changes.splice(index, 1);
    }
    this.#open.delete(stream);
    return writes;
  }
}
