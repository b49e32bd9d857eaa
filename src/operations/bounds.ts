import type { Task } from '../engine/index.ts';
import type { Directory } from '../routing/index.ts';
import { factsOf } from '../runtime/index.ts';

/** Different facts of which each is asked about by itself. */
const MOST_FACTS = 64;

/**
 * What tasks bring that claims have bounds about, of those who have what the tasks require: where it is the same, the same can do them.
 */
export class Bounds {
  readonly #directory: Directory;
  readonly #names = new Map<string, readonly string[]>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** In the tasks of one run. Those beyond a number of different ones are taken for the same, and have nothing (`''`) to tell them from those of other runs. */
  inRun(): (task: Task) => string {
    const different = new Set<string>();
    return ({ requires, input }) => {
      const facts = factsOf(input);
      const told = JSON.stringify(this.#namesFor(requires).map((name) => facts[name] ?? null));
      if (different.size < MOST_FACTS) different.add(told);
      return different.has(told) ? told : '';
    };
  }

  #namesFor(requires: readonly string[]): readonly string[] {
    const key = requires.join(' ');
    const known = this.#names.get(key) ?? [...this.#boundsOn(requires)];
    this.#names.set(key, known);
    return known;
  }

  #boundsOn(requires: readonly string[]): ReadonlySet<string> {
    const names = new Set<string>();
    if (requires.length === 0) return names;
    const { capabilities } = this.#directory;
    for (const { passport } of this.#directory.pool(requires, []).members)
      for (const { capability, constraints } of passport.claims)
        if (constraints.length > 0 && capabilities.closure(capability).some((one) => requires.includes(one)))
          for (const { fact } of constraints) names.add(fact.split('.')[0] as string);
    return names;
  }
}
