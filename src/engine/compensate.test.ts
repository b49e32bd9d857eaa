import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  expression,
  graphOf,
  play,
  type Play,
  record,
  sequenceOf,
  sideBySide,
  task,
  workflow,
} from '../../test/engine-kit/index.ts';
import type { Json } from '../definition/json.ts';

const undo = (options: Parameters<typeof task>[0] = {}) =>
  task({ onFailure: { then: null, finally: 'escalate', to: ['role:lead'] }, ...options });

/** `a`, `b` and `c` one after the other; the first two can be undone. */
const THREE = sequenceOf([task({ compensate: undo() }), task({ compensate: undo() }), task()]);
const afterTwo = (): Play => {
  const run = play(THREE);
  run.complete(run.task('a.do'), 'A');
  run.complete(run.task('b.do'), 'B');
  return run;
};
const openSteps = (run: Play): string[] => run.open.map(({ step }) => step);

test('a run that fails undoes what was done, the last first, each once, and then has failed (UNDO-1, UNDO-2)', () => {
  const run = afterTwo();
  const events = run.fail(run.task('c.do'), false);
  assert.deepEqual(events.slice(-3), ['run.closing', 'compensation.opened', 'task.created']);
  assert.deepEqual([run.current.status, openSteps(run)], ['closing', ['b.do.compensate']]);
  assert.equal(run.events.find(({ type }) => type === 'run.closing')?.layer, 'execute');
  assert.deepEqual(
    run.complete(run.task('b.do.compensate')),
    ['task.started', 'task.completed', 'compensation.closed', 'compensation.opened', 'task.created'].slice(1),
  );
  assert.deepEqual(openSteps(run), ['a.do.compensate']);
  run.complete(run.task('a.do.compensate'));
  assert.deepEqual([run.current.status, run.current.failure?.code], ['failed', 'broke']);
});

test('a run that is cancelled or rejected undoes what was done; one that completes does not', () => {
  const cancelled = afterTwo();
  cancelled.do({ type: 'cancel', reason: 'not wanted' });
  assert.equal(cancelled.current.status, 'closing');
  assert.deepEqual(openSteps(cancelled), ['b.do.compensate']);
  for (const step of ['b.do.compensate', 'a.do.compensate']) cancelled.complete(cancelled.task(step));
  assert.deepEqual(
    [cancelled.current.status, cancelled.current.failure?.message],
    ['cancelled', 'not wanted'],
  );

  const rejected = play(sequenceOf([task({ compensate: undo() }), approval()]));
  rejected.complete(rejected.task('a.do'));
  rejected.decide(rejected.task('b.do'), 'reject');
  rejected.complete(rejected.task('a.do.compensate'));
  assert.equal(rejected.current.status, 'rejected');

  const completed = afterTwo();
  completed.complete(completed.task('c.do'));
  assert.equal(completed.current.status, 'completed');
});

test('what undoes work sees what it has come to', () => {
  const compensate = undo({ input: expression(({ phases }) => phases['a']?.['do']?.output ?? null) });
  const run = play(sequenceOf([task({ compensate }), task()]));
  run.complete(run.task('a.do'), { paid: 7 });
  run.fail(run.task('b.do'), false);
  assert.deepEqual(run.task('a.do.compensate').input, { paid: 7 });
});

test('of a list those are undone that were done, side by side, the last first; each sees what stood in its place', () => {
  const seen = expression(({ item, index, phases }): Json => [
    item ?? null,
    index ?? null,
    phases['a']?.['do']?.outputs[index ?? 0] ?? null,
  ]);
  const run = play(
    sequenceOf([
      task({
        forEach: ['x', 'y', 'z', 'u'],
        concurrency: 2,
        onFailure: { then: null, finally: 'skip', to: [] },
        compensate: undo({ input: seen }),
      }),
      task(),
    ]),
  );
  for (const slot of [1, 0, 2]) run.complete(run.task('a.do', slot), slot * 10);
  run.fail(run.task('a.do', 3), false);
  run.fail(run.task('b.do'), false);
  assert.deepEqual(
    run.open.map(({ input }) => input),
    [
      ['z', 2, 20],
      ['y', 1, 10],
    ],
  );
  for (const open of run.open) run.complete(open);
  assert.deepEqual(run.task('a.do.compensate').input, ['x', 0, 0]);
  run.complete(run.task('a.do.compensate'));
  assert.equal(run.current.status, 'failed');
});

