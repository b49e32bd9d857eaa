import type { Attribution } from '../../engine/index.ts';
import {
  accountableFor,
  DELEGATION_COMMANDS,
  type Delegation,
  type DelegationCommand,
  type DelegationStatus,
} from '../../routing/index.ts';
import type { Chain } from '../acting.ts';
import type { Outcome } from '../runs.ts';
import type { BoundDelegation } from '../policies/index.ts';
import type { Documents } from './documents.ts';
import { done, no, type Refused } from './outcome.ts';
import { unknown } from './participants.ts';
import { mayAct, type Passports } from './passports.ts';
import { narrowed, type Terms } from './scope.ts';
import type { OrganisationStream, Remember } from './stream.ts';

export interface NewDelegation extends Terms {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly under: string | null;
}

/** What the grantor itself can pass on, as it is now; refuses what is more than that. */
export type Limit = (terms: Terms, from: string) => Refused | null;

/** Somebody lets somebody act who lets somebody act …: so many at most. */
const MOST_LINKS = 4;

/**
 * Who lets whom act for it.
 *
 * DELEG-1  A delegation holds while it and all that it rests on are active and not expired, and everybody in the chain may act.
 * DELEG-2  What it allows is what every delegation of the chain allows, of what the first grantor may now: so it only narrows.
 * DELEG-3  A chain comes to nobody twice, and has four links at most.
 */
export class Delegations {
  readonly #documents: Documents<Delegation>;
  readonly #passports: Passports;
  readonly #stream: OrganisationStream;
  readonly #bound: BoundDelegation;
  readonly #involved = new Map<string, Set<string>>();
  readonly #resting = new Map<string, Set<string>>();

  constructor(
    documents: Documents<Delegation>,
    passports: Passports,
    stream: OrganisationStream,
    bound: BoundDelegation,
  ) {
    this.#bound = bound;
    this.#documents = documents;
    this.#passports = passports;
    this.#stream = stream;
  }

  get(id: string): Delegation | null {
    return this.#documents.get(id);
  }

