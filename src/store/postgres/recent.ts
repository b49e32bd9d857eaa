import type { NewEntry, StoredEntry } from '../port.ts';

/** What a commit of this store appends: one for each change with entries, in their order. */
export interface Appended {
  readonly run: string;
  readonly entries: readonly NewEntry[];
}
/** Where the entries of one change of a commit have come to lie. */
export interface Placed {
  readonly token: number;
  /** Which change of the commit, from 1. */
  readonly at: number;
  readonly position: number;
  readonly count: number;
}

/** Entries that are held at most. */
const MOST = 16_384;
/** Characters of their texts, and of those that wait for a position, at most. */
const MOST_TEXT = 32 * 1024 * 1024;

/**
 * The newest entries by position, as far as this store has written them and given the positions itself: then nobody has to read
 * them back.
 *
 * RECENT-1  Entries do not change, nor do positions that are given: what is here is what the database holds, or held until another
 *           store took it out.
 * RECENT-2  A commit is known again by a token of its own, which is in the database only if the commit is.
 */
export class Recent {
  /** By token: of commits that are under way, or have no positions yet. */
  readonly #expected = new Map<number, readonly Appended[]>();
  #expectedText = 0;
  /** Without gaps, from this position on. */
  #first = 0;
  #held: StoredEntry[] = [];
  #text = 0;

  /** How many commits it waits for. */
  get waiting(): number {
    return this.#expected.size;
  }

  /** To be called before the commit is sent. One that fails is forgotten in time. */
  expect(token: number, appended: readonly Appended[]): void {
    if (appended.length === 0) return;
    const own = appended.map(({ run, entries }) => ({ run, entries: entries.map(copy) }));
    this.#expected.set(token, own);
    this.#expectedText += textOf(own);
    for (const oldest of this.#expected.keys()) {
      if (this.#expectedText <= MOST_TEXT) return;
      this.#take(oldest);
    }
  }

  /** In the order of the positions. */
  placed(all: readonly Placed[]): void {
    const taken = new Map<number, readonly Appended[] | undefined>();
    for (const { token, at, position, count } of all) {
      if (!taken.has(token)) taken.set(token, this.#take(token));
      if (position !== this.#first + this.#held.length) this.#clear(position);
      const own = taken.get(token)?.[at - 1];
      if (own?.entries.length === count) this.#hold(own, position);
      else this.#clear(position + count);
    }
    this.#shorten();
  }

  /** Entries from `first` to before `end`; null where not all of them are here. */
  read(first: number, end: number): readonly StoredEntry[] | null {
    const from = first - this.#first;
    if (from < 0 || end < first || end - this.#first > this.#held.length) return null;
    return this.#held.slice(from, end - this.#first).map(copy);
  }

  /** Some of them have been taken out of the database. */
  forget(): void {
    this.#clear(this.#first + this.#held.length);
  }

  /** Whether an entry at this position would be the next, or is here. */
  reaches(position: number): boolean {
    return this.#first <= position && position <= this.#first + this.#held.length;
  }

  #take(token: number): readonly Appended[] | undefined {
    const own = this.#expected.get(token);
    if (this.#expected.delete(token)) this.#expectedText -= textOf(own ?? []);
    return own;
  }

  #hold({ run, entries }: Appended, position: number): void {
    entries.forEach((entry, at) => {
      this.#held.push({ ...entry, stream: run, position: position + at });
      this.#text += entry.text.length;
    });
  }

  #clear(next: number): void {
    this.#first = next;
    this.#held = [];
    this.#text = 0;
  }

  /** Half of it goes at once, so that it is not moved with every commit. */
  #shorten(): void {
    while (this.#held.length > MOST || this.#text > MOST_TEXT) {
      const gone = this.#held.splice(0, Math.ceil(this.#held.length / 2));
      this.#first += gone.length;
      for (const { text } of gone) this.#text -= text.length;
    }
  }
}

const copy = <Entry extends NewEntry>(entry: Entry): Entry => ({
  ...entry,
  hash: Uint8Array.from(entry.hash),
});

const textOf = (appended: readonly Appended[]): number =>
  appended.reduce((sum, { entries }) => entries.reduce((all, { text }) => all + text.length, sum), 0);
