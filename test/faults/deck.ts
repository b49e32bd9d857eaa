import type { Random } from '../simulation/random.ts';

/** Draws without replacement: nothing comes again before everything has come, and the order is that of the seed. */
export class Deck<Card> {
  readonly #cards: readonly Card[];
  readonly #random: Random;
  #left: Card[] = [];

  constructor(cards: readonly Card[], random: Random) {
    this.#cards = cards;
    this.#random = random;
  }

  /** The first that can be played now; undefined where none of those left can be. */
  draw(isPlayable: (card: Card) => boolean): Card | undefined {
    if (this.#left.length === 0) this.#left = this.#shuffled();
    const at = this.#left.findIndex(isPlayable);
    return at < 0 ? undefined : this.#left.splice(at, 1)[0];
  }

  /** One that was of no use is the next to come. */
  putBack(card: Card): void {
    this.#left.unshift(card);
  }

  #shuffled(): Card[] {
    const cards = [...this.#cards];
    for (let at = cards.length - 1; at > 0; at -= 1) {
      const other = this.#random.int(0, at);
      [cards[at], cards[other]] = [cards[other]!, cards[at]!];
    }
    return cards;
  }
}
