import { REASONS, type Dropped, type Reason } from './work.ts';

const MOST_EXAMPLES = 3;

interface Example {
  readonly key: number;
  readonly slot: number;
}
interface Entry {
  count: number;
  readonly examples: Example[];
}

/** Who was dropped, by reason: counts, and a few of them, who are the same in whatever order they come. */
export class Tally {
  #counts = new Map<Reason, Map<string | null, Entry>>();

  add(reason: Reason, of: string | null, key: number, slot: number): void {
    const entry = this.#entry(reason, of);
    entry.count += 1;
    const { examples } = entry;
    if (examples.length === MOST_EXAMPLES && key > (examples[MOST_EXAMPLES - 1] as Example).key) return;
    let at = examples.length;
    while (at > 0 && key < (examples[at - 1] as Example).key) at -= 1;
    examples.splice(at, 0, { key, slot });
    if (examples.length > MOST_EXAMPLES) examples.pop();
  }

  /** So many that were not looked at one by one. */
  addUnseen(reason: Reason, of: string | null, count: number): void {
    if (count > 0) this.#entry(reason, of).count += count;
  }

  #entry(reason: Reason, of: string | null): Entry {
    let byDetail = this.#counts.get(reason);
    if (!byDetail) this.#counts.set(reason, (byDetail = new Map()));
    let entry = byDetail.get(of);
    if (!entry) byDetail.set(of, (entry = { count: 0, examples: [] }));
    return entry;
  }

  /** In the order of `REASONS`, then the most first. */
  all(idAt: (slot: number) => string): Dropped[] {
    return REASONS.flatMap((reason) =>
      [...(this.#counts.get(reason) ?? [])]
        .map(([of, { count, examples }]) => ({
          reason,
          of,
          count,
          examples: examples.map(({ slot }) => idAt(slot)).sort(),
        }))
        .sort((a, b) => b.count - a.count || ((a.of ?? '') < (b.of ?? '') ? -1 : 1)),
    );
  }
}
