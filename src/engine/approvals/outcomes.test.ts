import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArtifactRef, type JsonObject } from '../../definition/json.ts';
import {
  actor,
  approval,
  expression,
  play,
  sequenceOf,
  task,
  workflow,
  type Play,
} from '../../../test/engine-kit/index.ts';
import type { CommandOf } from '../command.ts';

type Said = Omit<CommandOf<'task.decide'>, 'type' | 'task' | 'subject'> & { subject?: string };
const command = (run: Play, said: Said, step = 'b.do'): CommandOf<'task.decide'> => {
  const { id, approval: asked } = run.task(step);
  return { type: 'task.decide', task: id, subject: asked?.subject ?? '', ...said };
};
const say = (run: Play, who: string, said: Said['outcome'] | Said, step?: string): string[] =>
  run.do(command(run, typeof said === 'string' ? { outcome: said } : said, step), actor(who));
const no = (run: Play, code: string, who: string, said: Said['outcome'] | Said, step?: string): void =>
  run.refused(code, command(run, typeof said === 'string' ? { outcome: said } : said, step), actor(who));

const draft = expression(({ phases }) => phases['a']?.['do']?.output ?? null, ['a.do']);
const AMOUNT = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } } as const;
/** A task whose result is decided about, and a step that reads what was decided. */
const deciding = (
  options: Parameters<typeof approval>[0] = {},
  output: JsonObject = { amount: 10 },
): Play => {
  const decided = expression(
    ({ phases }) => (phases['b']?.['do']?.output as JsonObject)?.['subject'] ?? null,
    ['b.do'],
  );
  const run = play(
    sequenceOf([task(), approval({ subject: draft, schema: AMOUNT, ...options }), task({ input: decided })]),
  );
  run.complete(run.task('a.do'), output);
  return run;
};
const people = (run: Play, ...ids: string[]): void => {
  run.routing = { people: () => ids };
};
const resultOf = (run: Play) =>
  run.step('b.do').output as { outcome: string; digest: string; decisions: unknown[] };

const closed = (run: Play) => {
  const task = [...run.written.values()].find(({ step }) => step === 'b.do');
  assert.ok(task);
  return task;
};

test('a changed subject is what is approved, and what follows works on it', () => {
  const run = deciding();
  assert.deepEqual(say(run, 'maria', { outcome: 'approve_with_changes', changes: { amount: 7 } }), [
    'task.decided',
    'task.created',
  ]);
  assert.deepEqual(run.task('c.do').input, { amount: 7 });
  assert.equal(resultOf(run).outcome, 'approved_with_changes');
  const { changed, subject } = run.last('task.decided').decision;
  assert.equal(resultOf(run).digest, changed);
  assert.notEqual(changed, subject, 'what was shown is named too');
  const { input, approval: decided } = closed(run);
  assert.deepEqual([input, decided?.subject], [{ amount: 7 }, changed], 'what is shown is what was approved');
});

test('a changed subject is told of the task also where it or the result is an artifact', () => {
  const near = deciding();
  const changes = { amount: 7, why: 'y'.repeat(65_300) };
  say(near, 'maria', { outcome: 'approve_with_changes', changes, reason: 'r'.repeat(500) });
  assert.ok(isArtifactRef(closed(near).output), 'with its decisions it is too large');
  assert.deepEqual(closed(near).input, changes);
  const large = deciding();
  say(large, 'maria', { outcome: 'approve_with_changes', changes: { amount: 7, why: 'y'.repeat(70_000) } });
  const { input, output } = closed(large);
  assert.ok(isArtifactRef(input));
  assert.deepEqual((output as JsonObject)['subject'], input);
});

test('a changed subject is held to the schema of the subject; it is changed, and by those alone who say so', () => {
  const run = deciding();
  for (const said of [
    { outcome: 'approve_with_changes', changes: { amount: 'much' } },
    { outcome: 'approve_with_changes', changes: { amount: 10 } },
    { outcome: 'approve_with_changes' },
    { outcome: 'approve', changes: { amount: 7 } },
  ] as const)
    no(run, 'subject_invalid', 'maria', said);
});

