import type { WorkerClock } from './clock.ts';
import { persist, type Persistence } from './patience.ts';
import { shorten } from './failure.ts';
import { callKey } from './call-key.ts';
import { Refused, type Held, type Report, type TaskPort, type Usage } from './port.ts';

/** At most one progress report of a task in this time: each is an entry of the ledger. */
const REPORT_MS = 2000;

const NONE: Usage = { tokens: 0, cost: 0 };

const add = (one: Usage, other: Partial<Usage>): Usage => ({
  tokens: one.tokens + Math.round(counted(other.tokens)),
  cost: one.cost + counted(other.cost),
});

/** What cannot have been used counts as nothing. */
const counted = (amount: number | undefined): number =>
  amount !== undefined && Number.isFinite(amount) && amount > 0 ? amount : 0;

const isSome = ({ tokens, cost }: Usage): boolean => tokens > 0 || cost > 0;

/**
 * Progress and usage of one task.
 *
 * REPORT-1  Reports leave one at a time and in order; of progress in between only the latest is sent.
 * REPORT-2  Usage is counted exactly once: what a report carried is sent again only when that report was refused.
 */
export class Reporter {
  readonly #held: Held;
  readonly #port: TaskPort;
  readonly #clock: WorkerClock;
  readonly #persistence: Persistence;
  readonly #onRefused: (refusal: Refused) => void;
  #latest: Omit<Report, 'usage'> | null = null;
  #usage: Usage = NONE;
  /** What refused reports carried. */
  #kept: Usage = NONE;
  #sent = 0;
  #lastAt = -Infinity;
  #cancel: (() => void) | null = null;
  #sending: Promise<void> | null = null;
  #finished = false;

  constructor(parts: {
    readonly held: Held;
    readonly port: TaskPort;
    readonly persistence: Persistence;
    onRefused(refusal: Refused): void;
  }) {
    this.#held = parts.held;
    this.#port = parts.port;
    this.#persistence = parts.persistence;
    this.#clock = parts.persistence.clock;
    this.#onRefused = parts.onRefused;
  }

  progress(fraction: number | undefined, message: string | undefined): void {
    if (this.#finished) return;
    const known =
      fraction === undefined || Number.isNaN(fraction) ? undefined : Math.min(1, Math.max(0, fraction));
    this.#latest = {
      ...this.#latest,
      ...(known !== undefined && { fraction: known }),
      ...(message !== undefined && { message: shorten(message) }),
    };
    this.#arm();
  }

  /** Adds to what the task has used. */
  use(usage: Partial<Usage>): void {
    this.#usage = add(this.#usage, usage);
    if (!this.#finished && isSome(this.#usage)) this.#arm();
  }

  /** No more reports; resolves with the usage that none has carried, when the last one has been answered. */
  async finish(): Promise<Usage> {
    this.#finished = true;
    this.#cancel?.();
    this.#cancel = null;
    await this.#sending;
    const usage = add(this.#usage, this.#kept);
    this.#usage = this.#kept = NONE;
    return usage;
  }

  #arm(): void {
    if (this.#cancel || this.#sending) return;
    const wait = Math.max(0, this.#lastAt + REPORT_MS - this.#clock.now());
    this.#cancel = this.#clock.after(wait, () => {
      this.#cancel = null;
      this.#sending = this.#send().finally(() => {
        this.#sending = null;
        if (!this.#finished && (this.#latest || isSome(this.#usage))) this.#arm();
      });
    });
  }

  async #send(): Promise<void> {
    const used = this.#usage;
    const report: Report = { ...this.#latest, ...(isSome(used) && { usage: used }) };
    this.#latest = null;
    this.#usage = NONE;
    this.#lastAt = this.#clock.now();
    this.#sent += 1;
    const idempotencyKey = callKey('progress', this.#held, this.#sent);
    try {
      await persist(this.#persistence, (signal) =>
        this.#port.progress(this.#held, report, { idempotencyKey, signal }),
      );
    } catch (error) {
      if (!(error instanceof Refused)) return;
      this.#kept = add(this.#kept, used);
      this.#onRefused(error);
    }
  }
}
