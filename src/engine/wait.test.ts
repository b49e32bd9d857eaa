import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  broken,
  MONDAY,
  Play,
  play,
  sequenceOf,
  sideBySide,
  task,
  wait,
} from '../../test/engine-kit/index.ts';
import { MAX_KEPT_SIGNALS } from './index.ts';

const waiting = (options: Parameters<typeof wait>[0]) => play(sequenceOf([wait(options), task()]));

test('a wait for a time ends when it has passed', () => {
  const run = waiting({ for: 1_800_000 });
  assert.equal(run.verdict, 'running');
  assert.deepEqual(run.pass(1_799_999), []);
  assert.deepEqual(run.pass(1), ['wait.completed', 'task.created']);
});

test('a wait until a moment ends then', () => {
  const run = waiting({ until: MONDAY + 5000 });
  assert.deepEqual(
    [...run.timers.values()].map(({ due }) => due),
    [MONDAY + 5000],
  );
  assert.deepEqual(run.pass(5000), ['wait.completed', 'task.created']);
});

test('a moment in the past is due at once', () => {
  assert.deepEqual(waiting({ until: 0 }).pass(0), ['wait.completed', 'task.created']);
});

test('what is no time fails the step', () => {
  for (const options of [
    { for: 'soon' },
    { until: 'tomorrow' },
    { for: null },
    { until: true },
    { for: [] },
    { until: broken() },
  ]) {
    const run = waiting(options);
    assert.equal(run.current.failure?.code, 'expression_failed', JSON.stringify(options));
  }
});

test('a signal ends the oldest wait for it, and is the result of the step', () => {
  const run = play(sequenceOf([wait({ signal: 'paid', forEach: [1, 2] })]));
  assert.deepEqual(run.do({ type: 'signal', signal: 'paid', payload: 'first' }), [
    'signal.received',
    'wait.completed',
  ]);
  run.do({ type: 'signal', signal: 'paid', payload: 'second' });
  assert.deepEqual(run.step('a.do').outputs, ['first', 'second']);
  assert.equal(run.current.status, 'completed');
});

test('a signal that comes before its wait is kept for it; each is taken once, oldest first', () => {
  const run = play(sequenceOf([task(), wait({ signal: 'paid', within: 5000 }), wait({ signal: 'paid' })]));
  for (const payload of ['one', 'two'])
    assert.deepEqual(run.do({ type: 'signal', signal: 'paid', payload }), ['signal.received']);
  assert.deepEqual(run.complete(run.task('a.do')), [
    'task.completed',
    'wait.opened',
    'wait.completed',
    'wait.opened',
    'wait.completed',
    'run.completed',
  ]);
  assert.equal(run.step('b.do').output, 'one');
  assert.equal(run.step('c.do').output, 'two');
  assert.equal(run.timers.size, 0, 'a wait that ends at once sets no timer');
});

test('a signal that comes in time stops the clock; one that does not fails the step', () => {
  const run = waiting({ signal: 'paid', within: 5000 });
  run.do({ type: 'signal', signal: 'paid', payload: null });
  assert.equal(run.timers.size, 0);

  const late = waiting({ signal: 'paid', within: 5000 });
  assert.deepEqual(late.pass(5000), ['wait.failed', 'run.failed']);
  assert.equal(late.current.failure?.code, 'wait_timed_out');
  late.refused('run_status', { type: 'signal', signal: 'paid', payload: null });
});

test('it may be working time that a signal comes in', () => {
  const run = new Play(sequenceOf([wait({ signal: 'paid', within: { ms: 1000, working: true } })]));
  run.routing = { afterWork: (from, ms) => from + 10 * ms };
  run.begin();
  assert.deepEqual(
    [...run.timers.values()].map(({ due }) => due),
    [MONDAY + 10_000],
  );
});

test('a wait that timed out is retried, skipped or failed as its step says', () => {
  const retried = waiting({
    signal: 'paid',
    within: 5000,
    retry: { attempts: 2, backoff: 'fixed', delay: 1000 },
  });
  assert.deepEqual(retried.pass(5000), ['wait.failed']);
  assert.deepEqual(retried.pass(1000), ['slot.requeued', 'wait.opened']);
  retried.do({ type: 'signal', signal: 'paid', payload: 1 });
  assert.equal(retried.step('a.do').output, 1);

  const skipped = waiting({ signal: 'paid', within: 5000, onFailure: { finally: 'skip' } });
  assert.deepEqual(skipped.pass(5000), ['wait.failed', 'task.created']);
});

test('a signal that no step knows is refused, whatever its name', () => {
  const run = waiting({ signal: 'paid' });
  for (const signal of ['payed', 'constructor', '__proto__', ''])
    run.refused('signal_unknown', { type: 'signal', signal, payload: null });
  const odd = waiting({ signal: 'constructor' });
  assert.deepEqual(odd.do({ type: 'signal', signal: 'constructor', payload: 1 }), [
    'signal.received',
    'wait.completed',
    'task.created',
  ]);
});

test('signals that nothing waits for are kept up to a bound; one that is waited for is taken', () => {
  const run = play(sequenceOf([wait({ signal: 'go' }), wait({ signal: 'paid' })]));
  const kept = Array.from({ length: MAX_KEPT_SIGNALS }, () => ({ signal: 'paid', payload: null }));
  for (const state of [run.current, run.history.state]) state?.signals.push(...kept);
  run.refused('signals_full', { type: 'signal', signal: 'paid', payload: null });
  assert.deepEqual(run.do({ type: 'signal', signal: 'go', payload: null }).slice(0, 2), [
    'signal.received',
    'wait.completed',
  ]);
});

test('time and signals go on for waits while the run is paused or stopped', () => {
  for (const command of ['pause', 'stop'] as const) {
    const run = play(sideBySide({ time: wait({ for: 1000 }), word: wait({ signal: 'go' }) }));
    run.do({ type: command });
    assert.deepEqual(run.pass(1000), ['wait.completed']);
    assert.deepEqual(run.do({ type: 'signal', signal: 'go', payload: null }), [
      'signal.received',
      'wait.completed',
    ]);
    assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'run.completed']);
  }
});

test('a wait costs none of the limits; the person who is asked when it has failed does', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(
    sideBySide(
      { word: wait({ signal: 'go', within: 1000, onFailure }), work: task() },
      { limits: { tasks: 1 } },
    ),
  );
  assert.deepEqual(run.pass(1000), ['wait.failed', 'run.paused']);
  assert.deepEqual(run.do({ type: 'resume', limits: { tasks: 2 } }), ['run.resumed', 'task.created']);
});

test('waits cost none of the limits', () => {
  const run = play(
    sideBySide(
      { time: wait({ for: 1000, forEach: [1, 2, 3] }), work: task() },
      { limits: { concurrency: 3, tasks: 1 } },
    ),
  );
  assert.equal(run.current.usage.tasks, 1);
  assert.equal(run.timers.size, 3);
});
