import { isTaskFinal, type Task } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Store, TaskFilter, TaskRow } from '../store/index.ts';
import { Absence } from './absence.ts';
import { inTask } from './in-task.ts';
import { Capacity, type CapacityParts } from './capacity.ts';
import type { Clock } from './clock.ts';
import { KnownTakers } from './known-takers.ts';
import type { Leases } from './leases.ts';
import type { Organisation, OrganisationNews, Refused } from './organisation/index.ts';
import { Openings } from './openings.ts';
import { ReadyQueue, type GroupOf } from './ready-queue.ts';
import { aboutWhat } from './refused-claim.ts';
import { Rerouting } from './rerouting.ts';
import { Reservations } from './reservations.ts';
import { openTasks } from './open-tasks.ts';
import { Router, type Requirement } from './router.ts';
import type { Outcome, Runs } from './runs.ts';
import type { RoutingHistory } from './track-records.ts';
import { wants, Waiters, type ClaimRequest, type Waiter } from './waiters.ts';
import { Workload } from './workload.ts';

/** Holders could send no heartbeat while nothing ran: after a start they have at least this long, to come back with their results. */
const GRACE_MS = 10_000;

/** A task that is taken out of line for somebody, until they have it or it is put back. */
interface Found {
  readonly run: string;
  readonly task: string;
  undo(): void;
}

/**
 * Brings tasks and participants together.
 *
 * SCHED-1  A task that becomes ready while somebody eligible waits is given to them in the commit that makes it ready.
 * SCHED-2  Nobody holds more than their capacity (CAPACITY-1).
 * SCHED-3  Memory here is a hint: the engine's transition decides each claim.
 * SCHED-4  A task that is refused to somebody stays in line for all others, unless nobody can begin with it.
 */
export class Scheduler {
  readonly router: Router;
  #store: Store;
  #clock: Clock;
  #leases: Leases;
  #runs: () => Runs;
  #organisation: Organisation;
  #ready = new ReadyQueue();
  #reservations = new Reservations();
  #rerouting: Rerouting;
  #openings: Openings;
  #workload: Workload;
  #waiters: Waiters;
  #capacity: Capacity;
  #takers: KnownTakers;
  #stopped = false;

