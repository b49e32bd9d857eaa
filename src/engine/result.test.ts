import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approval,
  expression,
  graphOf,
  play,
  Play,
  sequenceOf,
  sideBySide,
  task,
  wait,
} from '../../test/engine-kit/index.ts';
import { bounded } from '../../test/policy-kit/boundaries.ts';
import { policies, rule } from '../../test/policy-kit/index.ts';
import { INLINE_BYTES } from './index.ts';

const TOTAL = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } } as const;
const large = (letter: string): string => letter.repeat(INLINE_BYTES + 1);

test('a result that is not what the step declares is refused, and its holder can mend it (TASK-2)', () => {
  const run = play(sequenceOf([task({ output: TOTAL })]));
  const held = run.take(run.task('a.do'));
  for (const output of [null, {}, { total: '5' }])
    run.refused('output_invalid', { type: 'task.complete', ...held, output });
  run.do({ type: 'task.complete', ...held, output: { total: 5 } });
  assert.equal(run.current.status, 'completed');
});

test('a person who does the work instead is held to the same shape', () => {
  const run = play(
    sequenceOf([task({ output: TOTAL, onFailure: { finally: 'escalate', to: ['role:lead'] } })]),
  );
  run.fail(run.task('a.do'));
  const held = run.take(run.task('a.do'), 'passport_lea');
  run.refused('output_invalid', { type: 'task.complete', ...held, output: 'five' });
  run.do({ type: 'task.complete', ...held, output: { total: 5 } });
});

test('an input that is not what the definition takes starts no run', () => {
  const graph = sequenceOf([task()], { input: TOTAL });
  const start = {
    type: 'start',
    run: 'run',
    definition: { id: 'job', version: 1, digest: 'digest' },
    priority: 5,
    accountable: null,
    hold: false,
  } as const;
  const run = new Play(graph);
  run.refused('input_invalid', { ...start, input: {} });
  assert.equal(run.state, null);
  run.do({ ...start, input: { total: 1 } });
  run.refused('run_exists', { ...start, input: { total: 1 } });
});

test('an input that no entry of the ledger has room for starts no run', () => {
  const input = Array.from({ length: 800_000 }, () => 1e20);
  assert.throws(() => play(sequenceOf([task()]), { input }), /input_invalid/);
});

test('before it is started a run takes no command', () => {
  const run = new Play(sequenceOf([task()]));
  run.refused('run_unknown', { type: 'cancel' });
  run.refused('run_unknown', { type: 'task.skip', task: 'run:a.do:1.1' });
});

test('a task may be skipped where its step says so; the step is then skipped', () => {
  const run = play(sideBySide({ may: task({ skippable: true }), not: task() }));
  run.refused('task_not_skippable', { type: 'task.skip', task: run.task('work.not').id });
  const held = run.take(run.task('work.may'));
  run.do({ type: 'task.skip', task: held.task, reason: 'not needed' });
  run.refused('task_closed', { type: 'task.complete', ...held, output: null });
  assert.equal(run.step('work.may').status, 'skipped');
  assert.deepEqual(run.step('work.may').failures, [{ slot: 0, code: 'skipped', message: 'not needed' }]);
});

test('results, inputs, subjects, signals and outputs above 64 KiB become artifacts, stored once by what they hold', () => {
  const echo = (step: string) =>
    expression(({ phases }) => phases[step]?.['do']?.output ?? null, [`${step}.do`]);
  const run = play(
    sequenceOf(
      [task(), task({ input: echo('a') }), approval({ subject: echo('b') }), wait({ signal: 'go' })],
      { output: echo('d') },
    ),
  );
  run.complete(run.task('a.do'), large('a'));
  const reference = run.step('a.do').output as { $artifact: string; bytes: number };
  assert.equal(reference.bytes, INLINE_BYTES + 3);
  assert.deepEqual(run.task('b.do').input, reference);
  run.complete(run.task('b.do'), large('b'));
  assert.ok(
    run.task('c.do').approval?.subject === (run.task('c.do').input as { $artifact: string }).$artifact,
  );
  run.decide(run.task('c.do'), 'approve');
  run.do({ type: 'signal', signal: 'go', payload: large('c') });
  assert.deepEqual(run.current.output, run.step('d.do').output);
  assert.equal(run.stored.size, 3);
});

test('64 KiB exactly stay where they are; the bound is on the bytes of the canonical form', () => {
  const run = play(sideBySide({ fits: task(), not: task() }));
  run.complete(run.task('work.fits'), 'é'.repeat(INLINE_BYTES / 2 - 1));
  assert.equal(typeof run.step('work.fits').output, 'string');
  run.complete(run.task('work.not'), 'é'.repeat(INLINE_BYTES / 2));
  assert.ok('$artifact' in (run.step('work.not').output as object));
});

test('an expression that reads artifacts gets their content; what is not at hand is asked for, all of it at once', () => {
  const lengths = expression(
    ({ phases }) => (phases['a']?.['each']?.outputs ?? []).map((output) => JSON.stringify(output).length),
    ['a.each'],
  );
  const run = play(
    graphOf([
      { id: 'a', steps: { each: task({ forEach: [1, 2, 3] }) } },
      { id: 'b', needs: ['a'], steps: { do: task({ input: lengths }) } },
    ]),
  );
  for (const slot of [0, 1]) run.complete(run.task('a.each', slot), large(String(slot)));
  run.take(run.task('a.each', 2));
  run.complete(run.task('a.each', 2), 'small');
  assert.equal(run.fetched, 1, 'both were asked for in one go');
  assert.deepEqual(run.task('b.do').input, [INLINE_BYTES + 3, INLINE_BYTES + 3, 7]);
});

test('past 8 MiB of one step an expression sees the reference: it can hand the content on, and nothing grows with it', () => {
  const echo = expression(({ phases }) => phases['a']?.['do']?.output ?? null, ['a.do']);
  const run = play(sequenceOf([task(), task({ input: echo })]));
  run.complete(run.task('a.do'), 'x'.repeat(8 * 1024 * 1024));
  assert.equal(run.fetched, 0);
  assert.deepEqual(run.task('b.do').input, run.step('a.do').output);
});

test('a result that a policy leaves to people goes to whom it names, and then to whom its step names (WORK-4)', () => {
  const set = policies({ id: 'look', on: 'task.complete', effect: 'route_to_human', to: 'role:clerk' });
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(sequenceOf([task({ onFailure })]));
  run.routing = {
    boundaries: bounded({ rule: ({ point }) => (point === 'task.complete' ? rule(set, point) : null) }),
  };
  run.complete(run.task('a.do'), 1);
  for (const party of ['role:clerk', 'role:lead', 'passport_anna']) {
    assert.deepEqual(run.task('a.do').from, [party]);
    run.fail(run.task('a.do'), false, 'passport_x');
  }
});
