import type { Directory, Pool } from './directory.ts';
import { lotOf } from './chance.ts';
import { Eligibility } from './eligibility.ts';
import { CAPACITY, KEY, KINDS, OPEN, ROW, STATE, type Glances } from './glance.ts';
import { Glancer, LOOK } from './glancer.ts';
import { isHere, type Member } from './member.ts';
import type { Prospects } from './prospects.ts';
import { Ranking, type Ranked } from './ranking.ts';
import type { Scored, Scorer } from './score.ts';
import { Tally } from './tally.ts';
import type { Dropped, Push, Reason, Situation, Work } from './work.ts';

/** Most candidates that an explanation shows one by one. */
export const MOST_CANDIDATES = 20;
const MOST_BLOCKED = 3;

/** All participants, looked at once for one piece of work. */
export interface Survey {
  readonly takers: readonly Ranked[];
  /** The first of those who are eligible and cannot take it now, ranked as if they could. */
  readonly blocked: readonly Ranked[];
  /** Why not, for each of these. */
  readonly reasons: ReadonlyMap<Member, Reason>;
  readonly dropped: readonly Dropped[];
  readonly taking: number;
  /** How many are eligible, and cannot take it now. */
  readonly waiting: number;
  /** The one who is meant, where one is. */
  readonly target: { readonly entry: Ranked; readonly takes: boolean } | null;
}

export interface Question {
  readonly directory: Directory;
  readonly work: Work;
  readonly situation: Situation;
  readonly push: Push;
  /** The one who is meant. */
  readonly target: string | null;
  readonly scorer: Scorer;
}

/**
 * Looks at whoever the pool holds, once.
 *
 * SURVEY-1  Everybody in the directory is counted once: as taking it, or under one reason.
 * SURVEY-2  What a glance settles, a look settles in the same way.
 */
export class Surveyor {
  #directory: Directory;
  #glances: Glances;
  #work: Work;
  #situation: Situation;
  #push: Push;
  #isScored: boolean;
  #target: string | null;
  #eligibility: Eligibility;
  #scorer: Scorer;
  /** Slots of those who take a look. */
  #special: ReadonlySet<number>;
  #takers = new Ranking(MOST_CANDIDATES);
  #blocked = new Ranking(MOST_BLOCKED);
  #reasons = new Map<Member, Reason>();
  #tally = new Tally();
  #taking = 0;
  #waiting = 0;
  #found: Survey['target'] = null;

  constructor({ directory, work, situation, push, target, scorer }: Question) {
    this.#directory = directory;
    this.#glances = directory.glances;
    this.#work = work;
    this.#situation = situation;
    this.#push = push;
    this.#isScored = push === 'best_fit' || push === 'offer';
    this.#target = target;
    this.#eligibility = new Eligibility(directory, work, situation);
    this.#scorer = scorer;
    this.#special = slotsOf(directory, work, target);
  }

