/** A policy as it is evaluated, and sets of them. Neither ever changes: a run keeps the set it started with. */
import type { Condition } from '../definition/condition.ts';
import type { Money } from '../definition/graph.ts';
import type { Point } from './facts.ts';

export interface PolicyRef {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
}

/** Who has to agree. Durations are milliseconds. */
export interface ApprovalTerms {
  /** `role:NAME`, `group:NAME` or passport ids; sorted. */
  readonly from: readonly string[];
  readonly quorum: number;
  /** Time for each hop; null is without end. */
  readonly within: number | null;
  /** Whom to add when the time passes, in this order; after the last the approval expires. */
  readonly escalate: readonly string[];
  /** `initiator`, `contributors`, `approvers` (of other approvals of the run) or steps as `phase.step`; sorted. */
  readonly distinctFrom: readonly string[];
  readonly reasonRequired: boolean;
  /** Each act is decided by itself: no standing grant stands in. */
  readonly everyTime: boolean;
}

/** Caps; null is none. `duration` is milliseconds. */
export interface LimitTerms {
  readonly concurrency: number | null;
  readonly tasks: number | null;
  readonly tokens: number | null;
  /** One per currency, by its name. */
  readonly cost: readonly Money[];
  readonly duration: number | null;
}

export type Terms =
  | { readonly effect: 'deny' }
  | { readonly effect: 'require_approval'; readonly approval: ApprovalTerms }
  | { readonly effect: 'route_to_human'; readonly to: readonly string[] }
  | { readonly effect: 'limit'; readonly limits: LimitTerms }
  | { readonly effect: 'notify'; readonly to: readonly string[] };

export interface Policy extends PolicyRef {
  readonly description: string | null;
  readonly on: Point;
  /** Null is always. */
  readonly when: Condition | null;
  /** At `task.complete`: the confidence below which it applies as well; null where it says nothing of it. */
  readonly confidenceBelow: number | null;
  readonly terms: Terms;
  /** Code of its reason: its own, else its id. */
  readonly code: string;
  /** Why, for people. */
  readonly reason: string;
}

export interface PolicySet {
  /** Names the set: the same digest is the same policies. Made by the caller. */
  readonly digest: string;
  /** By id. */
  readonly policies: readonly Policy[];
  readonly at: { readonly [P in Point]: readonly Policy[] };
}

/** `refunds@3`: a version of a policy, as approvals and grants name what they rest on. */
export const restingOn = ({ id, version }: Pick<PolicyRef, 'id' | 'version'>): string => `${id}@${version}`;

/** What `restingOn` names, as the ledger names it; a profile too. */
export const policyNamed = (name: string): { readonly id: string; readonly version: string } => {
  const at = name.lastIndexOf('@');
  return { id: name.slice(0, at), version: name.slice(at + 1) };
};

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorted, each once. */
export const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort(compareText);
