/**
 * What policies, profile and emergency stop say about one act.
 *
 * EVAL-1  The strictest holds: deny over approval over a human over allow. One more policy never makes a ruling less strict: the verdict
 *         does not fall, what the policies oblige to stays (unless all is denied), no cap rises.
 * EVAL-2  A condition that cannot be evaluated counts as if it held, and the reason says so. So does one for which no work is left.
 * EVAL-3  Only policies of the point are looked at.
 * EVAL-4  The same set and facts give the same ruling, in the same order.
 */
import type { Work } from '../definition/graph.ts';
import type { Path } from '../definition/path.ts';
import { askedBy, type Asked } from './autonomy.ts';
import { mergeApprovals, mergeByParty, tightestOf } from './combine.ts';
import { stoppedAt, type Halt } from './emergency.ts';
import type { FactsOf, Point } from './facts.ts';
import { restingOn, type Policy, type PolicySet } from './policy.ts';
import { profileName, type Profile } from './profile.ts';
import { select } from './select.ts';
import {
  stricter,
  type ApprovalObligation,
  type Notification,
  type Obligation,
  type Reason,
  type RouteObligation,
  type Ruling,
  type RulingAuthority,
  type Verdict,
} from './ruling.ts';
import { EFFECTS } from './schema.ts';

/** What holds for the whole organisation. */
export interface Organisation {
  readonly profile: Profile;
  readonly emergencyStop: Halt;
}

/** Units of work that the conditions of one act may spend together; the worst known use of it takes about 0.2 s. */
export const RULING_WORK = 2_000_000;

export function evaluate<P extends Point>(
  set: PolicySet,
  point: P,
  facts: FactsOf<P>,
  organisation: Organisation,
  work: Work = { left: RULING_WORK },
): Ruling {
  const stopped = stoppedAt(point, organisation.emergencyStop);
  if (stopped !== null) return denied(set, point, stopped);
  const matches = set.at[point]
    .map((policy) => judge(policy, facts, work))
    .filter((match) => match.outcome !== 'when_false' && match.outcome !== 'confident');
  return rule(set, point, facts, organisation.profile, matches);
}

/** How a policy of the point stands to the facts. */
export interface Match {
  readonly policy: Policy;
  /** Matches are the first three; `confident` is a result that is sure enough. */
  readonly outcome: 'always' | 'when_true' | 'failed' | 'when_false' | 'confident';
  /** Why the condition failed; else the empty text. */
  readonly message: string;
}

export function judge<P extends Point>(policy: Policy, facts: FactsOf<P>, work: Work): Match {
  const { when, confidenceBelow } = policy;
  if (confidenceBelow !== null && isConfident(facts, confidenceBelow))
    return { policy, outcome: 'confident', message: '' };
  if (when === null) return { policy, outcome: 'always', message: '' };
  const found = when.evaluate(facts, work);
  if (!found.ok) return { policy, outcome: 'failed', message: found.message };
  return { policy, outcome: found.value === true ? 'when_true' : 'when_false', message: '' };
}

/** Only agents are asked how sure they are; one that does not say is not sure. */
const isConfident = (
  { participant, confidence }: Partial<FactsOf<'task.complete'>>,
  threshold: number,
): boolean =>
  (participant !== undefined && participant.kind !== 'agent') ||
  (typeof confidence === 'number' && confidence >= threshold);

function denied(set: PolicySet, point: Point, reason: Reason): Ruling {
  return {
    point,
    verdict: 'deny',
    obligations: [],
    limits: tightestOf([]),
    notifications: [],
    reasons: [reason],
    authority: { kind: 'system', id: reason.code },
    set: set.digest,
    counts: true,
    facts: {},
  };
}

