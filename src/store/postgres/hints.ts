import { randomBytes } from 'node:crypto';
import { setTimeout as elapse } from 'node:timers/promises';
import type { Change, News } from '../port.ts';
import type { Database } from './database.ts';
import type { Session } from './session.ts';
import { CHANNEL, LISTEN, NOTIFY, PULSE } from './sql/hints.ts';

/** A notification holds 8,000 bytes. */
const LONGEST = 7_000;
/** Between two it rests, ms, the longer the more there was to tell: under load one carries what many commits have brought. */
const REST = { each: 1, most: 50 };
/** More than so many names are not told one by one. */
const MOST_NAMES = 1_000;
/** How long a notification to oneself may take before listening is taken for impossible, ms. */
const PROBE_MS = 2_000;
/** Listening is tried again after so many looks at most. */
const MOST_LOOKS = 60;

const ANYTHING: News = { streams: null, tasks: null };

/**
 * Tells stores on one database of each other's commits.
 *
 * HINT-1  A store tells others once it watches itself, so a database with one node pays nothing.
 * HINT-2  Notifications are sent after the commit and not with it, as few as possible: the first at once, and then one at a time with a
 *         rest between, with all that has come up since the last.
 * HINT-3  While there is no connection that hears (lost, or behind a pooler that hands connections on), the database is asked
 *         from time to time whether anything has been committed.
 */
export class Hints {
  readonly #database: Database;
  readonly #pollMs: number;
  readonly #self = randomBytes(8).toString('hex');
  readonly #listeners = new Set<(news: News) => void>();
  #streams = new Set<string>();
  #tasks = new Set<string>();
  #sending: Promise<void> | null = null;
  #listening: Promise<void> | null = null;
  #session: Session | null = null;
  #heard: (() => void) | null = null;
  readonly #closed = new AbortController();
  #pulse = '';

  constructor(database: Database, pollMs: number) {
    this.#database = database;
    this.#pollMs = pollMs;
  }

  watch(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    this.#listening ??= this.#listen();
    return () => void this.#listeners.delete(listener);
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#listeners.clear();
    this.#session?.destroy();
    await this.#listening;
    await this.#sending;
  }

  // --- telling --------------------------------------------------------------------------------------------------

  announce(changes: readonly Change[]): void {
    if (!this.#listening || this.#isClosed) return;
    for (const { stream, tasks } of changes) {
      this.#streams.add(stream);
      for (const { id } of tasks ?? []) this.#tasks.add(id);
    }
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
  }

  /** What cannot be sent is not worth a fault: others look by themselves. */
  async #send(): Promise<void> {
    try {
      while (this.#streams.size > 0 && !this.#isClosed) {
        const [streams, tasks] = [[...this.#streams], [...this.#tasks]];
        this.#streams.clear();
        this.#tasks.clear();
        await this.#notify(...messages(streams, tasks));
        await this.#rest(Math.min(REST.most, REST.each * (streams.length + tasks.length)));
      }
    } catch {
      this.#streams.clear();
      this.#tasks.clear();
    }
  }

  async #notify(...all: readonly News[]): Promise<void> {
    const steps = all.map(({ streams, tasks }) => ({
      sql: NOTIFY,
      values: [CHANNEL, JSON.stringify([this.#self, streams, tasks])],
    }));
    await this.#database.read(steps);
  }

  // --- hearing --------------------------------------------------------------------------------------------------

  async #listen(): Promise<void> {
    for (let looks = 1; !this.#isClosed; looks = Math.min(2 * looks, MOST_LOOKS)) {
      if (await this.#hearUntilLost()) looks = 1;
      for (let look = 0; look < looks && !this.#isClosed; look += 1) {
        await this.#look();
        await this.#rest(this.#pollMs);
      }
    }
  }

  /** False when nothing was heard at all. */
  async #hearUntilLost(): Promise<boolean> {
    let session: Session | null = null;
    try {
      session = await this.#database.connect();
      this.#session = session;
      const lost = new Promise<void>((resolve) => session?.onEnd(resolve));
      session.onNotice((text) => this.#hear(text));
      await session.run([{ sql: LISTEN }]);
      if (this.#isClosed || !(await this.#hearsItself(lost))) return false;
      this.#tell(ANYTHING);
      await lost;
      return true;
    } catch {
      return false;
    } finally {
      this.#session = null;
      session?.destroy();
    }
  }

  async #hearsItself(lost: Promise<void>): Promise<boolean> {
    let late: NodeJS.Timeout | undefined;
    const heard = new Promise<boolean>((resolve) => {
      this.#heard = () => resolve(true);
      late = setTimeout(() => resolve(false), PROBE_MS);
    });
    await this.#notify({ streams: [], tasks: [] });
    const result = await Promise.race([heard, lost.then(() => false)]);
    clearTimeout(late);
    return result;
  }

  #hear(text: string): void {
    const [from, streams, tasks] = parse(text);
    if (from === this.#self) this.#heard?.();
    else if (streams === null || tasks === null || streams.length + tasks.length > 0)
      this.#tell({ streams, tasks });
  }

  #tell(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }

  async #look(): Promise<void> {
    try {
      const [answer] = await this.#database.read([{ sql: PULSE }]);
      const pulse = JSON.stringify(answer?.rows[0]);
      if (pulse !== this.#pulse) this.#tell(ANYTHING);
      this.#pulse = pulse;
    } catch {
      // There will be another look.
    }
  }

  #rest(ms: number): Promise<void> {
    return elapse(ms, undefined, { signal: this.#closed.signal }).catch(() => {});
  }
}

/** In as many notifications as are needed; in one that says "anything" when they would be many. */
function messages(streams: readonly string[], tasks: readonly string[]): News[] {
  if (streams.length + tasks.length > MOST_NAMES) return [ANYTHING];
  const names = [
    ...streams.map((name) => ({ name, isTask: false })),
    ...tasks.map((name) => ({ name, isTask: true })),
  ];
  const all: { streams: string[]; tasks: string[] }[] = [];
  let room = 0;
  for (const { name, isTask } of names) {
    const size = Buffer.byteLength(JSON.stringify(name)) + 1;
    if (size > LONGEST) return [ANYTHING];
    if (size > room) {
      all.push({ streams: [], tasks: [] });
      room = LONGEST;
    }
    room -= size;
    all.at(-1)![isTask ? 'tasks' : 'streams'].push(name);
  }
  return all;
}

/** Anybody may notify on any channel, so what comes is not taken for granted. */
function parse(text: string): [from: string, streams: string[] | null, tasks: string[] | null] {
  try {
    const [from, streams, tasks] = JSON.parse(text) as unknown[];
    if (typeof from === 'string' && isNames(streams) && isNames(tasks)) return [from, streams, tasks];
  } catch {
    // Not one of ours.
  }
  return ['', [], []];
}

const isNames = (value: unknown): value is string[] | null =>
  value === null || (Array.isArray(value) && value.every((name) => typeof name === 'string'));
