import { evaluate, type FactsOf, type Ruling } from '../../policy/index.ts';
import type { Delegation } from '../../routing/index.ts';
import { done, no, type Refused } from '../organisation/outcome.ts';
import { participantOf, timeOf, type FindPassport } from './facts.ts';
import type { Policies } from './policies.ts';

/** A delegation as policies let it be. */
export interface Bounded {
  readonly expiresAt: number | null;
  /** Recorded with it, where anything counted. */
  readonly ruled: object | null;
}

export type BoundDelegation = (
  made: Delegation,
  depth: number,
  now: number,
) => { readonly ok: true; readonly value: Bounded } | Refused;

/** What policies say of a delegation before it is made. Nobody can be asked for an approval of it here, so that it is not made then. */
export const boundDelegation =
  (policies: Policies, find: FindPassport): BoundDelegation =>
  (made, depth, now) => {
    const holds = policies.inForce();
    if (!holds) return no('policies_unreadable', 'The policies cannot be read, so that nothing begins.');
    const { profile, set } = holds;
    const { emergencyStop } = policies;
    if (set.at.delegate.length === 0 && profile.autonomy !== 'paranoid' && emergencyStop.state === 'off')
      return done({ expiresAt: made.expiresAt, ruled: null });
    const ruling = evaluate(set, 'delegate', factsOf(made, depth, now, find), { profile, emergencyStop });
    if (ruling.verdict !== 'allow') return denied(ruling);
    const { duration } = ruling.limits;
    const latest = duration === null ? null : now + duration;
    const expiresAt =
      latest === null ? made.expiresAt : Math.min(latest, made.expiresAt ?? Number.POSITIVE_INFINITY);
    return done({ expiresAt, ruled: ruling.counts ? recorded(ruling) : null });
  };

const factsOf = (
  { from, to, scope, expiresAt }: Delegation,
  depth: number,
  now: number,
  find: FindPassport,
): FactsOf<'delegate'> => ({
  now: timeOf(now),
  grantor: participantOf({ find }, from),
  grantee: participantOf({ find }, to),
  delegation: {
    capabilities: [...(scope.capabilities ?? [])],
    tools: [],
    definitions: [...(scope.definitions ?? [])],
    duration: expiresAt === null ? null : expiresAt - now,
    depth,
  },
});

function denied(ruling: Ruling): Refused {
  const { authority, reasons } = ruling;
  const why = reasons.map(({ message }) => message).join(' ');
  const code = authority.kind === 'system' ? authority.id : 'policy_denied';
  return no(code, `The delegation may not be made. ${why}`, {
    reasons: reasons.map((reason) => reason.code),
    ruled: recorded(ruling),
  });
}

const recorded = ({ verdict, authority, set, reasons, notifications, facts }: Ruling): object => ({
  verdict,
  authority,
  set,
  reasons: reasons.map(({ code, policy }) => ({ code, policy: policy && `${policy.id}@${policy.version}` })),
  ...(notifications.length > 0 && { notify: [...new Set(notifications.flatMap(({ to }) => to))] }),
  facts,
});
