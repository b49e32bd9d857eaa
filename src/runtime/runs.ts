import type { Graph, Json } from '../definition/index.ts';
import {
  refuse,
  transition,
  type Attribution,
  type Command,
  type DefinitionRef,
  type Moment,
  type Routed,
  type RunState,
  type Task,
  type Transition,
} from '../engine/index.ts';
import { canonical, toHex, type Sha256 } from '../ledger/index.ts';
import type { FullPassport } from '../routing/index.ts';
import type { Held, Store, TaskRow } from '../store/index.ts';
import { turnedAway } from './admission.ts';
import { bySystem } from './authority.ts';
import { ArtifactCache, ArtifactsRead } from './artifact-cache.ts';
import type { ChangeBuilder } from './change.ts';
import { Again, type Committer } from './committer.ts';
import type { Clock } from './clock.ts';
import { EMPTY_HEAD } from './entries.ts';
import { newHot, writeDown, type Hot, type RunNow } from './hot.ts';
import { HotRuns } from './hot-runs.ts';
import type { Lease } from './leases.ts';
import { basisOf, holders, isOnce, overtaken, premisesOf, type Neighbours } from './nodes/neighbours.ts';
import type { People } from './people.ts';
import type { Pending } from './organisation/documents.ts';
import type { Edition } from './organisation/edition.ts';
import type { ExecuteOptions } from './execute-options.ts';
import { keepClaim, type Assigner, type Claim, type Claims } from './scheduling/assigner.ts';
import { RunBoundaries, type Policies } from './policies/index.ts';
import type { Outcome, Receipt } from './receipt.ts';
import { reconsidered } from './reconsidered.ts';
import { taskRow } from './rows.ts';

export type { ExecuteOptions } from './execute-options.ts';
export type { Outcome, Receipt } from './receipt.ts';

/** @throws Error when there is no such definition: runs pin theirs, and it is never removed. */
export type Graphs = (definition: DefinitionRef) => Promise<Graph>;

/** What a command writes of documents of the organisation. */
type Spent = Pending[];

/** What a command has with it until it is decided. */
interface Deciding {
  readonly claims: Claims;
  readonly spent: Spent;
  readonly artifacts: ArtifactsRead;
}

type By = Attribution | ((state: RunState | undefined) => Attribution);
type Done = Extract<Transition, { ok: true }>;

const ignore = (): void => {};
/** While all work is stopped nothing is given out: it waits for somebody to let it go on. */
const HELD: Routed = { placement: { kind: 'held' }, explanation: null };
const MISMATCH = 'This idempotency key was used for another request. Use a new key for a new request.';
const ENCODER = new TextEncoder();

/**
 * Runs in memory, and commands on them.
 *
 * RUNS-1  State in memory is the fold of the stream's entries in the store, or it is forgotten.
 * RUNS-2  Runs that rest cost no memory: those that have ended, and the least used, are dropped and read again when they are asked for.
 * RUNS-5  What is decided is committed on the edition of the organisation that it was decided on (EDITION-2).
 * RUNS-4  Where other nodes work on the same database, NEXT-1 to NEXT-3 hold.
 */
export class Runs {
  #store: Store;
  #clock: Clock;
  #committer: Committer;
  #sha256: Sha256;
  #assigner: Assigner;
  #people: People;
  #policies: Policies;
  #edition: Edition;
  #find: (id: string) => FullPassport | null;
  #leaseOf: (task: string) => Lease | undefined;
  #neighbours: Neighbours | null;
  readonly #hot: HotRuns;
  #underWay = new Map<string, Promise<void>>();
  readonly #artifacts: ArtifactCache;

  constructor(parts: {
    store: Store;
    clock: Clock;
    committer: Committer;
    sha256: Sha256;
    graphs: Graphs;
    assigner: Assigner;
    people: People;
    policies: Policies;
    edition: Edition;
    find(id: string): FullPassport | null;
    leaseOf(task: string): Lease | undefined;
    /** Absent where this is the only node. */
    neighbours?: Neighbours | undefined;
  }) {
    this.#store = parts.store;
    this.#artifacts = new ArtifactCache(parts.store, parts.sha256);
    this.#clock = parts.clock;
    this.#committer = parts.committer;
    this.#sha256 = parts.sha256;
    this.#hot = new HotRuns(parts);
    this.#assigner = parts.assigner;
    this.#people = parts.people;
    this.#policies = parts.policies;
    this.#edition = parts.edition;
    this.#find = (id) => parts.find(id);
    this.#leaseOf = parts.leaseOf;
    this.#neighbours = parts.neighbours ?? null;
  }

