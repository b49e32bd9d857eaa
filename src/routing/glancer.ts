import type { Directory, Pool } from './directory.ts';
import { separatedBy } from './eligibility.ts';
import { FULL, HOURS, KINDS, OPEN, ROW, safetyIn, STATE, STATUS, type Glances } from './glance.ts';
import { isOpen, type OpeningHours } from './hours.ts';
import type { Marks } from './marks.ts';
import { TIERS } from './member.ts';
import type { Plain } from './postings.ts';
import type { Reason, Situation, Work } from './work.ts';

/** It takes a closer look. */
export const LOOK = 'look';

const UNABLE = STATUS.suspended | STATUS.revoked;
const MOST_AT_ONE = 16;

interface Skill {
  readonly name: string;
  readonly plain: Plain;
  /** null for the one that the pool was found by, whose positions are those of the pool. */
  readonly marks: Marks | null;
}

/**
 * Says of thousands what `Eligibility` says of one, from what a glance tells.
 *
 * GLANCE-2  What it says is what a look says.
 * GLANCE-3  After `lasting`, `of` says more about the reason, or `level` about who may do it; after `passing`, `isAlone` whether it is
 *           the only reason.
 */
export class Glancer {
  of: string | null = null;
  level = 1;
  isAlone = true;
  #glances: Glances;
  #work: Work;
  #now: number;
  #skills: readonly Skill[];
  #separate: ReadonlySet<string>;
  #kinds: number;
  #safety: number;

  /** Null where it takes a look at each: constraints on tools, parties and policies are about more than a glance tells. */
  static over(directory: Directory, work: Work, situation: Situation, pool: Pool): Glancer | null {
    const { from, tools } = work;
    if (from.length > 0 || tools.length > 0 || situation.forbidden !== null) return null;
    const skills = skillsOf(directory, work, pool);
    return skills && new Glancer(directory, work, situation.now, skills);
  }

  constructor(directory: Directory, work: Work, now: number, skills: readonly Skill[]) {
    this.#glances = directory.glances;
    this.#work = work;
    this.#now = now;
    this.#skills = skills;
    this.#separate = separatedBy(directory, work.separateFrom);
    this.#kinds = work.by === null ? KINDS.human | KINDS.agent : KINDS[work.by];
    this.#safety = TIERS[work.safety];
  }

  /** Why whoever is at the slot, and at that position of the pool, may not do it. Excluded ones are left to a look. */
  lasting(slot: number, position: number): Reason | null | typeof LOOK {
    const state = this.#glances.rows[slot * ROW + STATE] as number;
    this.of = null;
    if ((state & UNABLE) !== 0)
      return this.#no('status', (state & STATUS.suspended) !== 0 ? 'suspended' : 'revoked');
    if ((state & this.#kinds) === 0) return this.#no('kind', kindOf(state));
    const flaw = this.#incapable(slot, position);
    if (flaw !== null) return flaw;
    if (this.#separate.size > 0 && this.#isSeparate(slot)) return 'separation';
    if (safetyIn(state) < this.#safety) return this.#no('safety', tierOf(safetyIn(state)));
    return (state & STATUS.away) === 0 ? null : 'away';
  }

  #no(reason: Reason, of: string): Reason {
    this.of = of;
    return reason;
  }

  #incapable(slot: number, position: number): Reason | null | typeof LOOK {
    this.level = 1;
    for (let n = 0; n < this.#skills.length; n++) {
      const { name, plain, marks } = this.#skills[n] as Skill;
      const at = marks ? marks.positionOf(slot, plain) : position;
      if (at < 0) return this.#no('capability', name);
      const level = plain.levels[at] as number;
      if (level < 0 || (plain.untils[at] as number) <= this.#now) return LOOK;
      if (level < this.#work.level) return this.#no('level', name);
      if (level < this.level) this.level = level;
    }
    return null;
  }

  #isSeparate(slot: number): boolean {
    const { ids, accountable } = this.#glances;
    return this.#separate.has(ids[slot] as string) || this.#separate.has(accountable[slot] ?? '');
  }

  /** Why not now. `presence`: whether agents and systems have to be waiting for work. */
  passing(slot: number, presence: boolean): Reason | null {
    const { rows, hours } = this.#glances;
    const { when, load } = this.#work;
    const state = rows[slot * ROW + STATE] as number;
    this.isAlone = true;
    let reason: Reason | null = null;
    if (presence && !this.#glances.isHere(slot, this.#work.requires)) reason = 'absent';
    if (when === 'late' && load !== null && (rows[slot * ROW + OPEN] as number) >= load)
      reason = this.#also('load', reason);
    if ((state & FULL) !== 0) reason = this.#also('capacity', reason);
    if ((state & HOURS) !== 0 && !isOpen(hours[slot] as OpeningHours, this.#now))
      reason = this.#also('hours', reason);
    return (state & STATUS.busy) === 0 ? reason : this.#also('busy', reason);
  }

  #also(reason: Reason, other: Reason | null): Reason {
    if (other !== null) this.isAlone = false;
    return reason;
  }
}

/** Null where the others that are asked for have so many more holders that marking them takes longer than a look at each of the pool. */
const skillsOf = (
  directory: Directory,
  { requires }: Work,
  { capability, members }: Pool,
): readonly Skill[] | null => {
  const skills: Skill[] = [];
  for (const [at, name] of requires.entries()) {
    const plain = directory.plain(name);
    if (name !== capability && plain.slots.length > MOST_AT_ONE * members.length) return null;
    skills.push({ name, plain, marks: name === capability ? null : directory.marks(at, plain) });
  }
  return skills;
};

const kindOf = (state: number): string =>
  (state & KINDS.human) !== 0 ? 'human' : (state & KINDS.agent) !== 0 ? 'agent' : 'system';

const TIER_NAMES = Object.keys(TIERS);
const tierOf = (tier: number): string => TIER_NAMES[tier] as string;
