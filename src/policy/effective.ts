/** What would apply to an act, and why; also of the policies that would not. */
import type { Work } from '../definition/graph.ts';
import { AUTONOMY, askedBy, type AutonomyRow } from './autonomy.ts';
import { evaluate, judge, RULING_WORK, type Match, type Organisation } from './evaluate.ts';
import type { FactsOf, Point } from './facts.ts';
import type { Policy, PolicyRef, PolicySet } from './policy.ts';
import { profileName } from './profile.ts';
import type { Ruling, Verdict } from './ruling.ts';
import type { Effect } from './schema.ts';

export interface ExplainedPolicy extends PolicyRef {
  readonly description: string | null;
  readonly on: Point;
  readonly effect: Effect;
  readonly applies: boolean;
  readonly why: Match['outcome'] | 'other_point';
  /** The same in words. */
  readonly message: string;
}
/** A row of the table of autonomy. */
export interface ExplainedRow {
  readonly code: string;
  readonly holds: string;
  readonly applies: boolean;
  /** What the profile asks for where the row holds. */
  readonly verdict: Verdict;
}
export interface Explanation {
  readonly ruling: Ruling;
  /** By id. */
  readonly policies: readonly ExplainedPolicy[];
  readonly profile: { readonly name: string; readonly rows: readonly ExplainedRow[] };
}

export function effective<P extends Point>(
  set: PolicySet,
  point: P,
  facts: FactsOf<P>,
  organisation: Organisation,
  most: number = RULING_WORK,
): Explanation {
  // As in the evaluation: what is left for one depends on those before it.
  const work: Work = { left: most };
  return {
    ruling: evaluate(set, point, facts, organisation, { left: most }),
    policies: set.policies.map((policy) =>
      policy.on === point ? explain(judge(policy, facts, work)) : elsewhere(policy, point),
    ),
    profile: { name: profileName(organisation.profile), rows: rowsAt(point, facts, organisation) },
  };
}

const WHY: { readonly [why in Match['outcome']]: string } = {
  always: 'It has no condition, so it always applies.',
  when_true: 'Its condition holds.',
  failed: 'Its condition has no answer, so it applies.',
  when_false: 'Its condition does not hold.',
  confident: 'The result is sure enough.',
};

function explain({ policy, outcome, message }: Match): ExplainedPolicy {
  const applies = outcome !== 'when_false' && outcome !== 'confident';
  const words = message === '' ? WHY[outcome] : `${WHY[outcome]} ${message}`;
  return { ...known(policy), applies, why: outcome, message: words };
}

const elsewhere = (policy: Policy, point: Point): ExplainedPolicy => ({
  ...known(policy),
  applies: false,
  why: 'other_point',
  message: `It is asked at ${policy.on}, not at ${point}.`,
});

const known = ({ id, version, digest, description, on, terms }: Policy) => ({
  id,
  version,
  digest,
  description,
  on,
  effect: terms.effect,
});

function rowsAt<P extends Point>(point: P, facts: FactsOf<P>, { profile }: Organisation): ExplainedRow[] {
  const rows: { readonly [code: string]: AutonomyRow } = AUTONOMY[point];
  const asked = new Set(askedBy(profile, point, facts).map(({ code }) => code));
  return Object.entries(rows).map(([code, row]) => ({
    code,
    holds: row.holds,
    applies: asked.has(code),
    verdict: row[profile.autonomy],
  }));
}
