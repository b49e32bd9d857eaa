import type { TimerMeaning } from '../engine/index.ts';
import type { Store, Timer } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Clock } from './clock.ts';

const BATCH = 500;
/** Where other nodes look as well: at most this long apart, and how long it is left to whoever is first, ms. */
const OTHERS_MS = 1000;
const LEEWAY_MS = 25;

/**
 * Fires what is due.
 *
 * TIMERS-1  Timers live in the store; one that fell due while nothing ran fires once at the start.
 * TIMERS-2  A timer is removed by the commit that carries out what it means, or by its refusal: it fires once.
 * TIMERS-3  The time of day can jump while the process runs: it is looked at again before what is waited for has passed.
 * TIMERS-4  On several nodes each looks for itself. The commit rests on the timer being there, so whoever comes second is refused.
 */
export class Timers implements Background {
  #store: Store;
  #clock: Clock;
  #fire: (timer: Timer, what: TimerMeaning) => Promise<unknown>;
  #loop: Loop;
  #next = Infinity;
  #cancel: (() => void) | null = null;
  #cancelLook: (() => void) | null = null;
  #shared: boolean;

  constructor(parts: {
    store: Store;
    clock: Clock;
    fire(timer: Timer, what: TimerMeaning): Promise<unknown>;
    /** Other nodes set timers too. */
    shared: boolean;
    onFault(fault: unknown): void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#fire = parts.fire;
    this.#shared = parts.shared;
    this.#loop = new Loop(
      () => this.#turn(),
      (fault) => {
        parts.onFault(fault);
        this.#arm(this.#clock.now() + RETRY_MS);
      },
    );
  }

  async start(): Promise<void> {
    const next = await this.#store.nextTimer();
    this.#loop.start();
    if (next !== null) this.expect(next);
    if (this.#shared) this.#look();
  }

  #look(): void {
    this.#cancelLook = this.#clock.after(OTHERS_MS, () => {
      this.#loop.wake();
      this.#look();
    });
  }

  /** A timer was set for this moment. */
  expect(due: number): void {
    if (due < this.#next) this.#arm(due);
  }

  /** Looks again what is due. */
  wake(): void {
    this.#loop.wake();
  }

  #arm(due: number): void {
    this.#next = due;
    this.#watch();
  }

  #watch(): void {
    this.#cancel?.();
    if (this.#loop.isStopped) return;
    const left = this.#next - this.#clock.now() + (this.#shared ? Math.random() * LEEWAY_MS : 0);
    this.#cancel = this.#clock.after(Math.min(left, LOOK_MS), () => {
      if (this.#next <= this.#clock.now()) this.#loop.wake();
      else this.#watch();
    });
  }

  async #turn(): Promise<void> {
    this.#next = Infinity;
    const due = await this.#store.timers(this.#clock.now(), BATCH);
    const results = await Promise.allSettled(
      due.map((timer) => this.#fire(timer, timer.what as unknown as TimerMeaning)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const next = await this.#store.nextTimer();
    if (next !== null) this.expect(next);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancelLook?.();
    await this.#loop.stop();
  }
}

/** The longest wait without a look at the time of day. */
const LOOK_MS = 1000;
/** How long to wait after a fault of the store. */
const RETRY_MS = 1000;
