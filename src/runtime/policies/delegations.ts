import {
  asksApproval,
  codeOf,
  evaluate,
  ruledOf,
  whyOf,
  type ApprovalObligation,
  type FactsOf,
  type Hashing,
  type Ruled,
  type Ruling,
} from '../../policy/index.ts';
import type { Delegation } from '../../routing/index.ts';
import { done, no, type Refused } from '../organisation/outcome.ts';
import { participantOf, timeOf, type FindPassport } from './facts.ts';
import type { Policies } from './policies.ts';

/** A delegation as policies let it be. */
export interface Bounded {
  readonly expiresAt: number | null;
  /** All of these have to be given before it holds. */
  readonly approvals: readonly ApprovalObligation[];
  /** Why they are asked. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** Recorded with it, where anything counted. */
  readonly ruled: Ruled | null;
}

/** What is to be made, by whom, and when. */
export interface Making {
  readonly delegation: Delegation;
  /** 1 for own rights, 2 for delegated ones, … */
  readonly depth: number;
  readonly byPerson: boolean;
  readonly now: number;
}

export type BoundDelegation = (making: Making) => { readonly ok: true; readonly value: Bounded } | Refused;

/** What policies say of a delegation before it holds. */
export const boundDelegation =
  (policies: Policies, find: FindPassport, hashing: Hashing): BoundDelegation =>
  (making) => {
    const { delegation, byPerson, now } = making;
    const holds = policies.inForce();
    if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
    const { profile, set } = holds;
    const { emergencyStop } = policies;
    const plain = { expiresAt: delegation.expiresAt, approvals: [], reasons: [], ruled: null };
    if (set.at.delegate.length === 0 && profile.autonomy !== 'paranoid' && emergencyStop.state === 'off')
      return done(plain);
    const ruling = evaluate(set, 'delegate', factsOf(making, find), { profile, emergencyStop });
    if (ruling.verdict === 'deny')
      return refused(codeOf(ruling), 'The delegation may not be made.', ruling, hashing);
    if (!byPerson && ruling.obligations.some(({ kind }) => kind === 'route'))
      return refused('human_required', 'The delegation is to be made by a person.', ruling, hashing);
    return done({
      expiresAt: earlier(delegation.expiresAt, ruling.limits.duration, now),
      approvals: asksApproval(ruling),
      reasons: ruling.reasons
        .filter(({ effect }) => effect === 'require_approval')
        .map(({ code, message }) => ({ code, message })),
      ruled: ruling.counts ? ruledOf(ruling, hashing) : null,
    });
  };

const earlier = (expiresAt: number | null, duration: number | null, now: number): number | null =>
  duration === null ? expiresAt : Math.min(now + duration, expiresAt ?? Number.POSITIVE_INFINITY);

const factsOf = (
  { delegation: { from, to, scope, expiresAt }, depth, now }: Making,
  find: FindPassport,
): FactsOf<'delegate'> => ({
  now: timeOf(now),
  grantor: participantOf({ find, now }, from),
  grantee: participantOf({ find, now }, to),
  delegation: {
    capabilities: [...(scope.capabilities ?? [])],
    tools: [],
    definitions: [...(scope.definitions ?? [])],
    duration: expiresAt === null ? null : expiresAt - now,
    depth,
  },
});

const refused = (code: string, message: string, ruling: Ruling, hashing: Hashing): Refused =>
  no(code, `${message} ${whyOf(ruling)}`, {
    reasons: ruling.reasons.map((reason) => reason.code),
    ruled: ruledOf(ruling, hashing),
  });