test('a phase that is done is undone as a whole before its steps; one that is not is not', () => {
  const graph = graphOf([
    { id: 'a', compensate: undo(), steps: { one: task({ compensate: undo() }), two: task() } },
    { id: 'b', needs: ['a'], compensate: undo(), steps: { one: task({ compensate: undo() }), two: task() } },
  ]);
  const run = play(graph);
  for (const step of ['a.one', 'a.two', 'b.one']) run.complete(run.task(step));
  run.fail(run.task('b.two'), false);
  const order = [];
  while (run.open[0]) {
    order.push(run.open[0].step);
    run.complete(run.open[0]);
  }
  assert.deepEqual(order, ['b.one.compensate', 'a.compensate', 'a.one.compensate']);
  assert.equal(run.current.status, 'failed');
});

test('a phase in which nothing was done is not undone, whether its step was left out or its list empty', () => {
  for (const nothing of [{ if: false }, { forEach: [] }]) {
    const run = play(
      graphOf([
        { id: 'a', compensate: undo(), steps: { one: task(nothing) } },
        { id: 'b', needs: ['a'], steps: { one: task() } },
      ]),
    );
    run.fail(run.task('b.one'), false);
    assert.deepEqual([run.current.status, openSteps(run)], ['failed', []], JSON.stringify(nothing));
  }
});

test('limits do not stop what undoes work, but for the one on concurrency (LIMIT-4)', () => {
  const graph = graphOf(
    [
      { id: 'a', steps: { do: task({ forEach: [1, 2, 3], compensate: undo() }) } },
      { id: 'b', needs: ['a'], steps: { do: task() } },
    ],
    { limits: { tasks: 4, tokens: 5, concurrency: 2 } },
  );
  const run = play(graph);
  for (const slot of [0, 1, 2]) run.complete(run.task('a.do', slot));
  const held = run.take(run.task('b.do'));
  const usage = { tokens: 9, cost: 0 };
  run.do({ type: 'task.fail', ...held, code: 'broke', message: 'it broke', retryable: false, usage });
  assert.equal(run.open.length, 2);
  while (run.open[0]) run.complete(run.open[0]);
  assert.deepEqual([run.current.status, run.current.usage.tasks], ['failed', 4]);
});

test('what cannot be undone is for a person; when they give it up too the rest is undone, and the end says so (UNDO-4)', () => {
  const run = afterTwo();
  run.fail(run.task('c.do'), false);
  run.fail(run.task('b.do.compensate'), false);
  assert.deepEqual([run.task('b.do.compensate').kind, run.verdict], ['escalation', 'awaiting_human']);
  const { id } = run.task('b.do.compensate');
  run.do({ type: 'task.force_fail', task: id, token: 0 }, actor('passport_maria'));
  run.complete(run.task('a.do.compensate'));
  assert.match(run.current.failure?.message ?? '', /^it broke\. Not undone: b\.do\./);
});

test('a write that undoes another is verified like any', () => {
  const compensate = record({ operation: 'refund', verify: true });
  const run = play(sequenceOf([record({ compensate }), task()]));
  run.complete(run.task('a.do'));
  run.fail(run.task('b.do'), false);
  run.complete(run.task('a.do.compensate'), { refund: 1 });
  run.complete(run.task('a.do.compensate'), true);
  assert.equal(run.current.status, 'failed');
});

test('nothing is undone before the children that were told to end have (UNDO-3)', () => {
  const run = play(
    graphOf([
      { id: 'a', steps: { do: task({ compensate: undo({ by: 'human' }) }) } },
      { id: 'b', needs: ['a'], steps: { child: workflow() } },
    ]),
  );
  run.complete(run.task('a.do'));
  const [child] = run.children;
  assert.ok(child);
  run.do({ type: 'cancel' });
  assert.deepEqual([run.current.status, run.open], ['closing', []]);
  run.endChild({ ...child, failure: { code: 'cancelled', message: 'it ended' } });
  run.complete(run.task('a.do.compensate'));
  assert.equal(run.current.status, 'cancelled');
});

test('a cancelled run undoes nothing where that is asked, or what was done since a phase; its children too', () => {
  const plain = afterTwo();
  plain.do({ type: 'cancel', recovery: 'none' });
  assert.equal(plain.current.status, 'cancelled');
  const since = afterTwo();
  since.do({ type: 'cancel', recovery: { rollback: 'b' } });
  since.complete(since.task('b.do.compensate'));
  assert.equal(since.current.status, 'cancelled');
  afterTwo().refused('phase_unknown', { type: 'cancel', recovery: { rollback: 'x' } });
  const parent = play(sequenceOf([workflow()]));
  parent.do({ type: 'cancel', recovery: 'none' });
  assert.deepEqual(parent.messages.at(-1), {
    kind: 'child.command',
    run: parent.messages[0]?.kind === 'child.start' ? parent.messages[0].run : '',
    command: 'cancel',
    recovery: 'none',
  });
});

