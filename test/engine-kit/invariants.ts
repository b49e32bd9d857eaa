import assert from 'node:assert/strict';
import type { Graph } from '../../src/definition/graph.ts';
import { isArtifactRef, isObject, type Json } from '../../src/definition/json.ts';
import { clocksOf } from '../../src/engine/deadline-terms.ts';
import {
  ENGINE_ACTOR,
  evolve,
  isRunFinal,
  isTaskFinal,
  isToolApproval,
  RUN_COMMANDS,
  RUN_PROGRESS,
  verdictOf,
  type Event,
  type RunState,
  type RunStatus,
  type TimerSet,
} from '../../src/engine/index.ts';

/**
 * What holds of every run after every command, whatever the definition. Each function throws for what it guards.
 *
 * HOLDS-1  Counters say what is there.
 * HOLDS-2  No cap is exceeded (promise 6).
 * HOLDS-3  A run that is under way waits for something that will happen or that someone can do (promise 3).
 * HOLDS-4  Timers stand exactly for what the state says is due; a run that has ended has none.
 * HOLDS-5  A run that has ended holds no open work.
 * HOLDS-6  The state is its own JSON.
 * HOLDS-7  What is to be approved is asked about, whatever else waits; and no approval of a policy waits for people who have all spoken.
 */
export const checkState = (graph: Graph, state: RunState, timers: ReadonlyMap<string, TimerSet>): void => {
  checkCounters(state);
  checkCaps(graph, state);
  checkWaits(state, timers);
  checkTimers(state, timers);
  checkEnd(state);
  checkAsked(graph, state, timers);
  assert.deepStrictEqual(JSON.parse(JSON.stringify(state)), state, 'HOLDS-6');
  verdictOf(state.status, state.failure, state.open);
};

const tasksOf = (state: RunState) => Object.values(state.tasks);
const slotsOf = (state: RunState) =>
  state.steps.flatMap((step) => Object.values(step.slots).map((slot) => ({ step, slot })));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);

/** In a slot: what is announced for a step that has not begun is in none. */
const isOpen = (state: RunState, { id, step, slot }: RunState['tasks'][string]): boolean =>
  isToolApproval(state, id) || state.steps.find((found) => found.id === step)?.slots[slot]?.task === id;

const checkCounters = (state: RunState): void => {
  const announced = tasksOf(state).filter((task) => !isOpen(state, task));
  for (const { id, status } of announced) assert.equal(status, 'created', `HOLDS-1 ${id} is in no slot`);
  const tasks = tasksOf(state).filter((task) => isOpen(state, task));
  const busy = tasks.filter(({ kind, by }) => kind !== 'approval' && by !== 'human');
  const open = {
    approvals: tasks.filter(({ kind }) => kind === 'approval').length,
    people: tasks.length - busy.length - tasks.filter(({ kind }) => kind === 'approval').length,
    working: busy.filter(({ assignee }) => assignee !== null).length,
    unassigned: busy.filter(({ assignee }) => assignee === null).length,
  };
  assert.deepEqual(state.open, open, 'HOLDS-1 open tasks');
  const aside = busy.filter(({ suspension }) => suspension?.undo);
  assert.equal(state.usage.open, busy.length - aside.length, 'HOLDS-1 usage.open');
  const held = [
    ...slotsOf(state).flatMap(({ slot }) => (slot.child ? [slot.child.held] : [])),
    ...Object.values(state.leaving),
  ];
  assert.equal(
    state.usage.held.concurrency,
    sum(held.map((part) => part.concurrency)),
    'HOLDS-1 held.concurrency',
  );
  assert.equal(state.usage.held.tasks, sum(held.map((part) => part.tasks)), 'HOLDS-1 held.tasks');
  assert.equal(state.usage.held.tokens, sum(held.map((part) => part.tokens ?? 0)), 'HOLDS-1 held.tokens');
  const cost = sum(held.map((part) => part.cost?.amount ?? 0));
  assert.ok(Math.abs(state.usage.held.cost - cost) < 1e-9 * (1 + held.length), 'HOLDS-1 held.cost');
  if (held.length === 0) assert.equal(state.usage.held.cost, 0, 'HOLDS-1 no drift of money');
  for (const { id, active, succeeded, failed, skipped, count, next, requeued, slots } of state.steps) {
    const mine = Object.values(slots);
    const working = mine.filter(({ task, child, wait }) => task !== null || child !== null || wait !== null);
    assert.equal(active, working.length, `HOLDS-1 active slots of ${id}`);
    const idle = mine.filter((slot) => !working.includes(slot) && slot.retryAt === null);
    assert.deepEqual(
      idle.map(({ slot }) => slot).sort(byNumber),
      [...requeued].sort(byNumber),
      `HOLDS-1 line of ${id}`,
    );
    assert.equal(
      succeeded + failed + skipped + mine.length,
      next,
      `HOLDS-1 every slot of ${id} is somewhere`,
    );
    assert.ok(next <= count, `HOLDS-1 ${id} has no more slots than items`);
  }
  for (const [signal, places] of Object.entries(state.waiting))
    for (const { step, slot } of places)
      assert.equal(
        state.steps.find(({ id }) => id === step)?.slots[slot]?.wait?.signal,
        signal,
        'HOLDS-1 waiting',
      );
};

