import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadlineNode } from '../definition/graph.ts';
import { USUAL_RULES } from '../definition/task-rules.ts';
import {
  actor,
  approval,
  expression,
  MONDAY,
  play,
  sequenceOf,
  sideBySide,
  task,
  wait,
  type Play,
} from '../../test/engine-kit/index.ts';

const deadline = (options: Partial<DeadlineNode>): DeadlineNode => ({
  on: 'completion',
  within: { ms: 1000, working: false },
  remind: [],
  then: 'notify',
  to: ['role:lead'],
  pauses: false,
  ...options,
});
const timed = (...deadlines: Partial<DeadlineNode>[]): Play =>
  play(sequenceOf([task({ by: 'human', deadlines: deadlines.map(deadline) })]), {
    accountable: 'passport_boss',
  });
const decided = (...deadlines: Partial<DeadlineNode>[]): Play =>
  play(sequenceOf([approval({ deadlines: deadlines.map(deadline) })]));

test('a deadline that passes tells whom it names, once; the task stays as it is', () => {
  const run = timed({});
  assert.deepEqual(run.pass(999), []);
  assert.deepEqual(run.pass(1), ['task.overdue']);
  assert.deepEqual(run.last('task.overdue').to, ['role:lead']);
  assert.equal(run.task('a.do').status, 'ready');
  assert.deepEqual(run.pass(100_000), []);
});

test('a deadline on the start is kept by beginning, not by claiming (HT-D1)', () => {
  const run = timed({ on: 'start' });
  const { id } = run.task('a.do');
  run.do({ type: 'task.claim', task: id, assignee: 'maria' }, actor('maria'));
  assert.equal(run.timers.size, 1);
  run.do({ type: 'task.start', task: id, assignee: 'maria' }, actor('maria'));
  assert.equal(run.timers.size, 0, 'DEAD-1');
  const late = timed({ on: 'start' });
  assert.deepEqual(late.pass(1000), ['task.overdue']);
});

test('a deadline on the completion is kept by any end (HT-D2)', () => {
  for (const end of [
    (run: Play) => run.complete(run.task('a.do')),
    (run: Play) => run.do({ type: 'cancel' }),
  ]) {
    const run = timed({ remind: [500] });
    end(run);
    assert.equal(run.timers.size, 0);
  }
  const begun = timed({});
  begun.take(begun.task('a.do'));
  assert.deepEqual(begun.pass(1000), ['task.overdue']);
});

test('reminders come before, each once, to whoever has it then', () => {
  const run = timed({ remind: [200, 600, 5000] });
  assert.deepEqual(
    run.task('a.do').deadlines[0]?.remind.map((at) => at - run.now),
    [400, 800],
  );
  assert.deepEqual(run.pass(400), ['task.reminded']);
  assert.deepEqual(run.last('task.reminded').to, []);
  run.take(run.task('a.do'), 'maria');
  assert.deepEqual(run.pass(10_000), ['task.reminded', 'task.overdue']);
  assert.deepEqual(run.last('task.reminded').to, ['maria']);
});

test('who was reassigned has it, and who had it has lost it', () => {
  const run = timed({ then: 'reassign', to: ['role:lead'] });
  const held = run.take(run.task('a.do'), 'maria');
  assert.deepEqual(run.pass(1000), ['task.overdue', 'task.reassigned', 'task.offered']);
  const now = run.task('a.do');
  assert.deepEqual(
    [now.status, now.assignee, now.from, now.excluded],
    ['ready', null, ['role:lead'], ['maria']],
  );
  run.refused('task_status', { type: 'task.complete', ...held, output: 1 }, actor('maria'));
  run.refused(
    'participant_excluded',
    { type: 'task.start', task: now.id, assignee: 'maria' },
    actor('maria'),
  );
  run.take(now, 'lea');
  run.refused('stale_token', { type: 'task.complete', ...held, output: 1 }, actor('maria'));
});

test('one person to whom it is reassigned has it reserved (HT-D4)', () => {
  const run = timed({ then: 'reassign', to: ['passport_lea'] });
  assert.deepEqual(run.pass(1000), ['task.overdue', 'task.reassigned', 'task.reserved']);
  assert.equal(run.task('a.do').assignee, 'passport_lea');
  const again = timed({ then: 'reassign', to: ['passport_lea'] });
  again.take(again.task('a.do'), 'passport_lea');
  again.do({ type: 'pause' });
  const held = ['task.overdue', 'task.reassigned', 'task.held'];
  assert.deepEqual(again.pass(1000), held, 'a paused run gives out nothing');
  assert.deepEqual(again.task('a.do').excluded, []);
});

