import type { Safety } from '../definition/index.ts';
import { claimOf, counts, countsAt, type Claim } from './claim.ts';
import type { WorkingHours } from './hours.ts';

/**
 * The identity of a participant: whoever can do work. Agents and systems have an owner, the human who is accountable for what
 * they do; humans answer for themselves. As stored and as given: what is optional has the default that `passportOf` fills in.
 */
export interface Passport {
  /** `passport_…`. */
  readonly id: string;
  readonly kind: 'human' | 'agent' | 'system';
  readonly name: string;
  readonly owner: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Posts held in the organisation (`cfo`). Default none. */
  readonly posts?: readonly string[];
  /** Passport id of whom the participant reports to. Default null. */
  readonly manager?: string | null;
  /** Names of the capabilities held: the short form of `claims` where those are left out, else made from them. */
  readonly capabilities: readonly string[];
  /** Where given, these count and `capabilities` follows. */
  readonly claims?: readonly Claim[];
  /** Tools it may use, by name or by the beginning of the name and a `*`; null, the default, is any. */
  readonly tools?: readonly string[] | null;
  /** The highest tier it may work in. Default `irreversible`: any. */
  readonly safety?: Safety;
  readonly status: PassportStatus;
  /** Passport id of who stands in while it is away. Default null. */
  readonly substitute?: string | null;
  /** Most tasks held at once. */
  readonly capacity: number;
  /** null, the default, is always. */
  readonly workingHours?: WorkingHours | null;
  readonly costRate?: CostRate | null;
  /** Ed25519 public key, base64 of the raw 32 bytes; null while none is registered. */
  readonly publicKey: string | null;
  readonly createdAt: number;
}

/** A passport in which nothing is left out. */
export type FullPassport = Required<Passport>;

/** `busy` takes nothing new for now, by its own word; `away` is represented by its substitute. */
export type PassportStatus = 'available' | 'busy' | 'away' | 'suspended' | 'revoked';

/** Where each status can lead. A revoked passport stays revoked. */
export const PASSPORT_NEXT = {
  available: ['busy', 'away', 'suspended', 'revoked'],
  busy: ['available', 'away', 'suspended', 'revoked'],
  away: ['available', 'busy', 'suspended', 'revoked'],
  suspended: ['available', 'busy', 'away', 'revoked'],
  revoked: [],
} as const satisfies Record<PassportStatus, readonly PassportStatus[]>;

export interface CostRate {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly per: 'hour' | 'task';
}

/** Fills in the defaults. Names in `capabilities` become granted claims of level 1 where there are no `claims`. */
export const passportOf = (stored: Passport): FullPassport => {
  const claims = stored.claims ?? stored.capabilities.map((capability) => claimOf({ capability }));
  return {
    ...stored,
    posts: stored.posts ?? [],
    manager: stored.manager ?? null,
    claims,
    capabilities: stored.claims ? capabilitiesOf(claims) : stored.capabilities,
    tools: stored.tools ?? null,
    safety: stored.safety ?? 'irreversible',
    substitute: stored.substitute ?? null,
    workingHours: stored.workingHours ?? null,
    costRate: stored.costRate ?? null,
  };
};

/** Names of what is claimed and counts, each once; expiry left aside. */
export const capabilitiesOf = (claims: readonly Claim[]): string[] => [
  ...new Set(claims.filter(counts).map(({ capability }) => capability)),
];

/** Those of them that have not expired. Mostly that is all, and nothing is made anew. */
export const capabilitiesAt = ({ claims, capabilities }: FullPassport, now: number): readonly string[] =>
  claims.every((claim) => !counts(claim) || countsAt(claim, now))
    ? capabilities
    : capabilitiesOf(claims.filter((claim) => countsAt(claim, now)));

/** The human who answers for what the participant does. */
export const accountableFor = (passport: Passport): string | null =>
  passport.kind === 'human' ? passport.id : passport.owner;
