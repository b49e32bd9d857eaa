import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  expression,
  graphOf,
  play,
  sequenceOf,
  sideBySide,
  task,
  type Play,
} from '../../test/engine-kit/index.ts';

const deciding = (options: Parameters<typeof approval>[0] = {}): Play =>
  play(sequenceOf([approval(options)]));
const command = (run: Play, step = 'a.do') => {
  const { id, approval: asked } = run.task(step);
  return { type: 'task.decide', task: id, outcome: 'approve', subject: asked?.subject ?? '' } as const;
};

test('one approval settles it by default; its result names the decision', () => {
  const run = deciding();
  assert.equal(run.verdict, 'awaiting_approval');
  assert.deepEqual(run.decide(run.task('a.do'), 'approve', 'passport_maria', 'as agreed'), [
    'task.decided',
    'run.completed',
  ]);
  const digest = run.last('task.decided').decision.subject;
  assert.deepEqual(run.step('a.do').output, {
    outcome: 'approved',
    decisions: [
      {
        participant: 'passport_maria',
        onBehalfOf: null,
        authority: { kind: 'role', id: 'role:any' },
        outcome: 'approve',
        reason: 'as agreed',
        subject: digest,
        changed: null,
        stage: 0,
        as: [],
        at: run.now,
      },
    ],
    digest,
    subject: 'the subject',
  });
});

test('a quorum takes that many people', () => {
  const run = deciding({ quorum: 2 });
  assert.deepEqual(run.decide(run.task('a.do'), 'approve', 'passport_maria'), ['task.decided']);
  run.refused('already_decided', command(run), actor('passport_maria'));
  assert.equal(run.verdict, 'awaiting_approval');
  assert.deepEqual(run.decide(run.task('a.do'), 'approve', 'passport_omar'), [
    'task.decided',
    'run.completed',
  ]);
});

test('one person is one voice, also when somebody speaks for them (DECIDE-3)', () => {
  const run = deciding({ quorum: 3 });
  run.do(command(run), actor('passport_maria', 'passport_omar'));
  for (const by of [actor('passport_omar'), actor('passport_maria'), actor('passport_eve', 'passport_omar')])
    run.refused('already_decided', command(run), by);
  run.do(command(run), actor('passport_eve'));
});

test('whoever is away is heard with whoever speaks in their place, beside the grantor of a delegation (DECIDE-3)', () => {
  const run = deciding({ quorum: 3 });
  run.do({ ...command(run), inNameOf: 'passport_ann' }, actor('passport_dan', 'passport_bob'));
  const [decision] = run.task('a.do').approval?.decisions ?? [];
  assert.deepEqual([decision?.onBehalfOf, decision?.inNameOf], ['passport_bob', 'passport_ann']);
  for (const by of ['dan', 'bob', 'ann'])
    run.refused('already_decided', command(run), actor(`passport_${by}`));
  run.refused('already_decided', { ...command(run), inNameOf: 'passport_ann' }, actor('passport_eve'));
  assert.deepEqual(run.step('a.do').doers, { passport_dan: 'passport_bob', passport_ann: null });
  run.do({ ...command(run), inNameOf: 'passport_eve' }, actor('passport_cid', 'passport_eve'));
  assert.equal(run.last('task.decided').decision.inNameOf, undefined, 'told already');
});

test('one rejection ends the run as rejected, with all that is open in it', () => {
  const run = play(
    sideBySide({ agree: approval({ quorum: 2, within: 9000 }), work: task({ timeout: 9000 }) }),
  );
  run.decide(run.task('work.agree'), 'approve', 'passport_omar');
  assert.deepEqual(run.decide(run.task('work.agree'), 'reject', 'passport_maria', 'too dear'), [
    'task.decided',
    'task.exited',
    'run.rejected',
  ]);
  assert.equal(run.verdict, 'rejected');
  assert.equal(run.current.failure?.message, 'too dear');
});

