import { pause, type WorkerClock } from './clock.ts';
import { delay, within } from './patience.ts';
import { Refused, Unreachable, type Held, type TaskPort } from './port.ts';

/**
 * Why a worker no longer holds a task. `withdrawn`: it has ended, its run was stopped or ended, or it was taken back. `taken`:
 * somebody else has it. `lease`: no heartbeat got through before the lease ran out. `refused`: the server says no for another reason.
 */
export type Loss = 'withdrawn' | 'taken' | 'lease' | 'refused';

/** The reason of a handler's `signal`. */
export class TaskLost extends Error {
  override readonly name = 'TaskLost';
  readonly loss: Loss;

  constructor(loss: Loss, message: string) {
    super(message);
    this.loss = loss;
  }
}

const TAKEN = ['stale_token', 'not_holder'];
const WITHDRAWN = ['task_closed', 'task_status', 'task_unknown', 'run_status', 'run_unknown', 'run_archived'];

/** What a refusal says about the claim; null when it is about what was asked, as where a policy denies a result. */
export const lossOf = (refusal: Refused): Loss | null => {
  if (TAKEN.includes(refusal.code)) return 'taken';
  if (WITHDRAWN.includes(refusal.code)) return 'withdrawn';
  return refusal.status === 401 ? 'refused' : null;
};

const BEATS_PER_LEASE = 3;

/**
 * A claim that is kept alive.
 *
 * HOLD-1  A heartbeat goes out every third of the lease; one that gets no answer is repeated at once, with growing pauses.
 * HOLD-2  The lease is counted from before the request that prolonged it, so that it ends here no later than at the server.
 * HOLD-3  A hold is lost once, and stays lost.
 */
export class Hold {
  readonly #controller = new AbortController();
  readonly #ended = new AbortController();
  readonly #held: Held;
  readonly #leaseMs: number;
  readonly #port: TaskPort;
  readonly #clock: WorkerClock;
  readonly #onConnection: (connected: boolean, error?: Unreachable) => void;
  #until: number;
  #beating: Promise<void> | null = null;
  #loss: TaskLost | null = null;

  constructor(parts: {
    readonly held: Held;
    readonly leaseMs: number;
    /** When the claim was granted. */
    readonly since: number;
    readonly port: TaskPort;
    readonly clock: WorkerClock;
    onConnection(connected: boolean, error?: Unreachable): void;
  }) {
    this.#held = parts.held;
    this.#leaseMs = parts.leaseMs;
    this.#until = parts.since + parts.leaseMs;
    this.#port = parts.port;
    this.#clock = parts.clock;
    this.#onConnection = parts.onConnection;
  }

  /** Aborts when the hold is lost, or when `abandon` is called. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get loss(): TaskLost | null {
    return this.#loss;
  }

  /** Whether the server itself has said that nothing more will be taken from this claim. */
  get isOver(): boolean {
    return this.#loss !== null && this.#loss.loss !== 'lease';
  }

  start(): void {
    this.#beating = this.#beat();
  }

  /** No more heartbeats; resolves when none is under way. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#beating;
  }

  lose(loss: Loss, message: string): void {
    if (this.#loss && (this.isOver || loss === 'lease')) return;
    this.#loss = new TaskLost(loss, message);
    this.#controller.abort(this.#loss);
  }

  /** Tells the handler to stop, although the claim still counts. */
  abandon(reason: Error): void {
    this.#controller.abort(reason);
  }

  async #beat(): Promise<void> {
    const period = this.#leaseMs / BEATS_PER_LEASE;
    while (!this.#loss) {
      await pause(this.#clock, period, this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      await this.#prolong(period);
      if (this.#ended.signal.aborted) return;
    }
  }

  /** Until there is an answer, or the lease has run out. */
  async #prolong(period: number): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const sent = this.#clock.now();
      try {
        await within(this.#clock, period, this.#ended.signal, (signal) =>
          this.#port.heartbeat(this.#held, this.#leaseMs / 1000, signal),
        );
        this.#onConnection(true);
        this.#until = sent + this.#leaseMs;
        return;
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        if (!(error instanceof Unreachable)) return this.#refused(error);
        this.#onConnection(false, error);
        const left = this.#until - this.#clock.now();
        if (left > 0) await pause(this.#clock, Math.min(left, this.#retryMs(tries)), this.#ended.signal);
        if (this.#ended.signal.aborted) return;
        if (this.#clock.now() >= this.#until)
          return this.lose('lease', 'the lease ran out: no heartbeat got through');
      }
    }
  }

  #retryMs(tries: number): number {
    return delay(tries, this.#clock.chance(), { firstMs: 250, mostMs: this.#leaseMs / BEATS_PER_LEASE });
  }

  #refused(error: unknown): void {
    if (error instanceof Refused) this.lose(lossOf(error) ?? 'refused', error.message);
    else this.lose('refused', error instanceof Error ? error.message : String(error));
  }
}