function rule<P extends Point>(
  set: PolicySet,
  point: P,
  facts: FactsOf<P>,
  profile: Profile,
  matches: readonly Match[],
): Ruling {
  const asked = askedBy(profile, point, facts);
  const byPolicies = matches.reduce<Verdict>(
    (verdict, { policy }) => stricter(verdict, verdictOf(policy)),
    'allow',
  );
  const floor = asked.reduce<Verdict>((verdict, ask) => stricter(verdict, ask.verdict), 'allow');
  const verdict = stricter(byPolicies, floor);
  const isAsked = matches.some(({ policy }) => verdictOf(policy) === floor);
  const obliged = obligationsOf(matches, isAsked ? [] : ownObligation(floor, profile));
  const counts = matches.length > 0 || asked.length > 0;
  return {
    point,
    verdict,
    obligations: verdict === 'deny' ? [] : obliged,
    limits: tightestOf(
      matches.flatMap(({ policy: { terms } }) => (terms.effect === 'limit' ? [terms.limits] : [])),
    ),
    notifications: notificationsOf(matches),
    reasons: reasonsOf(matches, asked),
    authority: authorityOf(matches, verdict, profile),
    set: set.digest,
    counts,
    facts: counts ? select(facts, pathsOf(matches, asked)) : {},
  };
}

function verdictOf({ terms }: Policy): Verdict {
  return terms.effect === 'limit' || terms.effect === 'notify' ? 'allow' : terms.effect;
}

/** AUTO-2: asked only where no policy asks for the same. */
function ownObligation(floor: Verdict, profile: Profile): readonly Obligation[] {
  const restsOn = [profileName(profile)];
  if (floor === 'require_approval') return [{ kind: 'approval', ...profile.approval, restsOn }];
  return floor === 'route_to_human' ? [{ kind: 'route', to: profile.humans, restsOn }] : [];
}

function obligationsOf(matches: readonly Match[], own: readonly Obligation[]): readonly Obligation[] {
  const approvals: ApprovalObligation[] = [];
  const routes: RouteObligation[] = [];
  for (const obligation of own) {
    if (obligation.kind === 'approval') approvals.push(obligation);
    else routes.push(obligation);
  }
  for (const { policy } of matches) {
    const restsOn = [restingOn(policy)];
    if (policy.terms.effect === 'require_approval')
      approvals.push({ kind: 'approval', ...policy.terms.approval, restsOn });
    if (policy.terms.effect === 'route_to_human')
      routes.push({ kind: 'route', to: policy.terms.to, restsOn });
  }
  return [...mergeApprovals(approvals), ...mergeByParty(routes)];
}

const notificationsOf = (matches: readonly Match[]): readonly Notification[] =>
  mergeByParty(
    matches.flatMap(({ policy }) =>
      policy.terms.effect === 'notify' ? [{ to: policy.terms.to, restsOn: [restingOn(policy)] }] : [],
    ),
  );

/** Matches come by id, and sorting keeps that among equals. */
function reasonsOf(matches: readonly Match[], asked: readonly Asked[]): readonly Reason[] {
  const reasons = [
    ...matches.map(reasonOf),
    ...asked.map(({ code, message, verdict }): Reason => {
      return { code, message: `${message}.`, effect: verdict, policy: null, failedClosed: false };
    }),
  ];
  return reasons.sort((a, b) => EFFECTS.indexOf(b.effect) - EFFECTS.indexOf(a.effect));
}

function reasonOf({ policy, outcome, message }: Match): Reason {
  const { id, version, digest, code, reason, terms } = policy;
  const failedClosed = outcome === 'failed';
  return {
    code,
    message: failedClosed ? `${reason} (Its condition has no answer, so it counts. ${message})` : reason,
    effect: terms.effect,
    policy: { id, version, digest },
    failedClosed,
  };
}

function authorityOf(matches: readonly Match[], verdict: Verdict, profile: Profile): RulingAuthority {
  const deciding = matches.find(({ policy }) => verdict !== 'allow' && verdictOf(policy) === verdict);
  if (deciding === undefined)
    return { kind: 'policy', id: `profile:${profile.autonomy}`, version: String(profile.version) };
  return { kind: 'policy', id: deciding.policy.id, version: String(deciding.policy.version) };
}

function pathsOf(matches: readonly Match[], asked: readonly Asked[]): readonly Path[] {
  return [
    ...matches.flatMap(({ policy }) => [
      ...(policy.when?.reads ?? []),
      ...(policy.confidenceBelow === null ? [] : CONFIDENCE_READS),
    ]),
    ...asked.flatMap(({ reads }) => reads),
  ];
}
const CONFIDENCE_READS: readonly Path[] = [['confidence'], ['participant', 'kind']];
