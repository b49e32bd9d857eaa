import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, record, sequenceOf, task } from '../../test/engine-kit/index.ts';

test('a record is a task for its system', () => {
  const run = play(sequenceOf([record({ system: 'erp', operation: 'post_journal', input: { amount: 5 } })]));
  const { by, from, kind, layer, input } = run.task('a.do');
  assert.deepEqual(
    { by, from, kind, layer },
    { by: 'system', from: ['system:erp'], kind: 'record', layer: 'record' },
  );
  assert.deepEqual(input, { operation: 'post_journal', input: { amount: 5 }, verify: false });
  assert.deepEqual(run.complete(run.task('a.do'), 'J-1'), ['task.completed', 'run.completed']);
  assert.equal(run.step('a.do').output, 'J-1');
});

test('what is written and to be verified is read back; the result is what the write gave', () => {
  const run = play(sequenceOf([record({ verify: true }), task()]));
  assert.deepEqual(run.complete(run.task('a.do'), 'J-1'), ['task.completed', 'task.created']);
  const check = run.task('a.do');
  assert.equal(check.kind, 'verification');
  assert.deepEqual(check.input, { written: 'J-1', operation: 'post', input: null });
  assert.deepEqual(run.complete(check, { verified: true }), ['task.completed', 'task.created']);
  assert.equal(run.step('a.do').output, 'J-1');
});

test('a verification that does not confirm is tried again, with attempts of its own; the write is not', () => {
  const run = play(sequenceOf([record({ verify: true, retry: { attempts: 2 } })]));
  run.fail(run.task('a.do'));
  run.complete(run.task('a.do'), 'J-1');
  for (const wrong of [false, { verified: 'yes' }, null]) {
    const events = run.complete(run.task('a.do'), wrong);
    if (events.includes('run.failed')) break;
    assert.equal(run.task('a.do').kind, 'verification');
  }
  assert.equal(run.current.failure?.code, 'record_unverified');
  assert.equal(run.events.filter(({ type }) => type === 'task.created').length, 4);
});

test('also a write too large for the state is verified', () => {
  const run = play(sequenceOf([record({ verify: true, input: 'x'.repeat(70_000) })]));
  assert.ok('$artifact' in (run.task('a.do').input as object));
  run.complete(run.task('a.do'), 'J-1');
  assert.equal(run.task('a.do').kind, 'verification');
});

test('stopped while it is verified, it verifies again after the resume and does not write again (promise 7)', () => {
  const run = play(sequenceOf([record({ verify: true })]));
  run.complete(run.task('a.do'), 'J-1');
  run.do({ type: 'stop' });
  run.do({ type: 'resume' });
  assert.equal(run.task('a.do').kind, 'verification');
  assert.deepEqual(run.complete(run.task('a.do'), true), ['task.completed', 'run.completed']);
});
