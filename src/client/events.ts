import type { EventView } from '../operations/schema/index.ts';
import type { Connection } from './connection.ts';
import { problemOf, ProblemError } from './problem.ts';
import { readFrames } from './frames.ts';

export interface EventsRequest {
  /** Of this run alone. */
  readonly run?: string;
  /** The cursor of the last event that is known; 0 (the default) is before the first. */
  readonly after?: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** With `run`: ends the iteration after the event with which the run ends. */
  readonly untilEnd?: boolean;
  /** Milliseconds without a sign of life after which the connection is taken for lost; 45 s by default. */
  readonly silence?: number;
  /** Told when the connection is lost, with why, and with null when it is back. A stream that ends in order is not lost by that. */
  readonly onConnection?: (lost: ProblemError | null) => void;
}

const ENDS = new Set(['run.completed', 'run.failed', 'run.rejected', 'run.cancelled']);
/** What has lasted for so long was well: that it ends says nothing of the next. */
const WELL_MS = 1000;
/** A child that was told to end says so after its parent's end; nothing else does. */
const endsRun = (event: EventView): boolean => ENDS.has(event.type);

/**
 * Follows events as they happen, and goes on from the last one when the connection is lost: none is missed, none comes twice.
 * @throws ProblemError when the server refuses
 */
export async function* follow(
  connection: Connection,
  request: EventsRequest,
): AsyncGenerator<EventView, void, void> {
  const { run, signal, untilEnd = false, silence = 45_000 } = request;
  const path = run === undefined ? '/v1/events' : `/v1/runs/${encodeURIComponent(run)}/events`;
  const tell = changesFor(request);
  let after = request.after ?? 0;
  for (let attempt = 0; !signal?.aborted; attempt += 1) {
    const watch = new Watch(silence, signal);
    try {
      for await (const event of connect(connection, `${path}?after=${after}`, watch, () => tell(null))) {
        attempt = 0;
        after = event.cursor;
        yield event;
        if (untilEnd && endsRun(event)) return;
      }
    } catch (fault) {
      if (fault instanceof ProblemError && fault.status < 500 && fault.status !== 429) throw fault;
      tell(connection.problemOf(fault));
    } finally {
      watch.end();
    }
    if (watch.lasted > WELL_MS) attempt = 0;
    await connection.pause(Math.min(attempt, 8), signal).catch(() => {});
  }
}

/** Tells of changes only, and of none that the caller made. */
const changesFor = ({ onConnection, signal }: EventsRequest) => {
  let isLost = false;
  return (lost: ProblemError | null): void => {
    if (signal?.aborted || isLost === (lost !== null)) return;
    isLost = lost !== null;
    onConnection?.(lost);
  };
};

async function* connect(
  connection: Connection,
  path: string,
  watch: Watch,
  onAlive: () => void,
): AsyncGenerator<EventView, void, void> {
  const headers = { accept: 'text/event-stream' };
  const response = await connection.once({ method: 'GET', path, headers, body: undefined }, watch.signal);
  if (!response.ok) throw await problemOf(response);
  watch.opened();
  if (!response.body) return;
  const onBytes = (): void => {
    watch.seen();
    onAlive();
  };
  for await (const frame of readFrames(response.body, watch.signal, onBytes))
    if (frame.data !== '') yield JSON.parse(frame.data) as EventView;
  watch.signal.throwIfAborted();
}

/** Breaks a connection off that shows no sign of life, or that nobody wants any more. */
class Watch {
  readonly #controller = new AbortController();
  readonly #silence: number;
  readonly #outer: AbortSignal | undefined;
  readonly #leave = (): void => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = Number.POSITIVE_INFINITY;

  constructor(silence: number, outer: AbortSignal | undefined) {
    this.#silence = silence;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#leave, { once: true });
    if (outer?.aborted) this.#leave();
    this.seen();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  opened(): void {
    this.#since = performance.now();
  }

  /** Milliseconds since the connection was made; below 0 where it was not. */
  get lasted(): number {
    return performance.now() - this.#since;
  }

  seen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new Error(`no sign of life for ${this.#silence / 1000} s`));
    }, this.#silence);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#leave);
    this.#controller.abort();
  }
}