  /** It has been taken out of the store. */
  readonly forget = (run: string): void => this.#hot.drop(run);

  /** Another node has appended to a run. */
  overtaken(run: string, sequence: number): void {
    this.#neighbours?.overtaken(this.#hot.get(run), sequence);
  }

  /**
   * Decides, commits, and only then answers; rejects with a fault when the store fails. `start` needs `options.graph`.
   */
  async execute(
    run: string,
    command: Command,
    by: By,
    options: ExecuteOptions = {},
  ): Promise<Outcome<Receipt>> {
    const outcome = await this.#keyed(run, command, by, options);
    const next = reconsidered(command, outcome);
    if (next) await this.#decided(run, next, bySystem('routing'), {});
    return outcome;
  }

  async #keyed(run: string, command: Command, by: By, options: ExecuteOptions): Promise<Outcome<Receipt>> {
    const { idempotency } = options;
    if (!idempotency) return this.#decided(run, command, by, options);
    const { key } = idempotency;
    while (this.#underWay.has(key)) await this.#underWay.get(key);
    const attempt = this.#once(run, command, by, { ...options, idempotency });
    this.#underWay.set(key, attempt.then(ignore, ignore));
    try {
      return await attempt;
    } finally {
      this.#underWay.delete(key);
    }
  }

