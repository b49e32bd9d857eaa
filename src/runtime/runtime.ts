import type { Json } from '../definition/index.ts';
import { refuse, type Attribution, type DefinitionRef, type TimerMeaning } from '../engine/index.ts';
import type { Sha256, Signer } from '../ledger/index.ts';
import type { Store, Timer } from '../store/index.ts';
import { bySystem } from './authority.ts';
import { Loop, takeEach } from './background.ts';
import type { Clock } from './clock.ts';
import { Committer, type Committed } from './committer.ts';
import { Deliveries, inputProblem } from './deliveries.ts';
import { Feed } from './feed.ts';
import { Following } from './nodes/following.ts';
import { Leases, type Lease } from './leases.ts';
import { Log } from './log.ts';
import { ORGANISATION, Organisation } from './organisation/index.ts';
import { Neighbours } from './nodes/neighbours.ts';
import { Outbox } from './outbox.ts';
import { peopleOf } from './people.ts';
import { Runs, type ExecuteOptions, type Outcome, type Receipt } from './runs.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import { contributorsTo } from './sources.ts';
import { Timers } from './timers.ts';
import { RoutingHistory } from './track-records.ts';
import { Archiver, type ArchivedRun } from './archive/index.ts';

/** What the runtime is made of. Nothing else reaches in from outside. */
export interface RuntimeParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly signer: Signer;
  /** A new id without prefix, never given before, rising with time. */
  newId(): string;
  /** Told of faults of background work; each is tried again. */
  onFault(fault: unknown): void;
  /** Other nodes may work on the same database. The clock is the database's then. */
  readonly shared?: boolean;
  /**
   * Whether it does what has to be done without being asked: timers, messages between runs, ends of leases, the Merkle tree, routing anew
   * but for those who wait at a node, whom it looks after itself. Some node has to. True if left out.
   */
  readonly background?: boolean;
}

export interface StartRequest {
  readonly definition: string;
  readonly version?: number;
  readonly input: Json;
  readonly priority?: number;
  /** Holds the run in `pending_approval` until it is approved. */
  readonly hold?: boolean;
  /** Runs whose results are in the input: whoever worked on them has a part in it. */
  readonly sources?: readonly string[];
}

const DEFAULT_PRIORITY = 5;
const RETRY_MS = 1000;
const RESUMED_MS = 30_000;
/** Of a run that may have given out nothing before: who asked for its work meanwhile was told that there is none. Or of a task of it. */
const GOES_ON = ['run.resumed', 'run.closing', 'task.resumed'];

/**
 * Load, decide, commit; and all that goes on in the background.
 *
 * RT-1  Start order: passports, who holds what, then timers, messages and the log. Stop is the reverse. What other nodes commit
 *       meanwhile is followed from before anybody read what is open, and the organisation is read on in the end: nothing is missed.
 * RT-3  On several nodes each may do all of it: the database says who was first (NODE-1, TIMERS-4, OUTBOX-3, LEASE-3, LOG-3).
 * RT-2  A graceful stop lets what was asked be answered; what is held by participants stays theirs by lease.
 */