test('what was said of the subject before it was changed counts no more, and can be said again', () => {
  const run = deciding({ quorum: 2 });
  say(run, 'maria', 'approve');
  assert.deepEqual(say(run, 'omar', { outcome: 'approve_with_changes', changes: { amount: 7 } }), [
    'task.decided',
  ]);
  assert.deepEqual(run.task('b.do').input, { amount: 7 });
  no(run, 'already_decided', 'omar', 'approve');
  no(run, 'approval_stale', 'maria', {
    outcome: 'approve',
    subject: run.last('task.decided').decision.subject,
  });
  assert.deepEqual(say(run, 'maria', 'approve'), ['task.decided', 'task.created']);
  assert.equal(resultOf(run).decisions.length, 3);
});

test('a step can let approvals of the old subject count', () => {
  const run = deciding({ quorum: 2, keeps: true });
  say(run, 'maria', 'approve');
  assert.deepEqual(say(run, 'omar', { outcome: 'approve_with_changes', changes: { amount: 7 } }), [
    'task.decided',
    'task.created',
  ]);
});

test('whoever changes a subject has a part in it from then on', () => {
  const run = play(sequenceOf([task(), approval({ subject: draft }), approval()]));
  run.complete(run.task('a.do'), 1);
  say(run, 'maria', { outcome: 'approve_with_changes', changes: 2 });
  no(run, 'separation_of_duties', 'maria', 'approve', 'c.do');
});

test('a large subject stays an artifact, and is seen as it is by what follows', () => {
  const run = deciding({ schema: null }, { amount: 1, text: 'x'.repeat(70_000) });
  say(run, 'maria', 'approve');
  assert.equal(run.stored.size, 1, 'it is kept once');
  const { input } = run.task('c.do');
  assert.deepEqual(input, run.step('a.do').output);
});

test('changes that are asked for send the work back with the feedback, as often as the step says', () => {
  const run = deciding({ onChanges: { redo: 0, max: 2, others: false } });
  no(run, 'reason_required', 'maria', 'request_changes');
  for (const round of [1, 2]) {
    assert.deepEqual(say(run, 'maria', { outcome: 'request_changes', reason: 'less' }), [
      'task.decided',
      'run.redone',
      'task.created',
    ]);
    assert.equal(run.task('a.do').reason, 'less');
    run.complete(run.task('a.do'), { amount: 10 - round });
  }
  no(run, 'changes_exhausted', 'maria', { outcome: 'request_changes', reason: 'less' });
  say(run, 'maria', 'approve');
  assert.deepEqual(run.task('c.do').input, { amount: 8 });
});

test('nobody asks for changes where the work cannot go back', () => {
  no(deciding(), 'changes_exhausted', 'maria', { outcome: 'request_changes', reason: 'less' });
});

test('what is rejected can be given to others than those who did it, and what is to be changed', () => {
  const back = { redo: 0, max: 1, others: true };
  const changed = deciding({ onChanges: back });
  say(changed, 'maria', { outcome: 'request_changes', reason: 'less' });
  assert.deepEqual(changed.task('a.do').excluded, ['passport_agent']);
  const run = deciding({ onReject: back });
  say(run, 'maria', 'reject');
  const again = run.task('a.do');
  assert.deepEqual(again.excluded, ['passport_agent']);
  run.refused(
    'participant_excluded',
    { type: 'task.start', task: again.id, assignee: 'passport_agent' },
    actor('passport_agent'),
  );
});

test('what is rejected can go to somebody above, who decides instead', () => {
  const run = deciding({ quorum: 2, onReject: { redo: null, appeal: ['role:cfo', 'role:board'] } });
  say(run, 'maria', 'approve');
  assert.deepEqual(say(run, 'omar', 'reject'), ['task.decided']);
  assert.deepEqual(run.task('b.do').from, ['role:cfo']);
  no(run, 'already_decided', 'omar', 'approve');
  say(run, 'cfo', 'reject');
  assert.deepEqual(run.task('b.do').from, ['role:board']);
  assert.deepEqual(say(run, 'chair', 'approve'), ['task.decided', 'task.created']);
});

