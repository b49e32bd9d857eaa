import type { Attribution } from '../../engine/index.ts';
import {
  claimOf,
  PASSPORT_NEXT,
  type FullPassport,
  type Passport,
  type PassportStatus,
} from '../../routing/index.ts';
import { counts, countsAt } from '../../routing/claim.ts';
import type { Outcome } from '../runs.ts';
import { grant, narrows, type ClaimTerms } from './claims.ts';
import type { Documents } from './documents.ts';
import { done, no, type Refused } from './outcome.ts';
import {
  ADMINISTRATOR,
  isAdministrator,
  mayAct,
  registered,
  withClaims,
  type Passports,
  type Registered,
} from './passports.ts';
import type { OrganisationStream, RememberOf } from './stream.ts';

/** What can be changed of a participant; the rest has acts of its own. `capabilities` are names granted in full. */
export type Changes = Partial<
  Pick<
    Registered,
    | 'name'
    | 'owner'
    | 'roles'
    | 'groups'
    | 'posts'
    | 'manager'
    | 'capabilities'
    | 'tools'
    | 'safety'
    | 'status'
    | 'capacity'
    | 'workingHours'
    | 'costRate'
    | 'publicKey'
  >
>;

export interface Availability {
  readonly status: 'available' | 'busy' | 'away';
  readonly substitute?: string | null | undefined;
  /** ms since the epoch. */
  readonly until?: number | null | undefined;
}

/** As stored and as given: what is left out has its default. */
export type NewPassport = Passport & Partial<Registered>;

/** Somebody stands in for somebody who stands in …: so many at most. */
const MOST_SUBSTITUTES = 5;
/** Fewer than this are sorted for a page; of more, a page is found soon by looking at all in order. */
const FEW = 2000;
/** Reporting lines are not longer than this. */
const MOST_LEVELS = 100;

/** `revision`: how often the passport has been written. */
type Make = (known: Registered, now: number, revision: number) => Outcome<Registered>;

/**
 * Who there is.
 *
 * PART-1  Agents and systems have an owner, a human who may act; people answer for themselves.
 * PART-2  There is always a person who may act and is administrator.
 * PART-3  Reporting lines and substitutes have no circles; substitutes are of the same kind, and few.
 * PART-4  What is revoked stays revoked.
 */
export class Participants {
  readonly #documents: Documents<Registered>;
  readonly #passports: Passports;
  readonly #stream: OrganisationStream;

  constructor(documents: Documents<Registered>, passports: Passports, stream: OrganisationStream) {
    this.#documents = documents;
    this.#passports = passports;
    this.#stream = stream;
  }

  /** As registered: its status is its own, whatever became of its owner. */
  get(id: string): Registered | null {
    return this.#documents.get(id);
  }

  /** How often it has been written. */
  revision(id: string): number {
    return this.#documents.revision(id);
  }

  /** The first of these by id, behind `after`. */
  select(
    {
      after,
      most,
      owner,
      among,
    }: {
      after?: string | undefined;
      most: number;
      owner?: string | undefined;
      among?: ReadonlySet<string> | undefined;
    },
    wanted: (one: Registered) => boolean,
  ): Registered[] {
    const own = owner === undefined ? undefined : this.#passports.ownedBy(owner);
    const fewest = [own, among].flatMap((set) => set ?? []).toSorted((a, b) => a.size - b.size)[0];
    const few = fewest && fewest.size <= FEW ? fewest : undefined;
    return this.#documents.select(after, most, (one) => wanted(one) && (among?.has(one.id) ?? true), few);
  }

  holders(capability: string): ReadonlySet<string> {
    return this.#passports.holders(capability);
  }

