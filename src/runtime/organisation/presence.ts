import type { Clock } from '../clock.ts';

/** Whoever has not been heard of for this long is not present. Waiting for a task counts as being heard of. */
export const PRESENT_MS = 90_000;

/**
 * Who has given a sign of life lately.
 *
 * PRES-1  It is kept in memory and nowhere else: it is no history, and after a start everybody has to be heard of again.
 * PRES-2  Whoever comes or goes is told of, once.
 */
export class Presence {
  readonly #clock: Clock;
  readonly #onChange: (id: string) => void;
  /** The one that was heard of the longest ago first. */
  readonly #seen = new Map<string, number>();
  readonly #left = new Map<string, number>();
  #alarm: (() => void) | null = null;
  #stopped = false;

  constructor(clock: Clock, onChange: (id: string) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  seen(id: string): void {
    const isNew = !this.#seen.delete(id);
    this.#seen.set(id, this.#clock.now());
    this.#left.delete(id);
    if (isNew) this.#onChange(id);
    this.#arm();
  }

  isPresent(id: string): boolean {
    const at = this.#seen.get(id);
    return at !== undefined && at + PRESENT_MS > this.#clock.now();
  }

  /** ms since the epoch; null when it has not been heard of since the start. */
  lastSeenAt(id: string): number | null {
    return this.#seen.get(id) ?? this.#left.get(id) ?? null;
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm?.();
    this.#alarm = null;
  }

  #arm(): void {
    const [first] = this.#seen.values();
    if (this.#alarm || this.#stopped || first === undefined) return;
    const wait = Math.max(1000, first + PRESENT_MS - this.#clock.now());
    this.#alarm = this.#clock.after(wait, () => {
      this.#alarm = null;
      this.#sweep();
    });
  }

  #sweep(): void {
    const since = this.#clock.now() - PRESENT_MS;
    for (const [id, at] of this.#seen) {
      if (at > since) break;
      this.#seen.delete(id);
      this.#left.set(id, at);
      this.#onChange(id);
    }
    this.#arm();
  }
}
