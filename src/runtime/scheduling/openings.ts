import { nextBeginning, type OpeningHours } from '../../routing/index.ts';
import type { Clock } from '../clock.ts';

/** The clock may be set while somebody waits: no longer than this goes by before it is looked at again. */
const LOOK_MS = 60_000;
/** Hours whose next beginning is not known are looked at again after this: before the two months that are looked through are over. */
const AGAIN_MS = 30 * 86_400_000;

/**
 * Tells when somebody's working hours begin, which nobody says.
 *
 * OPENING-1  One alarm is set, for the earliest beginning of all the hours that anybody has: what does not begin costs nothing.
 */
export class Openings {
  readonly #clock: Clock;
  readonly #begun: () => void;
  /** When those hours begin next, ms since the epoch. Many share theirs, and what nobody has any more costs a look when it would begin. */
  readonly #next = new Map<OpeningHours, number>();
  #alarm: (() => void) | null = null;
  #armedFor = Infinity;
  #started = false;

  constructor(parts: { readonly clock: Clock; begun(): void }) {
    this.#clock = parts.clock;
    this.#begun = () => parts.begun();
  }

  /** Somebody has these hours. */
  put(hours: OpeningHours): void {
    if (this.#next.has(hours)) return;
    const begins = beginningOf(hours, this.#clock.now());
    this.#next.set(hours, begins);
    if (this.#started && begins < this.#armedFor) this.#arm();
  }

  start(): void {
    this.#started = true;
    this.#arm();
  }

  stop(): void {
    this.#started = false;
    this.#alarm?.();
    this.#alarm = null;
  }

  #arm(): void {
    this.#alarm?.();
    this.#armedFor = Math.min(...this.#next.values(), Infinity);
    if (this.#armedFor === Infinity) return void (this.#alarm = null);
    const left = Math.max(0, this.#armedFor - this.#clock.now());
    this.#alarm = this.#clock.after(Math.min(left, LOOK_MS), () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.now();
    let begun = false;
    for (const [hours, due] of this.#next) {
      if (due > now) continue;
      begun = true;
      this.#next.set(hours, beginningOf(hours, now));
    }
    this.#arm();
    if (begun) this.#begun();
  }
}

const beginningOf = (hours: OpeningHours, now: number): number => nextBeginning(hours, now) ?? now + AGAIN_MS;
