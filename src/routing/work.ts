import type { JsonObject, Safety } from '../definition/index.ts';
import type { FullPassport } from './passport.ts';
import type { TrackRecord } from './track-record.ts';

/** What is to be routed: a task, or one that might be. */
export interface Work {
  /** What turns are counted by, `definition/phase.step`. */
  readonly key: string;
  readonly requires: readonly string[];
  /** Least level in each of `requires`, 0..1. */
  readonly level: number;
  /** null is an agent or a human. */
  readonly by: 'agent' | 'human' | 'system' | null;
  /** Parties, one of whom it must be; empty is anybody. */
  readonly from: readonly string[];
  /** Passport ids. */
  readonly excluded: readonly string[];
  /** Passport ids of those who did what this must be separate from: neither they, nor the human accountable for them, nor that human's agents. */
  readonly separateFrom: readonly string[];
  readonly safety: Safety;
  /** Tools that are needed. */
  readonly tools: readonly string[];
  /** What constraints of claims are about. */
  readonly facts: JsonObject;
  readonly strategy: Strategy;
  /** `early`: whoever may do it, whether free or not. `enabled`: whoever can take it now. `late`: who also is present and below `load`. */
  readonly when: 'early' | 'enabled' | 'late';
  /** `late`: the number of open tasks below which somebody takes another; null is the capacity. */
  readonly load: number | null;
  /** `retain` and `case`: who is meant; null when that is nobody yet. */
  readonly retained: string | null;
  /** `retain` and `case`: what to do where that one cannot; null waits for them. */
  readonly fallback: Push | null;
  /** Passport ids of who handled this case before. */
  readonly affinity: readonly string[];
  /** Passport id of who is to have it if eligible (`preferredAssignee`). */
  readonly preferred: string | null;
}

export type Push = 'best_fit' | 'offer' | 'round_robin' | 'random' | 'shortest_queue';
export type Strategy = Push | 'retain' | 'case';

/** How somebody is found where nothing is said of it: people choose their work. */
export const usualPush = (by: Work['by']): Push => (by === 'agent' || by === 'system' ? 'best_fit' : 'offer');

/** Fills in what is left out: nothing is asked, and whoever fits best gets it. */
export const workOf = (given: Partial<Work> & { readonly key: string }): Work => ({
  requires: [],
  level: 0,
  by: null,
  from: [],
  excluded: [],
  separateFrom: [],
  safety: 'read_only',
  tools: [],
  facts: {},
  strategy: 'best_fit',
  when: 'enabled',
  load: null,
  retained: null,
  fallback: null,
  affinity: [],
  preferred: null,
  ...given,
});

/** What the choice depends on beyond the directory. Asked of one participant after the other: look-ups, no searches. */
export interface Situation {
  readonly now: number;
  /** With the capability; with any for `*`. */
  trackRecord(id: string, capability: string): TrackRecord | null;
  /** When the participant last got work of this key, as a number that grows with each assignment; null is never. */
  lastAssigned(key: string, id: string): number | null;
  /** Why a policy forbids it, in words; null when none does. Null where no policy speaks about who does such work: that is faster. */
  readonly forbidden: ((passport: FullPassport) => string | null) | null;
  /** Recorded with the choice. */
  readonly seed: string;
}

/** Why somebody is not a candidate, in the order in which it is asked: the first that applies is the reason. */
export const REASONS = [
  'status',
  'kind',
  'capability',
  'standing',
  'expired',
  'level',
  'constraint',
  'not_named',
  'excluded',
  'separation',
  'safety',
  'tools',
  'away',
  'policy',
  'busy',
  'hours',
  'capacity',
  'load',
  'absent',
] as const;
export type Reason = (typeof REASONS)[number];

/** Reasons that pass by themselves: the participant is eligible, and cannot take it now. */
export const PASSING = ['busy', 'hours', 'capacity', 'load', 'absent'] as const satisfies readonly Reason[];

/** What becomes of the work. */
export type Choice =
  | { readonly kind: 'assigned'; readonly to: string }
  /** null: whoever is eligible, also those who come to be. */
  | { readonly kind: 'offered'; readonly to: readonly string[] | null }
  /** Somebody is eligible, and nobody can take it now: the first who can gets it; or this one, and nobody else. */
  | { readonly kind: 'waiting'; readonly for: string | null }
  /** Nobody is eligible: what is missing, in words. */
  | { readonly kind: 'nobody'; readonly missing: string };

export interface Routing {
  readonly choice: Choice;
  readonly explanation: Explanation;
}

/** Numbers are rounded to four places. */
export interface Explanation {
  readonly strategy: Strategy;
  /** What bound it where it was not the strategy itself. */
  readonly by: 'preferred' | 'fallback' | null;
  readonly choice: Choice;
  /** Set where chance decided. */
  readonly seed: string | null;
  /** All participants there are: `eligible` and everybody in `dropped`. */
  readonly considered: number;
  /** Who could take it now. */
  readonly eligible: number;
  /** The first twenty of them, in the order of the strategy. */
  readonly candidates: readonly Candidate[];
  readonly dropped: readonly Dropped[];
  readonly changes: readonly Change[];
}

export interface Candidate {
  readonly id: string;
  readonly score: number;
  readonly factors: Factors;
  /** Whom it stands in for; null: comes in its own right. */
  readonly insteadOf: string | null;
}

/** Each 0..1; higher is better. */
export interface Factors {
  readonly track: number;
  readonly level: number;
  readonly load: number;
  readonly speed: number;
  readonly affinity: number;
  /** Of those about equal to the best, how cheap; null for others, and where it is not known. */
  readonly cost: number | null;
}

export interface Dropped {
  readonly reason: Reason;
  /** The capability, status, policy or the like that it was; null where the reason says it all. */
  readonly of: string | null;
  readonly count: number;
  /** Ids of a few of them; none where they were not looked at one by one. */
  readonly examples: readonly string[];
}

/** What would have changed the outcome: `id` would have been chosen. */
export type Change =
  | { readonly id: string; readonly kind: 'score'; readonly more: number }
  | { readonly id: string; readonly kind: 'free'; readonly reason: Reason; readonly detail: string | null };
