import type { Forced } from './compensation.ts';
import type { DueAgain } from '../deadline-terms.ts';
import type { EventShape, Explanation } from '../event.ts';
import type { Allowed } from '../policies/state.ts';

/** As what somebody takes a task, where that lets them do so who might not do it as they are. */
export interface TakenAs {
  /** They administer it, or whoever they act for does. */
  readonly administrator?: true;
  /** The delegation under which they act. */
  readonly delegation?: string;
}

/** Somebody who has a task, and under which token. */
export interface Holding extends Allowed {
  readonly task: string;
  readonly assignee: string;
  readonly token: number;
  readonly explanation?: Explanation;
  /** Left out by 0.1.0, and where it is nothing. */
  readonly takenAs?: TakenAs;
}

/** A task that is passed on, put aside and taken up again. */
export type PassingEvent =
  /** It may be given out now: its time has come, or an administrator says so. */
  | EventShape<'task.activated', { readonly task: string }>
  /** An administrator says who may do it; with `assignee`, who does it. */
  | EventShape<
      'task.nominated',
      {
        readonly task: string;
        readonly to: readonly string[];
        readonly assignee: string | null;
        readonly token: number;
        /** Nobody has to activate it any more. */
        readonly inTurn?: true;
      }
    >
  | EventShape<'task.stopped', { readonly task: string; readonly token: number }>
  | EventShape<
      'task.suspended',
      {
        readonly task: string;
        readonly until: number | null;
        readonly reason: string | null;
        /** Until what it has done is undone. */
        readonly undo?: true;
        readonly forced?: Forced;
      }
    >
  /** `again`: where the clocks of its deadlines stood still, when those of working time are over now. */
  | EventShape<'task.resumed', { readonly task: string; readonly again?: readonly DueAgain[] }>
  /** `from` had it, null where nobody had; `assignee` has it now. Without `keepState` what was noted of the work so far is gone. */
  | EventShape<
      'task.delegated',
      Holding & { readonly from: string | null; readonly keepState: boolean; readonly reason: string | null }
    >
  /** `from` may not do it any more, `to` (a party) may. */
  | EventShape<
      'task.forwarded',
      {
        readonly task: string;
        readonly from: string | null;
        readonly to: string;
        readonly keepState: boolean;
        readonly reason: string | null;
      }
    >;
