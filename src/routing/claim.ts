import type { JsonObject } from '../definition/index.ts';
import { unmet, type Constraint } from './constraint.ts';

/** That a participant has a capability, and what this rests on. */
export interface Claim {
  readonly capability: string;
  /** 0..1; 1 is mastery. */
  readonly level: number;
  readonly standing: Standing;
  /** Who granted or verified it: a passport id; null while it is declared. */
  readonly grantedBy: string | null;
  /** What it rests on: addresses of artifacts, entries, documents. */
  readonly evidence: readonly string[];
  /** What the task has to be like for the claim to hold. */
  readonly constraints: readonly Constraint[];
  /** ms since the epoch; null is never. */
  readonly expiresAt: number | null;
}

/** `declared` is what a participant says of itself, and counts for nothing. */
export type Standing = 'declared' | 'granted' | 'verified' | 'revoked';

/** Where each standing can lead. A revoked claim is granted anew, by somebody, or stays revoked. */
export const CLAIM_NEXT = {
  declared: ['granted', 'verified', 'revoked'],
  granted: ['granted', 'verified', 'revoked'],
  verified: ['granted', 'verified', 'revoked'],
  revoked: ['granted', 'verified'],
} as const satisfies Record<Standing, readonly Standing[]>;

/** A claim as whoever registers participants states it: what is left out is granted, full, unbounded and for ever. */
export const claimOf = (given: Partial<Claim> & { readonly capability: string }): Claim => ({
  level: 1,
  standing: 'granted',
  grantedBy: null,
  evidence: [],
  constraints: [],
  expiresAt: null,
  ...given,
});

export const counts = ({ standing }: Claim): boolean => standing === 'granted' || standing === 'verified';

/** `now`: ms since the epoch. */
export const countsAt = (claim: Claim, now: number): boolean => counts(claim) && !isOver(claim, now);

const isOver = ({ expiresAt }: Claim, now: number): boolean => expiresAt !== null && expiresAt <= now;

/** Why a claim does not hold for a task; null when it does. In the order of `CLAIM_FLAWS`. */
export const flawOf = (claim: Claim, level: number, facts: JsonObject, now: number): ClaimFlaw | null => {
  if (!counts(claim)) return 'standing';
  if (isOver(claim, now)) return 'expired';
  if (claim.level < level) return 'level';
  return claim.constraints.length > 0 && unmet(claim.constraints, facts) !== null ? 'constraint' : null;
};

/** From the furthest from holding to the nearest. */
export const CLAIM_FLAWS = ['standing', 'expired', 'level', 'constraint'] as const;
export type ClaimFlaw = (typeof CLAIM_FLAWS)[number];