test('a run that is cancelled lets go on what it keeps, and then has ended', () => {
  const run = play(sideBySide({ one: task(), two: task(), three: task({ retry: { attempts: 3 } }) }));
  const kept = run.task('work.three');
  run.refused('task_status', { type: 'cancel', keep: [kept.id] });
  run.take(kept);
  run.do({ type: 'cancel', keep: [kept.id] });
  assert.deepEqual([run.current.status, openSteps(run)], ['closing', ['work.three']]);
  run.complete(kept);
  assert.equal(run.current.status, 'cancelled');
});

// --- going back -------------------------------------------------------------------------------------------------------

test('a run that is rolled back undoes what was done since, and does it again; branches beside it go on', () => {
  const graph = graphOf([
    { id: 'a', steps: { do: task({ compensate: undo() }) } },
    { id: 'b', needs: ['a'], steps: { do: task({ compensate: undo() }) } },
    { id: 'c', needs: ['b'], steps: { do: task() } },
    { id: 'beside', steps: { do: task({ compensate: undo() }), more: task() } },
    { id: 'last', needs: ['c', 'beside'], steps: { do: task() } },
  ]);
  const run = play(graph);
  for (const step of ['a.do', 'b.do', 'beside.do']) run.complete(run.task(step), step);
  run.refused('phase_unknown', { type: 'rollback', phase: 'x' });
  run.refused('phase_not_begun', { type: 'rollback', phase: 'last' });
  run.do({ type: 'rollback', phase: 'b', reason: 'wrong' }, actor('passport_maria'));
  assert.deepEqual(openSteps(run).toSorted(), ['b.do.compensate', 'beside.more']);
  run.complete(run.task('beside.more'));
  assert.equal(run.current.status, 'running', 'it does not end before it has gone back');
  run.complete(run.task('b.do.compensate'));
  assert.deepEqual(openSteps(run), ['b.do']);
  assert.deepEqual([run.task('b.do').round, run.step('a.do').round], [2, 1]);
  for (const step of ['b.do', 'c.do', 'last.do']) run.complete(run.task(step));
  assert.equal(run.current.status, 'completed');
});

test('what is done again can be undone again', () => {
  const run = afterTwo();
  run.do({ type: 'rollback', phase: 'b' });
  run.complete(run.task('b.do.compensate'));
  run.complete(run.task('b.do'));
  run.fail(run.task('c.do'), false);
  run.complete(run.task('b.do.compensate'));
  run.complete(run.task('a.do.compensate'));
  assert.equal(run.current.status, 'failed');
});

test('work that a rejection sends back is undone first (REDO-1)', () => {
  const run = play(
    sequenceOf([task({ compensate: undo() }), approval({ onReject: { redo: 0, max: 1, others: false } })]),
  );
  run.complete(run.task('a.do'));
  run.decide(run.task('b.do'), 'reject');
  assert.deepEqual(openSteps(run), ['a.do.compensate']);
  run.complete(run.task('a.do.compensate'));
  run.complete(run.task('a.do'));
  assert.deepEqual(openSteps(run), ['b.do']);
});

test('what goes back at the same time is undone once and done again, and what ends meanwhile ends', () => {
  const twice = afterTwo();
  twice.do({ type: 'rollback', phase: 'b' });
  twice.do({ type: 'rollback', phase: 'a' });
  twice.complete(twice.task('b.do.compensate'));
  twice.complete(twice.task('a.do.compensate'));
  assert.deepEqual(openSteps(twice), ['a.do']);

  const ended = afterTwo();
  ended.do({ type: 'rollback', phase: 'b' });
  ended.do({ type: 'cancel' });
  assert.equal(ended.current.status, 'closing');
  ended.complete(ended.task('b.do.compensate'));
  ended.complete(ended.task('a.do.compensate'));
  assert.equal(ended.current.status, 'cancelled');
});

test('a run does not go back on what could not be undone: it fails (UNDO-4)', () => {
  const lost = task({ compensate: task({ onFailure: { then: null, finally: 'fail', to: [] } }) });
  const run = play(sequenceOf([task({ compensate: undo() }), lost, task()]));
  run.complete(run.task('a.do'));
  run.complete(run.task('b.do'));
  run.do({ type: 'rollback', phase: 'b' });
  run.fail(run.task('b.do.compensate'), false);
  run.complete(run.task('a.do.compensate'));
  assert.deepEqual([run.current.status, run.current.failure?.code], ['failed', 'compensation_failed']);
});

test('a run that is paused or stopped goes back when it is resumed', () => {
  for (const type of ['pause', 'stop'] as const) {
    const run = afterTwo();
    run.do({ type });
    run.do({ type: 'rollback', phase: 'b' });
    assert.ok(!openSteps(run).includes('b.do.compensate'));
    run.do({ type: 'resume' });
    run.complete(run.task('b.do.compensate'));
    assert.deepEqual(openSteps(run), ['b.do']);
  }
});

