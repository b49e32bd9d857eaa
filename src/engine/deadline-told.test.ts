import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadlineNode } from '../definition/graph.ts';
import { approval, play, sequenceOf, task } from '../../test/engine-kit/index.ts';

const deadline: DeadlineNode = {
  on: 'completion',
  within: { ms: 1000, working: false },
  remind: [],
  then: 'notify',
  to: [],
  pauses: false,
};

test('whoever is asked is told of a deadline that names nobody: who has it, else those whom it is for', () => {
  for (const step of [task, approval]) {
    const run = play(sequenceOf([step({ by: 'human', from: ['role:clerk', 'lea'], deadlines: [deadline] })]));
    assert.deepEqual(run.pass(1000), ['task.overdue']);
    assert.deepEqual(run.last('task.overdue').to, ['role:clerk', 'lea']);
  }
  const run = play(sequenceOf([task({ by: 'human', from: ['role:clerk'], deadlines: [deadline] })]));
  run.take(run.task('a.do'), 'lea');
  run.pass(1000);
  assert.deepEqual(run.last('task.overdue').to, ['lea']);
});

test('whoever is not told by name is not told of what a deadline does by itself', () => {
  const expires = { ...deadline, then: 'expire' } as const;
  const run = play(sequenceOf([task({ by: 'human', from: ['role:clerk'], deadlines: [expires] })]));
  run.pass(1000);
  assert.deepEqual(run.last('task.overdue').to, []);
});
