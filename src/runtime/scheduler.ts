import { refuse, type Placement, type RunState, type Task, type Work } from '../engine/index.ts';
import { ineligible, type Passport, type Requirement } from '../routing/index.ts';
import type { Store, TaskFilter, TaskRow } from '../store/index.ts';
import { byTask } from './authority.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import type { Leases } from './leases.ts';
import { ReadyQueue, type ReadyTask } from './ready-queue.ts';
import type { Assigner, Claim, Outcome, Runs } from './runs.ts';

export interface ClaimRequest {
  readonly passport: Passport;
  /** Only tasks that ask for one of these; omitted is whatever the passport may do. */
  readonly capabilities?: readonly string[];
  /** Until when to wait for a task if there is none, ms since the epoch. */
  readonly until: number;
  readonly leaseMs: number;
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly request: ClaimRequest;
  readonly resolve: (task: Task | null) => void;
  readonly reject: (fault: unknown) => void;
}

const PAGE = 1000;
/** Holders could send no heartbeat while nothing ran: after a start they have at least this long, to come back with their results. */
const GRACE_MS = 10_000;

/**
 * Brings tasks and participants together.
 *
 * SCHED-1  A task that becomes ready while somebody eligible waits is given to them in the commit that makes it ready.
 * SCHED-2  Nobody holds more than their capacity: what they hold, and what they wait for, counts.
 * SCHED-3  Memory here is a hint: the engine's transition decides each claim.
 */
export class Scheduler implements Assigner, Background {
  #store: Store;
  #clock: Clock;
  #leases: Leases;
  #runs: () => Runs;
  #ready = new ReadyQueue();
  #waiters = new Set<Waiter>();
  #claiming = new Map<string, number>();
  #stopped = false;

  constructor(parts: { store: Store; clock: Clock; leases: Leases; runs(): Runs }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#leases = parts.leases;
    this.#runs = parts.runs;
  }

  /** Tasks of agents and systems that nobody has taken yet. */
  get backlog(): number {
    return this.#ready.size;
  }

  /** Reads what was waiting, and who held what, when the process ended. */
  async start(): Promise<void> {
    const by = ['agent', 'system', 'any'] as const;
    for await (const task of this.#openTasks({ by, order: 'queue' })) this.#recover(task);
  }

  /** Reads again what is open in a run of which it is not known what was committed. */
  async reread(run: string): Promise<void> {
    const rows: TaskRow[] = [];
    for await (const task of this.#openTasks({ run })) rows.push(task);
    this.#leases.dropRun(run);
    this.committed(rows);
  }

  async *#openTasks(filter: TaskFilter): AsyncGenerator<TaskRow, void, void> {
    let cursor: string | undefined;
    do {
      const page = await this.#store.tasks(
        { ...filter, open: true },
        { limit: PAGE, ...(cursor && { cursor }) },
      );
      yield* page.rows;
      cursor = page.next ?? undefined;
    } while (cursor);
  }

  #recover(task: TaskRow): void {
    const { id, run, token, assignee, leaseUntil } = task;
    if (task.status === 'ready') this.#ready.add(task);
    else if (assignee !== null && leaseUntil !== null) {
      const until = Math.max(leaseUntil, this.#clock.now() + GRACE_MS);
      this.#leases.keep({ run, task: id, token, assignee, until });
    }
  }

  /** A task for the participant, in progress and with its fencing token; null when none came in time. */
  async claimNext(request: ClaimRequest): Promise<Outcome<Task | null>> {
    const { passport } = request;
    const held = this.#leases.count(passport.id) + this.#waiting(passport.id);
    if (held >= passport.capacity) {
      const message = `${passport.name} holds or waits for ${held} tasks, which is its capacity. Complete one, or raise the capacity.`;
      return { ok: false, rejection: refuse('capacity_reached', message, { capacity: passport.capacity }) };
    }
    this.#count(passport.id, 1);
    try {
      const task = await this.#take(request);
      if (!task || !request.signal?.aborted) return { ok: true, value: task };
      await this.#giveBack(passport, task);
      return { ok: true, value: null };
    } finally {
      this.#count(passport.id, -1);
    }
  }

