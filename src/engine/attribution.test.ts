import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approval, play, sequenceOf, task, type Play } from '../../test/engine-kit/index.ts';

const SAYS = { accountable: 'passport_cfo' };

/** The events since the one at `from`: who did each, for whom, by which rule. */
const since = (run: Play, from: number): unknown[] =>
  run.events
    .slice(from)
    .map(({ type, by: { actor, onBehalfOf, authority } }) => [
      type,
      actor,
      onBehalfOf,
      authority.kind === 'system' ? authority.id : authority.kind,
    ]);

test('what comes of time alone is done for the human who answers for the run, as what follows from it is', () => {
  const late = play(sequenceOf([task({ timeout: 1000 })]), SAYS);
  const before = late.events.length;
  late.pass(1000);
  assert.deepEqual(since(late, before), [
    ['task.failed', 'system:humanos', 'passport_cfo', 'timer'],
    ['run.failed', 'system:humanos', 'passport_cfo', 'definition'],
  ]);
  const undecided = play(sequenceOf([approval({ within: 1000, onTimeout: 'reject' })]), SAYS);
  const asked = undecided.events.length;
  undecided.pass(1000);
  assert.deepEqual(since(undecided, asked), [
    ['task.failed', 'system:humanos', 'passport_cfo', 'definition'],
    ['run.rejected', 'system:humanos', 'passport_cfo', 'timer'],
  ]);
});

test('a run for which nobody answers has nobody named in whose name its timers act', () => {
  const run = play(sequenceOf([task({ timeout: 1000 })]), { accountable: null });
  run.pass(1000);
  assert.equal(run.events.findLast(({ type }) => type === 'task.failed')?.by.onBehalfOf, null);
});
