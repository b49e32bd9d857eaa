import type { Event } from '../../engine/index.ts';

/**
 * What this node has committed and not followed yet, so that it need not be read again. A node may follow an entry before it hears of its
 * own commit: that was told as another node's then, and is not kept.
 */
export class OwnEntries {
  readonly #events = new Map<string, Event>();
  /** Followed as another node's in this turn and the one before, where this node may hear of its commit only now. */
  #foreign = { now: new Set<string>(), before: new Set<string>() };

  get size(): number {
    return this.#events.size;
  }

  /** This node has heard that it has committed it. */
  add(stream: string, sequence: number, event: Event): void {
    const key = keyOf(stream, sequence);
    if (this.#foreign.now.delete(key) || this.#foreign.before.delete(key)) return;
    this.#events.set(key, event);
  }

  /** It is followed now; null where it is not known as this node's. */
  take(stream: string, sequence: number): Event | null {
    const key = keyOf(stream, sequence);
    const event = this.#events.get(key) ?? null;
    if (event) this.#events.delete(key);
    else this.#foreign.now.add(key);
    return event;
  }

  /** A turn of following begins. */
  turn(): void {
    this.#foreign = { now: new Set(), before: this.#foreign.now };
  }
}

const keyOf = (stream: string, sequence: number): string => `${stream} ${sequence}`;
