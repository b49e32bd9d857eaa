import { compileSchema, type CheckValue, type Json, type JsonObject } from '../definition/index.ts';
import {
  refuse,
  type Attribution,
  type DefinitionRef,
  type Event,
  type Failure,
  type Message,
  type Rejection,
  type TimerMeaning,
} from '../engine/index.ts';
import { canonicalProblem, type Sha256, type Signer } from '../ledger/index.ts';
import type { WorkingHours } from '../routing/index.ts';
import type { Store, Timer } from '../store/index.ts';
import { bySystem } from './authority.ts';
import { Loop } from './background.ts';
import type { Clock } from './clock.ts';
import { Committer, type Committed } from './committer.ts';
import { Feed } from './feed.ts';
import { Leases, type Lease } from './leases.ts';
import { Log } from './log.ts';
import { ORGANISATION, Organisation } from './organisation/index.ts';
import { readEvent } from './entries.ts';
import { situationsOf } from './policies/index.ts';
import type { Situation } from '../policy/index.ts';
import { Outbox } from './outbox.ts';
import { peopleOf } from './people.ts';
import { Runs, type ExecuteOptions, type Outcome, type Receipt } from './runs.ts';
import { Scheduler } from './scheduler.ts';
import { Timers } from './timers.ts';
import { RoutingHistory } from './track-records.ts';

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
  /** When the organisation works, as far as participants have no hours of their own; Monday to Friday from 9 to 5 (UTC) if left out. */
  readonly hours?: WorkingHours | undefined;
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
const PAGE = 1000;
const RESUMED_MS = 30_000;

