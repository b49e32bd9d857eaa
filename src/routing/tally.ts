import { REASONS, type Dropped, type Reason } from './work.ts';

const MOST_EXAMPLES = 3;

/** Who was dropped, by reason: counts, and the first few by id. */
export class Tally {
  #counts = new Map<Reason, Map<string | null, { count: number; examples: string[] }>>();

  add(reason: Reason, of: string | null, id: string): void {
    const entry = this.#entry(reason, of);
    entry.count += 1;
    const { examples } = entry;
    if (examples.length === MOST_EXAMPLES && id > (examples[MOST_EXAMPLES - 1] as string)) return;
    let at = examples.length;
    while (at > 0 && id < (examples[at - 1] as string)) at -= 1;
    examples.splice(at, 0, id);
    if (examples.length > MOST_EXAMPLES) examples.pop();
  }

  /** So many that were not looked at one by one. */
  addUnseen(reason: Reason, of: string | null, count: number): void {
    if (count > 0) this.#entry(reason, of).count += count;
  }

  #entry(reason: Reason, of: string | null): { count: number; examples: string[] } {
    let byDetail = this.#counts.get(reason);
    if (!byDetail) this.#counts.set(reason, (byDetail = new Map()));
    let entry = byDetail.get(of);
    if (!entry) byDetail.set(of, (entry = { count: 0, examples: [] }));
    return entry;
  }

  /** In the order of `REASONS`, then the most first. */
  all(): Dropped[] {
    return REASONS.flatMap((reason) =>
      [...(this.#counts.get(reason) ?? [])]
        .map(([of, { count, examples }]) => ({ reason, of, count, examples }))
        .sort((a, b) => b.count - a.count || ((a.of ?? '') < (b.of ?? '') ? -1 : 1)),
    );
  }
}