  survey(): Survey {
    const { requires, from, by } = this.#work;
    const pool = this.#directory.pool(requires, from, by);
    const { members, plain, outside } = pool;
    const glancer = Glancer.over(this.#directory, this.#work, this.#situation, pool);
    if (glancer) this.#glanceAt(pool, glancer);
    else
      for (let at = 0; at < members.length; at++)
        this.#look(members[at] as Member, this.#eligibility.plainLevel(plain, at));
    if (outside) this.#tally.addUnseen(outside.reason, outside.of, this.#directory.size - members.length);
    return {
      takers: this.#takers.all,
      blocked: this.#blocked.all,
      reasons: this.#reasons,
      dropped: this.#tally.all((slot) => this.#glances.ids[slot] as string),
      taking: this.#taking,
      waiting: this.#waiting,
      target: this.#found,
    };
  }

  // --- at a glance --------------------------------------------------------------------------------------------------

  #glanceAt({ members, plain, isEverybody }: Pool, glancer: Glancer): void {
    const { takers, blocked } = this.#directory.prospects;
    takers.clear();
    blocked.clear();
    if (plain) this.#glances.fetch(plain.slots);
    if (plain && (this.#push === 'round_robin' || this.#push === 'random'))
      this.#glances.fetchIds(plain.slots);
    if (isEverybody) this.#glanceAtEverybody(glancer);
    else
      for (let at = 0; at < members.length; at++)
        this.#glance(plain ? (plain.slots[at] as number) : (members[at] as Member).slot, at, glancer);
    this.#rankThe(takers, this.#takers, null);
    this.#rankThe(blocked, this.#blocked, glancer);
  }

  /** Slot by slot, as they lie in memory. */
  #glanceAtEverybody(glancer: Glancer): void {
    const { rows, used } = this.#glances;
    const { by } = this.#work;
    const kinds = by === null ? KINDS.human | KINDS.agent | KINDS.system : KINDS[by];
    for (let slot = 0; slot < used; slot++)
      if (((rows[slot * ROW + STATE] as number) & kinds) !== 0) this.#glance(slot, slot, glancer);
  }

  #glance(slot: number, at: number, glancer: Glancer): void {
    const lasting = this.#special.size > 0 && this.#special.has(slot) ? LOOK : glancer.lasting(slot, at);
    if (lasting === LOOK) return this.#look(this.#glances.members[slot] as Member, -1);
    if (lasting !== null) return this.#drop(lasting, glancer.of, slot);
    const passing = this.#asksNow ? glancer.passing(slot, this.#asksPresence) : null;
    if (passing === null) this.#taking += 1;
    else {
      this.#waiting += 1;
      this.#drop(passing, null, slot);
      if (!glancer.isAlone) return;
    }
    if (this.#isScored) this.#expect(slot, glancer.level, passing !== null);
    else this.#rankPushed(slot, glancer.level, passing, true);
  }

  #drop(reason: Reason, of: string | null, slot: number): void {
    const { rows, members } = this.#glances;
    if (this.#tally.counted(reason, of, rows[slot * ROW + KEY] as number))
      this.#tally.show((members[slot] as Member).key, slot);
  }

  /** To be scored when all are known, the most promising first. */
  #expect(slot: number, level: number, isBlocked: boolean): void {
    const { rows } = this.#glances;
    const capacity = rows[slot * ROW + CAPACITY] as number;
    const open = heldBy(rows[slot * ROW + OPEN] as number, capacity, isBlocked);
    const bound = this.#scorer.most(capacity, level, open, 0);
    if ((isBlocked ? this.#blocked : this.#takers).isBehind(0, -bound)) return;
    const { takers, blocked } = this.#directory.prospects;
    (isBlocked ? blocked : takers).add(slot, level, bound);
  }

  /** Those whom a glance left for later. With a glancer, they are blocked. */
  #rankThe(prospects: Prospects, ranking: Ranking, glancer: Glancer | null): void {
    for (let bucket = prospects.best; bucket >= prospects.last; bucket--) {
      if (this.#isScored && ranking.isBehind(0, -prospects.mostIn(bucket))) return;
      for (let at = prospects.firstIn(bucket); at >= 0; at = prospects.nextAfter(at)) {
        const [slot, level] = [prospects.slots[at] as number, prospects.levels[at] as number];
        if (!this.#isScored)
          this.#rankPushed(slot, level, glancer && glancer.passing(slot, this.#asksPresence), false);
        else if (!ranking.isBehind(0, -(prospects.bounds[at] as number)))
          this.#rankScored(slot, level, ranking, glancer);
      }
    }
  }

  #rankScored(slot: number, level: number, ranking: Ranking, glancer: Glancer | null): void {
    const { rows, ids } = this.#glances;
    const id = ids[slot] as string;
    const capacity = rows[slot * ROW + CAPACITY] as number;
    const open = heldBy(rows[slot * ROW + OPEN] as number, capacity, glancer !== null);
    const second = -this.#scorer.score(id, capacity, level, open);
    if (ranking.isBehind(0, second)) return;
    const third = this.#third(this.#glances.members[slot] as Member);
    if (!ranking.admits(0, second, third, id)) return;
    const reason = glancer && glancer.passing(slot, this.#asksPresence);
    this.#enter(slot, level, reason, { first: 0, second, third });
  }

  /** Where no score ranks them. Those who are not here stand behind those who are, and may wait until all of those are known. */
  #rankPushed(slot: number, level: number, blocked: Reason | null, mayWait: boolean): void {
    const ranking = blocked ? this.#blocked : this.#takers;
    const { rows, ids } = this.#glances;
    const isBehind = !this.#glances.isHere(slot, this.#work.requires) && this.#standsBehind(blocked);
    const first = isBehind ? 1 : 0;
    if (mayWait && first > 0) {
      const { takers, blocked: others } = this.#directory.prospects;
      return (blocked ? others : takers).add(slot, level, 0);
    }
    const capacity = rows[slot * ROW + CAPACITY] as number;
    const open = heldBy(rows[slot * ROW + OPEN] as number, capacity, blocked !== null);
    if (ranking.isBehind(first, this.#push === 'shortest_queue' ? open : Number.NEGATIVE_INFINITY)) return;
    const id = ids[slot] as string;
    const second = this.#second(id, capacity, level, open);
    const third = this.#third(this.#glances.members[slot] as Member);
    if (ranking.admits(first, second, third, id)) this.#enter(slot, level, blocked, { first, second, third });
  }

  #enter(
    slot: number,
    level: number,
    blocked: Reason | null,
    ranks: { readonly first: number; readonly second: number; readonly third: number },
  ): void {
    const member = this.#glances.members[slot] as Member;
    if (blocked) this.#reasons.set(member, blocked);
    const scored = this.#scored();
    const { first, second, third } = ranks;
    const entry = { member, level, open: member.open, insteadOf: null, first, second, third, scored };
    (blocked ? this.#blocked : this.#takers).add(entry);
  }

  // --- one by one ---------------------------------------------------------------------------------------------------

  #look(member: Member, level: number): void {
    const { id } = member;
    const lasting = this.#eligibility.lasting(member, level);
    if (lasting) return this.#tally.add(lasting, this.#eligibility.of, member.key, member.slot);
    const isTarget = id === this.#target;
    const own = isTarget ? this.#ownReason(member) : null;
    const isAsked = this.#asksNow && (!isTarget || own !== null);
    const passing = isAsked ? this.#eligibility.passing(member, this.#asksPresence) : null;
    if (passing) {
      this.#waiting += 1;
      this.#tally.add(passing, null, member.key, member.slot);
    } else this.#taking += 1;
    const entry = this.#rank(member, passing, isTarget);
    if (!isTarget || !entry) return;
    this.#found = { entry, takes: own === null };
    if (own) this.#reasons.set(member, own);
  }

  /** Why the one who is meant cannot have it. It need not be there: what is reserved for it waits for it. */
  #ownReason(member: Member): Reason | null {
    const { when } = this.#work;
    return when === 'early' ? null : this.#eligibility.passing(member, when === 'late');
  }

  #rank(member: Member, blocked: Reason | null, always: boolean): Ranked | null {
    const { id, open, capacity } = member;
    const { level, insteadOf } = this.#eligibility;
    const ranking = blocked ? this.#blocked : this.#takers;
    const wouldHold = heldBy(open, capacity, blocked !== null);
    const first = !isHere(member, this.#work.requires) && this.#standsBehind(blocked) ? 1 : 0;
    if (!always && this.#isScored) {
      const most = this.#scorer.most(capacity, level, wouldHold, this.#scorer.familiar(id));
      if (ranking.isBehind(first, -most)) return null;
    }
    const second = this.#second(id, capacity, level, wouldHold);
    const third = this.#third(member);
    const isAdmitted = ranking.admits(first, second, third, id);
    if (!always && !isAdmitted) return null;
    const scored = this.#scored();
    const entry: Ranked = { member, level, open, insteadOf, first, second, third, scored };
    if (!isAdmitted || (blocked && this.#eligibility.stopsToo(blocked, member, this.#asksPresence)))
      return entry;
    if (blocked) this.#reasons.set(member, blocked);
    ranking.add(entry);
    return entry;
  }

  // --- what is asked ------------------------------------------------------------------------------------------------

  /** An offer waits for whoever comes, and what is early is not for now. */
  get #asksNow(): boolean {
    const { when } = this.#work;
    return when === 'late' || (when === 'enabled' && this.#push !== 'offer');
  }

  /** The best of those who wait for work; else the first who comes. */
  get #asksPresence(): boolean {
    return this.#work.when === 'late' || this.#push === 'best_fit';
  }

  /** Those who are present come first, where the work is pushed to somebody. */
  get #prefersPresent(): boolean {
    return this.#push !== 'offer' && this.#work.when !== 'early' && !this.#asksPresence;
  }

  /** Where somebody does who is not here. */
  #standsBehind(blocked: Reason | null): boolean {
    return this.#prefersPresent && blocked !== 'absent';
  }

  #second(id: string, capacity: number, level: number, open: number): number {
    switch (this.#push) {
      case 'best_fit':
      case 'offer':
        return -this.#scorer.score(id, capacity, level, open);
      case 'round_robin':
        return this.#turn(id);
      case 'random':
        return -lotOf(this.#situation.seed, id);
      case 'shortest_queue':
        return open;
    }
  }

  /** Of those who score the same, whoever is cheapest is looked at, however many they are: `byCost` knows no others. */
  #third(member: Member): number {
    if (this.#push === 'best_fit') return this.#scorer.cost(member)?.amount ?? Number.POSITIVE_INFINITY;
    return this.#push === 'shortest_queue' ? this.#turn(member.id) : 0;
  }

  #turn(id: string): number {
    return this.#situation.lastAssigned(this.#work.key, id) ?? -1;
  }

  /** Whoever was scored last. */
  #scored(): Scored | null {
    return this.#isScored ? { ...this.#scorer.last } : null;
  }
}

/** Who is full is ranked as if there were room for one more. */
const heldBy = (open: number, capacity: number, isBlocked: boolean): number =>
  isBlocked ? Math.min(open, capacity - 1) : open;

/** Of those who are named, to whom a glance does not do justice. */
const slotsOf = (directory: Directory, work: Work, target: string | null): ReadonlySet<number> => {
  const slots = new Set<number>();
  for (const ids of [work.excluded, work.affinity, target === null ? [] : [target]])
    for (const id of ids) {
      const member = directory.member(id);
      if (member) slots.add(member.slot);
    }
  return slots;
};
