import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../definition/json.ts';
import {
  actor,
  approval,
  expression,
  graphOf,
  play,
  record,
  sequenceOf,
  task,
  type Play,
} from '../../../test/engine-kit/index.ts';
import { boundedByPolicies } from '../../../test/histories/policies.ts';
import type { CommandOf } from '../command.ts';

type Said = Pick<CommandOf<'task.decide'>, 'outcome' | 'changes'>;
const say = (run: Play, who: string, said: Said): void => {
  const { id, approval: asked } = run.task('b.do');
  run.do({ type: 'task.decide', task: id, subject: asked?.subject ?? '', ...said }, actor(who));
};

const draft = expression(({ phases }) => phases['a']?.['do']?.output ?? null, ['a.do']);

const writing = (
  approvedBy: string,
  input = expression(
    ({ phases }) => (phases['b']?.['do']?.output as JsonObject)?.['subject'] ?? null,
    ['b.do'],
  ),
) => [task(), approval({ subject: draft }), record({ approvedBy, input, retry: { attempts: 2 } })] as const;

test('a record writes exactly what was approved, or nothing (USE-1)', () => {
  const right = play(sequenceOf(writing('b.do')));
  right.complete(right.task('a.do'), 5);
  say(right, 'maria', { outcome: 'approve_with_changes', changes: 4 });
  assert.deepEqual((right.task('c.do').input as JsonObject)['input'], 4);
  const wrong = play(sequenceOf(writing('b.do', draft)));
  wrong.complete(wrong.task('a.do'), 5);
  say(wrong, 'maria', { outcome: 'approve_with_changes', changes: 4 });
  assert.equal(wrong.current.failure?.code, 'approval_stale');
});

test('an approval that failed and was skipped approves nothing; one that its condition leaves out is not needed', () => {
  const steps = (options: Parameters<typeof approval>[0]) => [
    task(),
    approval({ subject: draft, ...options }),
    record({ approvedBy: 'b.do', input: draft }),
  ];
  const expired = play(sequenceOf(steps({ within: 1000, onFailure: { finally: 'skip' } })));
  expired.complete(expired.task('a.do'), 5);
  expired.pass(1000);
  assert.equal(expired.current.failure?.code, 'approval_stale');
  const small = play(sequenceOf(steps({ if: false })));
  small.complete(small.task('a.do'), 5);
  assert.equal(small.task('c.do').kind, 'record');
});

test('an approval is not used up by a write that fails, and approving does not do finished work again (USE-2)', () => {
  const run = play(sequenceOf(writing('b.do')));
  run.complete(run.task('a.do'), 5);
  say(run, 'maria', { outcome: 'approve' });
  run.fail(run.task('c.do'), true, 'erp');
  assert.deepEqual((run.task('c.do').input as JsonObject)['input'], 5);
  run.complete(run.task('c.do'), 'posted', 'erp');
  assert.equal(run.current.status, 'completed');
  assert.equal(run.events.filter(({ type }) => type === 'task.decided').length, 1);
});

/** On what each act of a write rests. */
const restsOf = (run: Play, id: string): (readonly [string, string, string])[] =>
  run.events.flatMap(({ type, by: { authority }, data }) =>
    'task' in data && data.task === id ? [[type, authority.kind, authority.id] as const] : [],
  );

test('what is written names the approval that it rests on, every time it is written (USE-3)', () => {
  const run = play(sequenceOf(writing('b.do')));
  run.complete(run.task('a.do'), 5);
  const { id: approvalId, approval: asked } = run.task('b.do');
  say(run, 'maria', { outcome: 'approve' });
  const first = run.task('c.do');
  run.fail(first, true, 'erp');
  const second = run.task('c.do');
  run.complete(second, 'posted', 'erp');
  const rests = (type: string): readonly [string, string, string] => [type, 'approval', approvalId];
  assert.deepEqual(restsOf(run, first.id).slice(0, 2), [rests('task.created'), rests('task.started')]);
  assert.deepEqual(restsOf(run, second.id), [
    rests('task.created'),
    rests('task.started'),
    rests('task.completed'),
  ]);
  assert.equal(run.last('task.completed').output, 'posted');
  const versions = run.events.flatMap(({ by: { authority } }) =>
    authority.kind === 'approval' ? [authority.version] : [],
  );
  assert.deepEqual([...new Set(versions)], [asked?.subject], 'and its digest');
});

test('whoever writes for somebody else names the delegation with its chain; what needed no approval names none', () => {
  const run = play(sequenceOf(writing('b.do')));
  run.complete(run.task('a.do'), 5);
  say(run, 'maria', { outcome: 'approve' });
  const { task: id, token } = run.take(run.task('c.do'), 'erp');
  const link = { delegation: 'd', from: 'erp', to: 'other', accountable: null };
  const authority = { kind: 'delegation', id: 'd', version: '1', chain: [link] } as const;
  run.do(
    { type: 'task.complete', task: id, token, output: 'posted' },
    { actor: 'erp', onBehalfOf: null, authority },
  );
  assert.deepEqual(restsOf(run, id).at(-1), ['task.completed', 'delegation', 'd']);
  const small = play(
    sequenceOf([
      task(),
      approval({ subject: draft, if: false }),
      record({ approvedBy: 'b.do', input: draft }),
    ]),
  );
  small.complete(small.task('a.do'), 5);
  assert.deepEqual(restsOf(small, small.task('c.do').id)[0]?.[1], 'definition');
});

test('each item of a list is written as it was approved itself', () => {
  const item = expression(({ item: one }) => one ?? null);
  const run = play(
    graphOf([
      { id: 'b', steps: { do: approval({ forEach: [1, 2], subject: item }) } },
      {
        id: 'c',
        needs: ['b'],
        steps: {
          do: record({ forEach: [1, 3], input: item, approvedBy: 'b.do', onFailure: { finally: 'skip' } }),
        },
      },
    ]),
  );
  for (const slot of [0, 1]) run.decide(run.task('b.do', slot), 'approve');
  assert.deepEqual(
    run.open.map(({ slot }) => slot),
    [0],
  );
});

test('all items of a list are written on the one approval of what is written', () => {
  const all = record({ forEach: [1, 2], input: draft, approvedBy: 'b.do' });
  const run = play(sequenceOf([task(), approval({ subject: draft }), all]));
  run.complete(run.task('a.do'), 5);
  run.decide(run.task('b.do'), 'approve');
  assert.deepEqual(
    run.open.map(({ slot }) => slot),
    [0, 1],
  );
});

test('a write that a policy wants approved, and a call, name who agreed to exactly that', () => {
  const { events } = boundedByPolicies();
  const agreed = events.findLast(({ type }) => type === 'write.decided');
  const written = events.findLast(({ type }) => type === 'task.created');
  const used = events.find(({ type }) => type === 'tool.used');
  const called = events.find(({ type }) => type === 'tool.decided');
  assert.ok(agreed?.type === 'write.decided' && called?.type === 'tool.decided');
  assert.deepEqual(
    [written, used].map((event) => [event?.by.authority.kind, event?.by.authority.id]),
    [agreed, called].map(({ data }) => ['approval', data.task]),
  );
});
