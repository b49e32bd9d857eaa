import type { Task } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Store, TaskFilter, TaskRow } from '../../store/index.ts';
import { Absence } from './absence.ts';
import { Begun } from './begun.ts';
import { Capacity, type Act, type CapacityParts } from './capacity.ts';
import { Claiming } from './claiming.ts';
import type { Clock } from '../clock.ts';
import { KnownTakers } from './known-takers.ts';
import type { Leases } from '../leases.ts';
import type { Organisation, OrganisationNews } from '../organisation/index.ts';
import { Openings } from './openings.ts';
import { ReadyQueue } from './ready-queue.ts';
import { Rerouting } from './rerouting.ts';
import { Reservations } from './reservations.ts';
import { openTasks, pausedRuns } from '../open-tasks.ts';
import { Router, type Requirement } from './router.ts';
import type { Outcome, Runs } from '../runs.ts';
import { SetAside } from './set-aside.ts';
import type { RoutingHistory } from '../track-records.ts';
import { Waiters, type ClaimRequest, type Waiter } from './waiters.ts';
import { holderOf, Workload } from './workload.ts';

/** Holders could send no heartbeat while nothing ran: after a start they have at least this long, to come back with their results. */
const GRACE_MS = 10_000;

/** After them a run is not paused. */
const ENDS_A_PAUSE: readonly string[] = [
  'run.resumed',
  'run.closing',
  'run.stopped',
  'run.cancelled',
  'run.completed',
  'run.failed',
  'run.rejected',
];

/**
 * Brings tasks and participants together.
 *
 * SCHED-1  A task that becomes ready while somebody eligible waits is given to them in the commit that makes it ready.
 * SCHED-2  Nobody holds more than their capacity (CAPACITY-1).
 * SCHED-3  Memory here is a hint: the engine's transition decides each claim.
 * SCHED-4  What is read of a run that is in doubt undoes nothing that came to be known while it was read, and brings nothing back that
 *          is set aside and is as it was then.
 */
