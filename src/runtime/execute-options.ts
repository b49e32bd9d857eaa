import type { Graph } from '../definition/index.ts';
import type { Command, Message, Rejection, RunState, Task } from '../engine/index.ts';
import type { DocumentWrite, Lease } from '../store/index.ts';
import type { Refused } from './organisation/outcome.ts';

/** What goes with a command. */
export interface ExecuteOptions {
  readonly idempotency?: {
    readonly key: string;
    readonly fingerprint: string;
    /** Which tasks of the receipt are recorded for repetitions: they hold whole inputs and results. All, if left out. */
    keeps?(task: Task): boolean;
  };
  /** The graph of the definition, for `start`. */
  readonly graph?: Graph;
  /** The run's id is new: nobody has to look whether it exists. */
  readonly fresh?: boolean;
  /**
   * The command as it is to be given now, or why it may not be: asked with the state and the edition that it is decided on, so that what
   * rests on who there is, and what they are, does not rest on what was so when the request came.
   */
  now?(state: RunState | undefined): Command | Refused;
  /** The outbox message that this command deals with; a refusal deals with it too. */
  readonly delivered?: number;
  /** What is sent where it is refused, in the commit that deals with the message; null where nobody has to know. */
  refused?(rejection: Rejection): Message | null;
  /** A timer that this command fires; it is gone afterwards, also after a refusal. */
  readonly timer?: { readonly id: string; readonly due: number };
  /** The lease that this command ends; where it has been made longer, nothing is done (`changed_meanwhile`). */
  readonly lease?: Lease;
  /** Written with it; where somebody else has written that document meanwhile, nothing is done (`changed_meanwhile`). */
  readonly document?: DocumentWrite;
  /** When the lease of the task ends that the command claims. */
  readonly leaseUntil?: number;
  /** What it is claimed for (`ClaimRequest`). */
  readonly claim?: string | undefined;
  /** Called where it is decided that it is carried out, which is yet to be written. */
  decided?(): void;
}
