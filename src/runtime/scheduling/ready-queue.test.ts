import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Task } from '../../engine/index.ts';
import { placeOf } from '../../routing/index.ts';
import { ReadyQueue, type GroupOf, type Taker } from './ready-queue.ts';

const task = (id: number, more: Partial<Task>): Task =>
  ({
    id: `t${id}`,
    run: 'r',
    priority: 5,
    createdAt: id,
    deadline: null,
    excluded: [],
    separate: [],
    offeredTo: null,
    requires: [],
    level: null,
    safety: 'reversible',
    by: 'agent',
    from: [],
    ...more,
  }) as Task;

/** Whoever is called so may do anything from which they are not excluded. */
const taker = (name: string, may: (group: GroupOf) => boolean = () => true): Taker => ({
  may,
  fits: ({ excluded }) => !excluded.includes(name),
});
const [p, q] = [taker('p'), taker('q')];
const onlyB = taker('p', ({ asked }) => asked.requires[0] === 'b');

test('tasks come out by their place, then by id, whatever the order they went in', () => {
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
      for (let next = queue.take(p); next; next = queue.take(p)) taken.push(next.task);
      const expected = all.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1));
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
  assert.equal(queue.take(onlyB)?.task, 't2');
  assert.equal(queue.take(onlyB), null);
  assert.equal(queue.size, 1);
});

test('a participant who is excluded gets the next task, and the one passed over stays', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, { excluded: ['p'] }));
  queue.add(task(2, {}));
  assert.equal(queue.take(p)?.task, 't2');
  assert.equal(queue.take(p), null);
  assert.equal(queue.take(q)?.task, 't1');
});

test('a task that was removed never comes out, also when it is added again once', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, {}));
  queue.remove('t1');
  assert.equal(queue.take(p), null);
  queue.add(task(1, {}));
  queue.add(task(1, {}));
  assert.equal(queue.take(p)?.task, 't1');
  assert.equal(queue.take(p), null);
});

test('what was taken can be put back', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, {}));
  const taken = queue.take(p);
  assert.ok(taken);
  queue.putBack(taken);
  assert.equal(queue.take(p)?.task, 't1');
});

test('a group whose head fits nobody does not hide what comes after it, in it or in another', () => {
  const queue = new ReadyQueue();
  queue.add(task(1, { excluded: ['p'], priority: 9 }));
  queue.add(task(2, { requires: ['b'] }));
  assert.equal(queue.take(p)?.task, 't2');
  assert.equal(queue.take(p), null);
  assert.equal(queue.take(q)?.task, 't1');
});

test('kinds of work that nothing waits for any more are not looked at again (READY-3)', () => {
  const queue = new ReadyQueue();
  for (let kind = 0; kind < 100; kind += 1) queue.add(task(kind, { requires: [`kind${kind}`] }));
  const taken = queue.take(p);
  for (let kind = 1; kind < 99; kind += 1) queue.remove(`t${kind}`);
  assert.equal(queue.take(p)?.task, 't99');
  assert.equal(queue.take(p), null);
  assert.equal(queue.kinds, 0);
  queue.putBack(taken ?? assert.fail());
  assert.equal(queue.take(p)?.task, 't0');
});

test('groups that name others are not looked at, however many there are (READY-4)', () => {
  const queue = new ReadyQueue();
  for (let other = 0; other < 1000; other += 1) queue.add(task(other, { from: [`passport_${other}`] }));
  queue.add(task(2000, { from: ['role:clerk'] }));
  queue.add(task(2001, { from: ['passport_p', 'passport_q'] }));
  const looked: string[] = [];
  const named = (...names: string[]): Taker => ({
    names,
    may: ({ asked }) => looked.push(asked.from.join()) > 0,
    fits: () => true,
  });
  assert.equal(queue.take(named('passport_p'))?.task, 't2000');
  assert.deepEqual(looked, ['role:clerk']);
  const taken = queue.take(named('passport_p'));
  assert.equal(taken?.task, 't2001');
  assert.equal(queue.take(named('passport_q')), null);
  queue.putBack(taken ?? assert.fail());
  assert.equal(queue.take(named('passport_q'))?.task, 't2001');
  assert.equal(queue.take(named('passport_x', 'passport_7'))?.task, 't7');
  assert.ok(looked.length < 10, `${looked.length} groups were looked at`);
  assert.equal(queue.take(p)?.task, 't0', 'without names all are');
});

test('what waits in runs that are paused is not counted, however it comes and goes (READY-5)', () => {
  const queue = new ReadyQueue();
  const counts = () => [queue.size, queue.startable];
  for (const id of [1, 2, 3]) queue.add(task(id, { run: id < 3 ? 'a' : 'b' }));
  queue.pause('a');
  queue.pause('a');
  assert.deepEqual(counts(), [3, 1]);
  const found = queue.take(taker('anybody'));
  assert.deepEqual(counts(), [2, 1]);
  queue.goOn('a');
  queue.goOn('a');
  assert.deepEqual(counts(), [2, 2]);
  queue.pause('a');
  if (found) queue.putBack(found);
  assert.deepEqual(counts(), [3, 1]);
  for (const id of ['t1', 't2']) queue.remove(id);
  assert.deepEqual(counts(), [1, 1]);
  queue.goOn('a');
  assert.deepEqual(counts(), [1, 1]);
});

test('what nobody takes here is forgotten as others take it, whichever is left (READY-2)', () => {
  const queue = new ReadyQueue();
  queue.add(task(0, { priority: 9 }));
  for (let id = 1; id <= 5000; id += 1) {
    queue.add(task(id, {}));
    queue.add(task(id + 10_000, { requires: ['b'] }));
    if (id > 9) queue.remove(`t${id - 9}`);
    queue.remove(`t${id + 10_000}`);
  }
  assert.equal(queue.size, 10);
  assert.ok(queue.kept <= 20, `${queue.kept} are kept`);
  assert.equal(queue.kinds, 1, 'a kind of work that nothing waits for is not kept (READY-3)');
  const taken: string[] = [];
  for (let next = queue.take(p); next; next = queue.take(p)) taken.push(next.task);
  assert.deepEqual(taken, ['t0', ...Array.from({ length: 9 }, (_, at) => `t${4992 + at}`)]);
});