export class Scheduler {
  readonly router: Router;
  #store: Store;
  #clock: Clock;
  #leases: Leases;
  #organisation: Organisation;
  #ready = new ReadyQueue();
  #reservations = new Reservations();
  #absence: Absence;
  #rerouting: Rerouting;
  #openings: Openings;
  #workload: Workload;
  #inProgress = new Begun();
  #waiters: Waiters;
  #capacity: Capacity;
  #recount: NonNullable<CapacityParts['recount']>;
  #takers: KnownTakers;
  #aside: SetAside;
  #claiming: Claiming;
  /** What came to be known of tasks while rows of a run were read, for each reading that is under way. */
  #news = new Set<Set<string>>();
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
    this.#recount = parts.recount ?? (() => Promise.resolve());
    this.#capacity = new Capacity({
      held: ({ id, kind }) => (kind === 'human' ? this.#workload.count(id) : parts.leases.count(id)),
      given: (task, id) => this.#workload.beside(task, id),
      recount: parts.recount,
    });
    this.#workload = new Workload((id, tasks) => directory.noteOpen(id, tasks));
    this.#waiters = new Waiters((id, isWaiting, sought) => {
      directory.notePresent(id, isWaiting, sought);
      if (sought) this.#rerouting.reserved(id);
    });
    this.router = new Router({
      clock,
      directory,
      history,
      workload: this.#workload,
      begun: this.#inProgress,
      waiters: this.#waiters,
      holding: () => this.#rerouting.holding(),
      comeBack: (waiter) => this.#claiming.wakeUp(waiter),
    });
    this.#takers = new KnownTakers({ clock, directory, router: () => this.router, store: parts.store });
    this.#aside = new SetAside(clock);
    this.#openings = new Openings({ clock, begun: () => this.#begun() });
    this.#absence = new Absence({ clock, store: parts.store, organisation, router: () => this.router });
    this.#rerouting = new Rerouting({
      clock,
      runs: parts.runs,
      reservations: this.#reservations,
      stored: () => this.#waiting({ by: ['agent', 'system', 'any', 'human'], status: ['created'] }),
      absence: this.#absence,
      isFull: (id) => isFull(directory.member(id)),
      isWanted: (group) => this.#claiming.isWanted(group),
      takers: this.#takers,
      aside: this.#aside,
      onFault: parts.onFault,
    });
    this.#claiming = new Claiming({
      store: parts.store,
      clock,
      organisation,
      runs: parts.runs,
      router: () => this.router,
      rerouting: () => this.#rerouting,
      ready: this.#ready,
      reservations: this.#reservations,
      workload: this.#workload,
      waiters: this.#waiters,
      capacity: this.#capacity,
      takers: this.#takers,
      aside: this.#aside,
      onFault: parts.onFault,
    });
  }

  /** Tasks of agents and systems that one of them could begin with now: READY-5. */
  get backlog(): number {
    return this.#ready.startable;
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
    for await (const run of pausedRuns(this.#store)) this.#ready.pause(run);
    if (reroutes) this.#rerouting.start();
  }

  #waiting(filter: TaskFilter): AsyncIterable<TaskRow> {
    return openTasks(this.#store, { ...filter, order: 'queue' });
  }

  /** Reads again what is open in a run of which it is not known what was committed. */
  async reread(run: string): Promise<void> {
    // Whoever is told of the fault acts on it first: what it was about is set aside.
    await new Promise<void>((resolve) => this.#clock.soon(resolve));
    const known = new Set<string>();
    const rows = await this.#openOf(run, known);
    const read = rows.filter(({ id }) => !known.has(id));
    for (const { id } of read) known.add(id);
    this.#workload.dropRun(run, known);
    this.#inProgress.dropRun(run, known);
    this.#reservations.dropRun(run, known);
    this.#leases.dropRun(run, known);
    this.committed(read.filter((task) => !this.#aside.isUnchanged(task)));
    this.#rerouting.freed();
    this.#claiming.lookAgain();
  }

  /** `news`: what comes to be known of tasks meanwhile. SCHED-4 */
  async #openOf(run: string, news: Set<string>): Promise<TaskRow[]> {
    const rows: TaskRow[] = [];
    this.#news.add(news);
    try {
      for await (const task of openTasks(this.#store, { run })) rows.push(task);
    } finally {
      this.#news.delete(news);
    }
    return rows;
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
      if (directory.member(waiter.request.passport.id)?.hours) this.#claiming.wakeUp(waiter);
    this.#rerouting.freed();
  }

  #recover(task: TaskRow): void {
    const leaseUntil = task.leaseUntil && Math.max(task.leaseUntil, this.#clock.now() + GRACE_MS);
    this.#follow({ ...task, leaseUntil });
    if (task.status === 'reserved') this.#reservations.keep(task, this.#clock.now());
    if (task.status === 'ready' && task.by !== 'human' && task.kind !== 'approval') this.#ready.add(task);
  }

  // --- taking ---------------------------------------------------------------------------------------------------

  claimNext(request: ClaimRequest): ReturnType<Claiming['claimNext']> {
    return this.#claiming.claimNext(request);
  }

  /** SCHED-2. Claims one task by name, unless the participant has as many as it can. */
  withinCapacity<Value>(passport: Passport, task: TaskRow, claim: Act<Value>): ReturnType<Act<Value>> {
    return this.#capacity.within(passport, claim, task.assignee === passport.id ? null : task.id);
  }

  /** BEGUN-1. Begins what is reserved for the participant, who may have ended something at another node. */
  async beginning<Value>(passport: Passport, begin: Act<Value>): Promise<Outcome<Value>> {
    if (this.#inProgress.isFull(passport)) await this.#recount([passport.id]);
    return begin();
  }

  /** Policies or the emergency stop may say something else now: what was held back is looked at again. */
  goOn(): void {
    this.#takers.forgetDenials();
    if (this.#organisation.policies.emergencyStop.state !== 'off') return;
    this.#rerouting.freed();
    this.#claiming.wakeAll();
  }

  // --- following ------------------------------------------------------------------------------------------------

  /** Follows what was committed: who holds what, and what waits. */
  committed(tasks: Iterable<TaskRow>): void {
    this.#tell(tasks, (task) => this.#waiters.unasked(task), this.#waiters.latecomers);
  }

  /** Follows what another node has committed: who waits here may have it, or have been given it. */
  followed(tasks: Iterable<TaskRow>): void {
    this.#tell(tasks, () => this.#waiters, this.#waiters);
  }

  #tell(
    tasks: Iterable<TaskRow>,
    unasked: (task: string) => Iterable<Waiter>,
    waiters: Iterable<Waiter>,
  ): void {
    const held: TaskRow[] = [];
    for (const task of tasks) {
      this.#follow(task);
      if (task.status === 'ready') this.#offer(task, unasked(task.id));
      else if (task.status === 'reserved') this.#reserve(task);
      else if (isHeld(task)) held.push(task);
    }
    // REROUTE-5
    for (const { id } of this.#claiming.wanted(held, waiters)) this.#rerouting.want(id);
  }

  /** Follows how it stands with a run as a whole: in the order of positions, since what comes last holds. */
  told(run: string, type: string): void {
    if (type === 'run.paused') this.#ready.pause(run);
    else if (ENDS_A_PAUSE.includes(type)) this.#ready.goOn(run);
  }

  /** Another node has committed that a task has ended. */
  ended(id: string): void {
    const from = this.#pass(id, null);
    this.#inProgress.set(id, null);
    this.#rerouting.drop(id);
    this.#reservations.drop(id);
    this.#leases.drop(id);
    for (const one of from) this.#claiming.hasLess(one);
  }

  #follow(task: TaskRow): void {
    const { id, run, token, status, assignee, leaseUntil, claim } = task;
    const from = this.#pass(id, holderOf(task));
    if (status === 'in_progress' && assignee !== null && leaseUntil !== null)
      this.#leases.keep({ run, task: id, token, assignee, until: leaseUntil, claim });
    else this.#leases.drop(id);
    this.#inProgress.set(id, status === 'in_progress' && leaseUntil === null ? assignee : null);
    if (status !== 'reserved') this.#reservations.drop(id);
    if (isHeld(task)) this.#rerouting.hold(task);
    else this.#rerouting.drop(id);
    for (const one of from) this.#claiming.hasLess(one);
  }

  /** From whoever had it, which is what it gives, to whoever has it, and out of every line. */
  #pass(id: string, to: string | null): readonly string[] {
    const from = this.#workload.set(id, to);
    for (const one of from) this.#rerouting.freed(one);
    this.#ready.remove(id);
    this.#aside.drop(id);
    for (const news of this.#news) news.add(id);
    return from;
  }

  /** Somebody holds one task less than they did, by a lease. */
  hasRoom(participant: string): void {
    this.#claiming.hasRoom(participant);
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
      else if (task.status === 'reserved') this.#reserveAgain(task);
      else if (isHeld(task)) this.#rerouting.hold(task);
    this.#rerouting.freed();
  }

  /** One that was put aside; there is none where it has ended since. */
  goesOn(task: Task | undefined): void {
    if (task?.status === 'reserved') this.#reserveAgain(task);
  }

  /** Whoever has it may have changed meanwhile, and nothing that is paused or put aside goes to anybody else. */
  #reserveAgain(task: Task): void {
    this.#reserve(task);
    const { assignee } = task;
    if (assignee !== null && this.#absence.objection(task, assignee)) this.#rerouting.doubt(assignee);
  }

  #reserve(task: Task): void {
    const { assignee, requires } = task;
    this.#reservations.keep(task, this.#clock.now());
    if (assignee === null) return;
    this.#rerouting.reserved(assignee);
    this.#claiming.remind({ assignee, requires });
  }

  /** WAIT-1 */
  #offer(task: Task, waiters: Iterable<Waiter>): void {
    if (task.by === 'human' || task.kind === 'approval') return;
    this.#ready.add(task);
    this.#claiming.offer(task, waiters);
  }

  /** Follows the organisation: who waits is sent away, to come again as what it is now; what it cannot do any more is given on. */
  heard({ kind, id, without = [] }: OrganisationNews): void {
    this.#takers.forget();
    if (kind === 'delegation') return this.#rerouting.doubt(id);
    if (kind === 'capability') this.#claiming.wakeAll();
    const { directory } = this.#organisation;
    if (kind === 'participant') {
      directory.noteOpen(id, this.#workload.count(id));
      this.#waiters.tell(id);
      this.dismiss(id);
      this.#noteHours(id);
    }
    if (kind === 'capability') {
      this.#rerouting.doubt(null);
      this.#rerouting.freed();
    } else {
      for (const one of [id, directory.standIn(id) ?? id, ...without]) this.#rerouting.doubt(one);
      for (const one of directory.concerned(id)) this.#rerouting.freed(one);
    }
  }

  /** Whoever waits is sent away, to come again as what it is now: its passport has changed. */
  dismiss(passport: string): void {
    for (const waiter of [...this.#waiters.of(passport)]) waiter.resolve(null);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#openings.stop();
    this.#aside.stop();
    this.#claiming.stop();
    await this.#rerouting.stop();
  }
}

const isHeld = ({ status, assignee }: Task): boolean => status === 'created' && assignee === null;

const isFull = (member: { readonly open: number; readonly capacity: number } | null): boolean =>
  member !== null && member.open >= member.capacity;

export type { ClaimRequest, Requirement };
