import { CapabilityGraph, type Capability } from './capability.ts';
import { Glances } from './glance.ts';
import { Timetables } from './hours.ts';
import { Marks } from './marks.ts';
import { Postings, type Plain } from './postings.ts';
import { partyOf } from './party.ts';
import { accountableFor, passportOf, type FullPassport, type Passport } from './passport.ts';
import { memberOf, type Member, type Sought } from './member.ts';
import { Prospects } from './prospects.ts';
import type { Work } from './work.ts';

/** Among whom to look for somebody, and why all others are out. */
export interface Pool {
  readonly members: readonly Member[];
  /** What is known of each by its position, where it was found by this capability. */
  readonly plain: Plain | null;
  readonly capability: string | null;
  /** Whether it is all there are, or all of a kind. */
  readonly isEverybody: boolean;
  readonly outside: {
    readonly reason: 'capability' | 'not_named' | 'kind';
    readonly of: string | null;
  } | null;
}

const MOST_SUBSTITUTES = 5;

/**
 * Who there is and what they can do, kept so that those who may do a piece of work are found without looking at everybody.
 *
 * DIR-1  What is answered depends on what is in it, and not on the order in which it came.
 * DIR-2  Putting or removing a participant costs what it claims and belongs to; changing a capability costs its holders.
 * DIR-3  How busy somebody is and whether it is there is noted here too, since asking elsewhere costs more than all the rest: routing
 *        looks at thousands.
 */
export class Directory {
  readonly capabilities: CapabilityGraph = new CapabilityGraph();
  readonly glances = new Glances();
  /** For whoever asks, while they ask: those who may take it, and those who may not now. */
  readonly prospects = { takers: new Prospects(), blocked: new Prospects() };
  #kinds: Record<Member['kind'], Member[]> = { human: [], agent: [], system: [] };
  #members = new Map<string, Member>();
  #everybody: Member[] = [];
  #postings = new Postings();
  #timetables = new Timetables();
  #marks: Marks[] = [];
  /** By `role:NAME`, `group:NAME`, `post:NAME`, `system:NAME` and `reports:PASSPORT`. */
  #named = new Map<string, Set<Member>>();
  /** By passport id: those who are away and have this one as their substitute. */
  #represented = new Map<string, Set<Member>>();

  get size(): number {
    return this.#everybody.length;
  }

  // --- changing it --------------------------------------------------------------------------------------------------

