import type { Json } from '../../definition/json.ts';
import type { DueAgain } from '../deadline-terms.ts';
import type { EventShape, Place } from '../event.ts';
import type { Failure } from '../failure.ts';

/** How a run is to end. */
export type RunEnd =
  | { readonly status: 'failed' | 'rejected'; readonly failure: Failure }
  | { readonly status: 'cancelled'; readonly reason: string | null };

/** Work that goes back. */
export interface Again {
  /** The step whose decision sends it back; null where an administrator rolls the run back, or has a step done again. */
  readonly by: string | null;
  /** The phase to which the run is rolled back, or that of the step. */
  readonly phase?: string;
  readonly steps: readonly string[];
  readonly feedback: Json;
  /** It goes to others than those who did it. */
  readonly others?: true;
  /** Who is to have a piece of it again. */
  readonly keeps?: Place & { readonly assignee: string };
  readonly cause?: Cause;
}

/** The kinds of exception for which work is interfered with (Russell, van der Aalst, ter Hofstede). */
export type Cause = 'failure' | 'deadline' | 'unavailable' | 'external' | 'constraint';

/** What an administrator has decided over a task, and why. */
export interface Forced {
  readonly cause: Cause | null;
  readonly reason: string | null;
}

/** A task that is begun again when what it has done so far is undone. `begins`: by whoever has it, at once. */
export interface Restart {
  readonly task: string;
  readonly begins: boolean;
}

/** How work is undone and sent back, and how a run comes to its end when something is to be undone first. */
export type CompensationEvent =
  /** It is settled how it ends. Before that, what these steps did is undone, and the tasks that `keeps` names come to their end. */
  | EventShape<
      'run.closing',
      {
        readonly end: RunEnd;
        readonly steps: readonly string[];
        readonly keeps?: readonly string[];
        readonly cause?: Cause;
      }
    >
  /** Work goes back, after what was done of it is undone. */
  | EventShape<'run.sent_back', Again>
  /** Work has gone back. */
  | EventShape<'run.redone', Again>
  /**
   * `step` undoes what `of` did in these slots. `partial`: that was not done to its end, or is no result. `refused`: what it came to was
   * not accepted; it is kept until it is undone. `restart`: what is begun again afterwards.
   */
  | EventShape<
      'compensation.opened',
      {
        readonly step: string;
        readonly of: string;
        readonly slots: readonly number[];
        readonly partial?: true;
        readonly refused?: true;
        readonly restart?: Restart;
      }
    >
  | EventShape<'compensation.closed', { readonly step: string }>
  /** What was done so far is dropped, and begun anew by whoever has it: at once, or when they come for it. */
  | EventShape<
      'task.restarted',
      {
        readonly task: string;
        readonly token: number;
        readonly begins: boolean;
        readonly forced?: Forced;
        readonly again?: readonly DueAgain[];
      }
    >;
