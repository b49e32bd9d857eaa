import type { Sought } from '../../routing/index.ts';

/** Sets that are kept, so that all who wait for the same share one. */
const MOST_SETS = 1000;
const WHATEVER = '*';

/**
 * What those who wait ask for.
 *
 * SOUGHT-1  All who ask for the same are given the same set: whoever looks at thousands of them looks into one.
 */
export class SoughtWork {
  /** By passport, how many of its requests ask for what. */
  readonly #of = new Map<string, Map<string, number>>();
  readonly #sets = new Map<string, ReadonlySet<string>>();

  /** `capabilities`: those of a request that waits from now on. Whether more or less is sought with that. */
  add(passport: string, capabilities: readonly string[] | undefined): boolean {
    const own = this.#of.get(passport) ?? new Map<string, number>();
    const key = keyOf(capabilities);
    const before = own.get(key) ?? 0;
    this.#of.set(passport, own.set(key, before + 1));
    return before === 0;
  }

  delete(passport: string, capabilities: readonly string[] | undefined): boolean {
    const own = this.#of.get(passport);
    const key = keyOf(capabilities);
    const before = own?.get(key) ?? 0;
    if (before > 1) own?.set(key, before - 1);
    else own?.delete(key);
    if (own?.size === 0) this.#of.delete(passport);
    return before === 1;
  }

  of(passport: string): Sought {
    const own = this.#of.get(passport);
    if (!own || own.has(WHATEVER)) return null;
    const [first = '', ...others] = own.keys();
    return this.#setOf(others.length === 0 ? first : keyOf([first, ...others].flatMap(namesIn)));
  }

  #setOf(key: string): ReadonlySet<string> {
    const known = this.#sets.get(key);
    if (known) return known;
    if (this.#sets.size === MOST_SETS) this.#sets.clear();
    const set = new Set(namesIn(key));
    this.#sets.set(key, set);
    return set;
  }
}

const keyOf = (capabilities: readonly string[] | undefined): string =>
  capabilities ? [...new Set(capabilities)].sort().join(' ') : WHATEVER;
const namesIn = (key: string): string[] => key.split(' ');
