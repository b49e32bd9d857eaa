/** Far more steps than are given out in turn: what is planned has steps of its own each time, and those are done once. */
const MOST_KEYS = 10_000;

/**
 * Who was given work of which key, and when: a fold of assignments in the order of the ledger, by which `round_robin` finds whose
 * turn it is.
 *
 * TURNS-1  Keys are in the order of their last turn, and no more are kept than `most`: it does not grow with the ledger.
 */
export class Turns {
  readonly #most: number;
  #count = 0;
  #last = new Map<string, Map<string, number>>();

  constructor(most = MOST_KEYS) {
    this.#most = most;
  }

  /** Earlier releases have written down all keys, in the order of their first turn. */
  static fromJSON({ count, last }: TurnsJson, most = MOST_KEYS): Turns {
    const turns = new Turns(most);
    turns.#count = count;
    const latest = last.map(([key, given]) => ({ key, given: new Map(given), at: latestOf(given) }));
    for (const { key, given } of latest.sort((a, b) => a.at - b.at).slice(-most)) turns.#last.set(key, given);
    return turns;
  }

  toJSON(): TurnsJson {
    return { count: this.#count, last: [...this.#last].map(([key, given]) => [key, [...given]]) };
  }

  /** TURNS-1 */
  given(key: string, participant: string): void {
    this.#count += 1;
    const known = this.#last.get(key) ?? new Map<string, number>();
    known.set(participant, this.#count);
    this.#last.delete(key);
    this.#last.set(key, known);
    if (this.#last.size > this.#most) this.#last.delete(this.#last.keys().next().value as string);
  }

  /** A number that grows with each assignment; null for never, and for what was so long ago that it is forgotten. */
  last(key: string, participant: string): number | null {
    return this.#last.get(key)?.get(participant) ?? null;
  }
}
export interface TurnsJson {
  readonly count: number;
  readonly last: readonly (readonly [key: string, given: Given])[];
}
type Given = readonly (readonly [participant: string, count: number])[];

const latestOf = (given: Given): number => given.reduce((latest, [, count]) => Math.max(latest, count), 0);