test('when the last of those above rejects it too, it is rejected', () => {
  const run = deciding({ onReject: { redo: null, appeal: ['role:cfo'] } });
  say(run, 'omar', 'reject');
  assert.deepEqual(say(run, 'cfo', { outcome: 'reject', reason: 'no' }), ['task.decided', 'run.rejected']);
});

test('who abstains has spoken, and has not approved', () => {
  const run = deciding({ quorum: 1 });
  assert.deepEqual(say(run, 'maria', 'abstain'), ['task.decided']);
  no(run, 'already_decided', 'maria', 'approve');
  say(run, 'omar', 'approve');
  assert.equal(resultOf(run).outcome, 'approved');
});

test('when too many abstain it is as if the time were over: escalated, then expired or rejected (DECIDE-4)', () => {
  const expiring = deciding({ within: 1000, escalate: ['role:cfo'] });
  people(expiring, 'maria');
  assert.deepEqual(say(expiring, 'maria', 'abstain'), ['task.decided', 'task.escalated']);
  people(expiring, 'maria', 'cfo');
  assert.deepEqual(say(expiring, 'cfo', 'abstain'), ['task.decided', 'task.failed', 'run.failed']);
  const rejecting = deciding({ onTimeout: 'reject' });
  people(rejecting, 'maria');
  assert.deepEqual(say(rejecting, 'maria', 'abstain'), ['task.decided', 'task.failed', 'run.rejected']);
});

test('an approval that is rejected when its time is over follows the rules for rejections', () => {
  const run = deciding({ within: 1000, onTimeout: 'reject', onReject: { redo: 0, max: 1, others: false } });
  const asked = run.task('b.do');
  assert.deepEqual(run.pass(1000), ['task.failed', 'run.redone', 'task.created']);
  assert.equal(asked.approval?.status, 'rejected');
  run.complete(run.task('a.do'), { amount: 1 });
  assert.deepEqual(run.pass(1000), ['task.failed', 'run.rejected']);
});

test('all is all who may decide as it opens: those who took part in the work are not counted', () => {
  const run = play(sequenceOf([task(), approval({ quorum: 'all' })]));
  people(run, 'maria', 'omar', 'passport_agent');
  run.complete(run.task('a.do'));
  assert.equal(run.task('b.do').approval?.quorum, 2);
});

test('without veto a rejection ends it when the quorum is out of reach', () => {
  const run = deciding({ quorum: 2, veto: false });
  people(run, 'maria', 'omar', 'eve');
  assert.deepEqual(say(run, 'maria', 'reject'), ['task.decided']);
  assert.deepEqual(say(run, 'omar', { outcome: 'reject', reason: 'no' }), ['task.decided', 'run.rejected']);
});

test('a chain asks one stage after the other, by the subject', () => {
  const above = (least: number) =>
    expression(({ subject }) => (subject as { amount: number }).amount > least);
  const chain = [
    { from: ['role:manager'], quorum: 2, if: null },
    { from: ['role:cfo'], quorum: 1, if: above(100) },
    { from: ['role:board'], quorum: 1, if: above(1000) },
  ];
  const run = deciding({ chain, from: [], within: 1000 }, { amount: 500 });
  assert.deepEqual(run.task('b.do').from, ['role:manager']);
  say(run, 'maria', 'approve');
  run.pass(600);
  say(run, 'omar', 'approve');
  assert.deepEqual(run.task('b.do').from, ['role:cfo']);
  assert.equal(run.task('b.do').deadline, run.now + 1000, 'each stage has the whole time');
  no(run, 'already_decided', 'maria', 'approve');
  assert.deepEqual(say(run, 'cfo', 'approve'), ['task.decided', 'task.created']);
  assert.equal(run.timers.size, 0);
});

