import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play, sequenceOf, sideBySide, task, wait } from '../../test/engine-kit/index.ts';
import { evolve, type Event } from './index.ts';

const fold = (events: readonly Event[]) => events.reduce<ReturnType<typeof evolve> | null>(evolve, null);

test('an event that does not fit is a fault, never an adjustment (EVOLVE-3)', () => {
  const run = play(
    sideBySide({ each: task({ forEach: [1, 2, 3], concurrency: 1 }), word: wait({ signal: 'go' }) }),
  );
  run.complete(run.task('work.each', 0));
  const [created, ...rest] = run.events;
  const completed = run.events.find(({ type }) => type === 'task.completed') ?? assert.fail();
  const opened = run.events.findLast(({ type }) => type === 'task.created') ?? assert.fail();
  const state = () => fold(run.events);
  assert.throws(() => evolve(null, rest[0] ?? assert.fail()), /before run\.created/);
  assert.throws(() => evolve(state(), created ?? assert.fail()), /exists/);
  assert.throws(() => evolve(state(), completed), /no open task/);
  assert.throws(() => evolve(state(), opened), /cannot be opened/);
  const changed = (type: string, data: object): Event => ({ ...completed, type, data }) as unknown as Event;
  const place = { step: 'work.each', slot: 1, run: 'x', usage: {}, after: { then: 'fail' }, failure: {} };
  assert.throws(
    () => evolve(state(), changed('task.decided', { task: run.task('work.each').id })),
    /no approval/,
  );
  assert.throws(
    () => evolve(state(), changed('task.escalated', { task: run.task('work.each').id })),
    /no approval/,
  );
  assert.throws(() => evolve(state(), changed('wait.completed', { ...place, signal: null })), /no open wait/);
  assert.throws(
    () => evolve(state(), changed('wait.completed', { ...place, slot: 0, step: 'work.word', signal: 'go' })),
    /no signal/,
  );
  assert.throws(() => evolve(state(), changed('child.completed', place)), /no child run/);
  assert.throws(() => evolve(state(), changed('child.settled', place)), /no child x/);
  assert.throws(() => evolve(state(), changed('slot.requeued', { step: 'work.each', slot: 7 })), /not open/);
  assert.throws(() => evolve(state(), changed('step.skipped', { step: 'no.such' })), /no step/);
});

test('the same events give the same state, from any prefix on', () => {
  const run = play(sequenceOf([task({ retry: { attempts: 2 } }), task()]));
  run.fail(run.task('a.do'));
  run.complete(run.task('a.do'));
  run.complete(run.task('b.do'));
  for (let at = 1; at < run.events.length; at += 1) {
    const snapshot = JSON.parse(JSON.stringify(fold(run.events.slice(0, at)))) as ReturnType<typeof evolve>;
    assert.deepStrictEqual(run.events.slice(at).reduce(evolve, snapshot), run.current);
  }
  assert.equal(run.current.sequence, run.events.length);
});
