import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
import { StillClock } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';
import { systemClock } from './clock.ts';
import { Outbox } from './outbox.ts';

const end = (slot: number): JsonObject => ({
  kind: 'child.end',
  parent: { run: 'parent', step: 's', slot },
  run: `c${slot}`,
});
const command: JsonObject = { kind: 'child.command', run: 'parent', command: 'pause' };

test('ends of children are handed over together, and in order with everything else (OUTBOX-2)', async () => {
  const store = memoryStore();
  const outbox = [end(1), end(2), command, end(3)].map((message) => ({ run: 'child', message }));
  await store.commit([{ stream: 'child', expected: null, entries: [], outbox }]);
  const said: string[] = [];
  const pair = Promise.withResolvers<void>();
  const last = Promise.withResolvers<void>();
  const one = new Outbox({
    store,
    clock: systemClock,
    shared: false,
    onFault: (fault) => last.reject(fault),
    async deliver(id, message) {
      said.push(`${message.kind} ${id} begins`);
      if (said.length === 2) pair.resolve();
      await pair.promise;
      await store.commit([{ stream: 'parent', expected: null, entries: [], delivered: [id] }]);
      said.push(`${message.kind} ${id} is done`);
      if (said.length === 8) last.resolve();
    },
  });
  await one.start();
  await last.promise;
  await one.stop();
  assert.deepEqual(said.slice(0, 2), ['child.end 1 begins', 'child.end 2 begins']);
  assert.deepEqual(said.slice(2, 4).toSorted(), ['child.end 1 is done', 'child.end 2 is done']);
  assert.deepEqual(said.slice(4), [
    'child.command 3 begins',
    'child.command 3 is done',
    'child.end 4 begins',
    'child.end 4 is done',
  ]);
});

/** More than are read at once, all of them to one run; and in which order they are delivered. */
const pile = async (shared: boolean, failing: number, senders: (at: number) => string) => {
  const [store, clock] = [memoryStore(), new StillClock()];
  const [tried, faults]: [number[], unknown[]] = [[], []];
  const outbox = Array.from({ length: 450 }, (_, at) => ({ run: senders(at + 1), message: command }));
  await store.commit([{ stream: 'child', expected: null, entries: [], outbox }]);
  const one = new Outbox({
    store,
    clock,
    shared,
    onFault: (fault) => void faults.push(fault),
    async deliver(id) {
      tried.push(id);
      if (id === failing && faults.length === 0) throw new Error('away');
      await store.commit([{ stream: 'parent', expected: null, entries: [], delivered: [id] }]);
    },
  });
  const settled = async (): Promise<void> => {
    for (let at = 0; at < 1000; at += 1) await new Promise(setImmediate);
  };
  return { one, clock, tried, faults, settled };
};
const inOrder = (from: number): number[] => Array.from({ length: 451 - from }, (_, at) => from + at);

test('nothing overtakes a message to the same run that fails, however much there is (OUTBOX-2)', async () => {
  const { one, clock, tried, faults, settled } = await pile(false, 2, () => 'child');
  await one.start();
  await settled();
  assert.deepEqual([tried.splice(0), faults.length], [[1, 2], 1]);
  clock.move(1000);
  await settled();
  assert.deepEqual(tried, inOrder(2));
  await one.stop();
});

test('what stands behind a message that is left to another node waits with it (OUTBOX-3)', async () => {
  const { one, clock, tried, settled } = await pile(true, 0, (at) => (at === 2 ? 'theirs' : 'own'));
  one.sent('own');
  await one.start();
  await settled();
  assert.deepEqual(tried.splice(0), [1]);
  clock.move(300);
  await settled();
  assert.deepEqual(tried, inOrder(2));
  await one.stop();
});
