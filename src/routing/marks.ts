import type { Plain } from './postings.ts';

/**
 * Where participants are in a posting, by slot, while one piece of work is looked at.
 *
 * MARK-1  What is left of other postings does no harm: a mark counts where the posting has that slot at that position.
 */
export class Marks {
  #positions = new Int32Array(64);

  /** `size`: all slots are below this. */
  mark({ slots }: Plain, size: number): void {
    if (size > this.#positions.length) this.#positions = new Int32Array(2 * size);
    const positions = this.#positions;
    for (let at = 0; at < slots.length; at++) positions[slots[at] as number] = at;
  }

  /** The position in the posting that was marked last; -1 for whoever is not in it. */
  positionOf(slot: number, { slots }: Plain): number {
    const at = this.#positions[slot] as number;
    return at < slots.length && slots[at] === slot ? at : -1;
  }
}
