/**
 * Who was given work of which key, and when: a fold of assignments in the order of the ledger, by which `round_robin` finds whose
 * turn it is.
 */
export class Turns {
  #count = 0;
  #last = new Map<string, Map<string, number>>();

  static fromJSON({ count, last }: TurnsJson): Turns {
    const turns = new Turns();
    turns.#count = count;
    for (const [key, given] of last) turns.#last.set(key, new Map(given));
    return turns;
  }

  toJSON(): TurnsJson {
    return { count: this.#count, last: [...this.#last].map(([key, given]) => [key, [...given]]) };
  }

  given(key: string, participant: string): void {
    this.#count += 1;
    const known = this.#last.get(key);
    if (known) known.set(participant, this.#count);
    else this.#last.set(key, new Map([[participant, this.#count]]));
  }

  /** A number that grows with each assignment; null for never. */
  last(key: string, participant: string): number | null {
    return this.#last.get(key)?.get(participant) ?? null;
  }
}
export interface TurnsJson {
  readonly count: number;
  readonly last: readonly (readonly [
    key: string,
    given: readonly (readonly [participant: string, count: number])[],
  ])[];
}
