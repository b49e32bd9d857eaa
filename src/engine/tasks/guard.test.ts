import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, approval, play, sequenceOf, task, type Play } from '../../../test/engine-kit/index.ts';
import type { Command } from '../index.ts';

/** What a task takes, as whoever is refused is told. */
const told = (run: Play, command: Command): unknown => {
  const answer = run.try(command, actor('maria'));
  assert.ok(!answer.ok && answer.rejection.code === 'task_status');
  const { allowed } = answer.rejection.details as { readonly allowed: readonly string[] };
  assert.ok(answer.rejection.message.endsWith(`It takes: ${allowed.join(', ')}.`));
  return allowed;
};
const NOTED = ['comment', 'attach', 'detach', 'set'];

test('of an approval only that is told to be possible which approvals take', () => {
  const run = play(sequenceOf([approval()]));
  const { id, token } = run.task('a.do');
  assert.deepEqual(told(run, { type: 'task.complete', task: id, token, output: 1 }), [
    ...['suspend', 'skip', 'exit', 'decide'],
    ...NOTED,
  ]);
  run.do({ type: 'task.suspend', task: id, token });
  const { token: next, approval: asked } = run.task('a.do');
  assert.deepEqual(
    told(run, { type: 'task.decide', task: id, outcome: 'approve', subject: asked?.subject ?? '' }),
    ['resume', 'exit', ...NOTED],
  );
  run.do({ type: 'task.resume', task: id, token: next });
});

test('of other work no decision is told to be possible', () => {
  const run = play(sequenceOf([task()]));
  const { id, token } = run.task('a.do');
  assert.deepEqual(told(run, { type: 'task.complete', task: id, token, output: 1 }), [
    ...['claim', 'start', 'decline', 'suspend', 'delegate', 'forward', 'skip', 'exit'],
    ...['force_complete', 'force_fail', ...NOTED],
  ]);
});