  constructor(parts: {
    store: Store;
    clock: Clock;
    leases: Leases;
    organisation: Organisation;
    history: RoutingHistory;
    runs(): Runs;
    recount?: CapacityParts['recount'];
    onFault(fault: unknown): void;
  }) {
    const { clock, history, organisation } = parts;
    const { directory } = organisation;
    this.#organisation = organisation;
    this.#store = parts.store;
    this.#clock = clock;
    this.#leases = parts.leases;
    this.#runs = parts.runs;
    this.#capacity = new Capacity({
      held: ({ id, kind }) => (kind === 'human' ? this.#workload.count(id) : parts.leases.count(id)),
      recount: parts.recount,
    });
    this.#workload = new Workload((id, tasks) => directory.noteOpen(id, tasks));
    this.#waiters = new Waiters((id, isWaiting) => directory.notePresent(id, isWaiting));
    this.router = new Router({
      clock,
      directory,
      history,
      workload: this.#workload,
      waiters: this.#waiters,
      holding: () => this.#rerouting.holding(),
      comeBack: (waiter) => this.#wakeUp(waiter),
    });
    this.#takers = new KnownTakers({ clock, directory, router: () => this.router, store: parts.store });
    this.#openings = new Openings({ clock, begun: () => this.#begun() });
    this.#rerouting = new Rerouting({
      clock,
      runs: parts.runs,
      reservations: this.#reservations,
      stored: () => this.#waiting({ by: ['agent', 'system', 'any', 'human'], status: ['created'] }),
      absence: new Absence({ clock, store: parts.store, organisation, router: () => this.router }),
      isFull: (id) => isFull(directory.member(id)),
      takers: this.#takers,
      onFault: parts.onFault,
    });
  }

  /** Tasks of agents and systems that nobody has taken yet. */
  get backlog(): number {
    return this.#ready.size;
  }

  /** Reads what was waiting, and who held what, when the process ended. */
  async start(reroutes: boolean): Promise<void> {
    for (const { id } of this.#organisation.passports()) this.#noteHours(id);
    this.#openings.start();
    const by = ['agent', 'system', 'any'] as const;
    for await (const task of this.#waiting({ by, status: ['ready', 'reserved', 'in_progress'] }))
      this.#recover(task);
    for await (const task of this.#waiting({ by: ['human'], status: ['reserved', 'in_progress'] }))
      this.#recover(task);
    if (reroutes) this.#rerouting.start();
  }

  #waiting(filter: TaskFilter): AsyncIterable<TaskRow> {
    return openTasks(this.#store, { ...filter, order: 'queue' });
  }

  /** Reads again what is open in a run of which it is not known what was committed. */
  async reread(run: string): Promise<void> {
    const rows: TaskRow[] = [];
    for await (const task of openTasks(this.#store, { run })) rows.push(task);
    this.#leases.dropRun(run);
    this.#workload.dropRun(run);
    this.#reservations.dropRun(run);
    this.committed(rows);
    this.#rerouting.freed();
  }

  #noteHours(id: string): void {
    const hours = this.#organisation.directory.member(id)?.hours;
    if (hours) this.#openings.put(hours);
  }

  /** Somebody's working hours have begun: they may take what they could not. */
  #begun(): void {
    if (this.#stopped) return;
    this.#takers.forget();
    const { directory } = this.#organisation;
    for (const waiter of [...this.#waiters])
      if (directory.member(waiter.request.passport.id)?.hours) this.#wakeUp(waiter);
    this.#rerouting.freed();
  }

  #recover(task: TaskRow): void {
    const leaseUntil = task.leaseUntil && Math.max(task.leaseUntil, this.#clock.now() + GRACE_MS);
    this.#follow({ ...task, leaseUntil });
    if (task.status === 'reserved') this.#reservations.keep(task, this.#clock.now());
    if (task.status === 'ready' && task.by !== 'human' && task.kind !== 'approval') this.#ready.add(task);
  }

  // --- taking ---------------------------------------------------------------------------------------------------

  /** A task for the participant, in progress and with its fencing token; null when none came in time. */
  async claimNext(request: ClaimRequest): Promise<Outcome<Task | null>> {
    return this.withinCapacity(request.passport, async () => {
      const task = await this.#take(request);
      if (task && 'rejection' in task) return task;
      if (!task || !request.signal?.aborted) return { ok: true, value: task };
      await this.#giveBack(request.passport, task);
      return { ok: true, value: null };
    });
  }

  /** SCHED-2. Claims of one task, unless the participant holds as many as it can. */
  withinCapacity<Value>(passport: Passport, claim: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    return this.#capacity.within(passport, claim);
  }

  /** The claimer has gone while its claim was on the way. */
  async #giveBack(passport: Passport, { run, id, token }: Task): Promise<void> {
    const command = { type: 'task.release' as const, task: id, token, reason: 'the claimer had gone' };
    await this.#runs().execute(run, command, inTask(passport, id));
  }

  /** Nothing is awaited between looking for a task and waiting for one, so that none slips through. */
  async #take(request: ClaimRequest): Promise<Task | null | Refused> {
    const refused = new Set<string>();
    for (;;) {
      const found = this.#next(request, refused);
      if (!found) return this.#wait(request);
      const task = found instanceof Promise ? await found : await this.#claim(request, found, refused);
      if (task) return task;
    }
  }

  /** Policies or the emergency stop may say something else now: what was held back is looked at again. */
  goOn(): void {
    this.#takers.forgetDenials();
    if (this.#organisation.policies.emergencyStop.state !== 'off') return;
    this.#rerouting.freed();
    for (const waiter of [...this.#waiters]) this.#wakeUp(waiter);
  }

  /** What is reserved for the participant, else the first that it may do. A promise: it is to be looked again after it. */
  #next(request: ClaimRequest, refused: ReadonlySet<string>): Found | null | Promise<void> {
    const { id } = request.passport;
    if (this.#organisation.policies.emergencyStop.state !== 'off') return null;
    for (const own of this.#reservations.of(id)) {
      if (!wants(request, own.requires) || refused.has(own.task)) continue;
      if (this.#takers.isDenied(own.task, id)) continue;
      this.#reservations.drop(own.task);
      return { run: own.run, task: own.task, undo: () => this.#reservations.restore(own) };
    }
    const wanted = ({ asked }: GroupOf): boolean => wants(request, asked.requires);
    const found = this.#takers.first(this.#ready, id, wanted, refused);
    if (!found || found instanceof Promise) return found;
    return { run: found.run, task: found.task, undo: () => this.#ready.putBack(found) };
  }

  /** SCHED-4. Null when it is to look for another. */
  async #claim(
    { passport, leaseMs, claim }: ClaimRequest,
    { run, task: id, undo }: Found,
    refused: Set<string>,
  ): Promise<Task | null | Refused> {
    const command = { type: 'task.start' as const, task: id, assignee: passport.id };
    const takeBack = this.#workload.expect(id, passport.id);
    try {
      const leaseUntil = this.#clock.now() + leaseMs;
      const outcome = await this.#runs().execute(run, command, inTask(passport, id), { leaseUntil, claim });
      if (outcome.ok) return outcome.value.tasks.find((task) => task.id === id) ?? null;
      takeBack();
      const about = aboutWhat(outcome.rejection.code);
      if (about === 'claimant') {
        undo();
        return outcome;
      }
      if (about === 'both') {
        refused.add(id);
        await this.#deny(id, passport.id, undo);
      }
      return null;
    } catch (fault) {
      takeBack();
      undo();
      throw fault;
    }
  }

  /** Others may have it, unless it has gone to those who have to be asked first (`reconsidered`). */
  async #deny(task: string, passport: string, undo: () => void): Promise<void> {
    this.#takers.deny(task, passport);
    const hasGone = await this.#store.task(task).then(
      (row) => row !== null && isTaskFinal(row.status),
      () => false,
    );
    if (!hasGone) undo();
  }

  // --- waiting --------------------------------------------------------------------------------------------------

  #hasGivenUp({ until, signal }: ClaimRequest): boolean {
    return this.#stopped || until <= this.#clock.now() || signal?.aborted === true;
  }

  #wait(request: ClaimRequest): Promise<Task | null | Refused> {
    if (this.#hasGivenUp(request)) return Promise.resolve(null);
    const waiting = this.#waiters.wait(request, this.#clock);
    this.#rerouting.start();
    this.#rerouting.freed(request.passport.id);
    return waiting;
  }

  /** Whoever was set aside for a task, or has one to look at, looks again; without one it waits on. */
  #wakeUp(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#hasGivenUp(waiter.request)) return waiter.resolve(null);
    void this.#take(waiter.request).then(waiter.resolve, waiter.reject);
  }

  // --- following ------------------------------------------------------------------------------------------------

  /** Follows what was committed: who holds what, and what waits. */
  committed(tasks: Iterable<TaskRow>): void {
    this.followed(tasks, this.#waiters.latecomers);
  }

  /** Follows what another node has committed: who waits here may have it, or have been given it. */
  followed(tasks: Iterable<TaskRow>, waiters: Iterable<Waiter> = this.#waiters): void {
    for (const task of tasks) {
      this.#follow(task);
      if (task.status === 'ready') this.#offer(task, waiters);
      else if (task.status === 'reserved') this.#reserve(task);
    }
  }

  /** Another node has committed that a task has ended. */
  ended(id: string): void {
    this.#pass(id, null);
    this.#leases.drop(id);
    this.#reservations.drop(id);
  }

  #follow(task: TaskRow): void {
    const { id, run, token, status, assignee, leaseUntil, claim } = task;
    this.#pass(id, status === 'reserved' || status === 'in_progress' ? assignee : null);
    if (status === 'in_progress' && assignee !== null && leaseUntil !== null)
      this.#leases.keep({ run, task: id, token, assignee, until: leaseUntil, claim });
    else this.#leases.drop(id);
    if (status !== 'reserved') this.#reservations.drop(id);
    if (status === 'created' && assignee === null) this.#rerouting.hold(task);
  }

  /** From whoever had it to whoever has it, and out of every line. */
  #pass(id: string, to: string | null): void {
    const from = this.#workload.set(id, to);
    if (from !== null) this.#rerouting.freed(from);
    this.#ready.remove(id);
    this.#rerouting.drop(id);
  }

  /** Tasks that these participants have, as the store says, and as this node does. */
  async tasksOf(participants: Iterable<string>): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const assignee of new Set(participants)) {
      for (const id of [...this.#workload.of(assignee), ...this.#leases.of(assignee)]) ids.add(id);
      for await (const { id } of openTasks(this.#store, { assignee, status: ['reserved', 'in_progress'] }))
        ids.add(id);
    }
    return ids;
  }

  /** Puts tasks in line again: those of a run that gives out work again. */
  reoffer(tasks: Iterable<Task>): void {
    for (const task of tasks)
      if (task.status === 'ready') this.#offer(task, this.#waiters);
      else if (task.status === 'reserved') this.#reserve(task);
      else if (task.status === 'created' && task.assignee === null) this.#rerouting.hold(task);
    this.#rerouting.freed();
  }

  /** Whoever it is reserved for may have begun to wait while that was being committed. */
  #reserve(task: Task): void {
    this.#reservations.keep(task, this.#clock.now());
    this.#rerouting.reserved(task.assignee ?? '');
    for (const waiter of this.#waiters.of(task.assignee ?? ''))
      if (wants(waiter.request, task.requires)) return this.#wakeUp(waiter);
  }

  /** WAIT-1 */
  #offer(task: Task, waiters: Iterable<Waiter>): void {
    if (task.by === 'human' || task.kind === 'approval') return;
    this.#ready.add(task);
    for (const waiter of waiters) {
      const { id } = waiter.request.passport;
      if (wants(waiter.request, task.requires) && !this.router.objection(task, id))
        return this.#wakeUp(waiter);
    }
  }

  /** Follows the organisation: who waits is sent away, to come again as what it is now; what it cannot do any more is given on. */
  heard({ kind, id }: OrganisationNews): void {
    this.#takers.forget();
    if (kind === 'delegation') return;
    if (kind === 'capability') for (const waiter of [...this.#waiters]) this.#wakeUp(waiter);
    if (kind === 'participant') {
      const { directory } = this.#organisation;
      directory.noteOpen(id, this.#workload.count(id));
      directory.notePresent(id, this.#waiters.isWaiting(id));
      this.dismiss(id);
      this.#noteHours(id);
    }
    this.#rerouting.doubt(kind === 'capability' ? null : id);
    if (kind === 'capability') this.#rerouting.freed();
    else for (const one of this.#besides(id)) this.#rerouting.freed(one);
  }

  /** Those who may do more once somebody has changed: they themselves, whom they report to, and who stands in for either. */
  #besides(id: string): Set<string> {
    const { directory } = this.#organisation;
    const both = [id, directory.passport(id)?.manager ?? id];
    return new Set(both.flatMap((one) => [one, directory.standIn(one) ?? one]));
  }

  /** Whoever waits is sent away, to come again as what it is now: its passport has changed. */
  dismiss(passport: string): void {
    for (const waiter of [...this.#waiters.of(passport)]) waiter.resolve(null);
  }

  /** BACK-2: whoever waits is told that there is nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#openings.stop();
    for (const waiter of [...this.#waiters]) waiter.resolve(null);
    await this.#rerouting.stop();
  }
}

const isFull = (member: { readonly open: number; readonly capacity: number } | null): boolean =>
  member !== null && member.open >= member.capacity;

export type { ClaimRequest, Requirement };
