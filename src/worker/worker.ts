import { NOTICE_MS } from './attempt.ts';
import { systemClock, type WorkerClock } from './clock.ts';
import { describeEvent, type WorkerEvent } from './event.ts';
import { asFull, capabilitiesOf, type Handler, type Handlers } from './handler.ts';
import { Lanes } from './lanes.ts';
import { persist } from './patience.ts';
import type { Identity, Refused, TaskPort, Unreachable } from './port.ts';

export interface WorkerSettings {
  /** Appears in the worker's log. */
  readonly name: string;
  /** Tasks worked on at once; 1 if absent. The passport's `capacity` must allow it. */
  readonly concurrency?: number;
  /** How long a task stays this worker's without a heartbeat, 5..3600; 60 if absent. Heartbeats go out three times as often. */
  readonly leaseSeconds?: number;
  /** How long a request for work waits at the server; 25 if absent. */
  readonly waitSeconds?: number;
  /** Time to finish what is in hand when the worker stops; 20 if absent. What is not finished then is given back. */
  readonly graceSeconds?: number;
  /** Told of everything that happens; without it a line goes to standard error, or nothing where `fetch` is given. */
  readonly log?: (event: WorkerEvent) => void;
}

export interface Worker {
  /** Takes no more work, finishes within the grace, gives back the rest. Called again, it cuts the grace short. */
  stop(graceSeconds?: number): Promise<void>;
  /** Resolves when the worker has ended: with null after a stop, or with what the server refused so that going on is useless. */
  readonly ended: Promise<Refused | null>;
}

/** Time for the answers to what is given back at the end. */
const CLOSE_MS = 5000;

export function startWorker(
  settings: WorkerSettings,
  handlers: Handlers<Handler>,
  means: { readonly port: TaskPort; readonly clock?: WorkerClock },
): Worker {
  const { concurrency = 1, leaseSeconds = 60, waitSeconds = 25, graceSeconds = 20 } = settings;
  const { port, clock = systemClock } = means;
  const log = settings.log ?? logLine(settings.name);
  const stop = new Stop(clock);
  const lanes = new Lanes({
    port,
    clock,
    log,
    handlers: allFull(handlers),
    concurrency,
    waitSeconds,
    leaseMs: leaseSeconds * 1000,
    ...stop.signals,
    onConnection: connectionLog(log),
  });
  const capabilities = capabilitiesOf(handlers) ?? [];
  log({ type: 'started', worker: settings.name, capabilities });
  void lookAtMyself();
  /** A worker that waits for what it may never get looks like one that has nothing to do. */
  async function lookAtMyself(): Promise<void> {
    try {
      const me = await persist({ clock, signal: stop.signals.stopping, onConnection: () => {} }, (signal) =>
        port.me(signal),
      );
      for (const message of shortcomings(me, capabilities, concurrency))
        log({ type: 'unqualified', message });
    } catch {
      // The first claim tells what the server refuses.
    }
  }
  const ended = lanes
    .run(() => stop.begin(graceSeconds))
    .then((rejection) => {
      stop.finish();
      if (rejection) {
        const { code, message, remediation } = rejection;
        log({ type: 'rejected', code, message, remediation });
      } else log({ type: 'stopped' });
      return rejection;
    });
  return {
    ended,
    stop: async (grace = graceSeconds) => {
      if (stop.begin(grace)) log({ type: 'stopping', held: lanes.held, graceSeconds: grace });
      await ended;
    },
  };
}

function shortcomings(me: Identity, capabilities: readonly string[], concurrency: number): string[] {
  const lacking = capabilities.filter((capability) => !me.capabilities.includes(capability));
  const messages: string[] = [];
  const grants = lacking.map((capability) => `humanos participants grant ${me.id} ${capability}`);
  if (lacking.length > 0)
    messages.push(
      `${me.name} does not have ${lacking.join(', ')} by name: such tasks come only if something that it has implies that. Else grant it: ${grants.join('; ')}`,
    );
  if (concurrency > me.capacity)
    messages.push(
      `${me.name} may hold ${me.capacity} at once, not ${concurrency}. Raise its capacity, or lower the concurrency.`,
    );
  return messages;
}

const allFull = (handlers: Handlers<Handler>): Handlers =>
  new Map([...handlers].map(([capability, handler]) => [capability, asFull(handler)]));

/** The three moments of a stop: no more claims, time to finish is over, no more waiting for answers. */
class Stop {
  readonly #clock: WorkerClock;
  readonly #stopping = new AbortController();
  readonly #closing = new AbortController();
  readonly #closed = new AbortController();
  #cancels: (() => void)[] = [];

  constructor(clock: WorkerClock) {
    this.#clock = clock;
  }

  get signals() {
    return {
      stopping: this.#stopping.signal,
      closing: this.#closing.signal,
      closed: this.#closed.signal,
    };
  }

  /** Whether this is the first call; the next one cuts the grace short. */
  begin(graceSeconds: number): boolean {
    const first = !this.#stopping.signal.aborted;
    this.finish();
    this.#stopping.abort();
    const graceMs = first ? graceSeconds * 1000 : 0;
    this.#cancels = [
      this.#clock.after(graceMs, () => this.#closing.abort()),
      this.#clock.after(graceMs + NOTICE_MS + CLOSE_MS, () => this.#closed.abort()),
    ];
    return first;
  }

  finish(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}

/** Tells of changes only. */
const connectionLog = (log: (event: WorkerEvent) => void) => {
  let lost = false;
  return (connected: boolean, error?: Unreachable): void => {
    if (connected === !lost) return;
    lost = !connected;
    log(
      connected ? { type: 'reconnected' } : { type: 'disconnected', message: error?.message ?? 'no answer' },
    );
  };
};

const logLine =
  (name: string) =>
  (event: WorkerEvent): void => {
    const error = event.type === 'failed' && event.error instanceof Error ? `\n${event.error.stack}` : '';
    process.stderr.write(`${name}: ${describeEvent(event)}${error}\n`);
  };
