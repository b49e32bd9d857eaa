import type { Json } from '../../definition/json.ts';
import type { ToolClass } from '../../policy/index.ts';
import type { Ruled } from '../../policy/ruling.ts';
import type { Decision } from '../approvals/terms.ts';
import type { EventShape, TaskKind, TaskSpec } from '../event.ts';

/** A decision on an approval, whose parties are kept. Left out by 0.1.0. */
export interface Heard {
  readonly heard?: true;
}

/** A call that was asked for, by whom, and what was said of it. */
export interface AskedCall {
  readonly task: string;
  readonly call: string;
  readonly tool: string;
  readonly class: ToolClass;
  readonly arguments: Json;
  readonly digest: string;
  readonly agent: string;
  readonly ruled?: Ruled;
}

export interface AskedInPlace extends TaskSpec {
  readonly digest: string;
  readonly restsOn: readonly string[];
  /** So many have been asked there with it, where that is told. */
  readonly nth?: number;
}

/** What happens because of policies. `of` is the task of whoever asks; `task` of `tool.asked` to `tool.withdrawn` that of who decides. */
export type PolicyEvent =
  /**
   * Some of those who have to agree to the start of the run have; `approvals` are places in the list of `run.created`. `inNameOf` is told
   * where it was done for somebody else: whoever is away, else the grantor of a delegation.
   */
  | EventShape<
      'launch.endorsed',
      Heard & {
        readonly reason: string | null;
        readonly approvals: readonly number[];
        readonly inNameOf?: string;
      }
    >
  | EventShape<
      'launch.escalated',
      { readonly approval: number; readonly to: string; readonly deadline: number }
    >
  /** `allowed` calls read only: they need no grant, and nothing of them is kept but this. */
  | EventShape<
      'tool.requested',
      AskedCall & {
        readonly request: string;
        readonly outcome: 'allowed' | 'granted' | 'waiting';
        /** What it rests on: policies as `refunds@3`, a profile, or a standing grant as `grant:ID`. */
        readonly restsOn: readonly string[];
        readonly standing: string | null;
        readonly expiresAt: number;
      }
    >
  | EventShape<'tool.denied', AskedCall & { readonly code: string; readonly message: string }>
  | EventShape<
      'tool.asked',
      TaskSpec & { readonly of: string; readonly request: string; readonly restsOn: readonly string[] }
    >
  /** `settles`: the approval has ended. `granted`: with it the request has all it needs. */
  | EventShape<
      'tool.decided',
      Heard & {
        readonly task: string;
        readonly of: string;
        readonly request: string;
        readonly decision: Decision;
        readonly settles?: 'approved' | 'rejected';
        readonly granted?: { readonly expiresAt: number };
      }
    >
  /** Nobody decided in time; else, with the `reason`, too few could. */
  | EventShape<
      'tool.expired',
      { readonly task: string; readonly of: string; readonly request: string; readonly reason?: string }
    >
  /** The decision is not needed any more. */
  | EventShape<
      'tool.withdrawn',
      { readonly task: string; readonly of: string; readonly request: string; readonly reason: string }
    >
  /** The task has ended, and with it all that it asked for. */
  | EventShape<'tool.closed', { readonly of: string }>
  /** Written before the call is made: from here on it counts as made, until it is known what came of it. */
  | EventShape<'tool.used', { readonly task: string; readonly request: string; readonly call: string }>
  | EventShape<'tool.done', { readonly task: string; readonly request: string; readonly result: Json }>
  /** `effect`: `none` gives the grant back; `unknown` leaves the call as it is. */
  | EventShape<
      'tool.failed',
      {
        readonly task: string;
        readonly request: string;
        readonly code: string;
        readonly message: string;
        readonly effect: 'none' | 'unknown';
      }
    >
  /**
   * Approval of work that is to be given out, in its place. `of`: its kind, where it is none of a step that asks for tasks; `candidate`:
   * the passport on which it was ruled.
   */
  | EventShape<'begin.asked', AskedInPlace & { readonly of?: TaskKind; readonly candidate?: string }>
  | EventShape<
      'begin.decided',
      Heard & { readonly task: string; readonly decision: Decision; readonly settles?: 'approved' }
    >
  /** Approval of a result that is there, in the place of the work. `accepted`: with it the result counts. */
  | EventShape<'result.asked', AskedInPlace>
  | EventShape<
      'result.decided',
      Heard & {
        readonly task: string;
        readonly decision: Decision;
        readonly settles?: 'approved';
        readonly accepted?: true;
      }
    >
  /** Approval of a write, in the place of the write. */
  | EventShape<'write.asked', AskedInPlace>
  | EventShape<
      'write.decided',
      Heard & { readonly task: string; readonly decision: Decision; readonly settles?: 'approved' }
    >;