export class Runtime {
  readonly store: Store;
  readonly organisation: Organisation;
  readonly runs: Runs;
  readonly scheduler: Scheduler;
  readonly leases: Leases;
  readonly log: Log;
  readonly feed: Feed;
  readonly history: RoutingHistory;
  readonly archiver: Archiver;
  readonly #parts: RuntimeParts;
  readonly #committer: Committer;
  readonly #timers: Timers;
  readonly #outbox: Outbox;
  readonly #following: Following | null;
  readonly #background: boolean;
  readonly #reread: Loop;
  readonly #doubted = new Set<string>();
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(parts: RuntimeParts) {
    const { store, clock, sha256, signer, onFault, shared = false, background = true } = parts;
    this.#parts = parts;
    this.#background = background;
    this.feed = new Feed(onFault);
    this.store = store;
    const committer = new Committer({
      store,
      clock,
      sha256,
      onCommitted: (batch) => this.#committed(batch),
      onDoubt: (streams) => this.#doubt(streams),
    });
    this.#committer = committer;
    this.leases = new Leases({
      clock,
      committer,
      onFault,
      expire: (lease) => this.#expire(lease),
      onLess: (participant) => this.scheduler.hasRoom(participant),
      ...(shared && { shared: store }),
    });
    this.organisation = new Organisation({ store, clock, committer, sha256, shared, onFault });
    this.history = new RoutingHistory({ store, committer, onFault });
    this.scheduler = new Scheduler({
      store,
      clock,
      leases: this.leases,
      organisation: this.organisation,
      history: this.history,
      runs: () => this.runs,
      ...(shared && { recount: (participants) => this.#recount(participants) }),
      onFault,
    });
    this.organisation.watch((news) => this.scheduler.heard(news));
    this.organisation.policies.watch(() => this.scheduler.goOn());
    this.runs = new Runs({
      store,
      clock,
      committer,
      sha256,
      graphs: (definition) => this.organisation.graph(definition),
      assigner: this.scheduler.router,
      people: peopleOf(this.organisation),
      policies: this.organisation.policies,
      edition: this.organisation.edition,
      find: (id) => this.organisation.passport(id),
      leaseOf: (task) => this.leases.get(task),
      ...(shared && { neighbours: this.#neighbours() }),
    });
    this.#timers = new Timers({
      store,
      clock,
      shared,
      onFault,
      fire: (timer, what) => this.#fire(timer, what),
    });
    const deliveries = new Deliveries({ store, runs: this.runs, organisation: this.organisation });
    this.#outbox = new Outbox({
      store,
      clock,
      shared,
      onFault,
      deliver: (id, message) => deliveries.deliver(id, message),
    });
    this.#reread = new Loop(
      () => takeEach(this.#doubted, (stream) => this.#readAgain(stream)),
      (fault) => {
        onFault(fault);
        clock.after(RETRY_MS, () => this.#reread.wake());
      },
    );
    this.log = new Log({ store, clock, sha256, signer, grows: background, onFault });
    const { log, history, organisation } = this;
    const { forget } = this.runs;
    this.archiver = new Archiver({ store, log, history, organisation, signer, sha256, forget });
    this.#following = shared ? this.#follow() : null;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Whether work had better be sent here: it runs, and hears from the database that it shares with others (NODE-5). */
  get isReady(): boolean {
    return this.isRunning && (this.#following?.isCurrent ?? true);
  }

  /** Whether others have changed the organisation since so much was heard of; follows it. Never where there is no other node. */
  async hasNews(heard: number): Promise<boolean> {
    if (!this.#following) return false;
    await this.organisation.follow();
    return this.organisation.heard > heard;
  }

  async start(): Promise<void> {
    await this.organisation.start();
    await this.history.start();
    const from = this.history.position;
    await this.scheduler.start(this.#background);
    if (this.#background) await this.leases.start();
    await this.log.start();
    if (this.#background) {
      await this.#outbox.start();
      await this.#timers.start();
    }
    this.#reread.start();
    if (this.#following) {
      this.#following.start(from);
      await this.organisation.follow();
    }
    this.#state = 'running';
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.scheduler.stop();
    await this.#following?.stop();
    await this.#timers.stop();
    await this.#outbox.stop();
    await this.#reread.stop();
    await this.leases.stop();
    await this.organisation.stop();
    await this.history.stop();
    await this.#committer.idle();
    await this.log.stop();
  }

  /** Starts a run of a definition. The receipt names the run. */
  async startRun(
    request: StartRequest,
    by: Attribution,
    idempotency?: ExecuteOptions['idempotency'],
  ): Promise<Outcome<Receipt>> {
    const { definition: id, version, input, priority = DEFAULT_PRIORITY, hold = false } = request;
    const definition = await this.organisation.definition(id, version);
    if (!definition) {
      const which = version === undefined ? id : `${id} version ${version}`;
      return no(
        'definition_unknown',
        `There is no definition ${which}. Save it first, or list the definitions there are.`,
      );
    }
    const graph = await this.organisation.graph(definition);
    const problem = inputProblem(graph.input, input);
    if (problem) return { ok: false, rejection: problem };
    const run = `run_${this.#parts.newId()}`;
    const found = await contributorsTo(this, request.sources ?? []);
    if (!found.ok) return found;
    const contributors = found.value;
    const accountable = by.onBehalfOf;
    const ref: DefinitionRef = { id, version: definition.version, digest: definition.digest };
    return this.runs.execute(
      run,
      { type: 'start', run, definition: ref, input, priority, accountable, hold, contributors },
      by,
      { graph, fresh: true, ...(idempotency && { idempotency }) },
    );
  }

  /** What is known of a run that is not in the database any more; null where it was never archived. */
  async archived(run: string): Promise<ArchivedRun | null> {
    const document = await this.store.document('archived_run', run);
    return document && (document.body as unknown as ArchivedRun);
  }

  /** Prolongs the lease of a held task. The new end, ms since the epoch. */
  async heartbeat(
    id: string,
    token: number,
    passport: string,
    leaseMs: number,
  ): Promise<Outcome<{ leaseUntil: number }>> {
    const lease = await this.leases.current(id);
    if (!lease)
      return no(
        'task_closed',
        `Task ${id} is not held: it has ended, was withdrawn or given back. Stop working on it.`,
      );
    if (lease.token !== token || lease.assignee !== passport)
      return no(
        'stale_token',
        `Task ${id} has been given out again; the token ${token} is no longer valid. Stop working on it.`,
      );
    const leaseUntil = this.#parts.clock.now() + leaseMs;
    await this.leases.prolong(lease, leaseUntil);
    if ((await this.leases.current(id))?.token !== token)
      return no('stale_token', `Task ${id} has been given out again or has ended. Stop working on it.`);
    return { ok: true, value: { leaseUntil } };
  }

  // --- other nodes ----------------------------------------------------------------------------------------------

  #neighbours(): Neighbours {
    return new Neighbours({
      store: this.store,
      capacityOf: (participant) => this.organisation.passport(participant)?.capacity,
      heldBy: (participant) => this.leases.count(participant),
      recount: (participants) => this.#recount(participants),
    });
  }

  async #recount(participants: Iterable<string>): Promise<void> {
    await this.#following?.read(await this.scheduler.tasksOf(participants));
  }

  #follow(): Following {
    const { store, clock, onFault } = this.#parts;
    return new Following({
      store,
      clock,
      onFault,
      onEntry: ({ position, stream, hash }, event) => {
        this.history.follow(position, stream, [event]);
        this.log.follow(position, [hash]);
        this.scheduler.told(stream, event.type);
      },
      onForeign: ({ stream, sequence }, event) => {
        if (stream === ORGANISATION) return;
        this.runs.overtaken(stream, sequence);
        const actor = this.organisation.passport(event.by.actor);
        if (actor) this.organisation.presence.seen(actor.id);
        if (GOES_ON.includes(event.type)) void this.#reoffer(stream, event);
      },
      onPage: async (entries) => {
        if (entries.some(({ stream }) => stream === ORGANISATION)) await this.organisation.follow();
        if (this.#background) this.#outbox.look();
        this.feed.tell(entries);
      },
      onTasks: (rows) => this.scheduler.followed(rows),
      onEnded: (task) => this.scheduler.ended(task),
      onSuspended: (task) => this.leases.drop(task),
      // Nobody catches it: the process ends, and what starts it again reads everything anew.
      onBehind: (fault) =>
        clock.soon(() => {
          throw fault;
        }),
    });
  }

  #committed(batch: readonly Committed[]): void {
    let due = Infinity;
    for (const { change, position } of batch) {
      if (!this.#following) this.#record(change, position);
      this.scheduler.committed(change.tasks.values());
      due = Math.min(due, change.due);
      if (change.sends && this.#background) this.#outbox.sent(change.stream);
      for (const event of change.events)
        if (GOES_ON.includes(event.type)) void this.#reoffer(change.stream, event);
    }
    if (due < Infinity && this.#background) this.#timers.expect(due);
    this.#following?.committed(batch);
    this.feed.publish(batch);
  }

  /** The tree, the track records and whether a run is paused, which go by positions: on several nodes they come from the store. */
  #record({ stream, entries, events }: Committed['change'], position: number | null): void {
    this.log.follow(
      position,
      entries.map(({ hash }) => hash),
    );
    this.history.follow(position, stream, events);
    for (const { type } of events) this.scheduler.told(stream, type);
  }

  /** BACK-3 the other way round: whatever was a hint in memory is read from the store again. */
  #doubt(streams: ReadonlySet<string>): void {
    for (const stream of streams) this.#doubted.add(stream);
    this.#reread.wake();
    this.#timers.wake();
    this.#outbox.wake();
    if (this.#following) return this.#following.wake();
    this.log.doubt();
    this.history.doubt();
  }

  #readAgain(stream: string): Promise<void> {
    return stream === ORGANISATION ? this.organisation.follow() : this.scheduler.reread(stream);
  }

  async #reoffer(run: string, { data }: { readonly data: object }): Promise<void> {
    const found = await this.runs.state(run).catch(this.#parts.onFault);
    if (!found) return;
    if ('task' in data) this.scheduler.goesOn(found.state.tasks[data.task as string]);
    else this.scheduler.reoffer(Object.values(found.state.tasks));
  }

  #expire({ run, task, token, until }: Lease): Promise<Outcome<Receipt>> {
    const lease = { task, token, until };
    return this.runs.execute(run, { type: 'task.expire', task, token }, bySystem('lease'), { lease });
  }

  async #fire(timer: Timer, what: TimerMeaning): Promise<unknown> {
    const leaseUntil = what.kind === 'resume' ? await this.#leaseOf(timer.run, what.task) : null;
    return this.runs.execute(timer.run, { type: 'timer', what }, bySystem('timer'), {
      timer,
      ...(leaseUntil !== null && { leaseUntil }),
    });
  }

  /** Agents and systems that have a task again by a timer have this long to say that they are there. */
  async #leaseOf(run: string, task: string): Promise<number | null> {
    const assignee = (await this.runs.state(run))?.state.tasks[task]?.assignee ?? null;
    const holder = assignee === null ? null : this.organisation.passport(assignee);
    return holder && holder.kind !== 'human' ? this.#parts.clock.now() + RESUMED_MS : null;
  }
}

const no = (code: string, message: string) =>
  ({ ok: false, rejection: refuse(code, message) }) as const satisfies Outcome<never>;