  /** Adds a participant, or puts what it is now in place of what it was; what was noted of it stays. */
  put(passport: Passport): void {
    const known = this.#members.get(passport.id);
    this.remove(passport.id);
    const member = memberOf(passportOf(passport), this.#timetables);
    if (known) [member.open, member.present, member.sought] = [known.open, known.present, known.sought];
    member.slot = this.glances.take();
    this.glances.enter(member);
    member.place = this.#everybody.push(member) - 1;
    member.placeInKind = this.#kinds[member.kind].push(member) - 1;
    this.#members.set(passport.id, member);
    this.#postings.add(member, this.capabilities);
    for (const name of namesOf(member.passport)) addTo(this.#named, name, member);
    const { status, substitute } = member.passport;
    if (status === 'away' && substitute !== null) addTo(this.#represented, substitute, member);
  }

  remove(id: string): void {
    const member = this.#members.get(id);
    if (!member) return;
    this.#members.delete(id);
    takeOut(this.#everybody, member, 'place');
    takeOut(this.#kinds[member.kind], member, 'placeInKind');
    this.#postings.remove(member);
    this.glances.leave(member.slot);
    for (const name of namesOf(member.passport)) removeFrom(this.#named, name, member);
    const { substitute } = member.passport;
    if (substitute !== null) removeFrom(this.#represented, substitute, member);
  }

  /** How many tasks it holds or has reserved for it, from now on. Nothing of a participant that is not here. */
  noteOpen(id: string, tasks: number): void {
    const member = this.#members.get(id);
    if (!member) return;
    member.open = tasks;
    this.glances.write(member);
  }

  /** Whether an agent or system waits for work, and for what, from now on. Not asked of people. */
  notePresent(id: string, present: boolean, sought: Sought = null): void {
    const member = this.#members.get(id);
    if (!member) return;
    [member.present, member.sought] = [present, sought];
    this.glances.write(member);
  }

  open(id: string): number {
    return this.#members.get(id)?.open ?? 0;
  }

  isPresent(id: string): boolean {
    return this.#members.get(id)?.present ?? false;
  }

  /** @returns the cycle of `implies` that refuses it, or null when it is done. */
  setCapability(capability: Capability): readonly string[] | null {
    const known = this.capabilities.get(capability.id)?.implies ?? [];
    const cycle = this.capabilities.set(capability);
    if (cycle) return cycle;
    if (known.join(' ') !== capability.implies.join(' ')) this.#reindex(capability.id);
    return null;
  }

  removeCapability(id: string): void {
    const known = this.capabilities.get(id);
    this.capabilities.remove(id);
    if (known && known.implies.length > 0) this.#reindex(id);
  }

  /** Whoever holds the capability, also by what implies it, holds something else now. */
  #reindex(capability: string): void {
    for (const member of [...this.#postings.members(capability)]) {
      this.#postings.remove(member);
      this.#postings.add(member, this.capabilities);
    }
  }

  // --- asking it ----------------------------------------------------------------------------------------------------

  passport(id: string): FullPassport | null {
    return this.#members.get(id)?.passport ?? null;
  }

  passports(): FullPassport[] {
    return this.#everybody.map(({ passport }) => passport);
  }

  member(id: string): Member | null {
    return this.#members.get(id) ?? null;
  }

  /** How many claim the capability, or something that implies it, whatever the standing of the claim. */
  claimed(capability: string): number {
    return this.#postings.members(capability).length;
  }

  /** By which members know the capability; -1 when nobody ever claimed it. */
  numberOf(capability: string): number {
    return this.#postings.number(capability) ?? -1;
  }

  /** Ids of those whom the party names, in order. */
  members(party: string): string[] {
    return this.#whom(party)
      .map(({ passport }) => passport.id)
      .sort();
  }

  /** What somebody is named by: `role:NAME`, `system:NAME` and so on. */
  parties(): IterableIterator<string> {
    return this.#named.keys();
  }

  /** Ids of those who report to the participant, in order. */
  reports(id: string): string[] {
    return [...(this.#named.get(`reports:${id}`) ?? [])].map(({ passport }) => passport.id).sort();
  }

  isNamed(passport: FullPassport, party: string): boolean {
    const { kind, name } = partyOf(party);
    if (kind === 'passport') return passport.id === name;
    if (kind === 'manager_of') return this.#members.get(name)?.passport.manager === passport.id;
    return this.#named.get(party)?.has(this.#members.get(passport.id) as Member) ?? false;
  }

  /** Those who are away and whom this participant represents, directly or through others who are away too. */
  represented(id: string): readonly Member[] {
    const direct = this.#represented.get(id);
    if (!direct) return [];
    const found = new Set<Member>();
    let round = [...direct];
    for (let depth = 0; depth < MOST_SUBSTITUTES && round.length > 0; depth++) {
      const next: Member[] = [];
      for (const member of round)
        if (member.passport.id !== id && !found.has(member)) {
          found.add(member);
          next.push(...(this.#represented.get(member.passport.id) ?? []));
        }
      round = next;
    }
    return [...found].sort((a, b) => (a.passport.id < b.passport.id ? -1 : 1));
  }

  /** Who does what would be the participant's: itself, or while it is away its substitute. Null while nobody does. */
  standIn(id: string): string | null {
    let member = this.#members.get(id);
    for (let depth = 0; depth <= MOST_SUBSTITUTES && member; depth++) {
      const { status, substitute } = member.passport;
      if (status !== 'away') return member.passport.id;
      member = substitute === null ? undefined : this.#members.get(substitute);
    }
    return null;
  }

  /** Whose standing rests on what somebody is: they themselves, whom they report to, and who stands in for either. */
  concerned(id: string): Set<string> {
    const both = [id, this.#members.get(id)?.passport.manager ?? id];
    return new Set(both.flatMap((one) => [one, this.standIn(one) ?? one]));
  }

  /** The smallest index in which everybody eligible is. */
  pool(requires: readonly string[], from: readonly string[], by: Work['by'] = null): Pool {
    const rarest = this.#rarest(requires);
    const named = from.length > 0 ? this.#countNamed(from) : Number.POSITIVE_INFINITY;
    if (rarest !== null && this.claimed(rarest) <= named)
      return {
        members: this.#postings.members(rarest),
        plain: this.#postings.plain(rarest),
        capability: rarest,
        isEverybody: false,
        outside: { reason: 'capability', of: rarest },
      };
    if (from.length === 0) return this.#allOf(by);
    const outside = { reason: 'not_named' as const, of: from.join(' or ') };
    const members = [...this.#whomOrSubstitutes(from)];
    return { members, plain: null, capability: null, isEverybody: false, outside };
  }

  #allOf(kind: Work['by']): Pool {
    const members = kind === null ? this.#everybody : this.#kinds[kind];
    const outside = kind === null ? null : { reason: 'kind' as const, of: null };
    return { members, plain: null, capability: null, isEverybody: true, outside };
  }

  /** What is known of those who claim the capability. */
  plain(capability: string): Plain {
    return this.#postings.plain(capability);
  }

  /** Where each of them is in that, until the next marks of the same number are asked for. */
  marks(number: number, plain: Plain): Marks {
    const marks = (this.#marks[number] ??= new Marks());
    marks.mark(plain, this.glances.used);
    return marks;
  }

  #rarest(requires: readonly string[]): string | null {
    let rarest: string | null = null;
    for (const capability of requires)
      if (rarest === null || this.claimed(capability) < this.claimed(rarest)) rarest = capability;
    return rarest;
  }

  /** At most: who is named twice counts twice. Substitutes are few, and left aside. */
  #countNamed(from: readonly string[]): number {
    let count = 0;
    for (const party of from) count += this.#named.get(party)?.size ?? 1;
    return count;
  }

  #whom(party: string): Member[] {
    const { kind, name } = partyOf(party);
    if (kind !== 'passport' && kind !== 'manager_of') return [...(this.#named.get(party) ?? [])];
    const id = kind === 'passport' ? name : this.#members.get(name)?.passport.manager;
    const member = id == null ? undefined : this.#members.get(id);
    return member ? [member] : [];
  }

  #whomOrSubstitutes(from: readonly string[]): Set<Member> {
    const found = new Set<Member>();
    for (const party of from)
      for (const member of this.#whom(party)) {
        found.add(member);
        if (member.passport.status !== 'away') continue;
        const substitute = this.standIn(member.passport.id);
        if (substitute !== null) found.add(this.#members.get(substitute) as Member);
      }
    return found;
  }

  /** The human who answers for the participant; for one that is not known, itself. */
  accountable(id: string): string {
    const passport = this.passport(id);
    return (passport && accountableFor(passport)) ?? id;
  }
}

const namesOf = ({ kind, name, roles, groups, posts, manager }: FullPassport): string[] => [
  ...roles.map((role) => `role:${role}`),
  ...groups.map((group) => `group:${group}`),
  ...posts.map((post) => `post:${post}`),
  ...(kind === 'system' ? [`system:${name}`] : []),
  ...(manager === null ? [] : [`reports:${manager}`]),
];

/** The last comes to its place. */
const takeOut = (members: Member[], member: Member, place: 'place' | 'placeInKind'): void => {
  const last = members.pop() as Member;
  if (last === member) return;
  members[member[place]] = last;
  last[place] = member[place];
};

const addTo = (index: Map<string, Set<Member>>, key: string, member: Member): void => {
  const known = index.get(key);
  if (known) known.add(member);
  else index.set(key, new Set([member]));
};

const removeFrom = (index: Map<string, Set<Member>>, key: string, member: Member): void => {
  const known = index.get(key);
  if (known?.delete(member) && known.size === 0) index.delete(key);
};