  /** RUNS-3  Under one idempotency key a command is carried out once; a repetition gets the first answer. */
  async #once(
    run: string,
    command: Command,
    by: By,
    options: ExecuteOptions & Required<Pick<ExecuteOptions, 'idempotency'>>,
  ): Promise<Outcome<Receipt>> {
    const { key, fingerprint } = options.idempotency;
    const record = await this.#store.idempotent(key);
    if (!record) {
      const outcome = await this.#decided(run, command, by, options);
      const mayBeRepeated = outcome === overtaken || (!outcome.ok && this.#neighbours !== null);
      if (!mayBeRepeated || !(await this.#store.idempotent(key))) return outcome;
      return this.#once(run, command, by, options);
    }
    if (record.fingerprint === fingerprint) return { ok: true, value: record.result as unknown as Receipt };
    return { ok: false, rejection: refuse('idempotency_mismatch', MISMATCH) };
  }

  /** NEXT-1 */
  async #decided(run: string, command: Command, by: By, options: ExecuteOptions): Promise<Outcome<Receipt>> {
    for (;;) {
      let basis = basisOf(undefined);
      const outcome = await this.#submit(run, command, by, options, (hot) => (basis = basisOf(hot)));
      if (!this.#neighbours || outcome.ok || outcome === overtaken) return outcome;
      if (await this.#neighbours.upholds(run, basis, this.#hot.get(run))) return outcome;
    }
  }

  #submit(
    run: string,
    command: Command,
    by: By,
    options: ExecuteOptions,
    onDecided: (hot: Hot | undefined) => void,
  ): Promise<Outcome<Receipt>> {
    return new Promise((resolve, reject) => {
      let outcome: Outcome<Receipt> | undefined;
      let absent = options.fresh ?? false;
      const claims: Claims = new Map();
      const spent: Spent = [];
      const artifacts = new ArtifactsRead(this.#artifacts);
      let begun: readonly string[] = [];
      const settleClaims = (durable: boolean): void => {
        const tasks = durable && outcome?.ok ? outcome.value.tasks : [];
        for (const [id, claim] of claims) claim.settle(tasks.find((task) => task.id === id) ?? null);
        claims.clear();
      };
      this.#committer.submit({
        stream: run,
        alone:
          options.idempotency !== undefined ||
          options.document !== undefined ||
          (this.#neighbours !== null && isOnce(options)),
        ready: () => {
          const unsettled = this.#edition.behind ?? this.#policies.settled();
          if (unsettled) return unsettled;
          const hot = this.#hot.get(run);
          const behind = this.#neighbours?.behind(run, hot, (one) => this.#hot.drop(run, one));
          if (behind) return behind;
          if (hot) return hot.head;
          if (absent) return EMPTY_HEAD;
          return this.#hot.read(run).then((found) => {
            absent = found === null;
          });
        },
        prepare: (change) => {
          spent.length = 0;
          outcome = this.#decide(change, run, command, by, options, { claims, spent, artifacts });
          if (outcome.ok) options.decided?.();
          const said = outcome.ok ? null : options.refused?.(outcome.rejection);
          if (said) change.send(said);
          onDecided(this.#hot.get(run));
          begun = holders(command, options, claims);
        },
        settle: (fault) => {
          settleClaims(fault === undefined);
          if (fault === undefined && outcome?.ok) this.#hot.committed(run);
          if (fault === undefined) for (const pending of spent) pending.settle();
          if (fault === undefined && outcome) resolve(outcome);
          else reject(fault);
        },
        refuse: (code) => {
          if (code === 'outdated') this.#edition.overtaken();
          if (code === 'capacity_conflict') this.#neighbours?.count(run, begun);
          const isLate = code === 'document_conflict' && options.document !== undefined;
          if (code !== 'overtaken' && code !== 'idempotency_conflict' && !isLate) return false;
          resolve(overtaken);
          return true;
        },
        forget: () => {
          absent = false;
          this.#hot.drop(run);
          settleClaims(false);
          for (const pending of spent) pending.forget();
        },
      });
    });
  }

  /**
   * The state of a run that is durable. It goes on changing in place: read it at once, or copy. Null when there is none.
   * `lately`: that of a moment ago will do (NEXT-1, NODE-2), so that the store is not asked about what is in memory.
   */
  async state(run: string, { lately = false } = {}): Promise<RunNow | null> {
    for (;;) {
      await this.#committer.underWay(run);
      const hot = this.#hot.get(run);
      if (hot && this.#neighbours && !(await this.#neighbours.isCurrent(run, hot, lately))) {
        if (!this.#committer.underWay(run))
          await this.#neighbours.catchUp(run, hot, (one) => this.#hot.drop(run, one));
        continue;
      }
      // A decision that broke off meanwhile has left in it what was never committed.
      if (hot && this.#hot.get(run) !== hot) continue;
      const found = hot ?? (await this.#hot.read(run));
      if (!this.#committer.underWay(run)) return found;
    }
  }

  /** @throws Again when an expression reads artifacts that are not in memory. */
  #decide(
    change: ChangeBuilder,
    run: string,
    command: Command,
    by: By,
    options: ExecuteOptions,
    deciding: Deciding,
  ): Outcome<Receipt> {
    const { claims, spent } = deciding;
    if (options.delivered !== undefined) change.delivered.push(options.delivered);
    if (options.timer !== undefined) change.cancelTimer(options.timer.id);
    if (this.#neighbours && isOnce(options)) change.require(premisesOf(options));
    const hot = this.#hot.get(run);
    const graph = hot?.graph ?? options.graph;
    if (!graph) return { ok: false, rejection: refuse('run_unknown', `There is no run ${run}.`) };
    const full = options.leaseUntil === undefined ? null : this.#neighbours?.objection(command);
    if (full) return { ok: false, rejection: full };
    const attribution = typeof by === 'function' ? by(hot?.state) : by;
    const refused = turnedAway(attribution, this.#edition.known);
    if (refused) return refused;
    const told = options.now?.(hot?.state) ?? command;
    if ('rejection' in told) return told;
    change.edition ??= this.#edition.premise;
    const result = transition(graph, hot?.state ?? null, told, this.#moment(graph, attribution, deciding));
    if ('needs' in result) throw new Again(deciding.artifacts.fetch(result.needs));
    if (!result.ok) return { ok: false, rejection: result.rejection };
    const mine = this.#keep(hot, graph, result, change);
    this.#neighbours?.hold(change, holders(command, options, claims));
    this.#write(change, mine, result, claims, options);
    for (const pending of spent) change.write(pending.write());
    if (options.document) change.write(options.document);
    writeDown(change, mine);
    const { sequence, status } = mine.state;
    const tasks = result.tasks.map(({ id }) => change.tasks.get(id) as TaskRow);
    const { answer } = result;
    const receipt = { run, sequence, status, tasks, ...(answer !== null && { answer }) };
    if (options.idempotency) {
      const { key, fingerprint, keeps } = options.idempotency;
      const kept = keeps ? { ...receipt, tasks: tasks.filter(keeps) } : receipt;
      change.idempotency = { key, fingerprint, result: kept as unknown as Json, at: this.#clock.now() };
    }
    return { ok: true, value: receipt };
  }

  #moment(graph: Graph, by: Attribution, { claims, spent, artifacts }: Deciding): Moment {
    const now = this.#clock.now();
    const boundaries = new RunBoundaries({
      policies: this.#policies,
      graph,
      now,
      find: this.#find,
      candidates: (work) => this.#assigner.eligible(work),
      write: (pending) => spent.push(pending),
    });
    return {
      ...this.#lent,
      ...this.#people,
      artifact: artifacts.get,
      now,
      by,
      boundaries,
      route: (work) => {
        if (this.#policies.emergencyStop.state !== 'off') return HELD;
        const forbids = boundaries.forbids(work, work.run);
        const { routed, claim } = this.#assigner.route(work, forbids);
        keepClaim(claims, work.task, claim);
        return routed;
      },
      keeper: (work) => this.#assigner.keeper(work, boundaries.forbids(work, work.run)),
      take: (task, who, most, state) => keepClaim(claims, task, this.#assigner.take(task, who, most, state)),
      canBeDone: (work) => this.#assigner.canBeDone(work, boundaries.forbidsForGood(work, work.run)),
      hasOwner: (work) => this.#assigner.hasOwner(work),
      objection: (work, participant, later) => {
        const forbids = later
          ? boundaries.forbidsForGood(work, work.run)
          : boundaries.forbids(work, work.run);
        return this.#assigner.objection(work, participant, forbids)?.message ?? null;
      },
      full: (task, participant, state) => this.#assigner.full(claims, task, participant, state),
    };
  }

  /** What is the same in every moment. */
  readonly #lent: Pick<Moment, 'canonical' | 'sha256' | 'byteLength'> = {
    canonical: (value) => canonical(value),
    sha256: (text) => toHex(this.#sha256(text)),
    byteLength: (text) => ENCODER.encode(text).length,
  };

  #keep(hot: Hot | undefined, graph: Graph, { state }: Done, change: ChangeBuilder): Hot {
    if (hot) return hot;
    const fresh = newHot(graph, state, change.head);
    this.#hot.set(state.run, fresh);
    return fresh;
  }

  #write(change: ChangeBuilder, hot: Hot, result: Done, claims: Claims, options: ExecuteOptions): void {
    const before = change.entries.length;
    for (const event of result.events) change.append(event);
    for (const entry of change.entries.slice(before)) hot.bytesSince += entry.text.length;
    hot.head = change.head;
    for (const task of result.tasks)
      change.put(taskRow(task, this.#held(task, claims.get(task.id), options)));
    for (const timer of result.effects.timers) change.setTimer(timer);
    for (const id of result.effects.cancelled) change.cancelTimer(id);
    for (const message of result.effects.messages) change.send(message);
    for (const { sha256, text } of result.artifacts) {
      const content = ENCODER.encode(text);
      change.keep({ sha256, mediaType: 'application/json', content });
      this.#artifacts.put(sha256, text, content.length);
    }
  }

  /** As it is given out by this command, or was before, as far as this node knows: the store keeps the longer lease (HELD-1). */
  #held({ id, status }: Task, given: Claim | undefined, asked: ExecuteOptions): Held {
    if (status !== 'in_progress') return { leaseUntil: null };
    const now = typeof given?.leaseUntil === 'number' ? given : asked;
    const lease = this.#leaseOf(id);
    const claim = now.leaseUntil === undefined ? lease?.claim : now.claim;
    return { leaseUntil: now.leaseUntil ?? lease?.until ?? null, ...(claim !== undefined && { claim }) };
  }
}