  register(
    given: NewPassport,
    by: Attribution,
    remember?: RememberOf<Registered>,
  ): Promise<Outcome<Registered>> {
    return this.#stream.change({
      by,
      remember,
      decide: (now) => {
        if (this.#documents.latest(given.id))
          return no('participant_exists', `There is a participant ${given.id} already.`);
        const whole = registered(given);
        const claims = whole.claims.map((claim) =>
          counts(claim) && claim.grantedBy === null ? { ...claim, grantedBy: by.actor } : claim,
        );
        const passport = withClaims(whole, claims);
        const refused = this.#problem(passport, null, now);
        return refused ?? this.#written('participant.registered', passport, passport);
      },
    });
  }

  update(
    id: string,
    changes: Changes,
    by: Attribution,
    remember?: RememberOf<Registered>,
  ): Promise<Outcome<Registered>> {
    const make: Make = (known, now) => {
      const { capabilities, status = known.status, ...rest } = changes;
      const moved = move(known, status);
      if (!moved.ok) return moved;
      const key = rest.publicKey !== undefined && rest.publicKey !== known.publicKey;
      const next = { ...moved.value, ...rest, ...(key && { keyProvedAt: null }) };
      return done(capabilities ? withNames(next, capabilities, by.actor, now) : next);
    };
    return this.change('participant.changed', id, by, make, remember);
  }

  /** Another status, with the reason in the entry. */
  setStatus(
    id: string,
    status: 'available' | 'suspended' | 'revoked',
    reason: string | null,
    by: Attribution,
    remember?: RememberOf<Registered>,
  ): Promise<Outcome<Registered>> {
    const type = { available: 'unsuspended', suspended: 'suspended', revoked: 'revoked' }[status];
    const make: Make = (known) => {
      if (status === 'available' && known.status !== 'suspended')
        return unfitStatus(known, `${known.name} is ${known.status}, not suspended.`);
      return status === known.status
        ? unfitStatus(known, `${known.name} is ${status} already.`)
        : move(known, status);
    };
    return this.change(`participant.${type}`, id, by, make, remember, (one) => ({
      participant: one.id,
      status: one.status,
      reason,
    }));
  }

  setAvailability(
    id: string,
    { status, substitute = null, until = null }: Availability,
    by: Attribution,
    remember?: RememberOf<Registered>,
  ): Promise<Outcome<Registered>> {
    const make: Make = (known, now) => {
      if (!mayAct(known)) return unfitStatus(known, `${known.name} is ${known.status}.`);
      if (status !== 'away' && (substitute !== null || until !== null))
        return no('request_invalid', 'Only who is away has a substitute, and comes back at a time.');
      if (until !== null && until <= now) return no('request_invalid', '`until` is in the past.');
      return done({ ...known, status, substitute, awayUntil: until });
    };
    return this.change('participant.availability', id, by, make, remember, availabilityOf);
  }

  /** Refused once it is not due any more: somebody is away for longer, or another server was first. */
  bringBack(id: string, by: Attribution): Promise<Outcome<Registered>> {
    const make: Make = (known, now) =>
      known.status === 'away' && known.awayUntil !== null && known.awayUntil <= now
        ? move(known, 'available')
        : unfitStatus(known, `${known.name} is not due back.`);
    return this.change('participant.availability', id, by, make, undefined, availabilityOf);
  }

  /** Claims have their own rules (`claims.ts`); what comes of them is written here. */
  change(
    type: string,
    id: string,
    by: Attribution,
    make: Make,
    remember?: RememberOf<Registered>,
    payloadOf: (one: Registered) => object = (one) => one,
  ): Promise<Outcome<Registered>> {
    return this.#stream.change({
      by,
      remember,
      decide: (now) => {
        const known = this.#documents.latest(id);
        if (!known) return unknownParticipant(id);
        if (known.status === 'revoked')
          return no('participant_revoked', `${known.name} is revoked, for good.`);
        const made = make(known, now, this.#documents.latestRevision(id));
        if (!made.ok) return made;
        const refused = this.#problem(made.value, known, now);
        if (refused) return refused;
        const takes = narrows(known.claims, made.value.claims) || relieves(known, made.value);
        return this.#written(type, made.value, payloadOf(made.value), takes);
      },
    });
  }

  #written(type: string, passport: Registered, payload: object, takes = false) {
    const changes = [this.#documents.change(passport.id, passport)];
    return done({ type, payload, changes, value: passport, takes });
  }

  // --- what is not allowed --------------------------------------------------------------------------------------

  #problem(next: Registered, known: Registered | null, now: number): Refused | null {
    return (
      this.#ownerProblem(next, known) ??
      this.#managerProblem(next, known) ??
      this.#substituteProblem(next, known) ??
      this.#lastAdministrator(next, known) ??
      (next.awayUntil !== null && next.awayUntil <= now && next.awayUntil !== known?.awayUntil
        ? no('request_invalid', '`until` is in the past.')
        : null)
    );
  }

  #ownerProblem({ kind, owner }: Registered, known: Registered | null): Refused | null {
    if (kind === 'human')
      return owner === null
        ? null
        : no('owner_not_applicable', 'People answer for themselves: leave `owner` out.');
    if (known && known.owner === owner) return null;
    const human = owner === null ? null : this.#documents.latest(owner);
    if (human?.kind === 'human' && mayAct(human)) return null;
    const who = kind === 'agent' ? 'An agent' : 'A system';
    return no('owner_required', `${who} needs an owner: the id of a human who may act and answers for it.`);
  }

  #managerProblem({ id, manager }: Registered, known: Registered | null): Refused | null {
    if (manager === null || manager === known?.manager) return null;
    let above: string | null = manager;
    for (let level = 0; above !== null; level += 1) {
      if (above === id || level > MOST_LEVELS)
        return no('manager_circular', `${id} would report to itself, through ${manager}.`);
      const one: FullPassport | null = this.#documents.latest(above);
      if (!one) return unknownParticipant(above);
      above = one.manager;
    }
    return null;
  }

  #substituteProblem(next: Registered, known: Registered | null): Refused | null {
    const { id, kind, substitute } = next;
    if (substitute === null || substitute === known?.substitute) return null;
    let stand: string | null = substitute;
    for (let links = 1; stand !== null; links += 1) {
      if (stand === id)
        return no('substitute_unfit', `${id} would stand in for itself, through ${substitute}.`);
      if (links > MOST_SUBSTITUTES)
        return no('substitute_unfit', `More than ${MOST_SUBSTITUTES} would stand in for each other.`);
      const one: Registered | null = this.#documents.latest(stand);
      if (!one) return unknownParticipant(stand);
      if (one.kind !== kind || !mayAct(one))
        return no(
          'substitute_unfit',
          `${one.name} (${one.kind}, ${one.status}) cannot stand in for a ${kind}.`,
        );
      stand = one.substitute;
    }
    return null;
  }

  #lastAdministrator(next: Registered, known: Registered | null): Refused | null {
    if (!known || !isAdministrator(known) || isAdministrator(next)) return null;
    for (const id of this.#passports.administrators) {
      const other = id === known.id ? null : this.#documents.latest(id);
      if (other && isAdministrator(other)) return null;
    }
    return no(
      'last_administrator',
      `${known.name} is the only ${ADMINISTRATOR}. Make somebody else one first.`,
    );
  }
}

