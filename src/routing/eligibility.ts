import { CLAIM_FLAWS, flawOf, type ClaimFlaw } from './claim.ts';
import type { Directory } from './directory.ts';
import { isOpen } from './hours.ts';
import { isHere, TIERS, type Member } from './member.ts';
import type { Plain } from './postings.ts';
import { hasTool } from './tools.ts';
import { PASSING, type Reason, type Situation, type Work } from './work.ts';

/**
 * Who may do a piece of work, asked of one participant after the other.
 *
 * ELIG-1  The first reason in the order of `REASONS` is the reason.
 * ELIG-2  After `lasting`, `of` says more about the reason, or `level` and `insteadOf` about who is eligible.
 */
export class Eligibility {
  of: string | null = null;
  level = 1;
  insteadOf: string | null = null;
  #directory: Directory;
  #work: Work;
  #situation: Situation;
  #numbers: readonly number[];
  #separate: ReadonlySet<string>;
  #excluded: readonly Member[];
  #safety: number;

  constructor(directory: Directory, work: Work, situation: Situation) {
    this.#directory = directory;
    this.#work = work;
    this.#situation = situation;
    this.#numbers = work.requires.map((capability) => directory.numberOf(capability));
    this.#separate = separatedBy(directory, work.separateFrom);
    this.#excluded = work.excluded.map((id) => directory.member(id)).filter((one) => one !== null);
    this.#safety = TIERS[work.safety];
  }

  /** The level in the only capability that is asked for, where it is known to hold without a look at the claims; else -1. */
  plainLevel(plain: Plain | null, at: number): number {
    const isKnown = plain !== null && (plain.untils[at] as number) > this.#situation.now;
    return isKnown && this.#numbers.length === 1 ? (plain.levels[at] as number) : -1;
  }

  /** Why not, for a reason that does not pass by itself. `level` is that of `plainLevel`. */
  lasting(member: Member, level: number): Reason | null {
    this.of = null;
    this.insteadOf = null;
    if (!member.isPlain) {
      const { status } = member.passport;
      if (status === 'suspended' || status === 'revoked') return this.#no('status', status);
    }
    if (!this.#isOfKind(member.kind)) return this.#no('kind', member.kind);
    return this.#incapable(member, level) ?? this.#unsuited(member);
  }

  #no(reason: Reason, of: string): Reason {
    this.of = of;
    return reason;
  }

  #isOfKind(kind: Member['passport']['kind']): boolean {
    return this.#work.by === null ? kind !== 'system' : kind === this.#work.by;
  }

  #incapable(member: Member, level: number): Reason | null {
    this.level = 1;
    if (level >= 0) {
      this.level = level;
      return level >= this.#work.level ? null : this.#no('level', this.#work.requires[0] as string);
    }
    for (let at = 0; at < this.#numbers.length; at++) {
      const index = member.capabilities.indexOf(this.#numbers[at] as number);
      const reason =
        index < 0 ? 'capability' : this.#weigh(member.support[index] as Member['support'][number]);
      if (reason) return this.#no(reason, this.#work.requires[at] as string);
    }
    return null;
  }

  /** The best of the claims that hold; else the flaw of the one that is nearest to holding. */
  #weigh(support: Member['support'][number]): ClaimFlaw | null {
    const { level, facts } = this.#work;
    let best = -1;
    let nearest = -1;
    for (const claim of 'capability' in support ? [support] : support) {
      const flaw = flawOf(claim, level, facts, this.#situation.now);
      if (flaw === null) best = Math.max(best, claim.level);
      else nearest = Math.max(nearest, CLAIM_FLAWS.indexOf(flaw));
    }
    if (best < 0) return CLAIM_FLAWS[nearest] ?? 'standing';
    this.level = Math.min(this.level, best);
    return null;
  }

  #unsuited(member: Member): Reason | null {
    const { from, tools } = this.#work;
    if (from.length > 0 && !this.#isNamed(member)) return 'not_named';
    if (this.#excluded.includes(member)) return 'excluded';
    if (this.#isSeparate(member)) return 'separation';
    if (member.safety < this.#safety) return this.#no('safety', member.passport.safety);
    if (tools.length > 0) {
      const lacking = tools.find((tool) => !hasTool(member.passport, tool));
      if (lacking !== undefined) return this.#no('tools', lacking);
    }
    if (!member.isPlain && member.passport.status === 'away') return 'away';
    const forbidden = this.#situation.forbidden?.(member.passport) ?? null;
    return forbidden === null ? null : this.#no('policy', forbidden);
  }

  /** In its own right, or in place of somebody who is away, is of the same kind, and might have done it. */
  #isNamed({ passport }: Member): boolean {
    const { from } = this.#work;
    if (from.some((party) => this.#directory.isNamed(passport, party))) return true;
    for (const absent of this.#directory.represented(passport.id)) {
      const { id, kind } = absent;
      if (kind !== passport.kind || this.#excluded.includes(absent) || this.#isSeparate(absent)) continue;
      if (!from.some((party) => this.#directory.isNamed(absent.passport, party))) continue;
      this.insteadOf = id;
      return true;
    }
    return false;
  }

  #isSeparate({ id, accountable }: Member): boolean {
    if (this.#separate.size === 0) return false;
    return this.#separate.has(id) || (accountable !== null && this.#separate.has(accountable));
  }

  /** Why not now. `presence`: whether agents and systems have to be waiting for work. */
  passing(member: Member, presence: boolean): Reason | null {
    for (const reason of PASSING) if (this.#stops(reason, member, presence)) return reason;
    return null;
  }

  /** Whether something else stops it now as well. */
  stopsToo(reason: Reason, member: Member, presence: boolean): boolean {
    return PASSING.some((other) => other !== reason && this.#stops(other, member, presence));
  }

  #stops(reason: (typeof PASSING)[number], member: Member, presence: boolean): boolean {
    const { when, load } = this.#work;
    switch (reason) {
      case 'busy':
        return !member.isPlain && member.passport.status === 'busy';
      case 'hours':
        return member.hours !== null && !isOpen(member.hours, this.#situation.now);
      case 'capacity':
        return member.open >= member.capacity;
      case 'load':
        return when === 'late' && load !== null && member.open >= load;
      case 'absent':
        return presence && !isHere(member, this.#work.requires);
    }
  }
}

/** Those who may not do it, and whose agents may not either. */
export const separatedBy = (directory: Directory, from: readonly string[]): ReadonlySet<string> =>
  from.length === 0 ? NOBODY : new Set(from.flatMap((id) => [id, directory.accountable(id)]));
const NOBODY: ReadonlySet<string> = new Set();
