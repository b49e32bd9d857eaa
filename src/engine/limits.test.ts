import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  graphOf,
  play,
  sequenceOf,
  sideBySide,
  task,
  workflow,
  type Play,
} from '../../test/engine-kit/index.ts';
import { addMoney, shareMoney } from './money.ts';

const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const spend = (run: Play, step: string, usage: { tokens: number; cost: number }): string[] => {
  const held = run.take(run.task(step));
  return run.do({ type: 'task.complete', ...held, output: null, usage }, actor('passport_agent'));
};

test('nothing opens when what children hold is all that is left of a cap, though a sum of floats says there is more', () => {
  const steps = { child: workflow(), work: task(), each: task({ forEach: [1, 2], concurrency: 1 }) };
  const phases = [
    { id: 'a', steps: { do: task() } },
    { id: 'b', needs: ['a'], steps },
  ];
  const run = play(graphOf(phases, { limits: { cost: EUR(1) } }));
  spend(run, 'a.do', { tokens: 0, cost: 0.1 });
  assert.deepEqual(run.last('child.opened').limits.cost, EUR(0.3));
  spend(run, 'b.work', { tokens: 0, cost: 0.6 });
  spend(run, 'b.each', { tokens: 0, cost: 0 });
  assert.deepEqual(run.open, []);
});

test('the cap on tasks counts retries; the run then pauses and says so (LIMIT-1)', () => {
  const run = play(sequenceOf([task({ retry: { attempts: 9 } })], { limits: { tasks: 3 } }));
  run.fail(run.task('a.do'));
  run.fail(run.task('a.do'));
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'run.paused']);
  assert.equal(run.current.failure?.code, 'limit_tasks');
  assert.equal(run.current.failure?.step, 'a.do');
  assert.equal(run.verdict, 'blocked');
});

test('resumed with a higher limit it goes on; with the same it pauses again; lower than what was used is refused', () => {
  const run = play(
    sideBySide({ each: task({ forEach: [1, 2, 3], concurrency: 1 }) }, { limits: { tasks: 2 } }),
  );
  run.complete(run.task('work.each', 0), 'kept');
  assert.deepEqual(run.complete(run.task('work.each', 1)), ['task.completed', 'run.paused']);
  assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'run.paused']);
  run.refused('limit_below_use', { type: 'resume', limits: { tasks: 1 } });
  assert.deepEqual(run.do({ type: 'resume', limits: { tasks: 3 } }), ['run.resumed', 'task.created']);
  run.complete(run.task('work.each', 2));
  assert.equal(run.current.status, 'completed');
  assert.equal(run.step('work.each').outputs[0], 'kept');
});

test('a limit below what children may still use is refused: nobody takes it from them (LIMIT-2)', () => {
  const run = play(sequenceOf([workflow()], { limits: { tasks: 100 } }));
  run.do({ type: 'pause' });
  run.refused('limit_below_use', { type: 'resume', limits: { tasks: 10 } });
  run.do({ type: 'resume', limits: { tasks: 100 } });
});

test('a run that uses its limit to the full is not paused by it', () => {
  const run = play(sequenceOf([task(), task()], { limits: { tasks: 2 } }));
  run.complete(run.task('a.do'));
  assert.deepEqual(run.complete(run.task('b.do')), ['task.completed', 'run.completed']);
});

test('tokens and cost stop new work once they are used up, also by failed attempts and progress (LIMIT-3)', () => {
  const graph = sequenceOf([task(), task()], { limits: { tokens: 100, cost: EUR(1) } });
  const tokens = play(graph);
  assert.deepEqual(spend(tokens, 'a.do', { tokens: 100, cost: 0 }), ['task.completed', 'run.paused']);
  assert.equal(tokens.current.failure?.code, 'limit_tokens');
  assert.deepEqual(tokens.do({ type: 'resume', limits: { tokens: null } }), ['run.resumed', 'task.created']);

  const cost = play(graph);
  const held = cost.take(cost.task('a.do'));
  cost.do({ type: 'task.progress', ...held, usage: { tokens: 0, cost: 0.6 } });
  assert.equal(cost.current.status, 'running');
  assert.deepEqual(spend(cost, 'a.do', { tokens: 0, cost: 0.4 }), ['task.completed', 'run.paused']);
  assert.equal(cost.current.failure?.code, 'limit_cost');
  assert.match(cost.current.failure?.message ?? '', /1 EUR/);
  assert.deepEqual(cost.do({ type: 'resume', limits: { cost: EUR(2) } }), ['run.resumed', 'task.created']);
});

test('what was spent keeps its currency: a cap in another one is refused', () => {
  const run = play(sequenceOf([task(), task()], { limits: { cost: EUR(1) } }));
  spend(run, 'a.do', { tokens: 0, cost: 1 });
  run.refused('limit_currency', { type: 'resume', limits: { cost: { amount: 2, currency: 'USD' } } });
  assert.deepEqual(run.do({ type: 'resume', limits: { cost: EUR(2) } }), ['run.resumed', 'task.created']);
});

