/**
 * Collects what is broken. Many places may break one rule: the first ones are named and the others counted, so that a
 * hostile file cannot make the findings, or the search for their paths, larger than the file.
 */
import type { Finding } from '../model.ts';
import { pathOf } from '../navigate.ts';
import type { Element } from '../xml.ts';

const PLACES_OF_A_RULE = 10;

interface Broken {
  readonly message: string;
  readonly at: Element | null;
}

export class Findings {
  readonly #named = new Map<string, Broken[]>();
  readonly #counts = new Map<string, number>();

  add(rule: string, message: string, at: Element | null): void {
    const named = this.#named.get(rule);
    if (!named) this.#named.set(rule, [{ message, at }]);
    else if (named.length < PLACES_OF_A_RULE) named.push({ message, at });
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
  }

  /** In the order in which the rules were first broken. */
  list(): Finding[] {
    return [...this.#named].flatMap(([rule, named]) => {
      const more = (this.#counts.get(rule) ?? 0) - named.length;
      return named.map(({ message, at }, index): Finding => {
        const isLast = more > 0 && index === named.length - 1;
        const text = isLast ? `${message} (and in ${more} more places)` : message;
        return { rule, message: text, ...(at && { at: pathOf(at) }) };
      });
    });
  }
}
