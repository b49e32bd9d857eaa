import { randomUUID } from 'node:crypto';
import { Attempt, type Workplace } from './attempt.ts';
import { callKey } from './call-key.ts';
import { pause } from './clock.ts';
import { capabilitiesOf, handlerFor, type Handlers } from './handler.ts';
import { ANSWER_MS, delay, persist, within } from './patience.ts';
import { Refused, Unreachable, type ClaimedTask } from './port.ts';

export interface LanesParts extends Workplace {
  readonly handlers: Handlers;
  readonly concurrency: number;
  readonly waitSeconds: number;
  /** Aborts when no more work is to be claimed. */
  readonly stopping: AbortSignal;
}

/** Time for the answer to the last claim, which is asked for once more at the stop: what it was granted is granted at once. */
const LAST_ANSWER_MS = 1000;

/** What answers sooner than this answers at once, however short a wait was asked for. */
const AT_ONCE_MS = 500;

/**
 * Claims and works, `concurrency` at a time.
 *
 * LANES-1  A lane waits for a task or works on one: no more tasks are waited for than can be worked on at once.
 * LANES-2  An answer that came sooner than the wait that was asked for, or at once, and without a task, is followed by a pause.
 * LANES-3  A task that is granted after the stop is given back, not begun.
 * LANES-4  A claim whose answer was lost is repeated under its key, at the stop as well, so that what it was granted is not left to the
 *          lease.
 * LANES-5  When the worker has closed, it has ended, whatever still runs.
 */
export class Lanes {
  readonly #parts: LanesParts;
  #rejection: Refused | null = null;
  #held = 0;

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  get held(): number {
    return this.#held;
  }

  /** Resolves when every lane has ended: with null after a stop, or with the refusal that makes going on useless. */
  async run(onRejected: () => void): Promise<Refused | null> {
    const lane = async (): Promise<void> => {
      try {
        await this.#lane();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#rejection ??= error;
        onRejected();
      }
    };
    const { closed, concurrency } = this.#parts;
    const over = new Promise<void>((resolve) => {
      closed.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(Array.from({ length: concurrency }, lane)), over]);
    return this.#rejection;
  }

  async #lane(): Promise<void> {
    const { stopping } = this.#parts;
    const claims = new ClaimKeys();
    for (let tries = 0; !stopping.aborted;) {
      const came = await this.#claim(claims);
      if (came.task) {
        tries = 0;
        await this.#take(came.task);
      } else if (came.pause) {
        await this.#pause(tries);
        tries += 1;
      } else tries = 0;
    }
    const granted = await this.#granted(claims);
    if (granted) await this.#take(granted);
  }

  #pause(tries: number): Promise<void> {
    const { clock, stopping } = this.#parts;
    return pause(clock, delay(tries, clock.chance()), stopping);
  }

  /** @throws Refused when the server will not give work to this worker at all */
  async #claim(keys: ClaimKeys): Promise<{ readonly task: ClaimedTask | null; readonly pause: boolean }> {
    const { clock, waitSeconds, stopping, onConnection } = this.#parts;
    const since = clock.now();
    try {
      const task = await this.#ask(keys, waitSeconds, waitSeconds * 1000 + ANSWER_MS, stopping);
      onConnection(true);
      return { task, pause: clock.now() - since < Math.max(AT_ONCE_MS, waitSeconds * 500) };
    } catch (error) {
      if (stopping.aborted) return { task: null, pause: false };
      if (error instanceof Unreachable) onConnection(false, error);
      else {
        keys.answered();
        this.#refused(error);
      }
      return { task: null, pause: true };
    }
  }

  async #ask(
    keys: ClaimKeys,
    waitSeconds: number,
    ms: number,
    signal: AbortSignal,
  ): Promise<ClaimedTask | null> {
    const { port, clock, handlers, leaseMs } = this.#parts;
    const request = { capabilities: capabilitiesOf(handlers), waitSeconds, leaseSeconds: leaseMs / 1000 };
    const task = await within(clock, ms, signal, (given) =>
      port.claimNext(request, { idempotencyKey: keys.current(), signal: given }),
    );
    keys.answered();
    return task;
  }

  /** At the stop: what a claim without an answer was granted, as far as that is said in time. It waits for nothing new. */
  async #granted(keys: ClaimKeys): Promise<ClaimedTask | null> {
    if (!keys.isUnanswered) return null;
    return this.#ask(keys, 0, LAST_ANSWER_MS, this.#parts.closed).catch(() => null);
  }

  #refused(error: unknown): void {
    if (!(error instanceof Refused) || error.code !== 'capacity_reached') throw error;
    this.#parts.onConnection(true);
    this.#parts.log({ type: 'capacity', message: error.message });
  }

  async #take(task: ClaimedTask): Promise<void> {
    const { handlers, stopping } = this.#parts;
    const handler = handlerFor(handlers, task);
    if (!handler) return this.#giveBack(task, 'this worker has no handler for it');
    if (stopping.aborted) return this.#giveBack(task, 'the worker stops');
    this.#held += 1;
    try {
      await new Attempt(this.#parts, task, handler).run();
    } finally {
      this.#held -= 1;
    }
  }

  async #giveBack(task: ClaimedTask, reason: string): Promise<void> {
    const { port, clock, closed, onConnection, log } = this.#parts;
    try {
      await persist({ clock, signal: closed, onConnection }, (signal) =>
        port.release(task, reason, { idempotencyKey: callKey('release', task, 0), signal }),
      );
      log({ type: 'released', task: task.id, reason });
    } catch (error) {
      const code = error instanceof Refused ? error.code : 'unanswered';
      log({
        type: 'refused',
        task: task.id,
        code,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** The key of a lane's claim: the same until there is an answer. Where nothing is held by it any more, it is a new claim. */
class ClaimKeys {
  #key: string | null = null;

  get isUnanswered(): boolean {
    return this.#key !== null;
  }

  current(): string {
    return (this.#key ??= `claim/${randomUUID()}`);
  }

  answered(): void {
    this.#key = null;
  }
}
