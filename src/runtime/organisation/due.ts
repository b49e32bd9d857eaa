import type { Clock } from '../clock.ts';

const RETRY_MS = 1000;
/** The longest wait without a look at the time of day, which can jump. */
const LOOK_MS = 1000;

/**
 * What time does to documents: who is away comes back, what is proposed ends.
 *
 * BACK-1..3 of `background.ts`: the documents say what is due when; one alarm is set for the earliest.
 */
export class Due {
  readonly #clock: Clock;
  readonly #act: (id: string) => Promise<unknown>;
  readonly #onFault: (fault: unknown) => void;
  readonly #due = new Map<string, number>();
  #alarm: (() => void) | null = null;
  #armedFor = Infinity;
  #started = false;
  #working: Promise<void> | null = null;

  constructor(parts: {
    readonly clock: Clock;
    /** Resolves when it is durable, or was refused since it is not due any more. */
    act(id: string): Promise<unknown>;
    onFault(fault: unknown): void;
  }) {
    this.#clock = parts.clock;
    this.#act = (id) => parts.act(id);
    this.#onFault = parts.onFault;
  }

  /** `at` in ms since the epoch; null is never. */
  set(id: string, at: number | null): void {
    if (at === null) return void this.#due.delete(id);
    this.#due.set(id, at);
    this.#arm(at);
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
    const left = Math.max(0, due - this.#clock.now());
    this.#alarm = this.#clock.after(Math.min(left, LOOK_MS), () => {
      this.#armedFor = Infinity;
      this.#alarm = null;
      this.#working = this.#ring();
    });
  }

  async #ring(): Promise<void> {
    const now = this.#clock.now();
    try {
      for (const [id, at] of [...this.#due].filter(([, due]) => due <= now)) {
        await this.#act(id);
        // The time of day may have gone back: what was refused for that is due later.
        if (this.#due.get(id) === at && at <= this.#clock.now()) this.#due.delete(id);
      }
      this.#arm(this.#earliest());
    } catch (fault) {
      this.#onFault(fault);
      if (this.#started) this.#clock.after(RETRY_MS, () => this.#arm(this.#earliest()));
    }
  }
}