test('why it is offered to others stands with it', () => {
  const run = timed({ then: 'reassign', to: ['role:lead'] });
  const explanation = { why: 'role:lead' };
  run.routing = { route: () => ({ placement: { kind: 'offered', to: null }, explanation }) };
  run.pass(1000);
  assert.equal(run.task('a.do').routed, run.current.sequence);
});

test('it is escalated to one after the other, each with the same time; the last keeps it', () => {
  const run = timed({ then: 'escalate', to: ['role:lead', 'manager_of:holder', 'manager_of:initiator'] });
  run.pass(1000);
  assert.deepEqual(run.task('a.do').from, ['role:lead']);
  run.take(run.task('a.do'), 'lea');
  run.pass(1000);
  assert.deepEqual(run.task('a.do').from, ['manager_of:lea']);
  run.pass(1000);
  assert.deepEqual(run.task('a.do').from, ['manager_of:passport_anna']);
  assert.deepEqual(run.pass(100_000), []);
  assert.equal(run.events.filter(({ type }) => type === 'task.overdue').length, 3);
});

test('a name that means nobody gives it to the human who answers for the run', () => {
  const run = timed({ then: 'escalate', to: ['manager_of:holder'] });
  run.pass(1000);
  assert.deepEqual(run.task('a.do').from, ['passport_boss']);
  const told = timed({ to: ['manager_of:holder'] });
  told.pass(1000);
  assert.deepEqual(told.last('task.overdue').to, [], 'where it is only told, nobody is');
});

test('a task that expires fails, and the rules for failures follow', () => {
  const run = timed({ then: 'expire', to: [] });
  assert.deepEqual(run.pass(1000), ['task.overdue', 'task.failed', 'run.failed']);
  assert.equal(run.current.failure?.code, 'timed_out');
});

test('an approval is escalated to more deciders, rejected or expired; it is never approved', () => {
  const escalated = decided({ then: 'escalate', to: ['role:cfo', 'role:board'] });
  escalated.pass(2000);
  assert.deepEqual(escalated.task('a.do').from, ['role:manager', 'role:cfo', 'role:board']);
  escalated.decide(escalated.task('a.do'), 'approve');
  assert.equal(escalated.current.status, 'completed');
  const rejected = decided({ then: 'reject', to: [] });
  assert.deepEqual(rejected.pass(1000), ['task.overdue', 'task.failed', 'run.rejected']);
  const expired = decided({ then: 'expire', to: [] });
  expired.pass(1000);
  assert.equal(expired.current.failure?.code, 'approval_expired');
  const passed = decided({ then: 'reassign', to: ['role:cfo'] });
  passed.pass(1000);
  assert.deepEqual(passed.task('a.do').from, ['role:cfo']);
});

test('of those to whom an approval is reassigned no more are asked for than can answer, and one at least', () => {
  const asking = (quorum: number, ...to: string[]): Play =>
    play(
      sequenceOf([approval({ quorum, from: ['role:m'], deadlines: [deadline({ then: 'reassign', to })] })]),
    );
  const quorum = (run: Play): number => run.task('a.do').approval?.quorum ?? assert.fail();
  const one = asking(2, 'passport_cfo');
  one.pass(1000);
  assert.equal(quorum(one), 1);
  one.decide(one.task('a.do'), 'approve', 'passport_cfo');
  assert.equal(one.current.status, 'completed');
  const second = asking(3, 'passport_cfo');
  second.decide(second.task('a.do'), 'approve', 'm1');
  second.pass(1000);
  assert.equal(quorum(second), 2);
  second.decide(second.task('a.do'), 'approve', 'passport_cfo');
  assert.equal(second.current.status, 'completed');
  const spoken = asking(3, 'passport_cfo', 'passport_ceo');
  spoken.decide(spoken.task('a.do'), 'approve', 'passport_cfo');
  spoken.pass(1000);
  assert.equal(quorum(spoken), 2, 'who has spoken is not asked again');
  const alone = asking(2, 'passport_cfo');
  alone.decide(alone.task('a.do'), 'approve', 'passport_cfo');
  alone.pass(1000);
  assert.equal(alone.current.failure?.code, 'approval_expired', 'no deadline approves');
  const role = asking(2, 'role:cfo');
  role.pass(1000);
  assert.equal(quorum(role), 2);
  assert.equal('quorum' in role.last('task.reassigned'), false);
});

