import type { Clock } from '../clock.ts';

/** How often the difference is measured. */
const MEASURE_MS = 10_000;
const LOOKS = 3;
/** A difference is known to half of what its look took, ms: a poorer one is not put in the place of one that is known. */
const LONGEST_LOOK = 1000;

/**
 * The time of the database, so that nodes agree on when a lease ends and a timer is due, whatever their own clocks say.
 *
 * DBCLOCK-1  Between two measurements time goes on as the monotonic clock of the machine does: setting its clock changes nothing.
 * DBCLOCK-2  It never goes backwards: where the database is behind, it stands until the database has come.
 * DBCLOCK-3  A difference is used once it is known to be the best of a measurement: by DBCLOCK-2 one that is too far ahead would stay.
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
    await clock.#measure(Infinity);
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

  /** The answer that took least is the nearest to the truth; where it took longer than `most`, ms, what is known stays. */
  async #measure(most: number): Promise<void> {
    let least = Infinity;
    let offset = 0;
    for (let look = 0; look < LOOKS; look += 1) {
      const asked = this.#monotonic();
      const now = await this.#ask();
      const answered = this.#monotonic();
      if (answered - asked >= least) continue;
      least = answered - asked;
      offset = now - (asked + answered) / 2;
    }
    if (least <= most) this.#offset = offset;
  }

  /** While the database does not answer, the last difference holds. */
  #later(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#own.after(MEASURE_MS, () => {
      const again = (): void => this.#later();
      this.#measure(LONGEST_LOOK).then(again, again);
    });
  }
}
