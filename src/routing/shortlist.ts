import type { Ranked } from './ranking.ts';
import { costFactors, NEAR, WEIGHTS, type Scorer } from './score.ts';
import type { Candidate, Factors } from './work.ts';

/** A candidate with its factors; numbers not yet rounded. */
export interface Listed {
  readonly id: string;
  readonly entry: Ranked;
  readonly score: number;
  readonly factors: Factors;
}

export const listed = (entry: Ranked, scorer: Scorer): Listed => {
  const { member, level, open } = entry;
  const { id } = member;
  if (!entry.scored) scorer.score(id, member.capacity, level, open);
  const { score, track, load, speed, affinity } = entry.scored ?? scorer.last;
  return { id, entry, score, factors: { track, level, load, speed, affinity, cost: null } };
};

/** Among those about equal to the best, cheapness counts; where none can be compared, ids decide. */
export function byCost(ranked: readonly Listed[], scorer: Scorer): readonly Listed[] {
  const all = ranked.toSorted(inOrder);
  const [best] = all;
  if (!best) return all;
  const isNear = ({ score }: Listed): boolean => score >= best.score - NEAR;
  const near = all.filter(isNear);
  if (near.length === 1) return all;
  const costs = costFactors(near.map(({ entry }) => scorer.cost(entry.member)));
  const known = costs.filter((cost) => cost !== null);
  if (known.length === 0) return all;
  const mean = known.reduce((sum, cost) => sum + cost, 0) / known.length;
  const weighed = near.map((one, at) => ({
    ...one,
    score: one.score + WEIGHTS.cost * (costs[at] ?? mean),
    factors: { ...one.factors, cost: costs[at] ?? null },
  }));
  const rest = all.filter((one) => !isNear(one));
  return [...weighed.sort(inOrder), ...rest];
}

const inOrder = (a: Listed, b: Listed): number => b.score - a.score || (a.id < b.id ? -1 : 1);

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

export const candidateOf = ({ id, entry, score, factors }: Listed): Candidate => ({
  id,
  score: round(score),
  factors: {
    track: round(factors.track),
    level: round(factors.level),
    load: round(factors.load),
    speed: round(factors.speed),
    affinity: factors.affinity,
    cost: factors.cost === null ? null : round(factors.cost),
  },
  insteadOf: entry.insteadOf,
});