/** An approval that goes to the CFO after a second. */
const toCfo = (options: Parameters<typeof approval>[0], ...then: Partial<DeadlineNode>[]): Play =>
  play(
    sequenceOf([
      approval({
        quorum: 2,
        deadlines: [{ then: 'reassign', to: ['passport_cfo'] } as const, ...then].map(deadline),
        ...options,
      }),
    ]),
  );

test('when a role is asked after one person, it takes as many as the step asks for again (TERMS-2)', () => {
  const later = { within: { ms: 2000, working: false }, to: ['role:board'] };
  for (const run of [
    toCfo({}, { ...later, then: 'reassign' }),
    toCfo({}, { ...later, then: 'escalate' }),
    toCfo({ within: 2000, escalate: ['role:board'] }),
  ]) {
    run.pass(1000);
    assert.equal(run.task('a.do').approval?.quorum, 1);
    run.pass(1000);
    run.decide(run.task('a.do'), 'approve', 'board1');
    assert.equal(run.current.status, 'running');
    run.decide(run.task('a.do'), 'approve', 'board2');
    assert.equal(run.current.status, 'completed');
  }
});

test('all are all of those to whom it is reassigned, beside who has approved; of more who are asked, as many as before', () => {
  const asking = (then: 'reassign' | 'escalate', others: readonly string[]): Play => {
    const deadlines = [deadline({ then, to: ['role:y'] })];
    const run = play(
      sequenceOf([wait({ signal: 'go' }), approval({ quorum: 'all', from: ['role:x'], deadlines })]),
    );
    run.routing = { people: ([party]) => (party === 'role:x' ? ['x1', 'x2', 'x3'] : others) };
    run.do({ type: 'signal', signal: 'go', payload: null });
    run.decide(run.task('b.do'), 'approve', 'x1');
    run.pass(1000);
    return run;
  };
  assert.equal(asking('escalate', ['y1']).task('b.do').approval?.quorum, 3);
  for (const others of [['y1'], ['y1', 'y2', 'y3']]) {
    const run = asking('reassign', others);
    for (const who of others) {
      assert.equal(run.current.status, 'running');
      run.decide(run.task('b.do'), 'approve', who);
    }
    assert.equal(run.current.status, 'completed');
  }
});

test('what those approve with changes to whom it was reassigned can end, also where others had approved before', () => {
  for (const before of [[], ['m1']]) {
    const run = toCfo({});
    for (const who of before) run.decide(run.task('a.do'), 'approve', who);
    run.pass(1000);
    const { id, approval: asked } = run.task('a.do');
    const said = { outcome: 'approve_with_changes', changes: 'less', subject: asked?.subject ?? '' } as const;
    run.do({ type: 'task.decide', task: id, ...said }, actor('passport_cfo'));
    assert.equal(run.current.status, 'completed');
  }
});

test('a suspended task is on the clock (HT-D3), unless its step says otherwise', () => {
  const running = timed({});
  const { token, id } = running.task('a.do');
  running.do({ type: 'task.suspend', task: id, token });
  assert.deepEqual(running.pass(1000), ['task.overdue']);
  const pausing = timed({ pauses: true, remind: [300] });
  pausing.pass(500);
  pausing.suspendFor('a.do', 5000);
  assert.deepEqual(pausing.pass(199), []);
  assert.deepEqual(pausing.pass(1), ['task.reminded']);
  assert.deepEqual(pausing.pass(300), ['task.overdue']);
});

test('a suspended task that is reassigned is taken up by others', () => {
  const run = timed({ then: 'reassign', to: ['role:lead'] });
  const held = run.take(run.task('a.do'), 'maria');
  run.do({ type: 'task.suspend', ...held, until: run.now + 5000 }, actor('maria'));
  run.pass(1000);
  assert.equal(run.task('a.do').status, 'ready');
  assert.equal(run.timers.size, 0);
});

test('an approval that is suspended goes on at its time, whoever is asked meanwhile', () => {
  const escalated = play(sequenceOf([approval({ within: 1000, escalate: ['role:cfo'] })]));
  const reassigned = decided({ then: 'reassign', to: ['role:cfo'] });
  for (const run of [escalated, reassigned]) {
    const { id, token } = run.task('a.do');
    run.do({ type: 'task.suspend', task: id, token, until: run.now + 1500 });
    assert.ok(run.pass(1000).length > 0);
    assert.equal(run.task('a.do').status, 'suspended');
    assert.ok(run.pass(500).includes('task.resumed'));
  }
});