test('a changed subject goes through the stages that are for it; who has approved it there is not asked again', () => {
  const above = expression(({ subject }) => (subject as { amount: number }).amount > 100);
  const chain = [
    { from: ['role:manager'], quorum: 1, if: null },
    { from: ['role:cfo'], quorum: 1, if: above },
  ];
  const run = deciding({ chain, from: [] }, { amount: 500 });
  say(run, 'maria', 'approve');
  say(run, 'cfo', { outcome: 'approve_with_changes', changes: { amount: 400 } });
  assert.deepEqual(run.task('b.do').from, ['role:manager']);
  assert.deepEqual(say(run, 'maria', 'approve'), ['task.decided', 'task.created']);
  const smaller = deciding({ chain, from: [] }, { amount: 500 });
  assert.deepEqual(say(smaller, 'maria', { outcome: 'approve_with_changes', changes: { amount: 50 } }), [
    'task.decided',
    'task.created',
  ]);
});

test('a chain of which no stage is for the subject fails visibly; nothing is approved', () => {
  const run = deciding({ chain: [{ from: ['role:cfo'], quorum: 1, if: expression(() => false) }], from: [] });
  assert.equal(run.current.failure?.code, 'approval_unstaffed');
  assert.ok(!('ok' in run.current.failure));
});

test('with distinct groups no two approvals count for the same one, whatever the order', () => {
  const run = deciding({ quorum: 2, distinct: 'groups' });
  no(run, 'not_eligible', 'nobody', 'approve');
  say(run, 'maria', { outcome: 'approve', as: ['group:legal', 'group:finance'] });
  assert.deepEqual(say(run, 'omar', { outcome: 'approve', as: ['group:legal'] }), [
    'task.decided',
    'task.created',
  ]);
  const same = deciding({ quorum: 2, distinct: 'groups' });
  say(same, 'maria', { outcome: 'approve', as: ['group:legal'] });
  no(same, 'already_decided', 'omar', { outcome: 'approve', as: ['group:legal'] });
});

test('every decision needs a reason where the step says so', () => {
  const run = deciding({ reasoned: true });
  no(run, 'reason_required', 'maria', 'approve');
  say(run, 'maria', { outcome: 'approve', reason: 'checked' });
});

test('it can be decided by others than those who began, or who did a step', () => {
  const run = play(sequenceOf([approval(), task(), approval({ distinctFrom: ['initiator', 'a.do'] })]), {
    accountable: 'passport_boss',
  });
  say(run, 'maria', 'approve', 'a.do');
  run.complete(run.task('b.do'));
  for (const who of ['passport_anna', 'passport_boss', 'maria'])
    no(run, 'separation_of_duties', who, 'approve', 'c.do');
  say(run, 'omar', 'approve', 'c.do');
});

test('who answers now for an agent that did the work does not decide, whoever did then (GUARD-2)', () => {
  const run = deciding();
  run.routing = { accountable: (id) => (id === 'passport_agent' ? 'new_owner' : null) };
  no(run, 'separation_of_duties', 'new_owner', 'approve');
  say(run, 'maria', 'approve');
});

test('whose work the input is, or was done in a child run that failed, has a part in it', () => {
  const given = play(sequenceOf([approval()]), { contributors: ['passport_writer'] });
  no(given, 'separation_of_duties', 'passport_writer', 'approve', 'a.do');
  const nested = play(sequenceOf([workflow({ onFailure: { finally: 'skip' } }), approval()]));
  const [child] = nested.children;
  assert.ok(child);
  nested.endChild({ ...child, failure: { code: 'broke', message: 'x' }, contributors: ['passport_writer'] });
  no(nested, 'separation_of_duties', 'passport_writer', 'approve');
  const parent = play(sequenceOf([task(), workflow()]));
  parent.complete(parent.task('a.do'));
  const started = parent.messages.find(({ kind }) => kind === 'child.start');
  assert.deepEqual(started?.kind === 'child.start' && started.contributors, ['passport_agent']);
});

