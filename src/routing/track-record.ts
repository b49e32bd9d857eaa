import { faded, HALF_LIFE_MS, powerOfTwo } from './decay.ts';
import { quantile, record, type Histogram } from './histogram.ts';

/** One outcome of one participant, from the ledger. */
export interface TrackFact {
  readonly participant: string;
  readonly capabilities: readonly string[];
  readonly outcome: 'success' | 'failure';
  readonly durationMs: number | null;
  readonly cost: Cost | null;
  /** That were reported; 0 where nothing was said of them, as limits count. */
  readonly tokens: number;
  /** What it said of its result, 0..1. */
  readonly confidence: number | null;
  /** ms since the epoch. */
  readonly at: number;
}
export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** What a participant has shown with one capability. Weights decay: an outcome counts half after 30 days. */
export interface TrackRecord {
  /** ms since the epoch of the newest outcome, to which the weights have faded. */
  readonly at: number;
  readonly successes: number;
  readonly failures: number;
  /** Of successes, weighted, good to 9 %; null while none was timed. */
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
  /** Mean of a success or failure; in the currency of the newest one. */
  readonly cost: Cost | null;
  /** Mean of a success or failure. */
  readonly tokens: number;
  /** Mean squared distance of stated confidence and outcome, 0 (perfect) to 1; null while none was stated. */
  readonly brier: number | null;
  /** Mean of stated confidence less outcome: above 0 it promises more than it keeps. */
  readonly overconfidence: number | null;
}

/** Any capability, and any participant: everybody's record with a capability is that of `*`. */
export const ANY = '*';

/**
 * Sums of weights as they were at the beginning of time: an outcome adds 2^(age of the epoch in half-lives), so that sums are
 * never multiplied, a later outcome costs the same as the first, and one that comes late weighs what it should.
 */
interface Sums {
  at: number;
  successes: number;
  failures: number;
  cost: { currency: string; sum: number; weight: number } | null;
  tokens: number;
  stated: number;
  squares: number;
  excess: number;
  durations: Histogram;
}

/** 2026-01-01. Weights stay within what a number holds for 80 years. */
const EPOCH = 1_767_225_600_000;
const weightAt = (at: number): number => powerOfTwo((at - EPOCH) / HALF_LIFE_MS);

/**
 * The track records of everybody: a fold of outcomes.
 *
 * TRACK-1  The same facts in the same order give the same bits, whether folded at once or gone on with from `toJSON`.
 * TRACK-2  A fact costs what it names, whatever has been folded before.
 */
export class TrackRecords {
  /** By capability, then by participant: one piece of work asks about one capability of thousands, who then lie together. */
  #all = new Map<string, Map<string, Known>>();

  static fromJSON(json: TrackRecordsJson): TrackRecords {
    const records = new TrackRecords();
    for (const [participant, capability, sums] of json) {
      const own = { ...sums, cost: sums.cost && { ...sums.cost }, durations: [...sums.durations] };
      records.#with(capability).set(participant, { sums: own, record: null });
    }
    return records;
  }

  /** In an order that follows from the fold. */
  toJSON(): TrackRecordsJson {
    const all: [string, string, Sums][] = [];
    for (const [capability, byParticipant] of this.#all)
      for (const [participant, { sums }] of byParticipant)
        all.push([participant, capability, structured(sums)]);
    return all;
  }

  add(fact: TrackFact): void {
    const weight = weightAt(fact.at);
    const { capabilities } = fact;
    for (let at = 0; at < capabilities.length; at++)
      if (capabilities.indexOf(capabilities[at] as string) === at)
        this.#addTo(capabilities[at] as string, fact, weight);
    if (!capabilities.includes(ANY)) this.#addTo(ANY, fact, weight);
  }

  #addTo(capability: string, fact: TrackFact, weight: number): void {
    const byParticipant = this.#with(capability);
    foldInto(byParticipant, fact.participant, fact, weight);
    if (fact.participant !== ANY) foldInto(byParticipant, ANY, fact, weight);
  }

  #with(capability: string): Map<string, Known> {
    let found = this.#all.get(capability);
    if (!found) this.#all.set(capability, (found = new Map()));
    return found;
  }

  /** Null while there is no outcome. */
  record(participant: string, capability: string): TrackRecord | null {
    const known = this.#all.get(capability)?.get(participant);
    return known ? (known.record ??= recordOf(known.sums)) : null;
  }
}

interface Known {
  readonly sums: Sums;
  /** Made when it is asked for. */
  record: TrackRecord | null;
}
export type TrackRecordsJson = readonly (readonly [participant: string, capability: string, sums: Sums])[];

const structured = (sums: Sums): Sums => ({
  ...sums,
  cost: sums.cost && { ...sums.cost },
  durations: [...sums.durations],
});

const foldInto = (
  byParticipant: Map<string, Known>,
  participant: string,
  fact: TrackFact,
  weight: number,
): void => {
  let known = byParticipant.get(participant);
  if (!known) byParticipant.set(participant, (known = { sums: nothing(), record: null }));
  fold(known.sums, fact, weight);
  known.record = null;
};

const nothing = (): Sums => ({
  at: 0,
  successes: 0,
  failures: 0,
  cost: null,
  tokens: 0,
  stated: 0,
  squares: 0,
  excess: 0,
  durations: [],
});

function fold(sums: Sums, fact: TrackFact, weight: number): void {
  const { outcome, durationMs, cost, tokens, confidence, at } = fact;
  const success = outcome === 'success' ? 1 : 0;
  sums.at = Math.max(sums.at, at);
  sums.successes += success * weight;
  sums.failures += (1 - success) * weight;
  sums.tokens += weight * tokens;
  if (cost) addCost(sums, cost, weight);
  if (confidence !== null) {
    sums.stated += weight;
    sums.squares += weight * (confidence - success) * (confidence - success);
    sums.excess += weight * (confidence - success);
  }
  if (success && durationMs !== null) record(sums.durations, durationMs, weight);
}

/** Amounts of different currencies are never added: the mean begins anew with another one. */
function addCost(sums: Sums, { amount, currency }: Cost, weight: number): void {
  if (sums.cost?.currency !== currency) sums.cost = { currency, sum: 0, weight: 0 };
  sums.cost.sum += amount * weight;
  sums.cost.weight += weight;
}

const recordOf = (sums: Sums): TrackRecord => {
  const { at, cost, stated } = sums;
  const newest = weightAt(at);
  return {
    at,
    successes: sums.successes / newest,
    failures: sums.failures / newest,
    medianMs: quantile(sums.durations, 0.5),
    p90Ms: quantile(sums.durations, 0.9),
    cost: cost && { amount: cost.sum / cost.weight, currency: cost.currency },
    tokens: sums.tokens / (sums.successes + sums.failures),
    brier: stated > 0 ? sums.squares / stated : null,
    overconfidence: stated > 0 ? sums.excess / stated : null,
  };
};

/** What successes and failures count for now, 1 at most. */
export const weightNow = ({ at }: TrackRecord, now: number): number => faded(now - at);
