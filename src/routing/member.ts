import type { Safety } from '../definition/index.ts';
import { draw } from './chance.ts';
import type { Claim } from './claim.ts';
import { isOpen, type OpeningHours, type Timetables } from './hours.ts';
import { accountableFor, type FullPassport } from './passport.ts';

/** A participant as the directory keeps it. */
export interface Member {
  /** Neither suspended nor revoked, away or busy. */
  readonly isPlain: boolean;
  readonly kind: FullPassport['kind'];
  readonly safety: number;
  readonly passport: FullPassport;
  readonly hours: OpeningHours | null;
  readonly capacity: number;
  /** Tasks held or reserved, whether it waits for work, and for what: noted by whoever knows. */
  open: number;
  present: boolean;
  sought: Sought;
  readonly id: string;
  readonly accountable: string | null;
  /** Capabilities claimed, also through what implies them, as numbers; and for each the claims that it rests on. */
  capabilities: readonly number[];
  support: readonly (Claim | readonly Claim[])[];
  /** Where it is in the posting of each, among all, and among all of its kind: kept by the directory. */
  places: number[];
  place: number;
  placeInKind: number;
  /** Where `Glances` tells of it. */
  slot: number;
  /** Puts members in an order that depends on their ids alone. */
  readonly key: number;
}

export const memberOf = (passport: FullPassport, timetables: Timetables): Member => ({
  isPlain: passport.status === 'available',
  kind: passport.kind,
  safety: TIERS[passport.safety],
  passport,
  hours: passport.workingHours && timetables.of(passport.workingHours),
  capacity: passport.capacity,
  open: 0,
  present: false,
  sought: null,
  id: passport.id,
  accountable: accountableFor(passport),
  capabilities: [],
  support: [],
  places: [],
  place: -1,
  placeInKind: -1,
  slot: -1,
  key: draw(passport.id),
});

/** What is waited for: work that asks for one of these capabilities; null is whatever one may do. */
export type Sought = ReadonlySet<string> | null;

export const isSought = (sought: Sought, requires: readonly string[]): boolean =>
  sought === null || requires.some((capability) => sought.has(capability));

/** Whether it waits for such work; nobody waits for people to do that. */
export const isHere = ({ kind, present, sought }: Member, requires: readonly string[]): boolean =>
  kind === 'human' || (present && isSought(sought, requires));

/** Whether it takes anything new: neither busy, by its own word, nor outside its working hours. */
export const isOnDuty = ({ passport, hours }: Member, now: number): boolean =>
  passport.status !== 'busy' && (hours === null || isOpen(hours, now));

/** Tiers of safety, from the most harmless. */
export const TIERS = { read_only: 0, reversible: 1, irreversible: 2 } as const satisfies Record<
  Safety,
  number
>;
