import type { Directory } from './directory.ts';
import { lotOf } from './chance.ts';
import { Eligibility } from './eligibility.ts';
import { FULL, HOURS, KINDS, PRESENT } from './glance.ts';
import type { Member } from './member.ts';
import { Ranking, type Ranked } from './ranking.ts';
import { mostFor, Scorer, sheet } from './score.ts';
import { Tally } from './tally.ts';
import type { Dropped, Push, Reason, Situation, Work } from './work.ts';

/** Most candidates that an explanation shows one by one. */
const MOST_CANDIDATES = 20;
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

/**
 * Looks at whoever the pool holds, once.
 *
 * SURVEY-1  Everybody in the directory is counted once: as taking it, or under one reason.
 */
export class Surveyor {
  #directory: Directory;
  #work: Work;
  #situation: Situation;
  #push: Push;
  #target: string | null;
  #targetSlot: number;
  #eligibility: Eligibility;
  #scorer: Scorer;
  #sheet = sheet();
  #takers = new Ranking(MOST_CANDIDATES);
  #blocked = new Ranking(MOST_BLOCKED);
  #reasons = new Map<Member, Reason>();
  #tally = new Tally();
  #taking = 0;
  #waiting = 0;
  #found: Survey['target'] = null;

  constructor(directory: Directory, work: Work, situation: Situation, push: Push, target: string | null) {
    this.#directory = directory;
    this.#work = work;
    this.#situation = situation;
    this.#push = push;
    this.#target = target;
    this.#targetSlot = target === null ? -1 : (directory.member(target)?.slot ?? -1);
    this.#eligibility = new Eligibility(directory, work, situation);
    this.#scorer = new Scorer(work, situation);
  }

  survey(): Survey {
    const { requires, from, by } = this.#work;
    const { members, plain, outside } = this.#directory.pool(requires, from, by);
    const isPlain = plain !== null && this.#isGlanced;
    for (let at = 0; at < members.length; at++) {
      const level = this.#eligibility.plainLevel(plain, at);
      if (isPlain && level >= 0 && this.#glance(plain.slots[at] as number, level)) continue;
      this.#look(members[at] as Member, level);
    }
    if (outside) this.#tally.addUnseen(outside.reason, outside.of, this.#directory.size - members.length);
    return {
      takers: this.#takers.all,
      blocked: this.#blocked.all,
      reasons: this.#reasons,
      dropped: this.#tally.all((slot) => this.#directory.glances.idAt(slot)),
      taking: this.#taking,
      waiting: this.#waiting,
      target: this.#found,
    };
  }

  /** Only scores can be bounded without a look at the participant. */
  get #isGlanced(): boolean {
    const isScored = this.#push === 'best_fit' || this.#push === 'offer';
    return isScored && this.#eligibility.isPlain && this.#work.affinity.length === 0;
  }

  /**
   * Settles the many who are eligible and not among the first by what a glance tells, and leaves all others to a look.
   *
   * SURVEY-2  What a glance settles, a look settles in the same way.
   */
  #glance(slot: number, level: number): boolean {
    const glances = this.#directory.glances;
    if (slot === this.#targetSlot || !this.#eligibility.atAGlance(slot, level, glances)) return false;
    const state = glances.states[slot] as number;
    const [open, capacity] = [glances.open[slot] as number, glances.capacities[slot] as number];
    const reason = this.#asksNow ? this.#passingAtAGlance(state, open) : null;
    if (reason === 'hours') return false;
    const ranking = reason ? this.#blocked : this.#takers;
    const most = mostFor(level, reason ? Math.min(open, capacity - 1) : open, capacity, 0);
    if (!ranking.isBehind(0, -most)) return false;
    if (reason) {
      this.#waiting += 1;
      this.#tally.add(reason, null, glances.keys[slot] as number, slot);
    } else this.#taking += 1;
    return true;
  }

  /** As `Eligibility.passing`; `hours` stands for what takes a closer look. */
  #passingAtAGlance(state: number, open: number): Reason | null {
    if ((state & HOURS) !== 0) return 'hours';
    if ((state & FULL) !== 0) return 'capacity';
    const { when, load } = this.#work;
    if (when === 'late' && load !== null && open >= load) return 'load';
    return this.#asksPresence && (state & (PRESENT | KINDS.human)) === 0 ? 'absent' : null;
  }

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

  /** An offer waits for whoever comes, and what is early is not for now. */
  get #asksNow(): boolean {
    const { when } = this.#work;
    return when === 'late' || (when === 'enabled' && this.#push !== 'offer');
  }

  /** The best of those who wait for work; else the first who comes. */
  get #asksPresence(): boolean {
    return this.#work.when === 'late' || this.#push === 'best_fit';
  }

  #rank(member: Member, blocked: Reason | null, always: boolean): Ranked | null {
    const { id, open, capacity } = member;
    const ranking = blocked ? this.#blocked : this.#takers;
    const wouldHold = blocked ? Math.min(open, capacity - 1) : open;
    const first = blocked === 'absent' ? 0 : this.#absence(member);
    if (!always && this.#isBeyond(ranking, member, first, wouldHold)) return null;
    const second = this.#second(member, wouldHold);
    const third = this.#push === 'shortest_queue' ? this.#turn(id) : 0;
    const isAdmitted = ranking.admits(first, second, third, id);
    if (!always && !isAdmitted) return null;
    const { level, insteadOf } = this.#eligibility;
    const entry: Ranked = { member, level, open, insteadOf, first, second, third };
    if (!isAdmitted || (blocked && this.#eligibility.stopsToo(blocked, member, this.#asksPresence)))
      return entry;
    if (blocked) this.#reasons.set(member, blocked);
    ranking.add(entry);
    return entry;
  }

  /** Whether no track record could bring it among the first: then it is not looked up, which is what takes the time. */
  #isBeyond(ranking: Ranking, member: Member, first: number, open: number): boolean {
    if (this.#push !== 'best_fit' && this.#push !== 'offer') return false;
    const affinity = this.#work.affinity.includes(member.id) ? 1 : 0;
    return ranking.isBehind(first, -mostFor(this.#eligibility.level, open, member.capacity, affinity));
  }

  /** Those who are present come first, where the work is pushed to somebody. */
  #absence({ kind, present }: Member): number {
    const ignored = this.#push === 'offer' || this.#work.when === 'early' || kind === 'human';
    return ignored || this.#asksPresence || present ? 0 : 1;
  }

  #second(member: Member, open: number): number {
    const { id } = member;
    switch (this.#push) {
      case 'best_fit':
      case 'offer':
        return -this.#scorer.score(member, this.#eligibility.level, open, this.#sheet);
      case 'round_robin':
        return this.#turn(id);
      case 'random':
        return -lotOf(this.#situation.seed, id);
      case 'shortest_queue':
        return open;
    }
  }

  #turn(id: string): number {
    return this.#situation.lastAssigned(this.#work.key, id) ?? -1;
  }
}
