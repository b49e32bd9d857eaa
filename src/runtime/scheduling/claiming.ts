import type { Task } from '../../engine/index.ts';
import { isOnDuty, type Passport } from '../../routing/index.ts';
import type { Store } from '../../store/index.ts';
import type { Capacity } from './capacity.ts';
import type { Clock } from '../clock.ts';
import { inTask } from '../in-task.ts';
import type { KnownTakers } from './known-takers.ts';
import type { Organisation, Refused } from '../organisation/index.ts';
import { groupOf, type GroupOf, type ReadyQueue, type ReadyTask } from './ready-queue.ts';
import { aboutWhat } from './refused-claim.ts';
import type { Rerouting } from './rerouting.ts';
import type { Reservation, Reservations } from './reservations.ts';
import type { Requirement, Router } from './router.ts';
import type { Outcome, Runs } from '../runs.ts';
import { isOfRun, isOfStore, MOST_FAULTS, versionOf, type SetAside, type TaskVersion } from './set-aside.ts';
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
  /** As it was in line. */
  readonly version: TaskVersion;
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
  /** While it is read what tasks bring. */
  reading: Promise<void> | null;
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
 * CLAIMING-4  What one of them has to read before they can say whether they take it, is read once: the others are told after that.
 * CLAIMING-5  What is refused to somebody for all that they have, or was not given to them, is looked at again for them as soon as they have
 *             less.
 */
export class Claiming {
  readonly #parts: ClaimingParts;
  /** Tasks that were refused to a poll: they are not offered to it again when they are put back. */
  readonly #refused = new WeakMap<ClaimRequest, Set<string>>();
  /** Those who were refused something for all that they have. */
  readonly #laden = new Set<string>();
  #cancelLook: (() => void) | null = null;
  #stopped = false;

  constructor(parts: ClaimingParts) {
    this.#parts = parts;
  }

  /** A task for the participant, in progress and with its fencing token; null when none came in time. */
  async claimNext(request: ClaimRequest): Promise<Outcome<Task | null>> {
    return this.#parts.capacity.within(request.passport, async () => {
      const task = await this.#take(lookOf(request));
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
  async #take(look: Look): Promise<Task | null | Refused> {
    const { request } = look;
    for (;;) {
      const found = this.#next(look);
      if (!found && look.faults.length > 0) throw look.faults[0];
      if (!found) return this.#wait(request);
      look.reading = found instanceof Promise ? found : null;
      const task = found instanceof Promise ? await found : await this.#claim(look, found);
      if (task) return task;
    }
  }

