import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approval,
  expression,
  MONDAY,
  play,
  sequenceOf,
  task,
  type Play,
} from '../../test/engine-kit/index.ts';
import { USUAL_RULES } from '../definition/task-rules.ts';

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

test('what begins with the word of somebody, or goes on with time, does so as the definition says', () => {
  const engine = ['system:humanos', 'passport_cfo', 'definition'];
  const rules = { ...USUAL_RULES, commence: 'allocation' } as const;
  const passed = play(sequenceOf([task({ by: 'human', rules })]), SAYS);
  const { id, token } = passed.task('a.do');
  const before = passed.events.length;
  passed.do({ type: 'task.delegate', task: id, token, to: 'passport_lea' });
  assert.deepEqual(since(passed, before), [
    ['task.delegated', 'passport_anna', null, 'role'],
    ['task.started', ...engine],
  ]);
  const waiting = play(sequenceOf([task({ activateAt: expression(() => MONDAY + 1000) })]), SAYS);
  const first = waiting.events.length;
  waiting.pass(1000);
  assert.deepEqual(since(waiting, first)[0], ['task.activated', ...engine]);
  const { id: found, token: now } = waiting.task('a.do');
  waiting.do({ type: 'task.suspend', task: found, token: now, until: waiting.now + 1000 });
  const second = waiting.events.length;
  waiting.pass(1000);
  assert.deepEqual(since(waiting, second)[0], ['task.resumed', ...engine]);
});
