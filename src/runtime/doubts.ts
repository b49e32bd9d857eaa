import type { TrackFact } from '../routing/index.ts';

/** A result that its maker doubted, until a person has said what is right. */
export interface Doubted {
  readonly fact: Omit<TrackFact, 'outcome'>;
  readonly output: string;
}

/** Results that their makers doubted, by the place of the run where they are looked at again (`RUN/phase.step/slot`). */
export class Doubts {
  #of = new Map<string, Map<string, Doubted>>();

  constructor(known: Iterable<readonly [string, Doubted]> = []) {
    for (const [place, doubted] of known) this.put(place, doubted);
  }

  put(place: string, doubted: Doubted): void {
    const run = runOf(place);
    const its = this.#of.get(run) ?? new Map<string, Doubted>();
    this.#of.set(run, its.set(place, doubted));
  }

  take(place: string): Doubted | null {
    const run = runOf(place);
    const its = this.#of.get(run);
    const doubted = its?.get(place) ?? null;
    its?.delete(place);
    if (its?.size === 0) this.#of.delete(run);
    return doubted;
  }

  /** Nobody will say any more what is right in this run. */
  forget(run: string): void {
    this.#of.delete(run);
  }

  *[Symbol.iterator](): Iterator<readonly [string, Doubted]> {
    for (const its of this.#of.values()) yield* its;
  }
}

const runOf = (place: string): string => place.slice(0, place.indexOf('/'));
