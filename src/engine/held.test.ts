import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approval,
  graphOf,
  play,
  Play,
  sequenceOf,
  sideBySide,
  task,
  workflow,
} from '../../test/engine-kit/index.ts';
import { holdOf } from './index.ts';

const PARENT = { run: 'p', step: 'a.do', slot: 0 };
const begun = (): Play => play(sequenceOf([task(), task()]), { parent: PARENT });
const told = (run: Play): string[] =>
  run.messages.flatMap((message) => (message.kind === 'child.command' ? [message.command] : []));
const pause = { type: 'pause', byParent: true } as const;
const stop = { type: 'stop', byParent: true } as const;
const resume = { type: 'resume', byParent: true } as const;

test('pausing a run pauses its children, and resuming it lets them go on', () => {
  const run = play(sideBySide({ one: workflow(), two: workflow(), work: task() }));
  run.do({ type: 'pause' });
  assert.deepEqual(told(run), ['pause', 'pause']);
  run.do({ type: 'resume' });
  assert.deepEqual(told(run).slice(2), ['resume', 'resume']);
});

test('a run that pauses at a limit pauses its children too', () => {
  const run = play(sideBySide({ child: workflow(), each: task({ forEach: [1, 2, 3], concurrency: 1 }) }), {
    allotment: { concurrency: 8, tasks: 10, tokens: 4, cost: null, duration: null },
  });
  const held = run.take(run.task('work.each', 0));
  run.do({ type: 'task.complete', ...held, output: 1, usage: { tokens: 4, cost: 0 } });
  assert.deepEqual([run.current.status, run.current.failure?.code], ['paused', 'limit_tokens']);
  assert.deepEqual(told(run), ['pause']);
  run.do({ type: 'resume', limits: { tokens: 100 } });
  assert.deepEqual(told(run), ['pause', 'resume']);
});

test('what is paused with its parent pauses what it has started, and goes on with it', () => {
  const run = play(sideBySide({ child: workflow() }), { parent: PARENT });
  run.do(pause);
  assert.equal(run.current.status, 'paused');
  run.do(resume);
  assert.equal(run.current.status, 'running');
  assert.deepEqual(told(run), ['pause', 'resume']);
});

test('what is held may be finished while the parent is paused, and what follows waits for it', () => {
  const run = begun();
  run.take(run.task('a.do'));
  run.do(pause);
  assert.deepEqual(run.complete(run.task('a.do')), ['task.completed']);
  assert.deepEqual(run.do(resume), ['run.resumed', 'task.created']);
});

test('a child that waits for its start waits for it again when its parent goes on', () => {
  const run = new Play(sequenceOf([task()])).begin({ parent: PARENT, hold: true });
  run.do(pause);
  run.refused('run_status', { type: 'approve' });
  run.do(resume);
  assert.equal(run.current.status, 'pending_approval');
});

test('nobody resumes a child while the run it belongs to is paused or stopped (PARENT-2)', () => {
  for (const hold of [pause, stop]) {
    const run = begun();
    run.do(hold);
    run.refused('run_status', { type: 'resume' });
    assert.deepEqual(holdOf(run.current), { parent: 'p', alone: false });
    run.refused('run_status', hold);
    run.do(resume);
    assert.equal(holdOf(run.current), null);
  }
});

test('a child that somebody paused or stopped by itself goes on when neither that nor its parent holds it (PARENT-1)', () => {
  for (const own of ['pause', 'stop'] as const)
    for (const hold of [pause, stop]) {
      const run = begun();
      run.do({ type: own });
      run.refused('run_status', resume);
      run.do(hold);
      assert.deepEqual(holdOf(run.current), { parent: 'p', alone: true });
      run.refused('run_status', { type: 'resume' });
      assert.deepEqual(run.do(resume), ['run.parent_resumed']);
      assert.ok(['paused', 'stopped'].includes(run.current.status));
      run.refused('run_status', resume);
      run.do({ type: 'resume' });
      assert.equal(run.current.status, 'running');
      assert.equal(holdOf(run.current), null);
    }
});

test('a child that is stopped by itself while its parent is paused does not go on with that', () => {
  const run = begun();
  run.do(pause);
  run.do({ type: 'stop' });
  run.refused('run_status', { type: 'resume' });
  run.do(resume);
  assert.equal(run.current.status, 'stopped');
  run.do({ type: 'resume' });
});

test('what has ended while its parent was paused is held no more', () => {
  for (const compensate of [{}, { compensate: task() }]) {
    const run = play(sequenceOf([task(compensate), task()]), { parent: PARENT });
    run.complete(run.task('a.do'));
    run.do(pause);
    run.do({ type: 'cancel' });
    assert.equal(holdOf(run.current), null, run.current.status);
  }
});

test('a parent that is stopped after it was paused still lets its children go on', () => {
  const run = begun();
  run.do(pause);
  run.do(stop);
  assert.equal(run.current.status, 'stopped');
  run.do(resume);
  assert.equal(run.current.status, 'running');
});

test('a child that undoes something goes on when its parent, which is paused, is to end', () => {
  for (const type of ['pause', 'stop'] as const) {
    const run = play(
      graphOf([
        { id: 'a', steps: { first: task({ compensate: workflow() }) } },
        { id: 'b', needs: ['a'], steps: { agree: approval() } },
      ]),
    );
    run.complete(run.task('a.first'));
    run.do({ type: 'rollback', phase: 'a' });
    assert.equal(run.children.length, 1);
    run.do({ type });
    run.do({ type: 'cancel' });
    assert.equal(run.current.status, 'closing');
    assert.deepEqual(told(run), [type, 'resume']);
  }
});
