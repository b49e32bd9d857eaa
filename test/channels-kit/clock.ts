import type { Clock } from '../../src/runtime/index.ts';

/** A clock that stands still until it is moved. */
export class SetClock implements Clock {
  #now: number;
  readonly #waiting = new Set<{ due: number; call: () => void }>();

  constructor(now = Date.UTC(2026, 0, 5, 9)) {
    this.#now = now;
  }
  now(): number {
    return this.#now;
  }
  after(ms: number, call: () => void): () => void {
    const entry = { due: this.#now + ms, call };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }
  soon(call: () => void): void {
    setImmediate(call);
  }
  /** When the next call is due; null when nobody waits. */
  get next(): number | null {
    const due = [...this.#waiting].map((entry) => entry.due);
    return due.length === 0 ? null : Math.min(...due);
  }
  move(ms: number): void {
    this.#now += ms;
    for (const entry of [...this.#waiting].filter(({ due }) => due <= this.#now)) {
      this.#waiting.delete(entry);
      entry.call();
    }
  }
}
