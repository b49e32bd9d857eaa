import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StillClock } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Clock } from './clock.ts';
import { Timers } from './timers.ts';

/** What is planned, and by nobody taken back. */
const bench = () => {
  const plans = new Set<object>();
  const clock: Clock = {
    now: () => 0,
    after: () => {
      const plan = {};
      plans.add(plan);
      return () => void plans.delete(plan);
    },
    soon: setImmediate,
  };
  const store = memoryStore();
  const faults: unknown[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault);
  const timers = new Timers({ store, clock, shared: true, onFault, fire: () => Promise.resolve() });
  return { timers, store, plans, faults };
};

test('what is set while it stops, and after, keeps nobody', async () => {
  const { timers, plans } = bench();
  await timers.start();
  timers.expect(60_000);
  assert.ok(plans.size > 0);
  const stopped = timers.stop();
  timers.expect(50_000);
  await stopped;
  timers.expect(40_000);
  assert.equal(plans.size, 0);
});

test('a look that fails while it stops is not repeated', async () => {
  const { timers, store, plans, faults } = bench();
  const answer = Promise.withResolvers<never>();
  store.timers = () => answer.promise;
  await timers.start();
  const stopped = timers.stop();
  answer.reject(new Error('the database is away'));
  await stopped;
  assert.equal(faults.length, 1);
  assert.equal(plans.size, 0);
});

test('each timer fires when it is due, also one that is set later for sooner; one that fails is tried again', async (t) => {
  const [store, clock] = [memoryStore(), new StillClock()];
  const [fired, faults]: [string[], unknown[]] = [[], []];
  const begin = clock.now();
  const timers = new Timers({
    store,
    clock,
    shared: false,
    onFault: (fault) => void faults.push(fault),
    fire: async ({ id }) => {
      fired.push(id);
      if (faults.length === 0) throw new Error('the database is away');
      await store.commit([{ stream: 'run', expected: null, entries: [], cancelled: [id] }]);
    },
  });
  const set = async (id: string, seconds: number): Promise<void> => {
    const timer = { id, run: 'run', due: begin + seconds * 1000, what: {} };
    await store.commit([{ stream: 'run', expected: null, entries: [], timers: [timer] }]);
    timers.expect(timer.due);
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at += 1) {
      clock.move(1000);
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    }
  };
  await timers.start();
  t.after(() => timers.stop());
  await set('late', 20);
  await set('middle', 10);
  await set('soon', 5);
  await pass(4);
  assert.deepEqual(fired, []);
  await pass(3);
  assert.deepEqual([fired.splice(0), faults.length], [['soon', 'soon'], 1]);
  await pass(4);
  assert.deepEqual(fired.splice(0), ['middle']);
  await pass(60);
  assert.deepEqual(fired, ['late']);
});
