import type { Directory } from './directory.ts';
import { lotOf } from './chance.ts';
import { Eligibility } from './eligibility.ts';
import type { Member } from './member.ts';
import { Ranking, type Ranked } from './ranking.ts';
import { Scorer, sheet } from './score.ts';
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
    this.#eligibility = new Eligibility(directory, work, situation);
    this.#scorer = new Scorer(work, situation);
  }

  survey(): Survey {
    const { requires, from, by } = this.#work;
    const { members, plain, outside } = this.#directory.pool(requires, from, by);
    for (let at = 0; at < members.length; at++)
      this.#look(members[at] as Member, this.#eligibility.plainLevel(plain, at));
    if (outside) this.#tally.addUnseen(outside.reason, outside.of, this.#directory.size - members.length);
    return {
      takers: this.#takers.all,
      blocked: this.#blocked.all,
      reasons: this.#reasons,
      dropped: this.#tally.all(),
      taking: this.#taking,
      waiting: this.#waiting,
      target: this.#found,
    };
  }

  #look(member: Member, level: number): void {
    const { id } = member;
    const lasting = this.#eligibility.lasting(member, level);
    if (lasting) return this.#tally.add(lasting, this.#eligibility.of, id);
    const isTarget = id === this.#target;
    const own = isTarget ? this.#ownReason(member) : null;
    const isAsked = this.#asksNow && (!isTarget || own !== null);
    const passing = isAsked ? this.#eligibility.passing(member, this.#asksPresence) : null;
    if (passing) {
      this.#waiting += 1;
      this.#tally.add(passing, null, id);
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
    if ((this.#push !== 'best_fit' && this.#push !== 'offer') || !ranking.isFull) return false;
    const most = this.#scorer.most(member, this.#eligibility.level, open);
    return !ranking.admits(first, -most, 0, member.id);
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
