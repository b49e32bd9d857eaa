import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
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
