import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Graph } from '../../src/definition/graph.ts';
import type { Json } from '../../src/definition/json.ts';
import {
  ENGINE_ACTOR,
  isRunFinal,
  transition,
  verdictOf,
  type Attribution,
  type ChildEnd,
  type Command,
  type Event,
  type EventOf,
  type EventType,
  type Message,
  type Moment,
  type RunState,
  type StartRun,
  type Task,
  type TimerSet,
  type Transition,
} from '../../src/engine/index.ts';
import { checkState, checkTouched, History } from './invariants.ts';

/** Monday 2026-01-05T08:00:00Z. */
export const MONDAY = 1_767_600_000_000;

export const actor = (id: string, onBehalfOf: string | null = null): Attribution => ({
  actor: id,
  onBehalfOf,
  authority: { kind: 'role', id: 'role:any' },
});

/** As the runtime fires what is due. */
const TIMERS: Attribution = {
  actor: ENGINE_ACTOR,
  onBehalfOf: null,
  authority: { kind: 'system', id: 'timer' },
};

type Done = Extract<Transition, { ok: true }>;
type Answer = Done | Extract<Transition, { rejection: unknown }>;

const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/** Folding must not change what was recorded; this makes it throw if it tries. */
const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
};

/**
 * One run, given commands one after the other, with a clock, timers, messages and artifacts of its own.
 *
 * Every command is decided twice: on the state as it is, and on what is left of it after JSON. Both must come to the same; a refusal
 * must leave the state alone; and all invariants are checked after each.
 */
export class Play {
  readonly graph: Graph;
  readonly run: string;
  now = MONDAY;
  state: RunState | null = null;
  readonly history: History;
  readonly events: Event[] = [];
  readonly timers = new Map<string, TimerSet>();
  readonly messages: Message[] = [];
  /** Tasks by id as they were written last, those that have ended too. */
  readonly written = new Map<string, Task>();
  /** Where tasks go; without it they are for whoever is eligible. */
  routing: Pick<
    Moment,
    | 'boundaries'
    | 'route'
    | 'keeper'
    | 'take'
    | 'objection'
    | 'canBeDone'
    | 'hasOwner'
    | 'people'
    | 'accountable'
    | 'afterWork'
    | 'workBetween'
  > = {};
  /** Content by SHA-256, as a store keeps it. */
  readonly stored: Map<string, string>;
  /** What of it is in memory. */
  readonly #warm = new Map<string, Json>();
  /** How often a command had to be repeated because an artifact was not in memory. */
  fetched = 0;

  constructor(graph: Graph, run = 'run', stored = new Map<string, string>()) {
    this.graph = graph;
    this.history = new History(graph);
    this.run = run;
    this.stored = stored;
  }

  /** The state of a run that exists. */
  get current(): RunState {
    assert.ok(this.state, 'the run has not been started');
    return this.state;
  }

  begin(options: Partial<StartRun> = {}, by = actor('passport_anna')): this {
    this.do(
      {
        type: 'start',
        run: this.run,
        definition: { id: this.graph.id, version: 1, digest: this.graph.digest },
        input: null,
        priority: 5,
        accountable: by.actor,
        hold: false,
        ...options,
      },
      by,
    );
    return this;
  }

  /** The command must be accepted. Gives the types of the events it led to. */
  do(command: Command, by = actor('passport_anna')): string[] {
    const answer = this.try(command, by);
    assert.ok(
      answer.ok,
      `refused: ${answer.ok ? '' : `${answer.rejection.code}: ${answer.rejection.message}`}`,
    );
    return answer.events.map(({ type }) => type);
  }

  /** The command must be refused with this code. */
  refused(code: string, command: Command, by = actor('passport_anna')): void {
    const answer = this.try(command, by);
    assert.equal(answer.ok ? 'accepted' : answer.rejection.code, code);
  }

  try(command: Command, by = actor('passport_anna')): Answer {
    const before = copy(this.state);
    const other = this.#decide(copy(this.state), command, by);
    const result = this.#decide(this.state, command, by);
    assert.deepStrictEqual(other, result, 'the same input gives the same output, also after JSON');
    if ('needs' in result) return this.#fetch(result.needs, command, by);
    if (result.ok) this.#accept(result);
    else assert.deepStrictEqual(this.state, before, 'a refusal leaves the state untouched');
    return result;
  }