  #isOnDuty(id: string): boolean {
    const { organisation, clock } = this.#parts;
    const member = organisation.directory.member(id);
    return member !== null && isOnDuty(member, clock.now());
  }

  /** What is reserved for the participant, else the first that it may do, where it takes anything new. A promise: it is to be looked again after it. */
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
        version: versionOf(own, 'reserved'),
        undo: () => reservations.restore(own),
        offer: (but) => this.#remindAgain(own, but),
      };
    }
    if (!this.#isOnDuty(id)) return null;
    const wanted = ({ asked }: GroupOf): boolean => wants(request, asked.requires);
    const found = takers.first(ready, id, wanted, refused);
    if (!found || found instanceof Promise) return found;
    return {
      run: found.run,
      task: found.task,
      version: versionOf(found, 'ready'),
      undo: () => ready.putBack(found),
      offer: (but) => this.#offerAgain(found, but),
    };
  }

  /** Null when it is to look for another. CLAIMING-1 */
  async #claim(look: Look, found: Found): Promise<Task | null | Refused> {
    const { runs, clock, workload, takers, rerouting } = this.#parts;
    const { passport, leaseMs, claim } = look.request;
    const { run, task: id } = found;
    const command = { type: 'task.start' as const, task: id, assignee: passport.id };
    const asked = takers.forgotten;
    const had = workload.beside(id, passport.id);
    const undo = workload.wish(id, passport.id);
    const takeBack = (): void => {
      undo();
      rerouting().freed(passport.id);
    };
    const decided = (): void => workload.decided(id);
    try {
      const options = { leaseUntil: clock.now() + leaseMs, claim, decided };
      const outcome = await runs().execute(run, command, inTask(passport, id), options);
      if (outcome.ok) return outcome.value.tasks.find((task) => task.id === id) ?? null;
      takeBack();
      const about = aboutWhat(outcome.rejection.code);
      if (about === 'claimant') {
        found.undo();
        found.offer(passport.id);
        return outcome;
      }
      const isLaden = outcome.rejection.code === 'load_reached';
      if (isLaden) this.#laden.add(passport.id);
      if (about === 'both') await this.#deny(look, found, asked);
      if (isLaden && workload.beside(id, passport.id) < had) this.#unburden(look, id);
      return null;
    } catch (fault) {
      takeBack();
      return this.#failed(look, found, fault);
    }
  }

  /** CLAIMING-5: it was while that was found out that it came to hold less. */
  #unburden({ request, refused }: Look, task: string): void {
    refused.delete(task);
    this.hasLess(request.passport.id);
  }

  /** Others may have it, unless it has gone to those who have to be asked first, or who handle it (`reconsidered`). */
  async #deny(
    { request, refused }: Look,
    { task, version, undo, offer }: Found,
    asked: number,
  ): Promise<void> {
    const { id } = request.passport;
    const hasGone = await this.#parts.store.task(task).then(
      (row) => row !== null && (row.status !== version.status || (row.assignee ?? id) !== id),
      () => false,
    );
    if (this.#parts.takers.deny(task, id, asked)) {
      refused.add(task);
      this.#refused.set(request, (this.#refused.get(request) ?? new Set()).add(task));
    }
    if (hasGone) return;
    undo();
    offer(id);
  }

  /** CLAIMING-2 */
  #failed({ refused, faults }: Look, { run, version, undo, offer }: Found, fault: unknown): null {
    if (isOfStore(fault)) {
      undo();
      this.lookAgain();
      throw fault;
    }
    this.#parts.aside.put(version, fault, () => {
      undo();
      offer(null);
    });
    if (faults.push(fault) === MOST_FAULTS || !isOfRun(fault)) throw fault;
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
    void this.#wake(waiter);
  }

  /** A promise where it reads first what tasks bring. */
  #wake(waiter: Waiter): Promise<void> | null {
    this.#parts.waiters.delete(waiter);
    if (this.#hasGivenUp(waiter.request)) {
      waiter.resolve(null);
      return null;
    }
    const look = lookOf(waiter.request);
    void this.#take(look).then(waiter.resolve, waiter.reject);
    return look.reading;
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
    if (this.hasLess(participant)) return;
    for (const waiter of [...waiters.of(participant)])
      if (capacity.room(waiter.request.passport) === 1) this.wakeUp(waiter);
  }

  /** CLAIMING-5: it has one task less than it did, held or reserved. Whether something was refused to it for what it had. */
  hasLess(participant: string): boolean {
    const { waiters, takers, workload } = this.#parts;
    const wasLaden = this.#laden.delete(participant);
    if (wasLaden) takers.allow(participant);
    const had = workload.count(participant) + 1;
    for (const waiter of [...waiters.of(participant)])
      if (wasLaden || had === waiter.request.passport.capacity) this.wakeUp(waiter);
    return wasLaden;
  }

  // --- offering -------------------------------------------------------------------------------------------------

  /** CLAIMING-3, CLAIMING-4 */
  offer(task: Offered, waiters: Iterable<Waiter>): void {
    const { organisation, ready, takers } = this.#parts;
    if (organisation.policies.emergencyStop.state !== 'off') return;
    // Whoever has looked in vain waits again, as the last.
    const asked = new Set<ClaimRequest>();
    for (const waiter of waiters) {
      const entry = ready.get(task.id);
      if (!entry) return;
      if (asked.has(waiter.request) || !this.#mayTake(waiter, task, entry)) continue;
      asked.add(waiter.request);
      if (task.input !== undefined) takers.keepFacts(waiter.request.passport.id, entry, task.input);
      const reading = this.#wake(waiter);
      if (!reading || !ready.has(task.id)) continue;
      const others = [...waiters].filter(({ request }) => !asked.has(request));
      return this.#offerAfter(reading, task, others);
    }
  }

  /** CLAIMING-4: to those who wait then as they do now; whoever has come back meanwhile has seen it. */
  #offerAfter(reading: Promise<void>, task: Offered, others: readonly Waiter[]): void {
    const { waiters } = this.#parts;
    const still = (): Waiter[] => others.filter((waiter) => waiters.has(waiter));
    reading.then(
      () => this.offer(task, still()),
      () => this.lookAgain(),
    );
  }

  #offerAgain(found: ReadyTask, but: string | null): void {
    const { task: id, asked, excluded, separate, offeredTo } = found;
    const others = [...this.#parts.waiters].filter(
      ({ request }) => request.passport.id !== but && !this.#refused.get(request)?.has(id),
    );
    this.offer({ ...asked, id, excluded, separate, offeredTo }, others);
  }

  #mayTake({ request }: Waiter, task: Offered, entry?: ReadyTask): boolean {
    const { capacity, router, takers } = this.#parts;
    const { passport } = request;
    if (!wants(request, task.requires) || this.#hasGivenUp(request) || !this.#isOnDuty(passport.id))
      return false;
    if (entry && !takers.may(passport.id, entry)) return false;
    if (capacity.room(passport) <= 0 || takers.isDenied(task.id, passport.id)) return false;
    const objection = router().objection(task, passport.id);
    if (objection?.reason !== 'constraint' || task.input !== undefined) return objection === null;
    // Whoever comes for it reads what it brings.
    return !entry || !takers.isBeyond(passport.id, entry);
  }

  /** Of what is held back, what can be given to one of them. Who may do what a group asks for is looked for once. */
  *wanted(held: readonly Task[], waiters: Iterable<Waiter>): Generator<Task, void, void> {
    const groups = new Map<string, readonly Waiter[]>();
    for (const task of held) {
      const group = groupOf(task);
      const able = groups.get(group.key) ?? [...waiters].filter((waiter) => this.#mayDo(waiter, group));
      groups.set(group.key, able);
      if (able.some((waiter) => this.#mayTake(waiter, task))) yield task;
    }
  }

  /** Whether somebody still waits who may do what the group asks for. */
  isWanted(group: GroupOf): boolean {
    for (const waiter of this.#parts.waiters) if (this.#mayDo(waiter, group)) return true;
    return false;
  }

  #mayDo({ request }: Waiter, group: GroupOf): boolean {
    const { workload, takers } = this.#parts;
    const { passport } = request;
    if (!wants(request, group.asked.requires)) return false;
    return workload.count(passport.id) < passport.capacity && takers.may(passport.id, group);
  }

  /** Whoever it is reserved for may have begun to wait while that was being committed. */
  remind({ assignee, requires }: Pick<Reservation, 'assignee' | 'requires'>): void {
    for (const waiter of this.#parts.waiters.of(assignee))
      if (wants(waiter.request, requires)) return this.wakeUp(waiter);
  }

  /** REROUTE-2: what changed meanwhile was not asked about it. */
  #remindAgain(own: Reservation, but: string | null): void {
    if (but !== own.assignee) this.remind(own);
    this.#parts.rerouting().doubt(own.assignee);
  }

  /** BACK-2: whoever waits is told that there is nothing. */
  stop(): void {
    this.#stopped = true;
    this.#cancelLook?.();
    for (const waiter of [...this.#parts.waiters]) waiter.resolve(null);
  }
}

const lookOf = (request: ClaimRequest): Look => ({ request, refused: new Set(), faults: [], reading: null });