test('money does not drift: ten times a tenth is one', () => {
  const run = play(sequenceOf([task(), task()], { limits: { cost: EUR(1) } }));
  const held = run.take(run.task('a.do'));
  for (let times = 0; times < 10; times += 1)
    run.do({ type: 'task.progress', ...held, usage: { tokens: 0, cost: 0.1 } });
  assert.equal(run.current.usage.cost, 1);
  assert.equal(addMoney(addMoney(0.1, 0.2), -0.3), 0);
  assert.equal(shareMoney(1, 3), 0.333333333);
  assert.equal(addMoney(12_345.67, 0.000000001), 12_345.670000001);
});

test('a cap above a million is reached to the cent, and its parts are never more than it', () => {
  const run = play(
    sequenceOf([task({ forEach: [1, 2, 3], concurrency: 1 })], { limits: { cost: EUR(20_000_000.3) } }),
  );
  for (const cost of [10_000_000.1, 10_000_000.2]) {
    const held = run.take(run.open[0]!);
    run.do(
      { type: 'task.complete', ...held, output: null, usage: { tokens: 0, cost } },
      actor('passport_agent'),
    );
  }
  assert.equal(run.current.usage.cost, 20_000_000.3);
  assert.equal(run.current.failure?.code, 'limit_cost');
  for (const amount of [9_007_199.26, 20_000_000.3, 2e8, 123_456_789_012.34, 1e12]) {
    assert.equal(addMoney(addMoney(amount, 10_000_000.1), -10_000_000.1), amount);
    for (const shares of [2, 3, 7]) {
      const part = shareMoney(amount, shares);
      assert.ok(part <= amount / shares && part > amount / shares - 0.01);
    }
  }
});

test('sums of amounts come out at their decimals, and the whole is the one part of itself, however large they are', () => {
  for (const most of [1e3, 1e6, 5e6, 9e6, 1e7, 1e9, 1e12])
    for (let times = 0; times < 2000; times += 1) {
      const cents = Math.floor(most * 100 * (0.5 + Math.abs(Math.sin(times)) / 2));
      const some = Math.floor(cents * Math.abs(Math.cos(times * 3)));
      const [whole, a, b] = [cents / 100, some / 100, (cents - some) / 100];
      assert.equal(addMoney(a, b), whole);
      assert.equal(addMoney(whole, -a), b);
      assert.equal(shareMoney(whole, 1), whole);
    }
});

test('parts that were held and are given back leave nothing held', () => {
  for (const amount of [4_000_000, 8_335_876.9, 20_000_000.3, 123_456_789.01])
    for (const shares of [2, 3, 7, 60]) {
      const part = shareMoney(amount, shares);
      const parts = Array.from({ length: shares }, () => part);
      const held = parts.reduce(addMoney, 0);
      assert.ok(held <= amount);
      assert.equal(
        parts.reduce((sum, one) => addMoney(sum, -one), held),
        0,
      );
    }
});

test('tasks that are open when the run pauses by itself can be finished, and count', () => {
  const run = play(
    sideBySide({ each: task({ forEach: [1, 2, 3], concurrency: 2 }) }, { limits: { tasks: 2 } }),
  );
  const other = run.take(run.task('work.each', 1));
  run.complete(run.task('work.each', 0));
  assert.equal(run.current.status, 'paused');
  run.do({ type: 'task.complete', ...other, output: 'late' });
  assert.equal(run.step('work.each').outputs[1], 'late');
  run.do({ type: 'resume', limits: { tasks: 9 } });
  assert.deepEqual(
    run.open.map(({ slot }) => slot),
    [2],
  );
});

test('approvals count as tasks too', () => {
  const run = play(sequenceOf([task(), approval()], { limits: { tasks: 1 } }));
  assert.deepEqual(run.complete(run.task('a.do')), ['task.completed', 'run.paused']);
});

test('limits that are none are refused and change nothing', () => {
  const run = play(sequenceOf([task()]));
  run.do({ type: 'pause' });
  for (const limits of [
    { concurrency: 0 },
    { tasks: 1.5 },
    { tokens: -1 },
    { cost: EUR(NaN) },
    { concurrency: Infinity },
  ])
    run.refused('limit_invalid', { type: 'resume', limits });
  run.refused('limit_fixed', { type: 'resume', limits: { duration: 1 } });
});

test('nobody gives anything back by reporting negative usage', () => {
  const run = play(sequenceOf([task()]));
  const held = run.take(run.task('a.do'));
  for (const usage of [
    { tokens: -1, cost: 0 },
    { tokens: 0, cost: -0.1 },
    { tokens: NaN, cost: 0 },
  ])
    for (const command of [
      { type: 'task.progress', ...held, usage },
      { type: 'task.complete', ...held, output: null, usage },
      { type: 'task.fail', ...held, code: 'x', message: 'x', usage },
    ] as const)
      run.refused('usage_invalid', command);
});

test('a higher concurrency opens more at once', () => {
  const run = play(sideBySide({ each: task({ forEach: [1, 2, 3, 4] }) }, { limits: { concurrency: 2 } }));
  run.do({ type: 'pause' });
  run.do({ type: 'resume', limits: { concurrency: 3 } });
  assert.equal(run.open.length, 3);
});
