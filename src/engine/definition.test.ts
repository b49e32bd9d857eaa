import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { play } from '../../test/engine-kit/index.ts';
import { compileDefinition, parseDefinition, type Graph } from '../definition/index.ts';

/** What people write, compiled, and run: the seam between the two folders. */
const compiled = (text: string): Graph => {
  const parsed = parseDefinition(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const result = compileDefinition(parsed.document, 'digest');
  assert.ok(result.ok, JSON.stringify(result));
  return result.graph;
};

test('the invoice procedure runs from its list of files to the booked journal', () => {
  const text = readFileSync(new URL('../definition/samples/invoices.yaml', import.meta.url), 'utf8');
  const run = play(compiled(text), { input: { invoices: ['a.xml', 'b.xml'] } });
  assert.deepEqual(
    run.open.map(({ input }) => input),
    [{ file: 'a.xml' }, { file: 'b.xml' }],
  );
  for (const slot of [0, 1]) run.complete(run.task('extract.invoice', slot), { total: slot });
  assert.deepEqual(run.task('analyse.summary').input, { invoices: [{ total: 0 }, { total: 1 }] });
  run.complete(run.task('analyse.summary'), { sum: 1 });
  run.decide(run.task('sign-off.approve'), 'reject', 'passport_maria', 'look again');
  run.complete(run.task('analyse.summary'), { sum: 2 });
  run.decide(run.task('sign-off.approve'), 'approve');
  assert.deepEqual(run.task('book.journal').input, {
    operation: 'post_journal',
    input: { sum: 2 },
    verify: true,
  });
  run.complete(run.task('book.journal'), 'J-1');
  run.complete(run.task('book.journal'), { verified: true });
  assert.equal(run.current.status, 'completed');
  assert.deepEqual(run.current.output, { summary: { sum: 2 } });
});

test('the guide to definitions pays what was approved, also where that was changed', () => {
  const guide = readFileSync(new URL('../../docs/guides/definitions.md', import.meta.url), 'utf8');
  const [, text = ''] = /```yaml definition\n([^]*?)```/.exec(guide) ?? [];
  const run = play(compiled(text), { input: { claims: [{ id: 'c-1' }] } });
  run.complete(run.task('assess.claim', 0), { amount: 120 });
  const changes = [{ amount: 90 }];
  const { id: task } = run.task('agree.pay');
  const said = { outcome: 'approve_with_changes', changes, reason: 'too much' } as const;
  run.do({ type: 'task.decide', task, subject: run.task('agree.pay').approval?.subject ?? '', ...said });
  run.complete(run.task('settle.book'), 'B-1');
  run.complete(run.task('settle.book'), true);
  assert.deepEqual([run.current.status, run.current.output], ['completed', { paid: changes }]);
});

test('phases are run by their needs, whatever their order in the text; waits take durations, moments and computed ones', () => {
  const graph = compiled(`
    id: waits
    phases:
      - { id: last, needs: [first], steps: [{ id: do, task: { input: "\${ phases.first.pause.status }" } }] }
      - id: first
        steps:
          - { id: pause, wait: { for: 30m } }
          - { id: moment, wait: { until: "2026-01-05T09:00:00+01:00" } }
          - { id: computed, wait: { for: "\${ input.minutes * 60000 }" } }
          - { id: maybe, if: "\${ input.minutes > 100 }", task: {} }
  `);
  const run = play(graph, { input: { minutes: 5 } });
  assert.deepEqual(run.pass(0), ['wait.completed'], 'the moment is now');
  assert.deepEqual(run.pass(300_000), ['wait.completed']);
  assert.deepEqual(run.pass(1_500_000), ['wait.completed', 'task.created']);
  assert.equal(run.task('last.do').input, 'completed');
});
