import type { EventShape } from '../event.ts';
import type { Failure } from '../failure.ts';

/** What keeps a run from going on. */
export type HoldEvent =
  /** `withParent`: as the run it belongs to was. */
  | EventShape<
      'run.paused',
      { readonly reason: string | null; readonly failure: Failure | null; readonly withParent?: true }
    >
  /** `alone`: of a child, by a person; or it was paused by itself before its parent stopped it. */
  | EventShape<
      'run.stopped',
      { readonly reason: string | null; readonly alone?: true; readonly withParent?: true }
    >
  /** Of a child that was paused or stopped by itself: its parent is paused or stopped now, or goes on. */
  | EventShape<'run.parent_halted', object>
  | EventShape<'run.parent_resumed', object>;
