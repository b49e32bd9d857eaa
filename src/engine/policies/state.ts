import type { Json } from '../../definition/json.ts';
import type { ApprovalObligation, LimitTerms, ToolClass, ToolRequest } from '../../policy/index.ts';
import type { Ruled, RulingAuthority } from '../../policy/ruling.ts';
import type { Cleared, Covered } from './ruling.ts';
import type { RunState, Task } from '../state.ts';

/** A call of a tool that is asked for, as the run keeps it until its task has ended. */
export interface ToolCall extends ToolRequest {
  readonly class: ToolClass;
  readonly arguments: Json;
  readonly askedAt: number;
  /** Tasks of those who are asked, with what each decision covers; those that were decided are gone. */
  readonly open: Readonly<Record<string, readonly string[]>>;
  /** Why it was rejected or failed; null while neither. */
  readonly reason: string | null;
  /** Where people have granted it: in this task, the last of them. */
  readonly approval?: string;
  /** What the call came to, or a reference to it; null before. */
  readonly result: Json;
}

/** An approval of the start of a run. `decided`: passports that have agreed. */
export interface LaunchApproval extends Pick<
  ApprovalObligation,
  'from' | 'quorum' | 'within' | 'escalate' | 'reasonRequired' | 'restsOn'
> {
  readonly decided: readonly string[];
  /** Those in whose name others have; left out is none. */
  readonly inNameOf?: readonly string[];
  readonly deadline: number | null;
  /** Times its deadline was set anew; left out is none. */
  readonly set?: number;
}
export interface Launch {
  /** Codes: rows of the profile, or policies. */
  readonly reasons: readonly string[];
  readonly approvals: readonly LaunchApproval[];
}

/** What is asked of a result before it counts: the approvals that are left, one after the other. */
export interface ResultApproval {
  readonly approvals: readonly ApprovalObligation[];
  readonly reason: string;
  readonly authority: RulingAuthority;
  /** It does not stand in line behind other work of its step. */
  readonly ahead?: true;
}
export interface HeldResult extends ResultApproval {
  readonly output: Json;
}

/** What one task may use. `set` names the policies that were asked; `policies` says it, as `refunds@3`. */
export interface TaskCaps extends Pick<LimitTerms, 'tokens' | 'cost' | 'duration'> {
  readonly set: number;
  readonly policies: readonly string[];
}
/** What policies say of whoever gets work; of what they may use with it where they begin, and a policy could say. */
export interface Allowed {
  readonly ruled?: Ruled;
  readonly caps?: TaskCaps;
}

/** What policies have to do with a run; it has none of this before one has. */
export interface BoundaryState {
  /** The policies with which it began. */
  pinned: number;
  launch: Launch | null;
  /** By the task that asks, then by id. */
  calls: Record<string, Record<string, ToolCall>>;
  /** Approvals that stand in no step, by task: the request they are about. */
  asked: Record<string, { readonly task: string; readonly request: string }>;
  /** Approvals of writes that were asked for last, by `step/slot/round`: the digest of what would be written, and what the decision covers. */
  writes: Record<string, Covered>;
  /** Writes that were approved, by `step/slot/round`. */
  cleared: Record<string, Cleared>;
  /** What was approved of tasks that are to be given out, by task, until it has ended. */
  leave?: Record<string, Cleared>;
}

/** What the approvals of this task cover: policies as `refunds@3`. */
export const leaveFor = ({ boundaries }: RunState, task: string): readonly string[] =>
  boundaries?.leave?.[task]?.restsOn ?? NOTHING;
const NOTHING: readonly string[] = [];

export const boundariesOf = (state: RunState): BoundaryState =>
  (state.boundaries ??= { pinned: 0, launch: null, calls: {}, asked: {}, writes: {}, cleared: {} });

export const callsOf = ({ boundaries }: RunState, task: string): Readonly<Record<string, ToolCall>> =>
  boundaries?.calls[task] ?? NONE;
const NONE: Readonly<Record<string, ToolCall>> = {};

/** What asks for an approval beside its step: policies as `refunds@3`; none where its step itself does. */
export const policiesAsking = (
  { boundaries }: RunState,
  { id, step, round, slot }: Pick<Task, 'id' | 'step' | 'round' | 'slot'>,
): readonly string[] => {
  const call = boundaries?.asked[id];
  if (call) return boundaries?.calls[call.task]?.[call.request]?.open[id] ?? NOTHING;
  return boundaries?.writes[placeOf({ id: step, round }, slot)]?.restsOn ?? NOTHING;
};

/** Whether the task asks for the approval of a tool call: it stands beside the steps, and is decided and nothing else. */
export const isToolApproval = ({ boundaries }: RunState, task: string): boolean =>
  boundaries !== undefined && Object.hasOwn(boundaries.asked, task);

/** Names a write in its round. */
export const placeOf = (
  { id, round }: { readonly id: string; readonly round: number },
  slot: number,
): string => `${id}/${slot}/${round}`;
