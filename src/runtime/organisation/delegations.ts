import type { Attribution } from '../../engine/index.ts';
import type { Sha256 } from '../../ledger/index.ts';
import type { Person } from '../../policy/index.ts';
import {
  accountableFor,
  DELEGATION_COMMANDS,
  type Delegation,
  type DelegationCommand,
  type DelegationStatus,
} from '../../routing/index.ts';
import { partiesOf, type Chain } from '../acting.ts';
import type { Outcome } from '../runs.ts';
import type { BoundDelegation, Bounded } from '../policies/index.ts';
import { digestOf, personOf, proposalOf, told, type DelegationRecord } from './delegation-proposal.ts';
import type { Documents } from './documents.ts';
import { done, no, type Refused } from './outcome.ts';
import { unknownParticipant } from './participants.ts';
import { mayAct, type Passports } from './passports.ts';
import { narrowed, type Terms } from './scope.ts';
import type { Decided, OrganisationStream, Proposal, RememberOf } from './stream.ts';

export interface NewDelegation extends Terms {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly under: string | null;
}

/** What the grantor itself can pass on, as it is now; refuses what is more than that. */
export type Limit = (terms: Terms, from: string) => Refused | null;

export interface DelegationParts {
  readonly documents: Documents<DelegationRecord>;
  readonly passports: Passports;
  readonly stream: OrganisationStream;
  readonly sha256: Sha256;
  readonly bound: BoundDelegation;
}

/** Somebody lets somebody act who lets somebody act …: so many at most. */
const MOST_LINKS = 4;

/**
 * Who lets whom act for it.
 *
 * DELEG-1  A delegation holds while it and all that it rests on are active and not expired, and everybody in the chain may act.
 * DELEG-2  What it allows is what every delegation of the chain allows, of what the first grantor may now: so it only narrows.
 * DELEG-3  A chain comes to nobody twice, and has four links at most.
 * DELEG-4  What policies want approved is proposed first, and carries nothing; whoever changes it has it asked for anew.
 */
export class Delegations {
  readonly #documents: Documents<DelegationRecord>;
  readonly #passports: Passports;
  readonly #stream: OrganisationStream;
  readonly #sha256: Sha256;
  readonly #bound: BoundDelegation;
  readonly #involved = new Map<string, Set<string>>();
  readonly #resting = new Map<string, Set<string>>();

  constructor({ documents, passports, stream, sha256, bound }: DelegationParts) {
    this.#documents = documents;
    this.#passports = passports;
    this.#stream = stream;
    this.#sha256 = sha256;
    this.#bound = bound;
  }

  get(id: string): DelegationRecord | null {
    return this.#documents.get(id);
  }

