import type { Clock } from './clock.ts';

/** How often the difference is measured. */
const MEASURE_MS = 10_000;
const LOOKS = 3;

/**
 * The time of the database, so that nodes agree on when a lease ends and a timer is due, whatever their own clocks say.
 *
 * DBCLOCK-1  Between two measurements time goes on as the monotonic clock of the machine does: setting its clock changes nothing.
 * DBCLOCK-2  It never goes backwards: where the database is behind, it stands until the database has come.
 */
export class DatabaseClock implements Clock {
  readonly #own: Clock;
  readonly #ask: () => Promise<number>;
  readonly #monotonic: () => number;
  #offset = 0;
  #latest = -Infinity;
  #cancel: (() => void) | null = null;
  #isStopped = false;

  private constructor(own: Clock, ask: () => Promise<number>, monotonic: () => number) {
    this.#own = own;
    this.#ask = ask;
    this.#monotonic = monotonic;
  }

  /** `ask`: the time of the database. Resolves when it has been measured once. */
  static async start(
    own: Clock,
    ask: () => Promise<number>,
    monotonic: () => number = () => performance.now(),
  ): Promise<DatabaseClock> {
    const clock = new DatabaseClock(own, ask, monotonic);
    await clock.#measure();
    clock.#later();
    return clock;
  }

  now(): number {
    this.#latest = Math.max(this.#latest, Math.round(this.#monotonic() + this.#offset));
    return this.#latest;
  }

  after(ms: number, call: () => void): () => void {
    return this.#own.after(ms, call);
  }

  soon(call: () => void): void {
    this.#own.soon(call);
  }

  /** A measurement that is under way is the last. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** The answer that took least is the nearest to the truth. */
  async #measure(): Promise<void> {
    let least = Infinity;
    for (let look = 0; look < LOOKS; look += 1) {
      const asked = this.#monotonic();
      const now = await this.#ask();
      const answered = this.#monotonic();
      if (answered - asked >= least) continue;
      least = answered - asked;
      this.#offset = now - (asked + answered) / 2;
    }
  }

  /** While the database does not answer, the last difference holds. */
  #later(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#own.after(MEASURE_MS, () => {
      const again = (): void => this.#later();
      this.#measure().then(again, again);
    });
  }
}
