import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  expression,
  MONDAY,
  Play,
  play,
  sequenceOf,
  sideBySide,
  task,
} from '../../test/engine-kit/index.ts';

test('a task that is not done in the time of its step fails, and the rules for failures follow', () => {
  const run = play(sequenceOf([task({ timeout: 1000, retry: { attempts: 2 } })]));
  assert.equal(run.task('a.do').deadline, MONDAY + 1000);
  assert.deepEqual(run.pass(1000), ['task.failed', 'task.created']);
  assert.equal(run.task('a.do').deadline, MONDAY + 2000, 'each attempt has the whole time');
  run.take(run.task('a.do'));
  assert.deepEqual(run.pass(1000), ['task.failed', 'run.failed']);
  assert.equal(run.current.failure?.code, 'timed_out');
});

test('what is given out at a time has the time of its step from then on, an attempt that comes later from its creation', () => {
  const activateAt = expression(() => MONDAY + 5000);
  const steps = [task({ by: 'human', activateAt, timeout: 1000, retry: { attempts: 2 } })];
  const run = play(sequenceOf(steps));
  assert.equal(run.task('a.do').deadline, MONDAY + 6000);
  assert.deepEqual(run.pass(5000), ['task.activated']);
  assert.deepEqual(run.pass(1000), ['task.failed', 'task.created']);
  assert.deepEqual([run.task('a.do').activateAt, run.task('a.do').deadline], [null, MONDAY + 7000]);
  const within = { ms: 1000, working: true };
  const working = new Play(sequenceOf([task({ by: 'human', activateAt, timeout: within })]));
  working.routing = { afterWork: (from, ms) => from + 2 * ms };
  working.begin();
  assert.equal(working.task('a.do').deadline, MONDAY + 7000);
});

test('whoever held a task that timed out is too late', () => {
  const run = play(sequenceOf([task({ timeout: 1000, retry: { attempts: 2 } })]));
  const held = run.take(run.task('a.do'));
  run.pass(1000);
  run.refused('task_closed', { type: 'task.complete', ...held, output: null }, actor('passport_agent'));
});

test('a task that ends takes its timer with it', () => {
  const run = play(
    sequenceOf([task({ timeout: 1000 }), task({ timeout: 1000, skippable: true }), task({ timeout: 5000 })]),
  );
  run.complete(run.task('a.do'));
  assert.deepEqual([...run.timers.keys()], ['run:b.do:1.1:deadline']);
  run.do({ type: 'task.skip', task: run.task('b.do').id });
  run.fail(run.task('c.do'));
  assert.equal(run.timers.size, 0);
  const ended = play(sequenceOf([task({ timeout: 1000 })]));
  const { id, token } = ended.task('a.do');
  ended.do({ type: 'task.exit', task: id, token });
  assert.equal(ended.timers.size, 0);
});

test('the duration of a run ends it, whatever is open, from any status', () => {
  const graph = sideBySide({ one: task({ timeout: 9000 }), two: task() }, { limits: { duration: 5000 } });
  for (const command of ['pause', 'stop'] as const) {
    const run = play(graph);
    run.take(run.task('work.two'));
    run.do({ type: command });
    run.pass(5000);
    assert.equal(run.current.status, 'failed');
    assert.equal(run.current.failure?.code, 'run_timed_out');
    assert.equal(run.timers.size, 0);
  }
  const held = play(graph, { hold: true });
  assert.equal(held.verdict, 'awaiting_approval');
  assert.deepEqual(held.pass(5000), ['run.failed']);
});

test('a run that ends in time stops its clock', () => {
  const run = play(sequenceOf([task()], { limits: { duration: 5000 } }));
  run.complete(run.task('a.do'));
  assert.equal(run.timers.size, 0);
});

test('a timer that comes too early is set again, and does nothing (TIMER-2)', () => {
  const run = play(sequenceOf([task({ timeout: 1000 })], { limits: { duration: 5000 } }));
  run.now += 999;
  for (const id of ['run:duration', 'run:a.do:1.1:deadline']) {
    assert.deepEqual(run.fire(id), []);
    assert.ok(run.timers.has(id));
  }
  assert.deepEqual(run.pass(1), ['task.failed', 'run.failed']);
});

test('time that passed while the run was paused is not the fault of work that nobody could take', () => {
  const run = play(
    sideBySide({
      free: task({ timeout: 1000 }),
      taken: task({ timeout: 1000 }),
      agree: approval({ within: 1000 }),
    }),
  );
  const held = run.take(run.task('work.taken'));
  run.do({ type: 'pause' });
  assert.deepEqual(run.pass(1000).sort(), ['task.exited', 'task.failed', 'task.failed']);
  run.refused('task_closed', { type: 'task.complete', ...held, output: null });
  assert.equal(run.step('work.free').failed, 0);
  assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'task.created']);
  assert.equal(run.task('work.free').deadline, run.now + 1000);
});

test('nor is it that of work that somebody had before the pause and could not begin, also where it was put off', () => {
  for (const putOff of [false, true]) {
    const run = play(sequenceOf([task({ by: 'human', timeout: 1000 })]));
    const { id } = run.task('a.do');
    run.do({ type: 'task.claim', task: id, assignee: 'passport_lea' }, actor('passport_lea'));
    if (putOff) run.do({ type: 'task.suspend', task: id, token: run.task('a.do').token });
    run.do({ type: 'pause' });
    assert.deepEqual(run.pass(1000), ['task.exited']);
    run.do({ type: 'resume' });
    assert.equal(run.task('a.do').deadline, run.now + 1000);
  }
  const begun = play(sequenceOf([task({ by: 'human', timeout: 1000 })]));
  const held = begun.take(begun.task('a.do'), 'passport_lea');
  begun.do({ type: 'task.suspend', ...held });
  begun.do({ type: 'pause' });
  assert.deepEqual(begun.pass(1000), ['task.failed']);
});
