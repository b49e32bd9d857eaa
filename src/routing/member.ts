import type { Safety } from '../definition/index.ts';
import type { Claim } from './claim.ts';
import type { OpeningHours, Timetables } from './hours.ts';
import { accountableFor, type FullPassport } from './passport.ts';

/**
 * A participant as the directory keeps it. What is asked of thousands for one piece of work stands first and together: fetching it
 * from memory is what takes the time.
 */
export interface Member {
  readonly id: string;
  readonly kind: FullPassport['kind'];
  /** Neither suspended nor revoked, away or busy. */
  readonly isPlain: boolean;
  readonly capacity: number;
  readonly hours: OpeningHours | null;
  readonly safety: number;
  /** Tasks held or reserved, and whether it waits for work: noted by whoever knows. */
  open: number;
  present: boolean;
  readonly accountable: string | null;
  readonly passport: FullPassport;
  /** Capabilities claimed, also through what implies them, as numbers; and for each the claims that it rests on. */
  capabilities: readonly number[];
  support: readonly (Claim | readonly Claim[])[];
  /** Where it is in the posting of each, and among all: kept by the directory. */
  places: number[];
  place: number;
}

export const memberOf = (passport: FullPassport, timetables: Timetables): Member => ({
  id: passport.id,
  kind: passport.kind,
  isPlain: passport.status === 'available',
  capacity: passport.capacity,
  hours: passport.workingHours && timetables.of(passport.workingHours),
  safety: TIERS[passport.safety],
  open: 0,
  present: false,
  accountable: accountableFor(passport),
  passport,
  capabilities: [],
  support: [],
  places: [],
  place: -1,
});

/** Tiers of safety, from the most harmless. */
export const TIERS = { read_only: 0, reversible: 1, irreversible: 2 } as const satisfies Record<
  Safety,
  number
>;