  #decide(state: RunState | null, command: Command, by: Attribution): Transition {
    const moment: Moment = {
      now: this.now,
      by,
      canonical: (value) => canonicalize(value) as string,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      byteLength: (text) => Buffer.byteLength(text),
      artifact: (sha256) => this.#warm.get(sha256),
      ...this.routing,
    };
    return transition(this.graph, state, command, moment);
  }

  /** The state is spent: it is folded anew, as a store would, and the command repeated. */
  #fetch(needs: readonly string[], command: Command, by: Attribution): Answer {
    assert.ok(needs.length > 0);
    this.fetched += 1;
    for (const sha256 of needs) {
      const text = this.stored.get(sha256);
      assert.ok(text !== undefined, `artifact ${sha256} was never stored`);
      assert.ok(!this.#warm.has(sha256), `artifact ${sha256} was at hand`);
      this.#warm.set(sha256, JSON.parse(text) as Json);
    }
    this.state = copy(this.history.state);
    return this.try(command, by);
  }

  /** Drops artifacts from memory, as a cache would. */
  chill(): void {
    this.#warm.clear();
  }

  #accept(result: Done): void {
    const { state, events, effects, artifacts, tasks } = result;
    for (const event of events) {
      freeze(event);
      this.history.add(event);
      this.events.push(event);
    }
    assert.deepStrictEqual(this.history.state, state, 'HISTORY-1');
    this.state = state;
    for (const { sha256, text } of artifacts) this.stored.set(sha256, text);
    this.messages.push(...effects.messages);
    this.#setTimers(effects);
    checkTouched(state, tasks);
    for (const task of tasks) this.written.set(task.id, task);
    checkState(this.graph, state, this.timers);
  }

  #setTimers({ timers, cancelled }: Done['effects']): void {
    for (const { id } of timers) assert.ok(!cancelled.includes(id), `timer ${id} is both set and cancelled`);
    for (const id of cancelled) this.timers.delete(id);
    for (const timer of timers) {
      const again = this.#early.has(timer.id) || this.timers.get(timer.id)?.due === timer.due;
      if (!again) this.history.claimId(timer.id);
      this.timers.set(timer.id, timer);
    }
  }

  readonly #early = new Set<string>();

  /** Fires a timer that stands, whenever it is due. The timer is gone afterwards, as in a store. */
  fire(id: string): string[] {
    const timer = this.timers.get(id);
    assert.ok(timer, `no timer ${id}; there are: ${[...this.timers.keys()].join(', ')}`);
    this.timers.delete(id);
    const command = { type: 'timer', what: timer.what } as const;
    if (timer.what.kind === 'advance' && isRunFinal(this.current.status)) {
      this.refused('timer_spent', command, TIMERS);
      return [];
    }
    if (timer.due > this.now) this.#early.add(id);
    const events = this.do(command, TIMERS);
    this.#early.delete(id);
    return events;
  }

  /** Lets time pass, and fires what falls due meanwhile, in order. */
  pass(ms: number): string[] {
    const until = this.now + ms;
    const events: string[] = [];
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.now = Math.max(this.now, next.due);
      events.push(...this.fire(next.id));
    }
    this.now = until;
    return events;
  }

  /** Whoever has the task puts it aside for so long. */
  suspendFor(name: string, ms: number): void {
    const { id: task, token } = this.task(name);
    this.do({ type: 'task.suspend', task, token });
    this.pass(ms);
    this.do({ type: 'task.resume', task, token });
  }

  #next(until: number): TimerSet | undefined {
    return [...this.timers.values()].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
  }

  /** Open tasks, oldest first. */
  get open(): Task[] {
    return Object.values(this.current.tasks);
  }

  /** The open task of a step, or of a slot of it. */
  task(step: string, slot?: number): Task {
    const found = this.open.filter(
      (task) => task.step === step && (slot === undefined || task.slot === slot),
    );
    assert.equal(found.length, 1, `open tasks of ${step}: ${found.map(({ id }) => id).join(', ') || 'none'}`);
    return found[0] as Task;
  }

  /** Gives a task to a participant; returns what it may act on it with. */
  take(task: Task, assignee = 'passport_agent'): { task: string; token: number } {
    if (task.status !== 'in_progress')
      this.do({ type: 'task.start', task: task.id, assignee: task.assignee ?? assignee }, actor(assignee));
    return { task: task.id, token: task.token };
  }

  complete(task: Task, output: Json = null, assignee = 'passport_agent'): string[] {
    return this.do({ type: 'task.complete', ...this.take(task, assignee), output }, actor(assignee));
  }

  fail(task: Task, retryable = true, assignee = 'passport_agent'): string[] {
    const held = this.take(task, assignee);
    return this.do(
      { type: 'task.fail', ...held, code: 'broke', message: 'it broke', retryable },
      actor(assignee),
    );
  }

  decide(task: Task, outcome: 'approve' | 'reject', decider = 'passport_maria', reason?: string): string[] {
    const subject = task.approval?.subject ?? '';
    return this.do(
      { type: 'task.decide', task: task.id, outcome, subject, ...(reason ? { reason } : {}) },
      actor(decider),
    );
  }

  /** The children that were started and have not been told the end of, newest last. */
  get children(): { run: string; step: string; slot: number }[] {
    return this.current.steps.flatMap((step) =>
      Object.values(step.slots).flatMap(({ slot, child }) =>
        child ? [{ run: child.run, step: step.id, slot }] : [],
      ),
    );
  }

  endChild(end: Partial<ChildEnd> & Pick<ChildEnd, 'run' | 'step' | 'slot'>): string[] {
    const usage = { tasks: 1, tokens: 0, cost: 0 };
    return this.do(
      { type: 'child.end', output: null, failure: null, usage, contributors: [], ...end },
      actor('system:outbox'),
    );
  }

  get verdict(): string {
    const { status, failure, open } = this.current;
    return verdictOf(status, failure, open).verdict;
  }

  step(id: string): RunState['steps'][number] {
    const step = this.current.steps.find((candidate) => candidate.id === id);
    assert.ok(step, `no step ${id}`);
    return step;
  }

  /** The data of the last event of a type. */
  last<Type extends EventType>(type: Type): EventOf<Type>['data'] {
    const found = this.events.findLast((event): event is EventOf<Type> => event.type === type);
    assert.ok(found, `no ${type}`);
    return found.data as EventOf<Type>['data'];
  }
}

export const play = (graph: Graph, options: Partial<StartRun> = {}): Play => new Play(graph).begin(options);
