import type { Clock } from '../clock.ts';
import type { Registered } from './passports.ts';

const RETRY_MS = 1000;

/**
 * Brings back who is away until a time.
 *
 * BACK-1..3 of `background.ts`: the passports say who that is; one alarm is set for the earliest.
 */
export class Returns {
  readonly #clock: Clock;
  readonly #bringBack: (id: string) => Promise<unknown>;
  readonly #onFault: (fault: unknown) => void;
  readonly #due = new Map<string, number>();
  #alarm: (() => void) | null = null;
  #armedFor = Infinity;
  #started = false;
  #working: Promise<void> | null = null;

  constructor(parts: {
    readonly clock: Clock;
    /** Resolves when it is durable, or was refused since it is not away any more. */
    bringBack(id: string): Promise<unknown>;
    onFault(fault: unknown): void;
  }) {
    this.#clock = parts.clock;
    this.#bringBack = (id) => parts.bringBack(id);
    this.#onFault = parts.onFault;
  }

  put({ id, status, awayUntil }: Registered): void {
    if (status !== 'away' || awayUntil === null) return void this.#due.delete(id);
    this.#due.set(id, awayUntil);
    this.#arm(awayUntil);
  }

  start(): void {
    this.#started = true;
    this.#arm(this.#earliest());
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#alarm?.();
    await this.#working;
  }

  #earliest(): number {
    let earliest = Infinity;
    for (const due of this.#due.values()) earliest = Math.min(earliest, due);
    return earliest;
  }

  #arm(due: number): void {
    if (!this.#started || due >= this.#armedFor) return;
    this.#alarm?.();
    this.#armedFor = due;
    this.#alarm = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#armedFor = Infinity;
      this.#alarm = null;
      this.#working = this.#ring();
    });
  }

  async #ring(): Promise<void> {
    const now = this.#clock.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([id]) => id);
    try {
      for (const id of due) {
        await this.#bringBack(id);
        this.#due.delete(id);
      }
      this.#arm(this.#earliest());
    } catch (fault) {
      this.#onFault(fault);
      if (this.#started) this.#clock.after(RETRY_MS, () => this.#arm(this.#earliest()));
    }
  }
}
