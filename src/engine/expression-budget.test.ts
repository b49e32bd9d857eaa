import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  broken,
  graphOf,
  play,
  sequenceOf,
  sideBySide,
  task,
  wait,
  workflow,
  type Play,
} from '../../test/engine-kit/index.ts';
import type { Json } from '../definition/json.ts';
import type { Template } from '../definition/graph.ts';

/** What the expressions of one transition may cost together (FLOW-6): 20,000,000, and 5,000,000 each. */

const items = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Takes this much work of what a transition may spend. */
const costly = (units: number, value: Json = true): Template => ({
  reads: [],
  evaluate: (_, work = { left: units }) => {
    work.left -= units;
    return work.left < 0
      ? { ok: false, code: 'expression_failed', message: 'too expensive' }
      : { ok: true, value };
  },
});
const most = 4_900_000;
const skipped = (count: number) =>
  Object.fromEntries(items(count).map((at) => [`c${at}`, task({ if: costly(most, false) })]));
const statuses = (run: Play): string[] => [...new Set(run.current.steps.map(({ status }) => status))];
const chain = (stages: number) =>
  items(stages).map((at) => ({ from: ['role:x'], quorum: 1, if: costly(most, at === 0) }));

test('items whose expressions are too much for one transition open in the next, and none fails', () => {
  const each = task({ forEach: items(60), input: costly(1_000_000) });
  const late = task({ if: costly(5_000_000) });
  const run = play(sideBySide({ each, late }, { limits: { concurrency: 30 } }));
  assert.deepEqual([run.open.length, run.step('work.late').status], [20, 'pending']);
  run.take(run.task('work.each', 0));
  assert.equal(run.open.length, 30, 'as many as may be open at once');
  for (let left = 61; left > 0; left -= 1) run.complete(run.open[0] ?? assert.fail(`${left} are left`));
  assert.deepEqual([run.current.status, run.step('work.each').succeeded], ['completed', 60]);
  assert.deepEqual(run.pass(0), [], 'what the run would have gone on with by itself is over');
  assert.equal(run.timers.size, 0);
});

test('a run goes on by itself, whatever else it waits for', () => {
  const others = {
    signal: wait({ signal: 'go' }),
    time: wait({ for: 3_600_000 }),
    child: workflow(),
    retry: task({ retry: { attempts: 2, backoff: 'fixed', delay: 1000 } }),
  };
  for (const [what, other] of Object.entries(others)) {
    const run = play(sideBySide({ other, ...skipped(14) }));
    if (what === 'retry') run.fail(run.task('work.other'));
    run.pass(0);
    assert.deepEqual([run.current.status, ...statuses(run)], ['running', 'open', 'skipped'], what);
  }
});

test('nothing waits for what happens outside', () => {
  const run = play(sideBySide(skipped(14)));
  assert.equal(run.current.status, 'running');
  run.pass(0);
  assert.equal(run.current.status, 'completed');
  assert.deepEqual(statuses(run), ['skipped']);
});

test('the output of a run waits for the next transition where what came before it has spent this one', () => {
  const run = play(sideBySide(skipped(4), { output: costly(most, 'all') }));
  run.pass(0);
  assert.deepEqual([run.current.status, run.current.output], ['completed', 'all']);
});

test('what goes to a person goes with its input, also in the next transition', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(
    graphOf([
      { id: 'gate', steps: { go: wait({ signal: 'go' }) } },
      { id: 'late', needs: ['gate'], steps: skipped(4) },
      { id: 'work', steps: { one: task({ input: costly(3_000_000, 'this'), onFailure }) } },
    ]),
  );
  const held = run.take(run.task('work.one'));
  run.do({ type: 'pause' });
  run.do({ type: 'task.fail', ...held, code: 'broke', message: 'it broke' }, actor('passport_agent'));
  run.do({ type: 'signal', signal: 'go', payload: null });
  run.do({ type: 'resume' });
  run.pass(0);
  assert.equal((run.task('work.one').input as { input: Json }).input, 'this');
});

test('a slot that alone costs more than a transition may fails, and what is behind it opens', () => {
  const dear = approval({ chain: chain(6), from: [] });
  const cheap = task({ input: costly(most) });
  for (const steps of [
    { dear, cheap },
    { cheap, dear },
  ]) {
    const run = play(sideBySide(steps));
    run.pass(0);
    assert.deepEqual([run.step('work.dear').status, run.step('work.cheap').status], ['failed', 'open']);
  }
});

test('steps whose conditions hold and that have no room do not make those behind them fail', () => {
  const steps = Object.fromEntries(items(8).map((at) => [`s${at}`, task({ if: costly(most) })]));
  const asked = approval({ if: costly(most) });
  const run = play(sideBySide({ ...steps, asked }, { limits: { concurrency: 1 } }));
  for (const done of items(8)) {
    run.pass(0);
    assert.equal(run.timers.size, 0);
    run.complete(run.task(`work.s${done}`));
  }
  run.pass(0);
  run.decide(run.task('work.asked'), 'approve');
  assert.equal(run.current.status, 'completed');
});

test('steps that have no room hold back none whose expressions have not failed', () => {
  const steps = Object.fromEntries(items(8).map((at) => [`s${at}`, task({ if: costly(most) })]));
  const others = { asked: approval(), later: wait({ for: 1 }), about: approval({ subject: costly(1) }) };
  const run = play(sideBySide({ ...steps, ...others }, { limits: { concurrency: 1 } }));
  run.pass(0);
  const opened = () => Object.keys(others).filter((name) => run.step(`work.${name}`).status === 'open');
  assert.deepEqual(opened(), ['asked', 'later']);
  for (const at of items(4)) run.complete(run.task(`work.s${at}`));
  run.pass(0);
  assert.deepEqual(opened(), Object.keys(others));
});

test('a slot that fails goes to whom its step names, also where who that is can be said in the next transition alone', () => {
  const onFailure = { finally: 'escalate', to: [], whom: costly(most, ['role:lead']) } as const;
  const run = play(sideBySide({ ...skipped(4), one: task({ input: broken(), onFailure }) }));
  run.pass(0);
  assert.deepEqual(run.task('work.one').from, ['role:lead']);
});

test('what is put aside does not wait for ever for an undoing that cannot be opened', () => {
  const compensate = approval({ chain: chain(6), from: [] });
  const run = play(sequenceOf([task({ compensate })]));
  const held = run.take(run.task('a.do'));
  const restart = { type: 'task.restart', ...held, begins: true, recovery: 'compensate' } as const;
  run.do(restart, actor('passport_maria'));
  run.pass(0);
  assert.deepEqual([run.current.status, run.current.failure?.code], ['failed', 'compensation_failed']);
});

test('a list of the worst fails at once, and not one after the other', () => {
  const run = play(
    sideBySide({ each: task({ forEach: items(60), input: costly(21_000_000) }), other: task() }),
  );
  assert.equal(run.pass(0).filter((type) => type === 'slot.failed').length, 60);
  assert.deepEqual([run.step('work.each').failed, run.step('work.other').status], [60, 'open']);
  assert.equal(run.timers.size, 0);
});
