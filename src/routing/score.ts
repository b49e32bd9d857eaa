import type { Member } from './member.ts';
import { ANY, weightNow, type Cost, type TrackRecord } from './track-record.ts';
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
  if (record === null) return NEW;
  const left = weightNow(record, now);
  return credit(PRIOR.successes + record.successes * left, PRIOR.failures + record.failures * left);
};

const credit = (a: number, b: number): number => {
  const all = a + b;
  return Math.min(1, a / all + Math.sqrt((a * b) / (all * all * (all + 1))));
};
const NEW = credit(PRIOR.successes, PRIOR.failures);

/** One half for what is usual, towards 1 for faster. */
const speedFactor = (record: TrackRecord | null, usual: TrackRecord | null): number => {
  const [own, all] = [record?.medianMs ?? null, usual?.medianMs ?? null];
  return own === null || all === null ? UNKNOWN : all / (all + own);
};

/** What somebody scores, with each factor. */
export type Scored = { -readonly [Key in keyof Omit<Factors, 'cost'>]: number } & { score: number };

/** Scores candidates for one piece of work. Where several capabilities are asked for, the weakest counts. */
export class Scorer {
  #situation: Situation;
  #affinity: readonly string[];
  #capabilities: readonly string[];
  #usual: readonly (TrackRecord | null)[];
  #mostSpeed: number;
  /** Of whoever was scored last: thousands cost no memory. */
  readonly last: Scored = { track: 0, level: 0, load: 0, speed: 0, affinity: 0, score: 0 };

  constructor(work: Work, situation: Situation) {
    this.#situation = situation;
    this.#affinity = work.affinity;
    this.#capabilities = work.requires.length > 0 ? work.requires : [ANY];
    this.#usual = this.#capabilities.map((capability) => situation.trackRecord(ANY, capability));
    const isTimed = this.#usual.every((usual) => usual?.medianMs != null);
    this.#mostSpeed = isTimed ? 1 : UNKNOWN;
  }

  /** `open`: how many tasks it has; its affinity is what `familiar` says. */
  score(id: string, capacity: number, level: number, open: number): number {
    let track = 1;
    let speed = 1;
    for (let at = 0; at < this.#capabilities.length; at++) {
      const record = this.#situation.trackRecord(id, this.#capabilities[at] as string);
      track = Math.min(track, trackFactor(record, this.#situation.now));
      speed = Math.min(speed, speedFactor(record, this.#usual[at] ?? null));
    }
    const { last } = this;
    last.track = track;
    last.speed = speed;
    last.level = level;
    last.load = freeShare(open, capacity);
    last.affinity = this.familiar(id);
    last.score = sum(track, level, last.load, speed, last.affinity);
    return last.score;
  }

  /**
   * The most that somebody can score, whose track record is not looked up.
   *
   * SCORE-1  Nobody scores more than this: factors are 1 at most, and speed is `UNKNOWN` where the usual one is not known.
   */
  most(capacity: number, level: number, open: number, affinity: number): number {
    return sum(1, level, freeShare(open, capacity), this.#mostSpeed, affinity);
  }

  /** 1 for whoever handled the case before, else 0. */
  familiar(id: string): number {
    return this.#affinity.length > 0 && this.#affinity.includes(id) ? 1 : 0;
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

const freeShare = (open: number, capacity: number): number => Math.max(0, 1 - open / capacity);

const sum = (track: number, level: number, load: number, speed: number, affinity: number): number =>
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
