import { pause, type WorkerClock } from './clock.ts';
import { Unreachable } from './port.ts';

export interface Delays {
  readonly firstMs: number;
  readonly mostMs: number;
}

const DELAYS: Delays = { firstMs: 250, mostMs: 15_000 };

/** Half of it certain and half by chance, so that workers that lost one server do not come back as one. */
export const delay = (tries: number, chance: number, { firstMs, mostMs }: Delays = DELAYS): number => {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(tries, 30));
  return full / 2 + (full / 2) * chance;
};

/** How long one request may stay without an answer before it is sent again. */
export const ANSWER_MS = 30_000;
/** No server takes in a request for longer (`requestTimeout` of Node.js). */
const MOST_ANSWER_MS = 300_000;

/** No answer in time: the request may still have been on its way. */
class Overdue extends Unreachable {}

/**
 * One request, given up after `ms` or when the outer signal aborts.
 * @throws Overdue after `ms`; whatever the request throws
 */
export async function within<Value>(
  clock: WorkerClock,
  ms: number,
  outer: AbortSignal,
  request: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const forward = (): void => controller.abort(outer.reason);
  if (outer.aborted) forward();
  else outer.addEventListener('abort', forward);
  const late = new Overdue(`no answer within ${Math.round(ms / 1000)} s`);
  const cancel = clock.after(ms, () => controller.abort(late));
  try {
    return await request(controller.signal);
  } catch (error) {
    throw controller.signal.reason === late ? late : error;
  } finally {
    cancel();
    outer.removeEventListener('abort', forward);
  }
}

export interface Persistence {
  readonly clock: WorkerClock;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  readonly delays?: Delays;
  readonly answerMs?: number;
  /** Told of every lost attempt, and of the first answer after one. */
  onConnection(connected: boolean, error?: Unreachable): void;
}

/** A request that meets a fault of the server this often is taken for one that the server cannot do. */
const MOST_FAULTS = 8;

/**
 * Asks until there is an answer. The request must be safe to repeat: the answer to an earlier one may have been lost. Where the time
 * for an answer was too short the next try has twice as much, so that a large result gets through a slow line.
 * @throws Refused, and Unreachable only when the signal has aborted
 */
export async function persist<Value>(
  { clock, signal, delays, answerMs = ANSWER_MS, onConnection }: Persistence,
  request: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  for (let tries = 0, faults = 0, patience = answerMs; ; tries += 1) {
    try {
      const value = await within(clock, patience, signal, request);
      onConnection(true);
      return value;
    } catch (error) {
      if (!(error instanceof Unreachable)) {
        if (signal.aborted) throw new Unreachable('given up', { cause: error });
        onConnection(true);
        throw error;
      }
      onConnection(false, error);
      if (error instanceof Overdue) patience = Math.min(2 * patience, MOST_ANSWER_MS);
      faults = error.fault ? faults + 1 : 0;
      if (error.fault && faults >= MOST_FAULTS) throw error.fault;
      await pause(clock, delay(tries, clock.chance(), delays), signal);
      if (signal.aborted) throw error;
    }
  }
}
