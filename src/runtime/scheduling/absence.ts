import { isHere, isOnDuty } from '../../routing/index.ts';
import type { Task } from '../../engine/index.ts';
import type { Store, TaskRow } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import { barTo, objectionTo } from './objections.ts';
import { openTasks } from '../open-tasks.ts';
import { PRESENT_MS, type Organisation } from '../organisation/index.ts';
import type { Reservation } from './reservations.ts';
import type { Router } from './router.ts';

/** A task that is kept from others in vain. */
export interface Kept {
  readonly row: TaskRow;
  readonly reason: string;
}

/**
 * Who does not come for what is reserved for them.
 *
 * ABSENT-1  What a node hears of is what it is asked: whoever it has not heard of for a while may be at work on another. Who holds a
 *           lease that is not over is alive, wherever.
 * ABSENT-2  Who has never been heard of has as long to come as whoever was heard of when that was reserved.
 * ABSENT-3  Nobody loses what nobody else could begin now: it does not go to and fro among those who are away.
 * ABSENT-4  Whoever waits, and for other work alone, is not there for this: what is reserved for them since that long is nobody's.
 * ABSENT-5  Whoever might not do it as they are keeps it as what they took it: under a delegation while that holds and whoever it rests
 *           on may do it, and as one who administers it while nothing stands against those either.
 */
export class Absence {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #organisation: Organisation;
  readonly #router: () => Pick<Router, 'eligible' | 'objection'>;

  constructor(parts: {
    readonly clock: Clock;
    readonly store: Store;
    readonly organisation: Organisation;
    readonly router: () => Pick<Router, 'eligible' | 'objection'>;
  }) {
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#organisation = parts.organisation;
    this.#router = parts.router;
  }

  /** As far as this node has heard. People are not waited for. */
  isAway(id: string, requires: readonly string[]): boolean {
    if (this.#organisation.passport(id)?.kind === 'human') return false;
    return !this.#organisation.presence.isPresent(id) || this.#isElsewhere(id, requires);
  }

  /** Neither at work nor about to be, by what they are. */
  isOut(id: string): boolean {
    const status = this.#organisation.passport(id)?.status;
    return status !== 'available' && status !== 'busy';
  }

  /** When the first of somebody's claims ends that does after a time, in ms since the epoch; Infinity where none does. */
  lapsesAfter(id: string, time: number): number {
    let first = Infinity;
    for (const { expiresAt } of this.#organisation.directory.passport(id)?.claims ?? [])
      if (expiresAt !== null && expiresAt > time && expiresAt < first) first = expiresAt;
    return first;
  }

  /** ABSENT-4 */
  #isElsewhere(id: string, requires: readonly string[]): boolean {
    const member = this.#organisation.directory.member(id);
    return member !== null && member.present && !isHere(member, requires);
  }

  /** REROUTE-2: why somebody does not begin what is reserved for them, and that as it is now; null while they may. */
  async whyNot({ task, assignee, since }: Reservation): Promise<Kept | null> {
    const row = await this.#store.task(task);
    const passport = this.#organisation.passport(assignee);
    if (row?.status !== 'reserved' || row.assignee !== assignee || !passport) return null;
    if (await this.#isGone(row, assignee, since)) {
      const why = this.#isElsewhere(assignee, row.requires)
        ? 'waits for other work'
        : 'is not heard of any more';
      return { row, reason: `${passport.name} ${why}` };
    }
    const objection = this.objection(row, assignee);
    return objection && { row, reason: objection.message };
  }

  /** ABSENT-5 */
  objection(task: Task, assignee: string): { readonly message: string } | null {
    const router = this.#router();
    const own = router.objection(task, assignee);
    if (!own || !task.takenAs) return own;
    const { administrator, delegation } = task.takenAs;
    const ask = administrator ? barTo : objectionTo;
    if (delegation === undefined) return ask(router, task, assignee, null);
    const held = this.#organisation.delegations.hold(delegation, assignee, this.#clock.now());
    return held.ok ? ask(router, task, assignee, held.value.chain) : held.rejection;
  }

  async #isGone(row: TaskRow, assignee: string, since: number): Promise<boolean> {
    const { requires } = row;
    if (!this.isAway(assignee, requires)) return false;
    const now = this.#clock.now();
    const { presence } = this.#organisation;
    const heard = this.#isElsewhere(assignee, requires) ? since : (presence.lastSeenAt(assignee) ?? since);
    if (heard + PRESENT_MS > now || (await this.#isAtWork(assignee, now))) return false;
    return this.#router()
      .eligible(row)
      .some((id) => id !== assignee && this.#isFree(id, requires, now));
  }

  /** ABSENT-1 */
  async #isAtWork(assignee: string, now: number): Promise<boolean> {
    for await (const { leaseUntil } of openTasks(this.#store, { assignee, status: ['in_progress'] }))
      if (leaseUntil !== null && leaseUntil > now) return true;
    return false;
  }

  #isFree(id: string, requires: readonly string[], now: number): boolean {
    const member = this.#organisation.directory.member(id);
    return (
      member !== null && !this.isAway(id, requires) && member.open < member.capacity && isOnDuty(member, now)
    );
  }
}