test('a decision counts only for exactly what was shown (DECIDE-1)', () => {
  const subject = expression(({ phases }) => phases['a']?.['do']?.output ?? null, ['a.do']);
  const run = play(sequenceOf([task(), approval({ subject, onReject: { redo: 0, max: 1, others: false } })]));
  run.complete(run.task('a.do'), 100);
  const old = run.task('b.do').approval?.subject ?? assert.fail();
  run.decide(run.task('b.do'), 'reject');
  run.complete(run.task('a.do'), 200);
  const { id, approval: asked } = run.task('b.do');
  assert.notEqual(asked?.subject, old);
  run.refused(
    'approval_stale',
    { type: 'task.decide', task: id, outcome: 'approve', subject: old },
    actor('passport_maria'),
  );
});

test('nobody decides about work that they, or someone they answer for, took part in (DECIDE-2)', () => {
  const run = play(sequenceOf([task(), approval()]));
  const held = run.take(run.task('a.do'), 'passport_agent');
  run.do({ type: 'task.complete', ...held, output: null }, actor('passport_agent', 'passport_owner'));
  const decide = command(run, 'b.do');
  for (const by of [
    actor('passport_owner'),
    actor('passport_agent'),
    actor('passport_maria', 'passport_owner'),
  ])
    run.refused('separation_of_duties', decide, by);
  run.do(decide, actor('passport_maria'));
});

test('a rejection sends the work back with its reason, as often as the step says, and then ends the run', () => {
  const run = play(sequenceOf([task(), approval({ onReject: { redo: 0, max: 2, others: false } })]));
  for (let round = 1; round <= 2; round += 1) {
    run.complete(run.task('a.do'));
    assert.deepEqual(run.decide(run.task('b.do'), 'reject', 'passport_maria', 'once more'), [
      'task.decided',
      'run.redone',
      'task.created',
    ]);
    const again = run.task('a.do');
    assert.equal(again.round, round + 1);
    assert.equal(again.reason, 'once more');
    assert.equal(run.step('a.do').feedback, 'once more');
  }
  run.complete(run.task('a.do'));
  run.decide(run.task('b.do'), 'reject');
  assert.equal(run.current.status, 'rejected');
});

test('a redo withdraws what is open downstream and leaves other branches alone', () => {
  const run = play(
    graphOf([
      { id: 'draft', steps: { write: task(), note: task() } },
      {
        id: 'check',
        needs: ['draft'],
        steps: {
          agree: approval({ onReject: { redo: 0, max: 1, others: false } }),
          read: task({ timeout: 9000 }),
        },
      },
      { id: 'other', steps: { work: task(), more: task() } },
    ]),
  );
  run.complete(run.task('draft.write'), 'first');
  run.complete(run.task('draft.note'));
  run.complete(run.task('other.more'), 'kept');
  const held = run.take(run.task('other.work'));
  const events = run.decide(run.task('check.agree'), 'reject');
  assert.deepEqual(events, ['task.decided', 'task.exited', 'run.redone', 'task.created', 'task.created']);
  assert.deepEqual(run.open.map(({ step }) => step).sort(), ['draft.note', 'draft.write', 'other.work']);
  assert.equal(run.step('draft.write').output, null);
  assert.equal(run.step('other.more').output, 'kept');
  run.do({ type: 'task.complete', ...held, output: null });
  assert.equal(run.timers.size, 0);
});

test('an approval whose subject is made anew is stale; one that is withdrawn for another reason is withdrawn (promise 4)', () => {
  const run = play(
    graphOf([
      { id: 'draft', steps: { write: task() } },
      {
        id: 'check',
        needs: ['draft'],
        steps: { one: approval({ onReject: { redo: 0, max: 1, others: false } }), two: approval() },
      },
      { id: 'other', steps: { agree: approval() } },
    ]),
  );
  run.complete(run.task('draft.write'));
  const [two, other] = [run.task('check.two'), run.task('other.agree')];
  run.decide(run.task('check.one'), 'reject');
  run.do({ type: 'cancel' });
  assert.equal(two.approval?.status, 'stale');
  assert.equal(other.approval?.status, 'withdrawn');
});

test('a redo that finds branches done does them again only where they depend on it', () => {
  const run = play(
    graphOf([
      { id: 'one', steps: { do: task() } },
      { id: 'two', steps: { do: task() } },
      {
        id: 'agree',
        needs: ['one', 'two'],
        steps: { do: approval({ onReject: { redo: 1, max: 1, others: false } }) },
      },
    ]),
  );
  run.complete(run.task('one.do'), 'kept');
  run.complete(run.task('two.do'));
  run.decide(run.task('agree.do'), 'reject');
  assert.deepEqual(
    run.open.map(({ step }) => step),
    ['two.do'],
  );
  assert.equal(run.step('one.do').output, 'kept');
});

