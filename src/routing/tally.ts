import { shortKey } from './glance.ts';
import { REASONS, type Dropped, type Reason } from './work.ts';

const MOST_EXAMPLES = 3;

interface Entry {
  readonly reason: Reason;
  readonly of: string | null;
  count: number;
  /** Smallest key first, and by the same position the slots. */
  readonly keys: number[];
  readonly slots: number[];
  /** Whoever has a greater short key is not among them. */
  mostShort: number;
}

/** Who was dropped, by reason: counts, and a few of them, who are the same in whatever order they come. */
export class Tally {
  #entries: Entry[] = [];
  #last: Entry | null = null;

  add(reason: Reason, of: string | null, key: number, slot: number): void {
    if (this.counted(reason, of, shortKey(key))) this.show(key, slot);
  }

  /** Counts somebody; true where that may be one of the few, and is to be shown with its whole key. */
  counted(reason: Reason, of: string | null, short: number): boolean {
    const entry = this.#entry(reason, of);
    entry.count += 1;
    return short <= entry.mostShort;
  }

  /** Whoever was counted last. */
  show(key: number, slot: number): void {
    const entry = this.#last as Entry;
    const { keys, slots } = entry;
    let at = keys.length;
    while (at > 0 && key < (keys[at - 1] as number)) at -= 1;
    keys.splice(at, 0, key);
    slots.splice(at, 0, slot);
    if (keys.length > MOST_EXAMPLES) {
      keys.pop();
      slots.pop();
    }
    if (keys.length === MOST_EXAMPLES) entry.mostShort = shortKey(keys[MOST_EXAMPLES - 1] as number);
  }

  /** So many that were not looked at one by one. */
  addUnseen(reason: Reason, of: string | null, count: number): void {
    if (count > 0) this.#entry(reason, of).count += count;
  }

  /** Reasons are few, and the same one comes many times in turn. */
  #entry(reason: Reason, of: string | null): Entry {
    const last = this.#last;
    if (last?.reason === reason && last.of === of) return last;
    let entry = this.#entries.find((other) => other.reason === reason && other.of === of);
    if (!entry)
      this.#entries.push(
        (entry = { reason, of, count: 0, keys: [], slots: [], mostShort: Number.POSITIVE_INFINITY }),
      );
    this.#last = entry;
    return entry;
  }

  /** In the order of `REASONS`, then the most first. */
  all(idAt: (slot: number) => string): Dropped[] {
    return this.#entries.sort(inOrder).map(({ reason, of, count, slots }) => ({
      reason,
      of,
      count,
      examples: slots.map((slot) => idAt(slot)).sort(),
    }));
  }
}

const inOrder = (a: Entry, b: Entry): number => {
  if (a.reason !== b.reason) return REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason);
  return b.count - a.count || ((a.of ?? '') < (b.of ?? '') ? -1 : 1);
};