/**
 * Load, decide, commit; and all that goes on in the background.
 *
 * RT-1  Start order: passports, who holds what, then timers, messages and the log. Stop is the reverse.
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
  readonly #parts: RuntimeParts;
  readonly #committer: Committer;
  readonly #timers: Timers;
  readonly #outbox: Outbox;
  readonly #reread: Loop;
  readonly #doubted = new Set<string>();
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(parts: RuntimeParts) {
    const { store, clock, sha256, signer, onFault } = parts;
    this.#parts = parts;
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
    this.leases = new Leases({ clock, committer, onFault, expire: (lease) => this.#expire(lease) });
    this.organisation = new Organisation({ store, clock, committer, sha256, onFault });
    this.history = new RoutingHistory({ store, committer, onFault });
    this.scheduler = new Scheduler({
      store,
      clock,
      leases: this.leases,
      organisation: this.organisation,
      history: this.history,
      runs: () => this.runs,
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
      people: peopleOf(this.organisation.directory, parts.hours),
      policies: this.organisation.policies,
      find: (id) => this.organisation.passport(id),
      leaseOf: (task) => this.leases.get(task)?.until ?? null,
    });
    this.#timers = new Timers({ store, clock, onFault, fire: (timer, what) => this.#fire(timer, what) });
    this.#outbox = new Outbox({
      store,
      clock,
      onFault,
      deliver: (id, message) => this.#deliver(id, message),
    });
    this.#reread = new Loop(
      () => this.#rereadDoubted(),
      (fault) => {
        onFault(fault);
        clock.after(RETRY_MS, () => this.#reread.wake());
      },
    );
    this.log = new Log({ store, clock, sha256, signer, onFault });
  }

  get isReady(): boolean {
    return this.#state === 'running';
  }

  async start(): Promise<void> {
    await this.organisation.start();
    await this.history.start();
    await this.scheduler.start();
    await this.leases.start();
    await this.log.start();
    await this.#outbox.start();
    await this.#timers.start();
    this.#reread.start();
    this.#state = 'running';
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.scheduler.stop();
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
    const contributors = await this.#contributors(request.sources ?? []);
    const accountable = by.onBehalfOf;
    const ref: DefinitionRef = { id, version: definition.version, digest: definition.digest };
    return this.runs.execute(
      run,
      { type: 'start', run, definition: ref, input, priority, accountable, hold, contributors },
      by,
      { graph, fresh: true, ...(idempotency && { idempotency }) },
    );
  }

  /** Whoever has a part in any of the runs; those that there are not have had none. */
  async #contributors(runs: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all([...new Set(runs)].map((run) => this.runs.state(run)));
    return [...new Set(found.flatMap((one) => Object.keys(one?.state.contributors ?? {})))];
  }

  /** Acts of a run that policies were, or would have been, asked about; null when there is no such run. */
  async situationsOf(run: string): Promise<Situation[] | null> {
    const found = await this.runs.state(run);
    if (!found) return null;
    const { store } = this;
    const events: Event[] = [];
    for (let after = 0; ;) {
      const page = await store.entries({ stream: run, after }, PAGE);
      for (const { text } of page) events.push(readEvent(text));
      after = page.at(-1)?.sequence ?? after;
      if (page.length < PAGE) break;
    }
    const find = (id: string) => this.organisation.passport(id);
    return [...situationsOf({ graph: found.graph, events, find, content: () => undefined })];
  }

  /** Prolongs the lease of a held task. The new end, ms since the epoch. */
  async heartbeat(
    id: string,
    token: number,
    passport: string,
    leaseMs: number,
  ): Promise<Outcome<{ leaseUntil: number }>> {
    const lease = this.leases.get(id);
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
    return { ok: true, value: { leaseUntil } };
  }

  #committed(batch: readonly Committed[]): void {
    let due = Infinity;
    let messages = false;
    for (const { change, position } of batch) {
      this.log.follow(
        position,
        change.entries.map(({ hash }) => hash),
      );
      this.history.follow(position, change.stream, change.events);
      this.scheduler.committed(change.tasks.values());
      due = Math.min(due, change.due);
      messages ||= change.sends;
      if (change.stream !== ORGANISATION && change.events.some(({ type }) => type === 'run.resumed'))
        void this.#reoffer(change.stream);
    }
    if (due < Infinity) this.#timers.expect(due);
    if (messages) this.#outbox.wake();
    this.feed.publish(batch);
  }

  /** BACK-3 the other way round: whatever was a hint in memory is read from the store again. */
  #doubt(streams: ReadonlySet<string>): void {
    for (const stream of streams) this.#doubted.add(stream);
    this.#reread.wake();
    this.#timers.wake();
    this.#outbox.wake();
    this.log.wake();
  }

  async #rereadDoubted(): Promise<void> {
    for (const stream of this.#doubted) {
      await this.scheduler.reread(stream);
      this.#doubted.delete(stream);
    }
  }

  async #reoffer(run: string): Promise<void> {
    const found = await this.runs.state(run).catch(this.#parts.onFault);
    if (found) this.scheduler.reoffer(Object.values(found.state.tasks));
  }

  #expire({ run, task, token }: Lease): Promise<Outcome<Receipt>> {
    return this.runs.execute(run, { type: 'task.expire', task, token }, bySystem('lease'));
  }

  async #fire(timer: Timer, what: TimerMeaning): Promise<unknown> {
    const leaseUntil = what.kind === 'resume' ? await this.#leaseOf(timer.run, what.task) : null;
    return this.runs.execute(timer.run, { type: 'timer', what }, bySystem('timer'), {
      timer: timer.id,
      ...(leaseUntil !== null && { leaseUntil }),
    });
  }

  /** Agents and systems that have a task again by a timer have this long to say that they are there. */
  async #leaseOf(run: string, task: string): Promise<number | null> {
    const assignee = (await this.runs.state(run))?.state.tasks[task]?.assignee ?? null;
    const holder = assignee === null ? null : this.organisation.passport(assignee);
    return holder && holder.kind !== 'human' ? this.#parts.clock.now() + RESUMED_MS : null;
  }

  async #deliver(id: number, message: Message): Promise<unknown> {
    const options = { delivered: id };
    const by = bySystem('delivery');
    switch (message.kind) {
      case 'child.command': {
        const { run, command } = message;
        return this.runs.execute(
          run,
          { type: command, reason: 'the run it belongs to asked for it' },
          by,
          options,
        );
      }
      case 'child.end': {
        const { kind: _, parent, ...end } = message;
        return this.runs.execute(
          parent.run,
          { type: 'child.end', step: parent.step, slot: parent.slot, ...end },
          by,
          options,
        );
      }
      case 'child.start':
        return this.#startChild(id, message);
    }
  }

  async #startChild(id: number, message: Extract<Message, { kind: 'child.start' }>): Promise<unknown> {
    const { parent, run, definitionVersion, input, priority, depth, allotment, accountable, by } = message;
    const definition = await this.organisation.definition(message.definition, definitionVersion ?? undefined);
    const graph = definition && (await this.organisation.graph(definition));
    const problem = graph
      ? inputProblem(graph.input, input)
      : refuse('definition_unknown', `There is no definition ${message.definition}.`);
    if (problem || !definition || !graph) return this.#childFailed(id, message, problem ?? undefined);
    const { version, digest } = definition;
    return this.runs.execute(
      run,
      {
        type: 'start',
        run,
        definition: { id: definition.id, version, digest },
        input,
        priority,
        accountable,
        hold: false,
        parent,
        depth,
        allotment,
        contributors: message.contributors,
      },
      { actor: by, onBehalfOf: accountable, authority: { kind: 'system', id: `parent:${parent.run}` } },
      { graph, delivered: id },
    );
  }

  #childFailed(
    id: number,
    { parent, run }: Extract<Message, { kind: 'child.start' }>,
    problem: Pick<Rejection, 'code' | 'message'> = {
      code: 'child_failed',
      message: 'It could not be started.',
    },
  ): Promise<unknown> {
    const failure: Failure = { code: problem.code, message: problem.message };
    const usage = { tasks: 0, tokens: 0, cost: 0 };
    const end = {
      type: 'child.end' as const,
      step: parent.step,
      slot: parent.slot,
      run,
      output: null,
      failure,
      usage,
      contributors: [],
    };
    return this.runs.execute(parent.run, end, bySystem('delivery'), { delivered: id });
  }
}

const CHECKS = new WeakMap<JsonObject, CheckValue>();

/** What is wrong with the input of a run: not JSON that can be recorded, or not what the definition asks for. */
const inputProblem = (schema: JsonObject | null, input: Json): Rejection | null => {
  const unfit = canonicalProblem(input);
  if (unfit) return refuse('input_invalid', `The input cannot be recorded: ${unfit.message}`);
  const problems = schema ? checkOf(schema)(input) : [];
  if (problems.length === 0) return null;
  const list = problems.map(({ path, message }) => `${path || 'input'} ${message}`).join('; ');
  return refuse('input_invalid', `The input is not what the definition asks for: ${list}.`, { problems });
};

/** Schemas were checked when the definition was saved, so one that does not compile is a fault. */
const checkOf = (schema: JsonObject): CheckValue => {
  const known = CHECKS.get(schema);
  if (known) return known;
  const compiled = compileSchema(schema);
  if (!compiled.ok)
    throw new Error(`the schema of a saved definition cannot be used: ${JSON.stringify(compiled.problems)}`);
  CHECKS.set(schema, compiled.check);
  return compiled.check;
};

const no = (
  code: string,
  message: string,
): { readonly ok: false; readonly rejection: ReturnType<typeof refuse> } => ({
  ok: false,
  rejection: refuse(code, message),
});
