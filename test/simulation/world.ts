import type { Clock } from '../../src/runtime/index.ts';
import type { Random } from './random.ts';

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
  cancelled: boolean;
}

/**
 * Simulated time. Nothing happens but what was planned here; things planned for the same moment happen in an order drawn from
 * the seed.
 */
export class World {
  readonly random: Random;
  now = Date.UTC(2026, 0, 5);
  #planned: Planned[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  after(ms: number, call: () => void): () => void {
    const planned = { at: this.now + Math.max(0, ms), order: this.random.next(), call, cancelled: false };
    this.#planned.push(planned);
    return () => {
      planned.cancelled = true;
    };
  }

  /** Resolves after so many simulated milliseconds. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Time as one process sees it: when the process dies, its plans die with it. */
  clockOf(process: { readonly alive: boolean }): Clock {
    const guarded = (call: () => void) => () => {
      if (process.alive) call();
    };
    return {
      now: () => this.now,
      after: (ms, call) => this.after(ms, guarded(call)),
      soon: (call) => void this.after(0, guarded(call)),
    };
  }

  /** Lets time pass until `done`, or until nothing is planned any more, or until `limit` is reached. False unless done. */
  async run(done: () => boolean, limit: number): Promise<boolean> {
    await settled();
    while (!done()) {
      const next = this.#take(limit);
      if (!next) return false;
      this.now = Math.max(this.now, next.at);
      next.call();
      await settled();
    }
    return true;
  }

  /** What is planned next, unless that is after `limit`. */
  #take(limit: number): Planned | undefined {
    this.#planned = this.#planned.filter(({ cancelled }) => !cancelled);
    let best = 0;
    for (let index = 1; index < this.#planned.length; index += 1) {
      const candidate = this.#planned[index] as Planned;
      const least = this.#planned[best] as Planned;
      if (candidate.at < least.at || (candidate.at === least.at && candidate.order < least.order))
        best = index;
    }
    const found = this.#planned[best];
    if (!found || found.at > limit) return undefined;
    this.#planned.splice(best, 1);
    return found;
  }
}

/** All promises that can settle without time passing have settled. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
