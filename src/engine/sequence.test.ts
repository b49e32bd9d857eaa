import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expression, play, sequenceOf, task } from '../../test/engine-kit/index.ts';

test('a step costs three events: created, started, completed; the end of one opens the next (RUN-4)', () => {
  const run = play(sequenceOf([task(), task()]));
  assert.deepEqual(
    run.events.map(({ type }) => type),
    ['run.created', 'task.created'],
  );
  assert.deepEqual(run.do({ type: 'task.start', task: run.task('a.do').id, assignee: 'passport_agent' }), [
    'task.started',
  ]);
  assert.deepEqual(run.complete(run.task('a.do')), ['task.completed', 'task.created']);
  assert.deepEqual(run.complete(run.task('b.do')), ['task.completed', 'run.completed']);
  assert.equal(run.current.status, 'completed');
  assert.equal(run.verdict, 'ok');
});

test('a later step reads what an earlier one gave, and the run gives its output', () => {
  const graph = sequenceOf(
    [
      task({ input: expression(({ input }) => input) }),
      task({
        input: expression(({ phases }) => ({ before: phases['a']?.['do']?.output ?? null }), ['a.do']),
      }),
    ],
    { output: expression(({ phases }) => phases['b']?.['do']?.output ?? null, ['b.do']) },
  );
  const run = play(graph, { input: { n: 1 } });
  assert.deepEqual(run.task('a.do').input, { n: 1 });
  run.complete(run.task('a.do'), 'first');
  assert.deepEqual(run.task('b.do').input, { before: 'first' });
  run.complete(run.task('b.do'), 'second');
  assert.equal(run.current.output, 'second');
});
