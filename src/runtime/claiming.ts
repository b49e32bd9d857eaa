import { isTaskFinal, type Task } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Store } from '../store/index.ts';
import type { Capacity } from './capacity.ts';
import type { Clock } from './clock.ts';
import { inTask } from './in-task.ts';
import type { KnownTakers } from './known-takers.ts';
import type { Organisation, Refused } from './organisation/index.ts';
import type { GroupOf, ReadyQueue, ReadyTask } from './ready-queue.ts';
import { aboutWhat } from './refused-claim.ts';
import type { Rerouting } from './rerouting.ts';
import type { Reservation, Reservations } from './reservations.ts';
import type { Requirement, Router } from './router.ts';
import type { Outcome, Runs } from './runs.ts';
import { isOfStore, MOST_FAULTS, type SetAside } from './set-aside.ts';
import { wants, type ClaimRequest, type Waiter, type Waiters } from './waiters.ts';
import type { Workload } from './workload.ts';

export interface ClaimingParts {
  readonly store: Pick<Store, 'task'>;
  readonly clock: Clock;
  readonly organisation: Organisation;
  readonly runs: () => Runs;
  readonly router: () => Pick<Router, 'objection'>;
  readonly rerouting: () => Pick<Rerouting, 'start' | 'freed' | 'doubt'>;
  readonly ready: ReadyQueue;
  readonly reservations: Reservations;
  readonly workload: Workload;
  readonly waiters: Waiters;
  readonly capacity: Capacity;
  readonly takers: KnownTakers;
  readonly aside: SetAside;
  onFault(fault: unknown): void;
}

/** A task that is taken out of line for somebody, until they have it or it is put back. */
interface Found {
  readonly run: string;
  readonly task: string;
  undo(): void;
  /** Once it is put back: to those who wait for it, but for one to whom it was refused. */
  offer(but: string | null): void;
}

/** One look for a task. */
interface Look {
  readonly request: ClaimRequest;
  /** Tasks that it is not for, and runs that cannot be worked on. */
  readonly refused: Set<string>;
  readonly faults: unknown[];
}

type Offered = Requirement & Pick<Task, 'id'>;

/** After a fault of the store those who wait look again. */
const RETRY_MS = 1000;

/**
 * Gives tasks to those who ask for one.
 *
 * CLAIMING-1  A task that is refused to somebody stays in line for all others, who are told where they wait, unless nobody can begin with it.
 * CLAIMING-2  What cannot be worked on keeps nobody from anything else: it is set aside, and whoever came for it looks for the next.
 * CLAIMING-3  What is offered is offered until somebody has taken it out of line, or nobody is left who waits for such work.
 */