  /** By id. With `of`, those that this participant gives or has. */
  *list(after: string | undefined, of?: string): Generator<Delegation, void, void> {
    if (of === undefined) return yield* this.#documents.behind(after);
    const ids = [...(this.#involved.get(of) ?? [])]
      .filter((id) => after === undefined || id > after)
      .toSorted();
    for (const id of ids) {
      const delegation = this.get(id);
      if (delegation) yield delegation;
    }
  }

  /** Follows a change; returns who can do something else now. */
  put({ id, from, to, under }: Delegation): string[] {
    for (const one of [from, to]) addTo(this.#involved, one, id);
    if (under !== null) addTo(this.#resting, under, id);
    return [...this.#reached(id, new Set([to]))];
  }

  /** Everybody who acts on the authority of this participant, directly or through others. */
  behind(participant: string): Set<string> {
    const reached = new Set<string>();
    for (const id of this.#involved.get(participant) ?? []) {
      const to = this.get(id)?.to;
      if (to !== undefined) this.#reached(id, reached.add(to));
    }
    return reached;
  }

  #reached(id: string, reached: Set<string>): Set<string> {
    for (const next of this.#resting.get(id) ?? []) {
      const to = this.get(next)?.to;
      if (to !== undefined) this.#reached(next, reached.add(to));
    }
    return reached;
  }

  // --- acting ---------------------------------------------------------------------------------------------------

  /** The delegations it rests on, the first first; itself last. */
  chain(id: string, find: (id: string) => Delegation | null = (one) => this.get(one)): Delegation[] {
    const chain: Delegation[] = [];
    for (let at: string | null = id; at !== null && chain.length <= MOST_LINKS;) {
      const delegation: Delegation | null = find(at);
      if (!delegation) break;
      chain.unshift(delegation);
      at = delegation.under;
    }
    return chain;
  }

  /** DELEG-1: the chain if it holds now, for somebody who acts under its last delegation. */
  hold(
    id: string,
    actor: string,
    now: number,
  ): Outcome<{ readonly delegations: Delegation[]; readonly chain: Chain }> {
    const own = this.get(id);
    if (own?.to !== actor) return no('delegation_unknown', `There is no delegation ${id} to ${actor}.`);
    const delegations = this.chain(id);
    for (const one of delegations) {
      const why = this.#failing(one, now);
      if (why)
        return no('delegation_inactive', `Delegation ${id} does not hold: ${why}.`, { delegation: one.id });
    }
    const first = delegations[0] as Delegation;
    const grantor = this.#passports.get(first.from);
    if (!grantor || first.under !== null)
      return no('delegation_inactive', `Delegation ${id} rests on nothing.`);
    const links = delegations.map(({ id: delegation, from, to }) => ({
      delegation,
      from,
      to,
      accountable: this.#accountable(to),
    }));
    const people = [grantor.id, ...links.map(({ to }) => to)].every(
      (one) => this.#passports.get(one)?.kind === 'human',
    );
    const revision = this.#documents.revision(id);
    const chain: Chain = { links, revision, grantor, people, accountable: accountableFor(grantor) };
    return done({ delegations, chain });
  }

  #failing({ id, status, expiresAt, from, to }: Delegation, now: number): string | null {
    if (status !== 'active') return `${id} is ${status}`;
    if (expiresAt !== null && expiresAt <= now) return `${id} has expired`;
    for (const one of [from, to]) {
      const passport = this.#passports.get(one);
      if (!passport || !mayAct(passport)) return `${one} is ${passport?.status ?? 'unknown'}`;
    }
    return null;
  }

  #accountable(id: string): string | null {
    const passport = this.#passports.get(id);
    return passport && accountableFor(passport);
  }

  // --- changing -------------------------------------------------------------------------------------------------

  create(
    given: NewDelegation,
    limit: Limit,
    by: Attribution,
    remember?: (one: Delegation) => Remember,
  ): Promise<Outcome<Delegation>> {
    return this.#stream.change({
      by,
      ...(remember && { remember }),
      decide: (now) => {
        const { id, from, to, under } = given;
        const parent = under === null ? null : this.#documents.latest(under);
        const refused = this.#unfit(given, parent, now) ?? (under === null ? limit(given, from) : null);
        if (refused) return refused;
        const terms = parent ? narrowed(parent, given) : done(given);
        if (!terms.ok) return terms;
        if (terms.value.expiresAt !== null && terms.value.expiresAt <= now)
          return no('request_invalid', '`expiresAt` is in the past.');
        const { scope, constraints, expiresAt } = terms.value;
        const made: Delegation = {
          id,
          from,
          to,
          under,
          scope,
          constraints,
          expiresAt,
          status: 'active',
          createdAt: now,
        };
        const depth = parent ? this.chain(parent.id, (one) => this.#documents.latest(one)).length + 1 : 1;
        const bounded = this.#bound(made, depth, now);
        if (!bounded.ok) return bounded;
        const { ruled } = bounded.value;
        const narrow = { ...made, expiresAt: bounded.value.expiresAt };
        return this.#written('delegation.created', narrow, { ...narrow, ...(ruled && { ruled }) });
      },
    });
  }

  #unfit({ from, to, under }: NewDelegation, parent: Delegation | null, now: number): Refused | null {
    for (const one of [from, to]) {
      const passport = this.#passports.get(one);
      if (!passport) return unknown(one);
      if (!mayAct(passport)) return no('delegation_unfit', `${passport.name} is ${passport.status}.`);
    }
    if (from === to) return no('delegation_unfit', 'Nobody delegates to itself.');
    if (under === null) return null;
    if (parent?.to !== from) return no('delegation_unknown', `There is no delegation ${under} to ${from}.`);
    const chain = this.chain(under, (id) => this.#documents.latest(id));
    for (const one of chain) {
      const why = this.#failing(one, now);
      if (why) return no('delegation_inactive', `Delegation ${under} does not hold: ${why}.`);
    }
    if (chain.length >= MOST_LINKS)
      return no('delegation_unfit', `A chain of delegations has ${MOST_LINKS} links at most.`);
    return chain.some((link) => link.from === to || link.to === to)
      ? no('delegation_unfit', `${to} is in the chain already.`)
      : null;
  }

  narrow(
    id: string,
    terms: Partial<Terms>,
    by: Attribution,
    remember?: (one: Delegation) => Remember,
  ): Promise<Outcome<Delegation>> {
    return this.#change(id, 'narrow', 'delegation.narrowed', by, remember, (known) => {
      const narrower = narrowed(known, { ...known, ...terms });
      return narrower.ok ? done({ ...known, ...narrower.value }) : narrower;
    });
  }

  /** With the reason in the entry. */
  command(
    id: string,
    command: Exclude<DelegationCommand, 'narrow'>,
    reason: string | null,
    by: Attribution,
    remember?: (one: Delegation) => Remember,
  ): Promise<Outcome<Delegation>> {
    const payload = ({ status }: Delegation): object => ({ id, status, reason });
    return this.#change(id, command, `delegation.${PAST[command]}`, by, remember, done, payload);
  }

  #change(
    id: string,
    command: DelegationCommand,
    type: string,
    by: Attribution,
    remember: ((one: Delegation) => Remember) | undefined,
    make: (known: Delegation) => Outcome<Delegation>,
    payloadOf: (one: Delegation) => object = (one) => one,
  ): Promise<Outcome<Delegation>> {
    return this.#stream.change({
      by,
      ...(remember && { remember }),
      decide: () => {
        const known = this.#documents.latest(id);
        if (!known) return no('delegation_unknown', `There is no delegation ${id}.`);
        const next: Partial<Record<DelegationCommand, DelegationStatus>> = DELEGATION_COMMANDS[known.status];
        const status = next[command];
        if (status === undefined)
          return no('delegation_status', `Delegation ${id} is ${known.status}: ${command} is not possible.`, {
            status: known.status,
            allowed: Object.keys(next),
          });
        const made = make(known);
        if (!made.ok) return made;
        const delegation = { ...made.value, status };
        return this.#written(type, delegation, payloadOf(delegation));
      },
    });
  }

  #written(type: string, delegation: Delegation, payload: object) {
    const changes = [this.#documents.change(delegation.id, delegation)];
    return done({ type, payload, changes, value: delegation });
  }
}

const PAST = { pause: 'paused', unpause: 'unpaused', revoke: 'revoked' } as const;

function addTo(sets: Map<string, Set<string>>, key: string, id: string): void {
  sets.set(key, (sets.get(key) ?? new Set<string>()).add(id));
}
