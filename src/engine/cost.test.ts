import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  graphOf,
  sequenceOf,
  sideBySide,
  task,
  actor,
  approval,
  expression,
} from '../../test/engine-kit/index.ts';
import type { Graph } from '../definition/graph.ts';
import { transition, type Command, type Moment, type RunState } from './index.ts';

/**
 * The cost of a transition does not grow with the run (EVOLVE-2, FLOW-3, STATE-2). Counted, not timed: every access to the parts of the
 * state that grow with the run, or with the definition.
 */
const MOMENT: Moment = {
  now: 0,
  by: actor('passport_anna'),
  canonical: JSON.stringify,
  sha256: (text) => text,
  byteLength: (text) => text.length,
  artifact: () => undefined,
};

class Meter {
  touches = 0;

  /** Counts what is read, written and deleted; to list the keys costs as much as there are. */
  watch<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, key) => this.#count(1, Reflect.get(target, key)),
      has: (target, key) => this.#count(1, Reflect.has(target, key)),
      set: (target, key, value) => this.#count(1, Reflect.set(target, key, value)),
      deleteProperty: (target, key) => this.#count(1, Reflect.deleteProperty(target, key)),
      ownKeys: (target) => this.#count(Reflect.ownKeys(target).length, Reflect.ownKeys(target)),
    });
  }

  #count<Value>(touches: number, value: Value): Value {
    this.touches += touches;
    return value;
  }

  take(): number {
    const { touches } = this;
    this.touches = 0;
    return touches;
  }
}

/** Drives a run to its end; gives the most that one transition touched, once the run is under way and before it ends. */
const mostOf = (graph: Graph): { most: number; steps: number } => {
  const meter = new Meter();
  let state = begin(graph);
  watchAll(state, meter);
  const seen: number[] = [];
  const ready = Object.keys(state.tasks);
  meter.take();
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const command of doing(state, id)) {
      const result = transition(graph, state, command, MOMENT);
      assert.ok(result.ok);
      ({ state } = result);
      seen.push(meter.take());
      ready.push(...result.tasks.filter(({ status }) => status === 'ready').map((made) => made.id));
    }
  }
  assert.equal(state.status, 'completed');
  return { most: Math.max(...seen.slice(4, -1)), steps: seen.length / 2 };
};

const begin = (graph: Graph): RunState => {
  const definition = { id: graph.id, version: 1, digest: graph.digest };
  const result = transition(
    graph,
    null,
    { type: 'start', run: 'run', definition, input: null, priority: 5, accountable: null, hold: false },
    MOMENT,
  );
  assert.ok(result.ok);
  return result.state;
};

const watchAll = (state: RunState, meter: Meter): void => {
  for (const step of state.steps) {
    step.slots = meter.watch(step.slots);
    step.outputs = meter.watch(step.outputs);
    step.items = step.items && meter.watch(step.items);
  }
  state.tasks = meter.watch(state.tasks);
  state.steps = meter.watch(state.steps);
};

const doing = ({ tasks }: RunState, id: string): readonly Command[] => {
  const asked = tasks[id]?.approval;
  if (asked) return [{ type: 'task.decide', task: id, outcome: 'approve', subject: asked.subject }];
  return [
    { type: 'task.start', task: id, assignee: 'passport_agent' },
    { type: 'task.complete', task: id, token: 1, output: null },
  ];
};

const fanOut = (count: number): Graph =>
  sideBySide(
    { each: task({ forEach: Array.from({ length: count }, (_, at) => at) }), beside: task() },
    { limits: { concurrency: 50, tasks: 20_000 } },
  );
const chain = (length: number): Graph =>
  graphOf(
    Array.from({ length }, (_, at) => ({
      id: `p${at}`,
      needs: at === 0 ? [] : [`p${at - 1}`],
      steps: { one: task(), two: task() },
    })),
  );

test('a child of 10,000 costs what a child of 100 costs', (t) => {
  const [few, many] = [mostOf(fanOut(100)), mostOf(fanOut(10_000))];
  t.diagnostic(`touches in one transition: ${few.most} of 100, ${many.most} of 10,000`);
  assert.equal(many.steps, 10_001);
  assert.equal(many.most, few.most);
});

test('a step of a long definition costs what a step of a short one costs', (t) => {
  const [short, long] = [mostOf(chain(10)), mostOf(chain(200))];
  t.diagnostic(`touches in one transition: ${short.most} in 20 steps, ${long.most} in 400`);
  assert.equal(long.most, short.most);
});

test('a round of a loop costs what the first one cost', () => {
  const graph = sequenceOf([task(), approval({ onReject: { redo: 0, max: 10_000, others: false } })], {
    limits: { tasks: 100_000 },
  });
  const meter = new Meter();
  let state = begin(graph);
  watchAll(state, meter);
  const costs: number[] = [];
  for (let round = 1; round <= 2000; round += 1) {
    const did = state.steps[0]?.status === 'completed' ? [] : doing(state, `run:a.do:${round}.1`);
    const rejecting = { type: 'task.decide', task: `run:b.do:${round}.1`, outcome: 'reject' } as const;
    for (const command of did) ({ state } = accepted(graph, state, command));
    const { subject } = state.tasks[rejecting.task]?.approval ?? assert.fail();
    const by = { ...MOMENT, by: actor('passport_maria') };
    meter.take();
    ({ state } = accepted(graph, state, { ...rejecting, subject }, by));
    costs.push(meter.take());
  }
  assert.equal(costs.at(-1), costs[1]);
});

/** Cancels when most of a list is done; gives the most that one transition touched while it is undone, once that is under way. */
const undoing = (count: number): number => {
  const input = expression(({ phases, index }) => phases['a']?.['do']?.outputs[index ?? 0] ?? null, ['a.do']);
  const each = task({ forEach: Array.from({ length: count }, (_, at) => at), compensate: task({ input }) });
  const graph = sequenceOf([each], { limits: { concurrency: 8, tasks: 100_000 } });
  const meter = new Meter();
  let state = begin(graph);
  const goOn = (): void => {
    for (const command of doing(state, Object.keys(state.tasks)[0] ?? assert.fail()))
      ({ state } = accepted(graph, state, command));
  };
  for (let done = 0; done < count * 0.9; done += 1) goOn();
  ({ state } = accepted(graph, state, { type: 'cancel' }));
  assert.deepEqual([state.status, state.steps[0]?.status], ['closing', 'open']);
  watchAll(state, meter);
  const seen: number[] = [];
  for (let undone = 0; undone < 50; undone += 1) {
    meter.take();
    goOn();
    seen.push(meter.take());
  }
  return Math.max(...seen);
};

test('to undo one of 10,000 costs what to undo one of 1,000 costs', (t) => {
  const [few, many] = [undoing(1000), undoing(10_000)];
  t.diagnostic(`touches for one: ${few} of 1,000, ${many} of 10,000`);
  assert.equal(many, few);
});

const accepted = (graph: Graph, state: RunState, command: Command, moment = MOMENT): { state: RunState } => {
  const result = transition(graph, state, command, moment);
  return result.ok ? result : assert.fail(JSON.stringify(result));
};
