/**
 * What policies and the profile together say about one act.
 *
 * RULE-2  What is kept of the facts is bounded: a member that is too large is named by its digest.
 */
import type { JsonObject } from '../definition/json.ts';
import type { Point } from './facts.ts';
import type { Hashing } from './hashing.ts';
import { policyNamed, restingOn, type ApprovalTerms, type LimitTerms, type PolicyRef } from './policy.ts';
import type { Effect } from './schema.ts';

/** Least strict first. */
export const VERDICTS = ['allow', 'route_to_human', 'require_approval', 'deny'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const isStricter = (a: Verdict, b: Verdict): boolean => VERDICTS.indexOf(a) > VERDICTS.indexOf(b);
export const stricter = (a: Verdict, b: Verdict): Verdict => (isStricter(a, b) ? a : b);

/** What has to happen before the act, or in place of it. All of a ruling's have to. */
export type Obligation = ApprovalObligation | RouteObligation;
export interface ApprovalObligation extends ApprovalTerms {
  readonly kind: 'approval';
  /** What it rests on: policies as `refunds@3`, or `profile:NAME@VERSION`; sorted. */
  readonly restsOn: readonly string[];
}
export interface RouteObligation {
  readonly kind: 'route';
  readonly to: readonly string[];
  readonly restsOn: readonly string[];
}

export interface Notification {
  readonly to: readonly string[];
  readonly restsOn: readonly string[];
}

export interface Reason {
  /** Of the policy: its own code or its id. Of the profile: a row of its table. `emergency_stop`, `emergency_stop_unknown`, `policies_unreadable`. */
  readonly code: string;
  readonly message: string;
  readonly effect: Effect;
  /** Null where no policy says it. */
  readonly policy: PolicyRef | null;
  /** Its condition could not be evaluated, so it counts. */
  readonly failedClosed: boolean;
}

/** As the ledger names on what an act rests. */
export interface RulingAuthority {
  readonly kind: 'policy' | 'system';
  readonly id: string;
  readonly version?: string;
}

export interface Ruling {
  readonly point: Point;
  readonly verdict: Verdict;
  /** None where the verdict is `deny`. */
  readonly obligations: readonly Obligation[];
  readonly limits: LimitTerms;
  readonly notifications: readonly Notification[];
  /** Strictest first, then by policy. */
  readonly reasons: readonly Reason[];
  readonly authority: RulingAuthority;
  /** Digest of the set that was asked. */
  readonly set: string;
  /** Something came of it: it belongs into the ledger, with `facts`. */
  readonly counts: boolean;
  /** The facts that what counted has read, and no others. */
  readonly facts: JsonObject;
}

export const asksApproval = (ruling: Ruling): readonly ApprovalObligation[] =>
  ruling.obligations.filter((obligation) => obligation.kind === 'approval');

/** What leaves it to people. */
export const leftBy = (ruling: Ruling): readonly RouteObligation[] =>
  ruling.obligations.filter((obligation) => obligation.kind === 'route');

/** What asks for it: of several policies each by itself, whatever the ruling rests on as a whole; null where it names none. */
export const askedOn = ({ restsOn: [name] }: Pick<Obligation, 'restsOn'>): RulingAuthority | null =>
  name === undefined ? null : { kind: 'policy', ...policyNamed(name) };

/** The code of a refusal: the emergency stop is no policy. */
export const codeOf = ({ authority }: Ruling): string =>
  authority.kind === 'system' ? authority.id : 'policy_denied';

/** The policies that cap it, as `refunds@3`. */
export const cappedBy = ({ reasons }: Ruling): readonly string[] =>
  reasons.flatMap(({ effect, policy }) => (effect === 'limit' && policy ? [restingOn(policy)] : []));

/** Why, in words. */
export const whyOf = ({ reasons, verdict }: Ruling): string => {
  const told = reasons.filter(({ effect }) => effect === verdict || effect === 'route_to_human');
  return inWords(told) || 'A policy says so.';
};

/** What a ruling says of it where it is left to people, whatever else it asks for. */
export const leaving = (ruling: Ruling): Ruling => ({
  ...ruling,
  reasons: ruling.reasons.filter(({ effect }) => effect === 'route_to_human'),
});

/** Why this approval is asked, in words: what other policies ask beside it is told where they do. */
export const whyAsked = (ruling: Ruling, { restsOn }: ApprovalObligation): string =>
  whyOf({
    ...ruling,
    reasons: ruling.reasons.filter(({ policy }) => policy === null || restsOn.includes(restingOn(policy))),
  });

/** For whom its facts are hidden from: what a condition came upon quotes them. */
export const unquoted = (ruling: Ruling): Ruling => ({
  ...ruling,
  reasons: ruling.reasons.map((reason) =>
    reason.failedClosed && reason.policy
      ? { ...reason, message: `The condition of policy ${reason.policy.id} has no answer, so it counts.` }
      : reason,
  ),
  facts: {},
});

/** One after the other; policies give reasons with a stop at their end, or without. */
export const inWords = (reasons: readonly Pick<Reason, 'message'>[]): string =>
  reasons
    .map(({ message }, at) =>
      at + 1 < reasons.length && !/[.!?]\)?$/.test(message) ? `${message}.` : message,
    )
    .join(' ');

/** A ruling as it is recorded. */
export interface Ruled {
  readonly verdict: Verdict;
  readonly authority: RulingAuthority;
  /** Digest of the policies that were asked. */
  readonly set: string;
  /** `policy` as `refunds@3`, null where the profile or the emergency stop says it. */
  readonly reasons: readonly { readonly code: string; readonly policy: string | null }[];
  /** Who is to be told. */
  readonly notify?: readonly string[];
  readonly facts: JsonObject;
}

/** Characters of canonical JSON that one member of the facts may take. */
const LONGEST_FACT = 2048;

export function ruledOf(ruling: Ruling, { canonical, sha256 }: Hashing): Ruled {
  const { verdict, authority, set, reasons, notifications, facts } = ruling;
  const notify = [...new Set(notifications.flatMap(({ to }) => to))];
  const kept = Object.entries(facts).map(([name, fact = null]) => {
    const text = canonical(fact);
    return [name, text.length > LONGEST_FACT ? { $sha256: sha256(text) } : fact] as const;
  });
  return {
    verdict,
    authority: { ...authority },
    set,
    reasons: reasons.map(({ code, policy }) => ({ code, policy: policy && restingOn(policy) })),
    ...(notify.length > 0 && { notify }),
    facts: Object.fromEntries(kept),
  };
}
