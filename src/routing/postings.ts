import type { CapabilityGraph } from './capability.ts';
import { counts, type Claim } from './claim.ts';
import type { Member } from './member.ts';

interface Posting {
  readonly members: Member[];
  /** By the same position: see `plainOf`. */
  readonly levels: number[];
  readonly untils: number[];
  readonly slots: number[];
  /** By the same position: the index of the capability in the member's own list. */
  readonly indexes: number[];
}

/**
 * For each capability, who claims it or something that implies it.
 *
 * POSTING-1  A member is once in the posting of a capability, and knows where; taking it out moves one other.
 */
export class Postings {
  #numbers = new Map<string, number>();
  #postings: Posting[] = [];

  members(capability: string): readonly Member[] {
    return this.#of(capability)?.members ?? NOBODY;
  }

  /** By position in `members`: see `plainOf`. */
  plain(capability: string): Plain {
    return this.#of(capability) ?? NOTHING;
  }

  #of(capability: string): Posting | undefined {
    const number = this.#numbers.get(capability);
    return number === undefined ? undefined : this.#postings[number];
  }

  /** By which members know the capability; null when nobody ever claimed it. */
  number(capability: string): number | null {
    return this.#numbers.get(capability) ?? null;
  }

  add(member: Member, graph: CapabilityGraph): void {
    const supported = new Map<string, Claim[]>();
    for (const claim of member.passport.claims)
      for (const capability of graph.closure(claim.capability)) {
        const known = supported.get(capability);
        if (known) known.push(claim);
        else supported.set(capability, [claim]);
      }
    member.capabilities = Array.from(supported.keys(), (capability) => this.#numberFor(capability));
    member.support = Array.from(supported.values(), (claims) =>
      claims.length === 1 ? (claims[0] as Claim) : claims,
    );
    member.places = member.capabilities.map((number, index) => this.#enter(member, number, index));
  }

  #numberFor(capability: string): number {
    const known = this.#numbers.get(capability);
    if (known !== undefined) return known;
    const number = this.#postings.push({ members: [], levels: [], untils: [], slots: [], indexes: [] }) - 1;
    this.#numbers.set(capability, number);
    return number;
  }

  #enter(member: Member, number: number, index: number): number {
    const posting = this.#postings[number] as Posting;
    const { level, until } = plainOf(member.support[index] as Member['support'][number]);
    posting.levels.push(level);
    posting.untils.push(until);
    posting.slots.push(member.slot);
    posting.indexes.push(index);
    return posting.members.push(member) - 1;
  }

  remove(member: Member): void {
    for (const [index, number] of member.capabilities.entries())
      this.#leave(this.#postings[number] as Posting, member.places[index] as number);
    [member.capabilities, member.support, member.places] = [[], [], []];
  }

  #leave({ members, levels, untils, slots, indexes }: Posting, place: number): void {
    const member = members.pop() as Member;
    const [level, until, slot, index] = [levels.pop(), untils.pop(), slots.pop(), indexes.pop()];
    if (place === members.length) return;
    members[place] = member;
    levels[place] = level as number;
    untils[place] = until as number;
    slots[place] = slot as number;
    indexes[place] = index as number;
    member.places[index as number] = place;
  }
}
const NOBODY: readonly Member[] = [];

/** What is known of each who claims a capability, by position in its posting. */
export interface Plain {
  readonly levels: readonly number[];
  readonly untils: readonly number[];
  /** Where `Glances` tells of each. */
  readonly slots: readonly number[];
}

const NOTHING: Plain = { levels: [], untils: [], slots: [] };

/** Level and end where one claim holds for any task; -1 where the claims have to be looked at. */
const plainOf = (support: Member['support'][number]): { readonly level: number; readonly until: number } =>
  'capability' in support && counts(support) && support.constraints.length === 0
    ? { level: support.level, until: support.expiresAt ?? Number.POSITIVE_INFINITY }
    : { level: -1, until: 0 };