  /** By id. With `of`, those that this participant gives or has. */
  *list(after: string | undefined, of?: string): Generator<DelegationRecord, void, void> {
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

  /** For whom it may act now, and who has a part in that. */
  principals(id: string, now: number): Set<string> {
    const parties = new Set<string>();
    for (const delegation of this.list(undefined, id)) {
      const held = delegation.to === id ? this.hold(delegation.id, id, now) : null;
      if (held?.ok) for (const party of partiesOf(held.value.chain)) parties.add(party);
    }
    return parties;
  }

  #failing({ id, status, expiresAt, from, to }: Delegation, now: number): string | null {
    if (status === 'proposed') return `${id} waits for an approval`;
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
    remember?: RememberOf<DelegationRecord>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.#stream.change({
      by,
      remember,
      decide: (now) => {
        const { id, from, to, under } = given;
        const parent = under === null ? null : this.#documents.latest(under);
        const refused = this.#unfit(given, parent, now) ?? (under === null ? limit(given, from) : null);
        if (refused) return refused;
        const terms = parent ? narrowed(parent, given) : done(given);
        if (!terms.ok) return terms;
        if (isOver(terms.value, now)) return no('request_invalid', '`expiresAt` is in the past.');
        const { scope, constraints, expiresAt } = terms.value;
        const plain = { id, from, to, under, scope, constraints, expiresAt, createdAt: now };
        const made = this.#let({ ...plain, status: 'active', proposal: null }, [this.#person(by.actor)], now);
        if (!made.ok) return made;
        const { record, ruled } = made.value;
        const type = record.status === 'proposed' ? 'delegation.proposed' : 'delegation.created';
        return this.written(type, record, { ...told(record), ...(ruled && { ruled }) });
      },
    });
  }

  /** As policies let it be now: as they narrow it, and proposed where they ask for approvals. `makers`: who has written it. */
  #let(
    made: DelegationRecord,
    makers: readonly Person[],
    now: number,
  ): Outcome<{ readonly record: DelegationRecord; readonly ruled: object | null }> {
    const bounded = this.bounded(made, makers[0]?.kind === 'human', now);
    if (!bounded.ok) return bounded;
    const { approvals, expiresAt, reasons, ruled } = bounded.value;
    const narrow = { ...made, expiresAt };
    if (approvals.length === 0)
      return done({ record: { ...narrow, status: 'active', proposal: null }, ruled });
    const authors = distinct([...makers, ...this.partiesOf(made).map((id) => this.#person(id))]);
    const proposal = proposalOf(digestOf(narrow, this.#sha256), { approvals, reasons, authors }, now);
    return done({ record: { ...narrow, status: 'proposed', proposal }, ruled });
  }

  /** What policies say of it now. */
  bounded(delegation: Delegation, byPerson: boolean, now: number): Outcome<Bounded> {
    const depth = this.#latestChain(delegation.under).length + 1;
    return this.#bound({ delegation, depth, byPerson, now });
  }

  /** Everybody in it, and in the chain that it rests on. */
  partiesOf({ from, to, under }: Delegation): string[] {
    const links = this.#latestChain(under);
    return [...new Set([from, to, ...links.flatMap((link) => [link.from, link.to])])];
  }

  #latestChain(id: string | null): Delegation[] {
    return id === null ? [] : this.chain(id, (one) => this.#documents.latest(one));
  }

  #person(id: string): Person {
    const passport = this.#passports.get(id);
    return passport ? personOf(passport) : { id, kind: 'system', accountable: null, actsFor: [] };
  }

  /** Why what is proposed could not hold now, whatever anybody says. */
  unfit(one: Delegation, now: number): Refused | null {
    if (isOver(one, now)) return no('delegation_status', `The time of delegation ${one.id} is over.`);
    return this.#unfit(one, one.under === null ? null : this.#documents.latest(one.under), now);
  }

  #unfit(
    { from, to, under }: Pick<Delegation, 'from' | 'to' | 'under'>,
    parent: Delegation | null,
    now: number,
  ): Refused | null {
    for (const one of [from, to]) {
      const passport = this.#passports.get(one);
      if (!passport) return unknownParticipant(one);
      if (!mayAct(passport)) return no('delegation_unfit', `${passport.name} is ${passport.status}.`);
    }
    if (from === to) return no('delegation_unfit', 'Nobody delegates to itself.');
    if (under === null) return null;
    if (parent?.to !== from) return no('delegation_unknown', `There is no delegation ${under} to ${from}.`);
    const chain = this.#latestChain(under);
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
    remember?: RememberOf<DelegationRecord>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.change(id, 'narrow', by, remember, (known, status, now) => {
      const narrower = narrowed(known, { ...known, ...terms });
      if (!narrower.ok) return narrower;
      const next = { ...known, ...narrower.value, status };
      if (!known.proposal || status !== 'proposed')
        return this.written('delegation.narrowed', next, told(next));
      const made = this.#let(next, [this.#person(by.actor), ...known.proposal.authors], now);
      if (!made.ok) return made;
      const { record, ruled } = made.value;
      return this.written('delegation.narrowed', record, { ...told(record), ...(ruled && { ruled }) });
    });
  }

  /** With the reason in the entry. */
  command(
    id: string,
    command: 'pause' | 'unpause' | 'revoke',
    reason: string | null,
    by: Attribution,
    remember?: RememberOf<DelegationRecord>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.change(id, command, by, remember, (known, status) =>
      this.written(`delegation.${PAST[command]}`, { ...known, status }, { id, status, reason }),
    );
  }

  /** Decides on what is there when its turn comes; `status` is where the command leads. */
  change(
    id: string,
    command: DelegationCommand,
    by: Proposal<DelegationRecord>['by'],
    remember: RememberOf<DelegationRecord>,
    make: (
      known: DelegationRecord,
      status: DelegationStatus,
      now: number,
    ) => Outcome<Decided<DelegationRecord>>,
  ): Promise<Outcome<DelegationRecord>> {
    return this.#stream.change({
      by,
      remember,
      decide: (now) => {
        const known = this.#documents.latest(id);
        if (!known) return unknownDelegation(id);
        const standing = delegationStatus(known, now);
        const next: Partial<Record<DelegationCommand, DelegationStatus>> = DELEGATION_COMMANDS[standing];
        const status = next[command];
        if (status === undefined)
          return no('delegation_status', `Delegation ${id} is ${standing}: ${command} is not possible.`, {
            status: standing,
            allowed: Object.keys(next),
          });
        return make(known, status, now);
      },
    });
  }

  written(type: string, delegation: DelegationRecord, payload: object): Outcome<Decided<DelegationRecord>> {
    const changes = [this.#documents.change(delegation.id, delegation)];
    return done({ type, payload, changes, value: delegation });
  }
}

export const isOver = ({ expiresAt }: Pick<Delegation, 'expiresAt'>, now: number): boolean =>
  expiresAt !== null && expiresAt <= now;

/** What was given ends with its time, without anybody saying so; what is only proposed, when that is written. */
export const delegationStatus = (
  { status, expiresAt }: Pick<Delegation, 'status' | 'expiresAt'>,
  now: number,
): DelegationStatus =>
  (status === 'active' || status === 'paused') && isOver({ expiresAt }, now) ? 'expired' : status;

/** Each once, the first first, as long as the same human answers for it. */
const distinct = (people: readonly Person[]): readonly Person[] => [
  ...new Map(people.map((one) => [`${one.id} ${one.accountable}`, one])).values(),
];

const PAST = { pause: 'paused', unpause: 'unpaused', revoke: 'revoked' } as const;

function addTo(sets: Map<string, Set<string>>, key: string, id: string): void {
  sets.set(key, (sets.get(key) ?? new Set<string>()).add(id));
}

export const unknownDelegation = (id: string): Refused =>
  no('delegation_unknown', `There is no delegation ${id}.`);
