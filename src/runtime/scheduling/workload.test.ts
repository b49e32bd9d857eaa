import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workload } from './workload.ts';

const NONE = { run: 'r', tasks: {} };
const two = () => {
  const workload = new Workload(() => {});
  return { workload, counts: () => ['ann', 'bob'].map((one) => workload.count(one)) };
};

test('LOAD-2 a gift that does not happen is taken back', () => {
  const { workload, counts } = two();
  workload.set('t', 'ann');
  const undo = workload.expect('t', 'bob');
  assert.deepEqual(counts(), [0, 1]);
  undo();
  assert.deepEqual(counts(), [1, 0]);
});

test('LOAD-2 what is committed meanwhile stays, also where it is the same', () => {
  const { workload, counts } = two();
  workload.set('t', 'ann');
  const undo = workload.expect('t', 'bob');
  workload.set('t', 'bob');
  undo();
  assert.deepEqual(counts(), [0, 1]);
});

test('LOAD-2 of two gifts on their way none is left where both do not happen', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { workload, counts } = two();
    const undo = [workload.expect('t', 'ann'), workload.expect('t', 'bob')];
    for (const at of order) undo[at]?.();
    assert.deepEqual(counts(), [0, 0]);
  }
});

test('what is given out anew does not count against whoever had it (LOAD-3)', () => {
  const said: [string, number][] = [];
  const workload = new Workload((participant, tasks) => said.push([participant, tasks]));
  workload.set('t1', 'ann');
  workload.set('t2', 'ann');
  assert.equal(
    workload.without('t1', NONE, () => workload.count('ann')),
    1,
  );
  assert.throws(() =>
    workload.without('t1', NONE, () => {
      throw new Error('no');
    }),
  );
  assert.equal(workload.count('ann'), 2);
  assert.equal(
    workload.without('t3', NONE, () => workload.count('ann')),
    2,
  );
  assert.deepEqual(said.at(-1), ['ann', 2]);
});

test('wishes side by side do not count beside each other until they are decided (LOAD-4)', () => {
  const { workload, counts } = two();
  const undo = workload.wish('t1', 'ann');
  workload.wish('t2', 'ann');
  assert.deepEqual(counts(), [2, 0]);
  const beside = () => ['t1', 't2', 't3'].map((task) => workload.beside(task, 'ann'));
  assert.deepEqual(beside(), [0, 0, 0]);
  workload.decided('t1');
  assert.deepEqual(beside(), [0, 1, 1]);
  workload.set('t2', 'ann');
  assert.deepEqual(beside(), [1, 1, 2]);
  undo();
  assert.deepEqual(beside(), [1, 0, 1]);
});

test('of a run that is being decided on, what has ended or been passed on with that counts against nobody; what is being given out does (LOAD-5)', () => {
  const { workload, counts } = two();
  for (const task of ['r:ended', 'r:kept', 'r:passed', 'r:aside', 'other:t']) workload.set(task, 'ann');
  workload.expect('r:given', 'bob');
  const tasks = {
    'r:kept': { status: 'in_progress', assignee: 'ann' },
    'r:passed': { status: 'reserved', assignee: 'bob' },
    'r:aside': { status: 'suspended', assignee: 'ann' },
  } as const;
  const asOf = (task: string) => workload.without(task, { run: 'r', tasks }, counts);
  assert.deepEqual(asOf('r:new'), [2, 1]);
  assert.deepEqual(asOf('r:ended'), [2, 1], 'once');
  assert.deepEqual(asOf('r:kept'), [1, 1]);
  workload.set('r:given', 'bob');
  assert.deepEqual(asOf('r:new'), [2, 0]);
  workload.dropRun('r', new Set());
  assert.deepEqual(asOf('r:new'), [1, 0]);
  assert.deepEqual(counts(), [1, 0]);
});
