import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Task } from '../engine/index.ts';
import { ReadyQueue } from './ready-queue.ts';

const task = (id: number, more: Partial<Task>): Task =>
  ({
    id: `t${id}`,
    run: 'r',
    priority: 5,
    createdAt: id,
    excluded: [],
    requires: [],
    by: 'agent',
    from: [],
    ...more,
  }) as Task;

const anything = (): boolean => true;

test('tasks come out by priority, then age, whatever the order they went in', () => {
  const tasks = fc.array(
    fc.record({ priority: fc.integer({ min: 1, max: 10 }), createdAt: fc.nat(20), kind: fc.nat(3) }),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(tasks, (given) => {
      const queue = new ReadyQueue();
      const all = given.map(({ priority, createdAt, kind }, id) =>
        task(id, { priority, createdAt, requires: [`kind${kind}`] }),
      );
      for (const one of all) queue.add(one);
      const taken: string[] = [];
      for (let next = queue.take('p', anything); next; next = queue.take('p', anything))
        taken.push(next.task);
      const expected = all.toSorted(
        (a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
      );
      assert.deepEqual(
        taken,
        expected.map(({ id }) => id),
      );
    }),
  );
});

test('only groups that the claimer may do are looked at', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, { requires: ['a'], priority: 9 }));
  queue.add(task(2, { requires: ['b'], priority: 1 }));
  assert.equal(queue.take('p', ({ requires }) => requires[0] === 'b')?.task, 't2');
  assert.equal(
    queue.take('p', ({ requires }) => requires[0] === 'b'),
    null,
  );
  assert.equal(queue.size, 1);
});

test('a participant who is excluded gets the next task, and the one passed over stays', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, { excluded: ['p'] }));
  queue.add(task(2, {}));
  assert.equal(queue.take('p', anything)?.task, 't2');
  assert.equal(queue.take('p', anything), null);
  assert.equal(queue.take('q', anything)?.task, 't1');
});

test('a task that was removed never comes out, also when it is added again once', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, {}));
  queue.remove('t1');
  assert.equal(queue.take('p', anything), null);
  queue.add(task(1, {}));
  queue.add(task(1, {}));
  assert.equal(queue.take('p', anything)?.task, 't1');
  assert.equal(queue.take('p', anything), null);
});

test('what was taken can be put back', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, {}));
  const taken = queue.take('p', anything);
  assert.ok(taken);
  queue.putBack(taken);
  assert.equal(queue.take('p', anything)?.task, 't1');
});
