import { countsAt } from '../../routing/claim.ts';
import { accountableFor, passportOf, type FullPassport, type Passport } from '../../routing/index.ts';
import { capabilitiesOf } from '../../routing/passport.ts';

/** A passport as it is kept: with what only its keeper asks about. */
export interface Registered extends FullPassport {
  /** Until when it is away, ms since the epoch; null: until it says otherwise. */
  readonly awayUntil: number | null;
  /** When the holder has shown to have the private key of `publicKey`; null: not yet. */
  readonly keyProvedAt: number | null;
}

/** The role that may do everything; there is always a person who has it. */
export const ADMINISTRATOR = 'administrator';

export const registered = (stored: Passport & Partial<Registered>): Registered => ({
  ...passportOf(stored),
  awayUntil: stored.awayUntil ?? null,
  keyProvedAt: stored.keyProvedAt ?? null,
});

export const mayAct = ({ status }: Passport): boolean => status !== 'suspended' && status !== 'revoked';

export const isAdministrator = (passport: Passport): boolean =>
  passport.kind === 'human' && mayAct(passport) && passport.roles.includes(ADMINISTRATOR);

/**
 * Everybody, and who belongs to whom.
 *
 * WHO-1  Whoever acts through somebody else (agents and systems through their owner) is suspended while that human is suspended or
 *        revoked, and so for all who ask for its passport; its own status is left as it is, and counts again afterwards.
 */
export class Passports {
  readonly #acting = new Map<string, FullPassport>();
  readonly #owned = new Map<string, Set<string>>();
  readonly #holders = new Map<string, Set<string>>();
  readonly #administrators = new Set<string>();

  /** As the participant counts now; null when there is none. */
  get(id: string): FullPassport | null {
    return this.#acting.get(id) ?? null;
  }

  all(): IterableIterator<FullPassport> {
    return this.#acting.values();
  }

  get administrators(): ReadonlySet<string> {
    return this.#administrators;
  }

  ownedBy(id: string): ReadonlySet<string> {
    return this.#owned.get(id) ?? NOBODY;
  }

  /** Who holds a claim on it that counts, whether expired or not; whoever is revoked comes back as somebody else. */
  holders(capability: string): ReadonlySet<string> {
    return this.#holders.get(capability) ?? NOBODY;
  }

  /** Every capability that somebody holds, whether expired or not. */
  held(): IterableIterator<string> {
    return this.#holders.keys();
  }

  /** Those of them that somebody holds by a claim that has not expired. */
  heldAt(now: number): string[] {
    const holds = (id: string, name: string): boolean =>
      this.#acting.get(id)?.claims.some((one) => one.capability === name && countsAt(one, now)) ?? false;
    const isHeld = (name: string): boolean => {
      for (const id of this.holders(name)) if (holds(id, name)) return true;
      return false;
    };
    return [...this.held()].filter(isHeld);
  }

  /** Follows a change; returns whose passports are different now. */
  put(now: Registered, before: Registered | null): string[] {
    const { id } = now;
    if (before?.owner !== now.owner) {
      move(this.#owned, before?.owner ?? null, id, false);
      move(this.#owned, now.owner, id, true);
    }
    for (const capability of before ? heldBy(before) : []) move(this.#holders, capability, id, false);
    for (const capability of heldBy(now)) move(this.#holders, capability, id, true);
    if (isAdministrator(now)) this.#administrators.add(id);
    else this.#administrators.delete(id);
    this.#acting.set(id, this.#effective(now));
    const owned = !before || mayAct(before) !== mayAct(now) ? [...this.ownedBy(id)] : [];
    return [id, ...owned];
  }

  /** Counts anew what depends on the human who answers for it. */
  refresh(passport: Registered): void {
    this.#acting.set(passport.id, this.#effective(passport));
  }

  #effective(passport: Registered): FullPassport {
    const answers = accountableFor(passport);
    const human = answers === null || answers === passport.id ? null : this.#acting.get(answers);
    return human && !mayAct(human) && mayAct(passport) ? { ...passport, status: 'suspended' } : passport;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function move(sets: Map<string, Set<string>>, key: string | null, id: string, into: boolean): void {
  if (key === null) return;
  const set = sets.get(key) ?? new Set<string>();
  if (into) sets.set(key, set.add(id));
  else if (set.delete(id) && set.size === 0) sets.delete(key);
}

/** The short form follows the claims. */
export const withClaims = (passport: Registered, claims: Registered['claims']): Registered => ({
  ...passport,
  claims,
  capabilities: capabilitiesOf(claims),
});

const heldBy = ({ status, claims }: Registered): readonly string[] =>
  status === 'revoked' ? [] : capabilitiesOf(claims);