const byNumber = (a: number, b: number): number => a - b;

const checkCaps = (graph: Graph, state: RunState): void => {
  const { limits, usage } = state;
  assert.ok(usage.open + usage.held.concurrency <= limits.concurrency, 'HOLDS-2 concurrency');
  assert.ok(usage.tasks + usage.held.tasks <= limits.tasks, 'HOLDS-2 tasks');
  for (const node of graph.steps) {
    const most = node.forEach?.concurrency ?? limits.concurrency;
    assert.ok((state.steps[node.index]?.active ?? 0) <= most, `HOLDS-2 concurrency of ${node.id}`);
  }
};

/** What a run goes on with by itself; nothing in its state says so. */
const isAdvance = ({ what }: TimerSet): boolean => what.kind === 'advance';

const checkWaits = (state: RunState, timers: ReadonlyMap<string, TimerSet>): void => {
  if (state.status !== 'running' && state.status !== 'closing') return;
  const something =
    state.steps.some(({ active }) => active > 0) ||
    slotsOf(state).some(({ slot }) => slot.retryAt !== null) ||
    Object.keys(state.leaving).length > 0 ||
    [...timers.values()].some(isAdvance);
  assert.ok(something, 'HOLDS-3 a running run waits for nothing');
};

const checkAsked = (graph: Graph, state: RunState, timers: ReadonlyMap<string, TimerSet>): void => {
  for (const { id, step, approval, from } of tasksOf(state)) {
    const isOfStep = graph.steps.find((node) => node.id === step)?.kind === 'approval';
    const spoken = approval?.decisions.map(({ participant }) => participant) ?? [];
    if (!isOfStep && spoken.length > 0)
      assert.ok(!from.every((party) => spoken.includes(party)), `HOLDS-7 ${id} waits for nobody`);
  }
  if (state.status !== 'running' || [...timers.values()].some(isAdvance)) return;
  for (const { step, slot } of slotsOf(state)) {
    const most = graph.steps.find(({ id }) => id === step.id)?.forEach?.concurrency ?? Infinity;
    const mayOpen = step.active < most && !state.unwinding?.steps.includes(step.id);
    assert.ok(!slot.held || slot.task || !mayOpen, `HOLDS-7 ${step.id} ${slot.slot} is not asked about`);
  }
};

/** The timers that the state asks for: when each is due, by what it means. */
const dueOf = (state: RunState): Map<string, number> => {
  const due = new Map<string, number>();
  if (isRunFinal(state.status)) return due;
  const expect = (what: object, at: number | null | undefined): void => {
    if (at != null) due.set(JSON.stringify(what), at);
  };
  if (state.status !== 'closing') expect({ kind: 'duration' }, state.deadline);
  if (state.status === 'pending_approval')
    for (const [approval, { deadline, decided, quorum }] of (
      state.boundaries?.launch?.approvals ?? []
    ).entries())
      if (decided.length < quorum) expect({ kind: 'launch', approval }, deadline);
  for (const { id, deadline, activateAt, suspension } of tasksOf(state)) {
    expect({ kind: 'deadline', task: id }, deadline);
    expect({ kind: 'activate', task: id }, activateAt);
    expect({ kind: 'resume', task: id }, suspension?.until);
  }
  for (const task of tasksOf(state)) for (const { what, due: at } of clocksOf(task)) expect(what, at);
  for (const { step, slot } of slotsOf(state)) {
    const place = { step: step.id, slot: slot.slot, round: step.round, attempt: slot.attempt };
    expect({ kind: 'wait', ...place }, slot.wait?.due);
    expect({ kind: 'retry', ...place }, slot.retryAt);
  }
  return due;
};

const checkTimers = (state: RunState, timers: ReadonlyMap<string, TimerSet>): void => {
  const kept = [...timers.values()].filter((timer) => !isAdvance(timer));
  const standing = new Map(kept.map(({ what, due }) => [JSON.stringify(what), due]));
  assert.deepEqual(standing, dueOf(state), 'HOLDS-4');
  assert.equal(standing.size, kept.length, 'HOLDS-4 one timer for each');
};

