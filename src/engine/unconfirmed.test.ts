import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approval, graphOf, play, type Play, record, sideBySide, task } from '../../test/engine-kit/index.ts';

/** UNDO-7: a write was made, which can be undone, and the system has yet to confirm it. */
const unpost = record({ operation: 'unpost' });
const post = (more: object = {}) => record({ operation: 'post', verify: true, compensate: unpost, ...more });
const written = (more: object = {}): Play => {
  const run = play(sideBySide({ x: post(more), y: task() }));
  run.complete(run.task('work.x'), { doc: 7 });
  return run;
};
const openOf = (run: Play): string[] => run.open.map(({ step, kind }) => `${step} ${kind}`);
const CONFIRMS = 'work.x verification';

test('a run that ends has an unconfirmed write confirmed, and undoes it then', () => {
  const cancelled = written();
  cancelled.do({ type: 'cancel', reason: 'no' });
  const rejected = play(sideBySide({ x: post(), y: approval() }));
  rejected.complete(rejected.task('work.x'), { doc: 7 });
  rejected.decide(rejected.task('work.y'), 'reject');
  for (const [status, run] of Object.entries({ cancelled, rejected })) {
    assert.deepEqual([run.current.status, openOf(run)], ['closing', [CONFIRMS]], status);
    run.complete(run.task('work.x'), true);
    assert.deepEqual(openOf(run), ['work.x.compensate record'], status);
    run.complete(run.task('work.x.compensate'), null);
    assert.equal(run.current.status, status);
  }
});

test('a run that goes back has it confirmed and undone before it is written again (REDO-1)', () => {
  const run = written();
  run.do({ type: 'rollback', phase: 'work' });
  assert.deepEqual(openOf(run), [CONFIRMS]);
  run.complete(run.task('work.x'), true);
  assert.deepEqual(openOf(run), ['work.x.compensate record']);
  run.complete(run.task('work.x.compensate'), null);
  assert.deepEqual(openOf(run), ['work.x record', 'work.y task']);
  assert.equal(run.current.steps[0]?.round, 2);
});

test('it is tried again and given to people as at any other time, and is not undone where they give it up', () => {
  const lead = { then: null, finally: 'escalate', to: ['role:lead'] } as const;
  for (const send of [{ type: 'rollback', phase: 'work' }, { type: 'cancel' }] as const) {
    const run = written({ retry: { attempts: 2, backoff: 'fixed', delay: 5000 }, onFailure: lead });
    run.do(send);
    run.fail(run.task('work.x'));
    assert.deepEqual(openOf(run), [], 'between two attempts');
    run.pass(5000);
    assert.deepEqual(openOf(run), [CONFIRMS]);
    run.fail(run.task('work.x'));
    assert.deepEqual(openOf(run), ['work.x escalation']);
    while (run.open[0]?.kind === 'escalation') run.fail(run.task('work.x'), false);
    const isBack = send.type === 'rollback';
    assert.deepEqual(openOf(run), isBack ? ['work.x record', 'work.y task'] : []);
    assert.equal(run.current.status, isBack ? 'running' : 'cancelled');
  }
});

test('it is asked for again where a stop had withdrawn that, also where the limits are used up', () => {
  const run = written();
  run.do({ type: 'stop' });
  run.do({ type: 'cancel' });
  assert.deepEqual([run.current.status, openOf(run)], ['closing', [CONFIRMS]]);
  run.complete(run.task('work.x'), true);
  run.complete(run.task('work.x.compensate'), null);
  assert.equal(run.current.status, 'cancelled');

  const full = play(graphOf([{ id: 'work', steps: { x: post() } }], { limits: { tasks: 2 } }));
  full.complete(full.task('work.x'), { doc: 7 });
  full.do({ type: 'stop' });
  full.do({ type: 'cancel' });
  assert.deepEqual([full.current.status, openOf(full)], ['closing', [CONFIRMS]]);
});

test('nothing new of a list begins meanwhile', () => {
  const run = play(sideBySide({ x: post({ forEach: [1, 2, 3], concurrency: 2 }) }));
  run.complete(run.task('work.x', 0), { doc: 7 });
  run.do({ type: 'rollback', phase: 'work' });
  assert.deepEqual(openOf(run), [CONFIRMS]);
  run.complete(run.task('work.x', 0), true);
  assert.deepEqual(openOf(run), ['work.x.compensate record']);
  run.complete(run.task('work.x.compensate'), null);
  assert.deepEqual(openOf(run), ['work.x record', 'work.x record']);
});

test('what is not to be undone is not asked for either', () => {
  const run = written();
  run.do({ type: 'cancel', recovery: 'none' });
  assert.deepEqual([run.current.status, openOf(run)], ['cancelled', []]);
});
