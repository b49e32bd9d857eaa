import { StoreFault } from '../store/index.ts';
import type { Clock } from './clock.ts';

/** How long a task is set aside that could not be worked on. */
const ASIDE_MS = 10_000;
/** After so many faults in a row it is not gone on: it may be everything that fails. */
export const MOST_FAULTS = 10;

/**
 * Whether another task would fare no better, or it is not known what was written. Any other fault may be of one run alone: what is stored
 * of it cannot be read, or nothing can be decided on it.
 */
export const isOfStore = (fault: unknown): boolean =>
  fault instanceof StoreFault && fault.code !== 'database_failed' && fault.code !== 'invalid_change';

/** Tasks that nothing can be done with for now, out of every line, so that none stands behind them. */
export class SetAside {
  readonly #clock: Clock;
  readonly #cancel = new Map<string, () => void>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(task: string): boolean {
    return this.#cancel.has(task);
  }

  /** `back`: called after a while, unless the task is dropped before. */
  put(task: string, back: () => void): void {
    this.drop(task);
    if (this.#stopped) return;
    const cancel = this.#clock.after(ASIDE_MS, () => {
      this.#cancel.delete(task);
      back();
    });
    this.#cancel.set(task, cancel);
  }

  /** It is known anew how it stands with the task. */
  drop(task: string): void {
    this.#cancel.get(task)?.();
    this.#cancel.delete(task);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
  }
}