const checkEnd = (state: RunState): void => {
  assert.equal(state.endedAt !== null, isRunFinal(state.status), 'HOLDS-5 endedAt');
  if (!isRunFinal(state.status)) return;
  assert.deepEqual(state.tasks, {}, 'HOLDS-5 tasks');
  for (const { slot } of slotsOf(state)) {
    assert.equal(slot.wait, null, 'HOLDS-5 waits');
    assert.equal(slot.child, null, 'HOLDS-5 children');
  }
};

/**
 * What holds of the history of a run, fed event by event.
 *
 * HISTORY-1  The fold of the events is the state (promise 9), also of their JSON, and folding changes no event.
 * HISTORY-2  No id is ever given twice.
 * HISTORY-3  Statuses change as the tables say; nothing happens after the end but children that settle.
 * HISTORY-4  Finished work is never done again, unless it is sent back (promise 7).
 * HISTORY-5  Nothing opens when a cap is used up, whatever opens it, but what undoes work.
 * HISTORY-6  What was done is undone once, and after what was done later.
 * HISTORY-7  What undoes work sees what came of it, whenever it opens, where it reads that (`traceOf`).
 * HISTORY-8  A result that is not accepted is undone where its step says how, before anybody gets the work again.
 */
export class History {
  state: RunState | null = null;
  #ids = new Set<string>();
  #finished = new Set<string>();
  #announced = new Set<string>();
  #undone = new Set<string>();
  #undoneAt = Infinity;
  /** What is undone, by the slot of what undoes it. */
  readonly #undoing = new Map<string, Json>();
  /** Slots whose result was not accepted, by what undoes it. */
  readonly #refused = new Map<string, string[]>();
  readonly #steps: Graph['steps'];

  /** Without the graph it is not known which steps can be undone. */
  constructor(graph?: Graph) {
    this.#steps = graph?.steps ?? [];
  }

  add(event: Event): void {
    const before = this.state?.status;
    this.#beforeOpening(event);
    this.#identify(event);
    this.#finish(event);
    this.#undo(event);
    this.#trace(event);
    this.#refuse(event);
    this.state = evolve(this.state, JSON.parse(JSON.stringify(event)) as Event);
    if (before !== undefined) checkStatus(before, this.state.status, event);
  }

  /** HISTORY-6 */
  #undo(event: Event): void {
    if (event.type === 'run.closing' || event.type === 'run.sent_back') this.#undoneAt = Infinity;
    if (event.type !== 'compensation.opened' || event.data.partial || !this.state) return;
    const { of, slots, step } = event.data;
    const done = this.state.steps.find(({ id }) => id === of);
    for (const slot of slots) {
      const what = `${of}/${slot}/${done?.round}`;
      assert.ok(!this.#undone.has(what), `HISTORY-6 ${what} is undone twice`);
      const open = this.state.unwinding ? undefined : done?.slots[slot];
      assert.ok(
        !open?.held && !open?.escalation,
        `HISTORY-6 ${what} is undone before people have said of it`,
      );
      this.#undone.add(what);
    }
    if (of === step || !this.state.unwinding || event.by.actor !== ENGINE_ACTOR) return;
    const at = done?.undo?.at ?? 0;
    assert.ok(at <= this.#undoneAt, `HISTORY-6 ${of} is undone after what came before it`);
    this.#undoneAt = at;
  }

  /** HISTORY-7 */
  #trace(event: Event): void {
    if (event.type === 'compensation.opened' && (event.data.refused || !event.data.partial)) {
      const { of, slots, step } = event.data;
      const [done, work] = [this.#step(of), this.#step(step)];
      const first = work?.status === 'open' && work.fanOut ? work.count : 0;
      for (const [at, slot] of slots.entries())
        this.#undoing.set(
          `${step}/${first + at}`,
          (done?.fanOut ? done.outputs[slot] : done?.output) ?? null,
        );
    }
    if (event.type === 'compensation.opened' && event.data.partial && !event.data.refused)
      for (const key of this.#undoing.keys())
        if (key.startsWith(`${event.data.step}/`)) this.#undoing.delete(key);
    if (event.type !== 'task.created' || !['task', 'record'].includes(event.data.kind)) return;
    const { step, slot, kind, input } = event.data;
    const asked = (kind === 'record' ? (input as { input?: Json }).input : input) as { trace?: Json } | null;
    const undone = this.#undoing.get(`${step}/${slot}`);
    if (undone !== undefined && asked?.trace !== undefined)
      assert.deepEqual(asked.trace, traceOf(undone), `HISTORY-7 ${step} ${slot}`);
  }

  /** HISTORY-8 */
  #refuse(event: Event): void {
    const { type, data } = event;
    if (type === 'compensation.opened' && data.refused)
      this.#refused.set(data.step, [
        ...(this.#refused.get(data.step) ?? []),
        ...data.slots.map((slot) => `${data.of}/${slot}`),
      ]);
    if (type === 'compensation.closed') this.#refused.delete(data.step);
    const waiting = [...this.#refused.values()].flat();
    if (type === 'task.created')
      assert.ok(!waiting.includes(`${data.step}/${data.slot}`), `HISTORY-8 ${data.task} comes too early`);
    const ended = type === 'task.failed' || (type === 'task.exited' && data.ended) ? data.task : null;
    const task = ended === null ? undefined : this.state?.tasks[ended];
    if (!task || !this.#step(task.step)?.slots[task.slot]?.held) return;
    const node = this.#steps.find(({ id }) => id === task.step);
    if (this.#steps.some(({ compensates: c }) => c?.kind === 'step' && c.step === node?.index))
      assert.ok(waiting.includes(`${task.step}/${task.slot}`), `HISTORY-8 ${task.id} leaves what was done`);
  }

  #step(id: string): RunState['steps'][number] | undefined {
    return this.state?.steps.find((step) => step.id === id);
  }

  /** Goes on from a snapshot of the state, as after a restart. */
  restart(): void {
    this.state = JSON.parse(JSON.stringify(this.state)) as RunState | null;
  }

  #beforeOpening(event: Event): void {
    if (event.type !== 'task.created' && event.type !== 'child.opened') return;
    const { limits, usage, steps, unwinding } = this.state as RunState;
    const { step } = event.data;
    if (unwinding?.steps.includes(step) || steps.some(({ id, compensates }) => compensates && id === step))
      return;
    assert.ok(usage.tasks + usage.held.tasks < limits.tasks, 'HISTORY-5 tasks');
    assert.ok(limits.tokens === null || usage.tokens + usage.held.tokens < limits.tokens, 'HISTORY-5 tokens');
    assert.ok(limits.cost === null || usage.cost + usage.held.cost < limits.cost.amount, 'HISTORY-5 cost');
  }

