import assert from 'node:assert/strict';
import { test } from 'node:test';
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