test('an approval that waits too long is shown to the next in line, hop by hop, and then expires', () => {
  const run = deciding({ within: 1000, escalate: ['role:cfo', 'role:board'] });
  assert.deepEqual(run.pass(1000), ['task.escalated']);
  assert.deepEqual(run.task('a.do').from, ['role:manager', 'role:cfo']);
  assert.deepEqual(run.pass(1000), ['task.escalated']);
  assert.deepEqual(run.task('a.do').from, ['role:manager', 'role:cfo', 'role:board']);
  assert.deepEqual(run.pass(1000), ['task.failed', 'run.failed']);
  assert.equal(run.current.failure?.code, 'approval_expired');
});

test('whoever is asked already and comes next in line is asked once, and has more time', () => {
  const run = deciding({ within: 1000, escalate: ['role:manager', 'role:cfo'] });
  assert.deepEqual(run.pass(1000), ['task.escalated']);
  assert.deepEqual(run.task('a.do').from, ['role:manager']);
  assert.deepEqual(run.pass(1000), ['task.escalated']);
  assert.deepEqual(run.task('a.do').from, ['role:manager', 'role:cfo']);
});

test('a decision after an escalation stops the clock', () => {
  const run = deciding({ within: 1000, escalate: ['role:cfo'] });
  run.pass(1000);
  run.decide(run.task('a.do'), 'approve');
  assert.equal(run.timers.size, 0);
});

test('the timer of an earlier hop says nothing about a later one (ID-2)', () => {
  const run = deciding({ within: 1000, escalate: ['role:cfo', 'role:board'] });
  const [first] = run.timers.values();
  run.pass(1000);
  assert.ok(first && !run.timers.has(first.id));
  run.do({ type: 'timer', what: first.what });
  assert.deepEqual(run.task('a.do').from, ['role:manager', 'role:cfo']);
});

test('an expired approval is retried by nobody, and is skipped only where its step says so', () => {
  const run = deciding({ within: 1000, retry: { attempts: 3 }, onFailure: { finally: 'skip' } });
  assert.deepEqual(run.pass(1000), ['task.failed', 'run.completed']);
  assert.equal(run.step('a.do').status, 'skipped');
});

test('an approval is decided, not held, skipped or completed; a task is not decided', () => {
  const run = play(sideBySide({ agree: approval(), work: task() }));
  const { id } = run.task('work.agree');
  for (const type of ['task.claim', 'task.start'] as const)
    run.refused('task_kind', { type, task: id, assignee: 'passport_maria' });
  run.refused('task_status', { type: 'task.complete', task: id, token: 0, output: null });
  run.refused('task_not_skippable', { type: 'task.skip', task: id });
  run.refused('task_kind', {
    type: 'task.decide',
    task: run.task('work.work').id,
    outcome: 'approve',
    subject: '',
  });
});

test('decisions are taken while the run is paused; what follows from them waits', () => {
  const run = play(sequenceOf([approval(), task()]));
  run.do({ type: 'pause' });
  assert.deepEqual(run.decide(run.task('a.do'), 'approve'), ['task.decided']);
  assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'task.created']);
});

test('a rejection while the run is paused sends the work back, which begins with the resume', () => {
  const run = play(sequenceOf([task(), approval({ onReject: { redo: 0, max: 1, others: false } })]));
  run.complete(run.task('a.do'));
  run.do({ type: 'pause' });
  assert.deepEqual(run.decide(run.task('b.do'), 'reject'), ['task.decided', 'run.redone']);
  assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'task.created']);
  assert.equal(run.task('a.do').round, 2);
});

test('approving never adds an approval by itself (promise 7)', () => {
  const run = play(sequenceOf([approval({ quorum: 2 }), approval()]));
  run.decide(run.task('a.do'), 'approve', 'passport_maria');
  assert.equal(run.current.open.approvals, 1);
  run.decide(run.task('a.do'), 'approve', 'passport_omar');
  assert.equal(run.current.open.approvals, 1);
});