const outputOfChild = expression(({ phases }) => phases['a']?.['do']?.output ?? null);
const CHILD = sequenceOf([workflow({ compensate: undo({ input: outputOfChild }) }), task()]);
const childOf = (run: Play) => run.children[0] ?? assert.fail('no child');

test('a child that completed before it heard that it should end is undone as the step says that started it', () => {
  for (const completed of [true, false]) {
    const run = play(CHILD);
    const child = childOf(run);
    run.do({ type: 'cancel', reason: 'not wanted' });
    assert.equal(run.current.status, 'closing', 'how it ended is waited for');
    if (!completed) run.endChild({ ...child, failure: { code: 'cancelled', message: 'it ended' } });
    else {
      const events = run.endChild({ ...child, output: 'booked' });
      assert.deepEqual(events, ['child.settled', 'compensation.opened', 'task.created']);
      assert.equal(run.task('a.do.compensate').input, 'booked');
      run.complete(run.task('a.do.compensate'));
    }
    assert.deepEqual([run.current.status, run.current.failure?.message], ['cancelled', 'not wanted']);
  }
});

test('so it is before it is done again, once, and the one after it is a run of its own', () => {
  const run = play(CHILD);
  const child = childOf(run);
  run.do({ type: 'rollback', phase: 'a' });
  run.endChild({ ...child, output: 'booked' });
  assert.deepEqual(openSteps(run), ['a.do.compensate']);
  assert.deepEqual(run.complete(run.task('a.do.compensate')).slice(1), [
    'compensation.closed',
    'run.redone',
    'child.opened',
  ]);
  run.endChild({ ...childOf(run), output: 'booked again' });
  assert.deepEqual(openSteps(run), ['b.do']);
  run.do({ type: 'cancel' });
  assert.equal(run.task('a.do.compensate').input, 'booked again');
});

test('of a list of children those are undone that completed, in time or just as they were withdrawn', () => {
  const compensate = undo({
    input: expression(({ phases, index }) => phases['a']?.['do']?.outputs[index ?? 0] ?? null),
  });
  const run = play(sequenceOf([workflow({ forEach: [0, 1, 2], compensate }), task()]));
  const [first, second, third] = run.children;
  run.endChild({ ...(first ?? assert.fail()), output: 'one' });
  run.do({ type: 'cancel' });
  run.endChild({ ...(third ?? assert.fail()), output: 'three' });
  run.endChild({ ...(second ?? assert.fail()), failure: { code: 'cancelled', message: 'it ended' } });
  assert.deepEqual(new Set(run.open.map(({ input }) => input)), new Set(['one', 'three']));
  for (const open of run.open) run.complete(open);
  assert.equal(run.current.status, 'cancelled');
});

test('a run that is to undo nothing does not wait for how its children ended', () => {
  const kept = play(CHILD);
  kept.do({ type: 'cancel', recovery: 'none' });
  assert.equal(kept.current.status, 'cancelled');
  const plain = play(sequenceOf([workflow(), task()]));
  plain.do({ type: 'cancel' });
  assert.equal(plain.current.status, 'cancelled');
});

test('what undoes a part of a list keeps what it saw of the rest, which goes on', () => {
  const reads = ['work.each'];
  for (const field of ['outputs', 'failures'] as const) {
    const seen = expression(({ phases }) => ({ seen: phases['work']?.['each']?.[field] ?? null }), reads);
    const each = task({ forEach: [1, 2, 3], compensate: undo({ input: seen }) });
    const run = play(sideBySide({ each }));
    run.complete(run.task('work.each', 0), 'first');
    const { id, token } = run.task('work.each', 1);
    run.do({ type: 'task.force_fail', task: id, token, recovery: 'compensate' }, actor('passport_maria'));
    const undoing = run.task('work.each.compensate');
    const before = JSON.stringify(undoing.input);
    assert.match(before, field === 'outputs' ? /\["first",null,null\]/ : /"seen":\[/);
    if (field === 'outputs') run.complete(run.task('work.each', 2), 'third');
    else run.fail(run.task('work.each', 2), false);
    assert.equal(JSON.stringify(run.task('work.each.compensate').input), before);
  }
});

test('what a cancelled run lets go on is not tried again when it fails', () => {
  const run = play(sequenceOf([task({ retry: { attempts: 2, backoff: 'fixed', delay: 1000 } })]));
  const { task: kept } = run.take(run.task('a.do'));
  run.do({ type: 'cancel', keep: [kept] });
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'slot.requeued', 'run.cancelled']);
});