export class Claiming {
  readonly #parts: ClaimingParts;
  /** Tasks that were refused to a poll: they are not offered to it again when they are put back. */
  readonly #refused = new WeakMap<ClaimRequest, Set<string>>();
  #cancelLook: (() => void) | null = null;
  #stopped = false;

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  /** A task for the participant, in progress and with its fencing token; null when none came in time. */
  async claimNext(request: ClaimRequest): Promise<Outcome<Task | null>> {
    return this.#parts.capacity.within(request.passport, async () => {
      const task = await this.#take(request);
      if (task && 'rejection' in task) return task;
      if (!task || !request.signal?.aborted) return { ok: true, value: task };
      await this.#giveBack(request.passport, task);
      return { ok: true, value: null };
    });
  }

  /** The claimer has gone while its claim was on the way. */
  async #giveBack(passport: Passport, { run, id, token }: Task): Promise<void> {
    const command = { type: 'task.release' as const, task: id, token, reason: 'the claimer had gone' };
    await this.#parts.runs().execute(run, command, inTask(passport, id));
  }

  /** Nothing is awaited between looking for a task and waiting for one, so that none slips through. */
  async #take(request: ClaimRequest): Promise<Task | null | Refused> {
    const look: Look = { request, refused: new Set(), faults: [] };
    for (;;) {
      const found = this.#next(look);
      if (!found && look.faults.length > 0) throw look.faults[0];
      if (!found) return this.#wait(request);
      const task = found instanceof Promise ? await found : await this.#claim(look, found);
      if (task) return task;
    }
  }

  /** What is reserved for the participant, else the first that it may do. A promise: it is to be looked again after it. */
  #next({ request, refused }: Look): Found | null | Promise<void> {
    const { organisation, reservations, ready, takers } = this.#parts;
    const { id } = request.passport;
    if (organisation.policies.emergencyStop.state !== 'off') return null;
    for (const own of reservations.of(id)) {
      if (!wants(request, own.requires) || refused.has(own.task) || refused.has(own.run)) continue;
      if (takers.isDenied(own.task, id)) continue;
      reservations.drop(own.task);
      return {
        run: own.run,
        task: own.task,
        undo: () => reservations.restore(own),
        offer: (but) => void (but !== id && this.#remindAgain(own)),
      };
    }
    const wanted = ({ asked }: GroupOf): boolean => wants(request, asked.requires);
    const found = takers.first(ready, id, wanted, refused);
    if (!found || found instanceof Promise) return found;
    return {
      run: found.run,
      task: found.task,
      undo: () => ready.putBack(found),
      offer: (but) => this.#offerAgain(found, but),
    };
  }

  /** Null when it is to look for another. CLAIMING-1 */
  async #claim(look: Look, found: Found): Promise<Task | null | Refused> {
    const { runs, clock, workload } = this.#parts;
    const { passport, leaseMs, claim } = look.request;
    const { run, task: id } = found;
    const command = { type: 'task.start' as const, task: id, assignee: passport.id };
    const takeBack = workload.expect(id, passport.id);
    try {
      const leaseUntil = clock.now() + leaseMs;
      const outcome = await runs().execute(run, command, inTask(passport, id), { leaseUntil, claim });
      if (outcome.ok) return outcome.value.tasks.find((task) => task.id === id) ?? null;
      takeBack();
      const about = aboutWhat(outcome.rejection.code);
      if (about === 'claimant') {
        found.undo();
        found.offer(passport.id);
        return outcome;
      }
      if (about === 'both') await this.#deny(look, found);
      return null;
    } catch (fault) {
      takeBack();
      return this.#failed(look, found, fault);
    }
  }

  /** Others may have it, unless it has gone to those who have to be asked first (`reconsidered`). */
  async #deny({ request, refused }: Look, { task, undo, offer }: Found): Promise<void> {
    const { id } = request.passport;
    refused.add(task);
    this.#refused.set(request, (this.#refused.get(request) ?? new Set()).add(task));
    this.#parts.takers.deny(task, id);
    const hasGone = await this.#parts.store.task(task).then(
      (row) => row !== null && isTaskFinal(row.status),
      () => false,
    );
    if (hasGone) return;
    undo();
    offer(id);
  }

  /** CLAIMING-2 */
  #failed({ refused, faults }: Look, { run, task, undo, offer }: Found, fault: unknown): null {
    if (isOfStore(fault)) {
      undo();
      this.lookAgain();
      throw fault;
    }
    this.#parts.aside.put(task, () => {
      undo();
      offer(null);
    });
    if (faults.push(fault) === MOST_FAULTS) throw fault;
    refused.add(run);
    this.#parts.onFault(fault);
    return null;
  }

  // --- waiting --------------------------------------------------------------------------------------------------

  #hasGivenUp({ until, signal }: ClaimRequest): boolean {
    return this.#stopped || until <= this.#parts.clock.now() || signal?.aborted === true;
  }

  #wait(request: ClaimRequest): Promise<Task | null | Refused> {
    if (this.#hasGivenUp(request)) return Promise.resolve(null);
    const waiting = this.#parts.waiters.wait(request, this.#parts.clock);
    const rerouting = this.#parts.rerouting();
    rerouting.start();
    rerouting.freed(request.passport.id);
    return waiting;
  }

  /** Whoever was set aside for a task, or has one to look at, looks again; without one it waits on. */
  wakeUp(waiter: Waiter): void {
    this.#parts.waiters.delete(waiter);
    if (this.#hasGivenUp(waiter.request)) return waiter.resolve(null);
    void this.#take(waiter.request).then(waiter.resolve, waiter.reject);
  }

  wakeAll(): void {
    for (const waiter of [...this.#parts.waiters]) this.wakeUp(waiter);
  }

  /** The store has failed: in a while whoever waits looks for what was put back, and for what came to be unseen. */
  lookAgain(): void {
    if (this.#stopped || this.#cancelLook) return;
    this.#cancelLook = this.#parts.clock.after(RETRY_MS, () => {
      this.#cancelLook = null;
      this.wakeAll();
    });
  }

  /** It holds one task less than it did: there may have been no room for what is in line. */
  hasRoom(participant: string): void {
    const { waiters, capacity } = this.#parts;
    for (const waiter of [...waiters.of(participant)])
      if (capacity.room(waiter.request.passport) === 1) this.wakeUp(waiter);
  }

  // --- offering -------------------------------------------------------------------------------------------------

  /** CLAIMING-3 */
  offer(task: Offered, waiters: Iterable<Waiter>): void {
    if (this.#parts.organisation.policies.emergencyStop.state !== 'off') return;
    // Whoever has looked in vain waits again, as the last.
    const asked = new Set<ClaimRequest>();
    for (const waiter of waiters) {
      if (asked.has(waiter.request) || !this.#mayTake(waiter, task)) continue;
      asked.add(waiter.request);
      this.wakeUp(waiter);
      if (!this.#parts.ready.has(task.id)) return;
    }
  }

  #offerAgain(found: ReadyTask, but: string | null): void {
    const { task: id, asked, excluded, separate, offeredTo } = found;
    const others = [...this.#parts.waiters].filter(
      ({ request }) => request.passport.id !== but && !this.#refused.get(request)?.has(id),
    );
    this.offer({ ...asked, id, excluded, separate, offeredTo }, others);
  }

  #mayTake({ request }: Waiter, task: Offered): boolean {
    const { capacity, router, takers } = this.#parts;
    const { passport } = request;
    if (!wants(request, task.requires) || this.#hasGivenUp(request)) return false;
    if (capacity.room(passport) <= 0 || takers.isDenied(task.id, passport.id)) return false;
    const objection = router().objection(task, passport.id);
    // Whoever comes for it reads what it brings.
    return objection === null || (objection.reason === 'constraint' && task.input === undefined);
  }

  /** Who of them can be given what is held back; null where nobody can. */
  whoFor(task: Task, waiters: Iterable<Waiter>): string | null {
    for (const waiter of waiters) {
      const { id, capacity } = waiter.request.passport;
      if (this.#parts.workload.count(id) < capacity && this.#mayTake(waiter, task)) return id;
    }
    return null;
  }

  /** Whoever it is reserved for may have begun to wait while that was being committed. */
  remind({ assignee, requires }: Pick<Reservation, 'assignee' | 'requires'>): void {
    for (const waiter of this.#parts.waiters.of(assignee))
      if (wants(waiter.request, requires)) return this.wakeUp(waiter);
  }

  /** REROUTE-2: what changed meanwhile was not asked about it. */
  #remindAgain(own: Reservation): void {
    this.remind(own);
    this.#parts.rerouting().doubt(own.assignee);
  }

  /** BACK-2: whoever waits is told that there is nothing. */
  stop(): void {
    this.#stopped = true;
    this.#cancelLook?.();
    for (const waiter of [...this.#parts.waiters]) waiter.resolve(null);
  }
}
