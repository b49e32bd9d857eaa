import type { Rejection, Routed, RunState, Task, Work } from '../../engine/index.ts';
import type { Forbids } from '../policies/index.ts';

/** Asked while a change is being made, so that new work is given out in the same commit. */
export interface Assigner {
  /** Where the work goes, and what is to be settled when that is durable. */
  route(work: Work, forbids: Forbids): { readonly routed: Routed; readonly claim: Claim | null };
  /** Who goes on with it now, of work that one participant is to go on with; null where they cannot take it now. */
  keeper(work: Work, forbids: Forbids): string | null;
  /** Counts a task that somebody takes; null where they have so many beside it, or more, as far as this node knows. */
  take(task: string, participant: string, most: number, state: RunState): Claim | null;
  /** Whether anybody there is could do it, free or not. */
  canBeDone(work: Work, forbids: Forbids): boolean;
  /** Ids of all who could do it, were there no policies. */
  eligible(work: Work): readonly string[];
  /** Whether it is for anybody, here or away. */
  hasOwner(work: Work): boolean;
  /** Why somebody may not do it; null when they may, free or not. */
  objection(work: Work, participant: string, forbids?: Forbids): { readonly message: string } | null;
  /** Why a person can begin no more; null where they can, and what is to be settled with that is among the claims. */
  full(claims: Claims, task: string, participant: string, state: RunState): Rejection | null;
}
/** What a command leads to, by task. */
export type Claims = Map<string, Claim>;
export interface Claim {
  /** Of somebody who begins at once; null where nobody does. */
  readonly leaseUntil: number | null;
  /** What they claimed it for (`ClaimRequest`). */
  readonly claim?: string | undefined;
  /** Whoever begins at once. */
  readonly holder?: string;
  /** Called with the task as it is when that is durable, or with null when it did not happen. */
  settle(task: Task | null): void;
}

/** Keeps what a command gives out. Of the same task the later counts. Whether there is any. */
export const keepClaim = (claims: Claims, task: string, claim: Claim | null): boolean => {
  claims.get(task)?.settle(null);
  if (claim) claims.set(task, claim);
  else claims.delete(task);
  return claim !== null;
};