export const unknownParticipant = (id: string): Refused =>
  no('participant_unknown', `There is no participant ${id}.`);

const unfitStatus = ({ status }: Registered, message: string): Refused =>
  no('participant_status', message, { status });

/** Whoever stood in for somebody does so no more. */
const relieves = (known: Registered, next: Registered): boolean =>
  known.status === 'away' &&
  known.substitute !== null &&
  (next.status !== 'away' || next.substitute !== known.substitute);

const availabilityOf = ({ id, status, substitute, awayUntil }: Registered): object => ({
  participant: id,
  status,
  substitute,
  until: awayUntil,
});

/** Whoever is no longer away has no substitute. */
function move(known: Registered, status: PassportStatus): Outcome<Registered> {
  if (status === known.status) return done(known);
  const possible: readonly PassportStatus[] = PASSPORT_NEXT[known.status];
  if (!possible.includes(status))
    return unfitStatus(known, `${known.name} is ${known.status}, and cannot become ${status}.`);
  return done({ ...known, status, substitute: null, awayUntil: null });
}

/** Names granted in full: what is held already stays as it is, what is not named is revoked. What has expired is not held. */
function withNames(passport: Registered, names: readonly string[], actor: string, now: number): Registered {
  const named = new Set(names);
  const kept = passport.claims.map((claim) =>
    countsAt(claim, now) && !named.has(claim.capability) ? { ...claim, standing: 'revoked' as const } : claim,
  );
  const held = new Set(kept.flatMap((claim) => (countsAt(claim, now) ? [claim.capability] : [])));
  let claims = kept;
  for (const capability of named) {
    if (held.has(capability)) continue;
    const terms: ClaimTerms = claimOf({ capability });
    claims = grant(claims, capability, terms, actor);
  }
  return withClaims(passport, claims);
}
