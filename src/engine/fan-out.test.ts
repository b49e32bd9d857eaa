import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approval,
  broken,
  expression,
  graphOf,
  play,
  sideBySide,
  task,
} from '../../test/engine-kit/index.ts';
import type { Template } from '../definition/graph.ts';
import { MAX_ITEMS } from './index.ts';

const items = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const slotsOf = (run: ReturnType<typeof play>): number[] => run.open.map(({ slot }) => slot);

test('one slot for each item, which sees its item and index; results are in the order of the items', () => {
  const input = expression(({ item, index }) => ({ item: item ?? null, index: index ?? null }));
  const run = play(sideBySide({ each: task({ forEach: ['x', 'y', 'z'], input }) }));
  assert.deepEqual(
    run.open.map((open) => open.input),
    [
      { item: 'x', index: 0 },
      { item: 'y', index: 1 },
      { item: 'z', index: 2 },
    ],
  );
  for (const slot of [2, 0, 1]) run.complete(run.task('work.each', slot), `r${slot}`);
  assert.deepEqual(run.step('work.each').outputs, ['r0', 'r1', 'r2']);
  assert.equal(run.current.status, 'completed');
});

test('an empty list is a completed step without tasks', () => {
  const run = play(sideBySide({ each: task({ forEach: [] }) }));
  assert.equal(run.current.status, 'completed');
  assert.deepEqual(run.step('work.each').outputs, []);
  assert.equal(run.current.usage.tasks, 0);
});

test('no more slots are open than the step or the run allows, and each end opens the next', () => {
  const run = play(sideBySide({ each: task({ forEach: items(7), concurrency: 2 }) }));
  assert.deepEqual(slotsOf(run), [0, 1]);
  assert.deepEqual(run.complete(run.task('work.each', 1)), ['task.completed', 'task.created']);
  assert.deepEqual(slotsOf(run), [0, 2]);

  const capped = play(
    sideBySide(
      { each: task({ forEach: items(7) }), other: task({ forEach: items(7) }) },
      { limits: { concurrency: 3 } },
    ),
  );
  assert.equal(capped.open.length, 3);
  for (let left = 14; left > 0; left -= 1) {
    assert.equal(capped.open.length, Math.min(3, left));
    capped.complete(capped.open[0] ?? assert.fail());
  }
  assert.equal(capped.current.status, 'completed');
});

test('people take none of the concurrency of the run', () => {
  const run = play(
    sideBySide(
      { ask: task({ by: 'human' }), agree: approval(), work: task() },
      { limits: { concurrency: 1 } },
    ),
  );
  assert.deepEqual(run.open.map(({ step }) => step).sort(), ['work.agree', 'work.ask', 'work.work']);
});

test('one failed slot keeps the results of its siblings, and the step fails when all are done', () => {
  const run = play(sideBySide({ each: task({ forEach: items(3) }) }));
  run.complete(run.task('work.each', 0), 'first');
  run.fail(run.task('work.each', 1));
  assert.equal(run.step('work.each').status, 'open');
  run.complete(run.task('work.each', 2), 'third');
  const { outputs, failures, status, succeeded, failed } = run.step('work.each');
  assert.deepEqual(
    { outputs, status, succeeded, failed },
    { outputs: ['first', null, 'third'], status: 'failed', succeeded: 2, failed: 1 },
  );
  assert.deepEqual(failures, [{ slot: 1, code: 'broke', message: 'it broke' }]);
  assert.equal(run.current.status, 'failed');
});

test('failed slots that may be skipped leave a hole, and the step is completed', () => {
  const run = play(sideBySide({ each: task({ forEach: items(2), onFailure: { finally: 'skip' } }) }));
  run.fail(run.task('work.each', 0));
  run.complete(run.task('work.each', 1), 'second');
  assert.equal(run.step('work.each').status, 'completed');
  assert.deepEqual(run.step('work.each').outputs, [null, 'second']);
  assert.equal(run.current.status, 'completed');
});

test('a slot whose expression fails is a failed slot (OPEN-1), also when all of them do', () => {
  const odd: Template = {
    reads: [],
    evaluate: (scope) =>
      Number(scope.index) % 2 === 1 ? broken().evaluate(scope) : { ok: true, value: null },
  };
  const run = play(sideBySide({ each: task({ forEach: items(4), concurrency: 1, input: odd }) }));
  assert.deepEqual(slotsOf(run), [0]);
  assert.deepEqual(run.complete(run.task('work.each', 0)), ['task.completed', 'slot.failed', 'task.created']);
  assert.deepEqual(run.complete(run.task('work.each', 2)), ['task.completed', 'slot.failed', 'run.failed']);
  assert.equal(run.step('work.each').failed, 2);

  const all = play(sideBySide({ each: task({ forEach: items(2000), input: broken() }) }));
  assert.equal(all.current.status, 'failed');
  assert.equal(all.step('work.each').failed, 2000);
});

test('a list that is none fails the step, and says what it got', () => {
  for (const [forEach, got] of [
    [{ a: 1 }, '{"a":1}'],
    ['text', '"text"'],
    [null, 'null'],
  ] as const) {
    const run = play(sideBySide({ each: task({ forEach }) }));
    assert.equal(run.current.failure?.code, 'expression_failed');
    assert.ok(run.current.failure?.message.includes(got), run.current.failure?.message);
  }
  assert.equal(play(sideBySide({ each: task({ forEach: broken() }) })).current.status, 'failed');
});

test('a list longer than any run can take fails the step', () => {
  const run = play(sideBySide({ each: task({ forEach: items(MAX_ITEMS + 1) }) }));
  assert.equal(run.current.failure?.code, 'list_too_long');
});

test('a condition is on the step as a whole, before its list is made', () => {
  const run = play(sideBySide({ each: task({ if: false, forEach: broken() }) }));
  assert.equal(run.step('work.each').status, 'skipped');
});

test('approvals fan out too: each is decided for itself', () => {
  const subject = expression(({ item }) => item ?? null);
  const run = play(sideBySide({ each: approval({ forEach: ['p', 'q'], subject }) }));
  run.decide(run.task('work.each', 1), 'approve');
  run.decide(run.task('work.each', 0), 'approve');
  assert.equal(run.current.status, 'completed');
  assert.equal((run.step('work.each').outputs[1] as { outcome: string }).outcome, 'approved');
});

test('a list made from earlier results is fixed when the step opens', () => {
  const list = expression(({ phases }) => phases['a']?.['do']?.output ?? null, ['a.do']);
  const run = play(
    graphOf([
      { id: 'a', steps: { do: task() } },
      { id: 'b', needs: ['a'], steps: { each: task({ forEach: list }) } },
    ]),
  );
  run.complete(run.task('a.do'), [1, 2]);
  assert.deepEqual(run.last('step.opened'), { step: 'b.each', items: [1, 2] });
  assert.equal(run.open.length, 2);
});