test('what somebody else has done again is none of the times that a rejection sends work back', () => {
  const run = play(sequenceOf([task(), approval({ onReject: { redo: 0, max: 1, others: false } }), task()]));
  run.complete(run.task('a.do'));
  const { id } = run.task('b.do');
  say(run, 'passport_maria', 'approve');
  run.do({ type: 'task.redo', task: id, step: 'b.do', round: 1 }, actor('passport_anna'));
  say(run, 'passport_omar', 'reject');
  assert.equal(run.current.status, 'running');
  const asked = run.events.find((event) => event.type === 'run.redone');
  assert.deepEqual([asked?.data.by, asked?.data.phase], [null, 'b']);
  run.complete(run.task('a.do'));
  say(run, 'passport_omar', 'reject');
  assert.equal(run.current.status, 'rejected');
});

test('a yes never ends an approval, though so many have gone that more are missing (DECIDE-4)', () => {
  const run = deciding({ quorum: 2, from: ['role:manager'] });
  people(run, 'maria');
  assert.deepEqual(say(run, 'maria', 'approve'), ['task.decided']);
  assert.equal(run.task('b.do').approval?.status, 'open');
  people(run, 'maria', 'omar');
  assert.deepEqual(say(run, 'omar', 'approve'), ['task.decided', 'task.created']);
});

test('but where nobody else is ever asked and too few are left, it is as if the time were over (DECIDE-4)', () => {
  const from = ['maria', 'passport_agent'];
  const over = deciding({ quorum: 2, from, onFailure: { finally: 'escalate', to: ['role:cfo'] } });
  assert.deepEqual(say(over, 'maria', 'approve'), ['task.decided', 'task.failed', 'task.created']);
  const deadlines = [
    { on: 'completion', within: { ms: 1000, working: false }, remind: [], pauses: false },
  ] as const;
  const waits = deciding({
    quorum: 2,
    from,
    deadlines: deadlines.map((one) => ({ ...one, then: 'escalate', to: ['role:cfo'] })),
  });
  assert.deepEqual(say(waits, 'maria', 'approve'), ['task.decided']);
  waits.pass(1000);
  assert.deepEqual(say(waits, 'cfo', 'approve'), ['task.decided', 'task.created']);
});

const OVER = { within: 1000, onFailure: { then: null, finally: 'escalate' as const, to: ['passport_cfo'] } };

test('where an approval goes to people by name because nobody decided in time, it takes no more of them than there are', () => {
  const run = deciding({ quorum: 2, from: ['role:manager'], ...OVER });
  run.pass(1000);
  assert.deepEqual([run.task('b.do').from, run.task('b.do').approval?.quorum], [['passport_cfo'], 1]);
  say(run, 'passport_cfo', { outcome: 'approve_with_changes', changes: { amount: 5 } });
  assert.equal(resultOf(run).outcome, 'approved_with_changes');

  const board = deciding({ quorum: 2, ...OVER, onFailure: { ...OVER.onFailure, to: ['role:board'] } });
  people(board, 'maria', 'board');
  board.pass(1000);
  assert.equal(board.task('b.do').approval?.quorum, 2, 'a role may have more');
});

test('all of a stage are all of those to whom it went because nobody decided in time; the stages after it are as they were', () => {
  const chain = [
    { from: ['role:manager'], quorum: 'all' as const, if: null },
    { from: ['role:board'], quorum: 1, if: null },
  ];
  const run = deciding({ chain, from: [], ...OVER });
  run.routing = { people: (parties) => (parties.includes('role:manager') ? ['m1', 'm2', 'm3'] : parties) };
  run.pass(1000);
  assert.equal(run.task('b.do').approval?.quorum, 1);
  say(run, 'passport_cfo', 'approve');
  assert.deepEqual(run.task('b.do').from, ['role:board']);
  say(run, 'ann', 'approve');
  assert.equal(resultOf(run).outcome, 'approved');
});