  /** The claimer has gone while its claim was on the way. */
  async #giveBack(passport: Passport, { run, id, token }: Task): Promise<void> {
    const command = { type: 'task.release' as const, task: id, token, reason: 'the claimer had gone' };
    await this.#runs().execute(run, command, inTask(passport, id));
  }

  #waiting(passport: string): number {
    return this.#claiming.get(passport) ?? 0;
  }

  #count(passport: string, by: number): void {
    const now = this.#waiting(passport) + by;
    if (now > 0) this.#claiming.set(passport, now);
    else this.#claiming.delete(passport);
  }

  /** Nothing is awaited between looking for a task and waiting for one, so that none slips through. */
  async #take(request: ClaimRequest): Promise<Task | null> {
    for (;;) {
      const found = this.#ready.take(request.passport.id, (requirement) => mayDo(request, requirement));
      if (!found) return this.#wait(request);
      const task = await this.#claim(request, found);
      if (task) return task;
    }
  }

  /** Null when the task went to somebody else, or its run does not give out work now. */
  async #claim({ passport, leaseMs }: ClaimRequest, found: ReadyTask): Promise<Task | null> {
    const command = { type: 'task.start' as const, task: found.task, assignee: passport.id };
    try {
      const outcome = await this.#runs().execute(found.run, command, inTask(passport, found.task), {
        leaseUntil: this.#clock.now() + leaseMs,
      });
      return outcome.ok ? (outcome.value.tasks.find(({ id }) => id === found.task) ?? null) : null;
    } catch (fault) {
      this.#ready.putBack(found);
      throw fault;
    }
  }

  #hasGivenUp({ until, signal }: ClaimRequest): boolean {
    return this.#stopped || until <= this.#clock.now() || signal?.aborted === true;
  }

  #wait(request: ClaimRequest): Promise<Task | null> {
    if (this.#hasGivenUp(request)) return Promise.resolve(null);
    const left = request.until - this.#clock.now();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        if (this.#waiters.has(waiter)) waiter.resolve(null);
      };
      const cancel = this.#clock.after(left, giveUp);
      const leave = (): void => {
        this.#waiters.delete(waiter);
        cancel();
        request.signal?.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        request,
        resolve: (task) => (leave(), resolve(task)),
        reject: (fault) => (leave(), reject(fault)),
      };
      request.signal?.addEventListener('abort', giveUp);
      this.#waiters.add(waiter);
    });
  }

  /** SCHED-1. The waiter is set aside until the claim is durable; when it does not happen, it waits on. */
  route(task: Work): ReturnType<Assigner['route']> {
    const claim = this.#waiterFor(task);
    const placement: Placement = claim
      ? { kind: 'assigned', to: claim.passport.id, begin: true }
      : { kind: 'offered', to: null };
    return { routed: { placement, explanation: null }, claim };
  }

  canBeDone(): boolean {
    return true;
  }

  #waiterFor(task: Work): (Claim & { readonly passport: Passport }) | null {
    if (task.by === 'human' || task.kind === 'approval') return null;
    for (const waiter of this.#waiters) {
      const { passport, leaseMs } = waiter.request;
      if (task.excluded.includes(passport.id) || !mayDo(waiter.request, task)) continue;
      this.#waiters.delete(waiter);
      return {
        passport,
        leaseUntil: this.#clock.now() + leaseMs,
        settle: (claimed) => {
          if (claimed?.status === 'in_progress' && claimed.assignee === passport.id)
            waiter.resolve({ ...claimed });
          else if (this.#hasGivenUp(waiter.request)) waiter.resolve(null);
          else this.#waiters.add(waiter);
        },
      };
    }
    return null;
  }

  /** Follows what was committed: who holds what, and what waits. */
  committed(tasks: Iterable<TaskRow>): void {
    for (const task of tasks) {
      if (task.status === 'in_progress' && task.leaseUntil !== null && task.assignee !== null) {
        this.#ready.remove(task.id);
        const { id, run, token, assignee, leaseUntil: until } = task;
        this.#leases.keep({ run, task: id, token, assignee, until });
      } else {
        this.#leases.drop(task.id);
        if (task.status === 'ready') this.#offer(task);
        else this.#ready.remove(task.id);
      }
    }
  }

  /** Puts tasks that are ready in line again: those of a run that gives out work again. */
  reoffer(tasks: Iterable<Task>): void {
    for (const task of tasks) if (task.status === 'ready') this.#offer(task);
  }

  /** Somebody may have begun to wait while the task was being committed. */
  #offer(task: Task): void {
    if (task.by === 'human' || task.kind === 'approval') return;
    this.#ready.add(task);
    for (const waiter of this.#waiters) if (mayDo(waiter.request, task)) return this.#wakeUp(waiter);
  }

  #wakeUp(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    void this.#take(waiter.request).then(waiter.resolve, waiter.reject);
  }

  /** Whoever waits is sent away, to come again as what it is now: its passport has changed. */
  dismiss(passport: string): void {
    for (const waiter of [...this.#waiters])
      if (waiter.request.passport.id === passport) waiter.resolve(null);
  }

  /** BACK-2: whoever waits is told that there is nothing. */
  stop(): Promise<void> {
    this.#stopped = true;
    for (const waiter of [...this.#waiters]) waiter.resolve(null);
    return Promise.resolve();
  }
}

/** Whoever acts on a task, on the authority that the task and its definition give; without a run the command is refused anyway. */
const inTask = (passport: Passport, id: string) => (state: RunState | undefined) =>
  byTask(passport, state?.tasks[id] ?? NOBODY, state?.definition ?? UNKNOWN);
const NOBODY = { from: [] };
const UNKNOWN = { id: 'unknown', version: 0 };

const mayDo = ({ passport, capabilities }: ClaimRequest, task: Requirement): boolean =>
  ineligible(passport, { ...task, excluded: [] }) === null &&
  (!capabilities || task.requires.some((capability) => capabilities.includes(capability)));
