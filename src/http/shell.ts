import { refusalOf, type Operations } from '../operations/index.ts';
import type { Metrics } from './metrics.ts';
import { problemOf, respond, type Problem } from './problem.ts';
import type { Unread } from './unread.ts';

/** Where what happens is told. Nothing that is told holds a secret. */
export interface Log {
  debug(what: object, message: string): void;
  error(what: object, message: string): void;
}

/** What requests share. */
export interface Shell {
  readonly operations: Operations;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'countRequest'>;
  readonly limits: Limits;
  /** Aborts when the server stops: those who wait are answered, streams end. */
  readonly stopping: AbortSignal;
  /** Event streams that are open, or about to be. */
  readonly streams: Set<Place>;
  readonly unread: Unread;
}
/** Of one event stream. */
export interface Place {
  readonly participant: string;
}

export interface Limits {
  /** Bytes of a body, at most. */
  readonly body: number;
  /** Requests of one JSON-RPC batch, at most. */
  readonly batch: number;
  /** Bytes of the replies to one JSON-RPC batch behind which nothing more of it is carried out. */
  readonly replies: number;
  /** Event streams open at once, at most. */
  readonly streams: number;
  /** Of these one participant's, at most: nobody keeps others from following. */
  readonly streamsEach: number;
  /** Milliseconds between signs of life of an event stream. */
  readonly heartbeat: number;
  /** Milliseconds after which a reader that takes nothing is dropped, of a stream or of any answer. */
  readonly patience: number;
  /** Bytes of answers that one participant may leave unread before nothing more is read for it. */
  readonly unread: number;
  /** Reads of one participant that are carried out at once. */
  readonly reads: number;
}

export const LIMITS: Limits = {
  body: 8 * 1024 * 1024,
  batch: 100,
  replies: 32 * 1024 * 1024,
  streams: 1000,
  streamsEach: 50,
  heartbeat: 15_000,
  patience: 60_000,
  // Somewhat more than `reads` pages of the largest size.
  unread: 192 * 1024 * 1024,
  reads: 16,
};

/** The problem that a fault shows itself as. What happened is in the log, under the same `instance`. */
export function faultProblem({ log }: Pick<Shell, 'log'>, fault: unknown, where: string): Problem {
  const { isFault, ...rejection } = refusalOf(fault);
  const problem = problemOf(rejection);
  if (isFault) log.error({ err: fault, where, instance: problem.instance }, 'fault');
  return problem;
}

export const faultResponse = (shell: Pick<Shell, 'log'>, fault: unknown, where: string): Response =>
  respond(faultProblem(shell, fault, where));
