import type { Member } from './member.ts';
import { ANY, weightsNow, type Cost, type TrackRecord } from './track-record.ts';
import type { Factors, Situation, Work } from './work.ts';

/** What each factor adds at most. All but `cost` add up to 1. */
export const WEIGHTS = {
  track: 0.45,
  level: 0.2,
  load: 0.15,
  speed: 0.1,
  affinity: 0.1,
  cost: 0.05,
} as const;

/** Candidates whose scores are this near to the best are about equal: among them, cost counts. */
export const NEAR = 0.05;

/** What everybody is credited with before the first outcome: four of five went well. */
export const PRIOR = { successes: 4, failures: 1 } as const;
/** Of a candidate of whom nothing is known. */
const UNKNOWN = 0.5;

/**
 * Mean and one standard deviation of the Beta distribution over how often it goes well, 1 at most: who is not known well gets the
 * benefit of the doubt, which its own outcomes use up.
 */
export const trackFactor = (record: TrackRecord | null, now: number): number => {
  const shown = record ? weightsNow(record, now) : NOTHING;
  const a = PRIOR.successes + shown.successes;
  const b = PRIOR.failures + shown.failures;
  const all = a + b;
  return Math.min(1, a / all + Math.sqrt((a * b) / (all * all * (all + 1))));
};
const NOTHING = { successes: 0, failures: 0 };

/** One half for what is usual, towards 1 for faster. */
const speedFactor = (record: TrackRecord | null, usual: TrackRecord | null): number => {
  const [own, all] = [record?.medianMs ?? null, usual?.medianMs ?? null];
  return own === null || all === null ? UNKNOWN : all / (all + own);
};

export interface Scored extends Omit<Factors, 'cost'> {
  score: number;
}
/** A score that is written to, so that thousands cost no memory. */
export type Sheet = { -readonly [Key in keyof Scored]: number };
export const sheet = (): Sheet => ({ track: 0, level: 0, load: 0, speed: 0, affinity: 0, score: 0 });

/** The most that somebody can score: with the best track record and speed, neither of which is looked up. */
export const mostFor = (level: number, open: number, capacity: number, affinity: number): number =>
  sum({ track: 1, level, load: Math.max(0, 1 - open / capacity), speed: 1, affinity });

/** Scores candidates for one piece of work. Where several capabilities are asked for, the weakest counts. */
export class Scorer {
  #work: Work;
  #situation: Situation;
  #capabilities: readonly string[];
  #usual: readonly (TrackRecord | null)[];

  constructor(work: Work, situation: Situation) {
    this.#work = work;
    this.#situation = situation;
    this.#capabilities = work.requires.length > 0 ? work.requires : [ANY];
    this.#usual = this.#capabilities.map((capability) => situation.trackRecord(ANY, capability));
  }

  score({ id, capacity }: Member, level: number, open: number, into: Sheet): number {
    let track = 1;
    let speed = 1;
    for (let at = 0; at < this.#capabilities.length; at++) {
      const record = this.#situation.trackRecord(id, this.#capabilities[at] as string);
      track = Math.min(track, trackFactor(record, this.#situation.now));
      speed = Math.min(speed, speedFactor(record, this.#usual[at] ?? null));
    }
    into.track = track;
    into.speed = speed;
    into.level = level;
    into.load = Math.max(0, 1 - open / capacity);
    into.affinity = this.#work.affinity.includes(id) ? 1 : 0;
    into.score = sum(into);
    return into.score;
  }

  /** What the work is expected to cost when this one does it: measured, else by its rate; null when not known. */
  cost({ id, passport }: Member): Cost | null {
    const [capability = ANY] = this.#capabilities;
    const record = this.#situation.trackRecord(id, capability);
    if (record?.cost) return record.cost;
    const rate = passport.costRate;
    if (rate === null || rate.per === 'task') return rate;
    const median = record?.medianMs ?? this.#usual[0]?.medianMs ?? null;
    return median === null ? null : { amount: (rate.amount * median) / HOUR, currency: rate.currency };
  }
}
const HOUR = 3_600_000;

const sum = ({ track, level, load, speed, affinity }: Omit<Sheet, 'score'>): number =>
  WEIGHTS.track * track +
  WEIGHTS.level * level +
  WEIGHTS.load * load +
  WEIGHTS.speed * speed +
  WEIGHTS.affinity * affinity;

/**
 * How cheap each is: 1 for the cheapest, one half at twice its price. Null where it is not known, or in another currency than that
 * of the first; those add the mean of what the others do.
 */
export const costFactors = (costs: readonly (Cost | null)[]): (number | null)[] => {
  const currency = costs.find((cost) => cost !== null)?.currency;
  const amounts = costs.map((cost) => (cost && cost.currency === currency ? Math.max(0, cost.amount) : null));
  const known = amounts.filter((amount) => amount !== null);
  if (known.length < 2) return amounts.map(() => null);
  const least = Math.min(...known);
  return amounts.map((amount) => (amount === null ? null : amount === least ? 1 : least / amount));
};
