import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approval, graphOf, play, Play, record, sideBySide, task } from '../../test/engine-kit/index.ts';
import { asking } from '../../test/policy-kit/boundaries.ts';
import { isLeftOff } from './index.ts';

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

const ENDS = [{ type: 'rollback', phase: 'work' }, { type: 'cancel' }] as const;
const lead = { then: null, finally: 'escalate', to: ['role:lead', 'role:boss'] } as const;

test('a result that is to be approved is not asked for while another of its list is confirmed (RESULT-3)', () => {
  for (const send of ENDS) {
    const run = new Play(sideBySide({ x: post({ forEach: [1, 2], onFailure: lead }) }));
    run.routing = { boundaries: asking(['task.complete']) };
    run.begin();
    for (const slot of [0, 1]) run.complete(run.task('work.x', slot), { doc: slot });
    run.fail(run.task('work.x', 0), false);
    run.complete(run.task('work.x', 0), { doc: 0 }, 'passport_lead');
    run.do(send);
    assert.deepEqual(openOf(run), [CONFIRMS]);
    run.complete(run.task('work.x', 1), true);
    for (const slot of [0, 1]) run.complete(run.task('work.x.compensate', slot), null);
    assert.deepEqual(openOf(run), send.type === 'cancel' ? [] : ['work.x record', 'work.x record']);
  }
});

test('what is being undone already is not confirmed, and is undone once (UNDO-1)', () => {
  for (const send of ENDS)
    for (const type of ['task.restart', 'task.force_complete'] as const) {
      const run = play(sideBySide({ x: post(), y: task() }));
      if (type === 'task.restart') run.complete(run.task('work.x'), { doc: 7 });
      const held = { ...run.take(run.task('work.x')), recovery: 'compensate' } as const;
      run.do(
        type === 'task.restart' ? { type, ...held, begins: true } : { type, ...held, output: { doc: 7 } },
      );
      run.do(send);
      assert.deepEqual(openOf(run), ['work.x.compensate record'], type);
      run.complete(run.task('work.x.compensate'), null);
      assert.deepEqual(openOf(run), send.type === 'cancel' ? [] : ['work.x record', 'work.y task'], type);
    }
});

test('a slot whose refused result is being undone is given to nobody meanwhile (UNDO-6)', () => {
  for (const send of ENDS) {
    const run = new Play(sideBySide({ x: post({ onFailure: lead }), y: task() }));
    run.routing = { boundaries: asking(['task.complete'], { within: '1h' }) };
    run.begin();
    run.complete(run.task('work.x'), { doc: 7 });
    run.fail(run.task('work.x'), false);
    run.complete(run.task('work.x'), { doc: 7 }, 'passport_lead');
    run.pass(3_600_000);
    run.do(send);
    assert.deepEqual(openOf(run), ['work.x.compensate record']);
    run.complete(run.task('work.x.compensate'), null);
    assert.deepEqual(openOf(run), send.type === 'cancel' ? [] : ['work.x record', 'work.y task']);
  }
});

test('of a run that is about to end, nothing is left to come but what confirms its writes, and what undoes its work', () => {
  const run = play(
    sideBySide({ x: post({ retry: { attempts: 2, backoff: 'fixed', delay: 5000 } }), y: task() }),
  );
  const leftOff = () => run.current.steps.filter((step) => isLeftOff(run.current, step)).map(({ id }) => id);
  run.complete(run.task('work.x'), { doc: 7 });
  assert.deepEqual(leftOff(), []);
  run.do({ type: 'cancel' });
  assert.deepEqual(leftOff(), ['work.y']);
  run.fail(run.task('work.x'));
  assert.deepEqual([leftOff(), openOf(run)], [['work.y'], []], 'between two attempts');
  run.pass(5000);
  run.fail(run.task('work.x'));
  assert.deepEqual([run.current.status, leftOff()], ['cancelled', run.current.steps.map(({ id }) => id)]);
});