  #identify(event: Event): void {
    if (event.type === 'task.announced') this.#announced.add(event.data.task);
    if (event.type === 'task.created' && !this.#announced.delete(event.data.task))
      this.claimId(event.data.task);
    if (event.type === 'task.announced') this.claimId(event.data.task);
    if (event.type === 'child.opened') this.claimId(event.data.run);
  }

  claimId(id: string): void {
    assert.ok(!this.#ids.has(id), `HISTORY-2 ${id} is given twice`);
    this.#ids.add(id);
  }

  #finish(event: Event): void {
    if (event.type === 'task.created' || event.type === 'child.opened' || event.type === 'wait.opened') {
      const { step, slot, round } = event.data;
      const kind = event.type === 'task.created' && event.data.kind === 'record' ? 'written' : 'done';
      for (const what of new Set(['done', kind]))
        assert.ok(
          !this.#finished.has(`${step}/${slot}/${round}/${what}`),
          `HISTORY-4 ${step} ${slot} is done again`,
        );
    }
    const isDone = event.type === 'task.completed' && !event.data.review && !event.data.held;
    if (isDone || (event.type === 'result.decided' && event.data.accepted))
      this.#note(this.state?.tasks[event.data.task]);
    if (event.type === 'child.completed' || event.type === 'wait.completed') this.#note(event.data);
  }

  #note(place: { step: string; slot: number; kind?: string } | undefined): void {
    assert.ok(place, 'HISTORY-4 what is completed is open');
    const { step, slot } = place;
    const found = this.state?.steps.find(({ id }) => id === step);
    const what = place.kind === 'record' && found?.slots[slot]?.verify ? 'written' : 'done';
    this.#finished.add(`${step}/${slot}/${found?.round}/${what}`);
  }
}

/** What tells one result from another: its text, the digest of what was decided, or of what is long its length, which an artifact has too. */
export const traceOf = (result: Json): Json => {
  if (isArtifactRef(result)) return result.bytes;
  if (isObject(result) && 'digest' in result) return result['digest'] ?? null;
  const text = JSON.stringify(result);
  return text.length > 100 ? text.length : text;
};

const checkStatus = (before: RunStatus, after: RunStatus, event: Event): void => {
  if (isRunFinal(before)) assert.equal(event.type, 'child.settled', `HISTORY-3 ${event.type} after the end`);
  if (before === after) return;
  const allowed: readonly RunStatus[] = [...Object.values(RUN_COMMANDS[before]), ...RUN_PROGRESS[before]];
  assert.ok(allowed.includes(after), `HISTORY-3 ${before} -> ${after} by ${event.type}`);
};

/** Tasks that a command touched are as the state has them, or have ended. */
export const checkTouched = (state: RunState, tasks: readonly RunState['tasks'][string][]): void => {
  for (const touched of tasks)
    if (isTaskFinal(touched.status))
      assert.ok(!(touched.id in state.tasks), `${touched.id} ended and is open`);
    else assert.equal(state.tasks[touched.id], touched, `${touched.id} is not the task of the state`);
};