test('working time is that of whoever it is for', () => {
  const run = play(
    sequenceOf([
      task(),
      task({
        by: 'human',
        from: ['passport_lea'],
        deadlines: [deadline({ within: { ms: 60_000, working: true } })],
      }),
    ]),
  );
  const asked: unknown[] = [];
  run.routing = {
    afterWork: (from, ms, who) => {
      if (!asked.includes(who)) asked.push(who);
      return from + ms * 3;
    },
  };
  run.complete(run.task('a.do'));
  assert.deepEqual(asked, ['passport_lea']);
  assert.equal(run.task('b.do').deadlines[0]?.due, run.now + 180_000);
});

test('each attempt and each slot has its own deadlines', () => {
  const run = play(
    sequenceOf([task({ by: 'human', forEach: [1, 2], retry: { attempts: 2 }, deadlines: [deadline({})] })]),
  );
  run.pass(600);
  run.fail(run.task('a.do', 0));
  assert.deepEqual(run.pass(400), ['task.overdue']);
  assert.equal(run.last('task.overdue').task, run.task('a.do', 1).id);
  assert.deepEqual(run.pass(600), ['task.overdue']);
});

test('what undoes work is given to others in time as any work is, also while the run closes', () => {
  const compensate = task({
    by: 'human',
    deadlines: [deadline({ then: 'reassign', to: ['passport_lea'] })],
  });
  const run = play(sequenceOf([task({ compensate }), task()]));
  run.complete(run.task('a.do'));
  run.fail(run.task('b.do'), false);
  assert.equal(run.current.status, 'closing');
  assert.deepEqual(run.pass(1000), ['task.overdue', 'task.reassigned', 'task.reserved']);
});

test('what waits for its time is active with whoever it is given to before that, and is not taken from them then', () => {
  const activateAt = expression(() => MONDAY + 5000);
  const held = { by: 'human', activateAt, deadlines: [deadline({ on: 'start', then: 'reassign' })] } as const;
  const run = play(sequenceOf([task(held)]));
  run.pass(1000);
  run.take(run.task('a.do'), 'lea');
  assert.deepEqual(run.pass(5000), []);
  assert.deepEqual([run.task('a.do').status, run.task('a.do').assignee], ['in_progress', 'lea']);
});

test('what waits for somebody to activate it does not wait for that when it has been given to others', () => {
  const rules = { ...USUAL_RULES, activation: 'manual' } as const;
  const run = play(sequenceOf([task({ by: 'human', rules, deadlines: [deadline({ then: 'reassign' })] })]));
  run.routing = { route: () => ({ placement: { kind: 'held' }, explanation: null }) };
  run.pass(1000);
  run.routing = {};
  const { id } = run.task('a.do');
  run.do({ type: 'task.route', task: id, reason: 'somebody is there' });
  run.take(run.task('a.do'), 'lea');
});

test('a clock that stands still while a task is suspended goes on when it is given to others (DEAD-3)', () => {
  const run = timed(
    { pauses: true, within: { ms: 5000, working: false }, then: 'expire', to: [] },
    { then: 'escalate' },
  );
  run.pass(400);
  const { id, token } = run.task('a.do');
  run.do({ type: 'task.suspend', task: id, token });
  assert.ok(run.pass(600).includes('task.reassigned'));
  assert.deepEqual(run.pass(4599), []);
  assert.deepEqual(run.pass(1), ['task.overdue', 'task.failed', 'run.failed']);
});

test('what nobody could take because the run is paused does not expire: it has the whole time again', () => {
  const run = play(
    sideBySide({
      free: task({ by: 'human', deadlines: [deadline({ then: 'expire', to: [] })] }),
      taken: task({ by: 'human', deadlines: [deadline({ then: 'expire', to: [] })] }),
      asked: approval({ deadlines: [deadline({ then: 'expire', to: [] })] }),
    }),
  );
  run.take(run.task('work.taken'), 'lea');
  run.do({ type: 'pause' });
  assert.deepEqual(
    run
      .pass(1000)
      .filter((type) => type !== 'task.overdue')
      .toSorted(),
    ['task.exited', 'task.failed', 'task.failed'],
  );
  assert.equal(run.step('work.free').failed, 0);
  run.do({ type: 'resume' });
  assert.equal(run.task('work.free').deadlines[0]?.due, run.now + 1000);
});

test('what comes to a person because it failed has none of the deadlines of its step', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(sequenceOf([task({ deadlines: [deadline({})], onFailure })]));
  run.fail(run.task('a.do'), false);
  assert.deepEqual(run.pass(1000), []);
});
