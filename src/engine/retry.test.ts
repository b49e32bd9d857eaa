import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  broken,
  expression,
  play,
  sequenceOf,
  task,
  wait,
  workflow,
} from '../../test/engine-kit/index.ts';

const failing = (options: Parameters<typeof task>[0]) => play(sequenceOf([task(options)]));

test('without a delay the next attempt opens in the same transition, under an id of its own (ID-1)', () => {
  const run = failing({ retry: { attempts: 2 } });
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'task.created']);
  assert.equal(run.task('a.do').id, 'run:a.do:1.2');
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'run.failed']);
  assert.equal(run.current.usage.tasks, 2);
});

test('a fixed delay is the same before each attempt', () => {
  const run = failing({ retry: { attempts: 3, backoff: 'fixed', delay: 500 } });
  for (let attempt = 1; attempt < 3; attempt += 1) {
    assert.deepEqual(run.fail(run.task('a.do')), ['task.failed']);
    assert.equal(run.verdict, 'running');
    assert.deepEqual(run.pass(499), []);
    assert.deepEqual(run.pass(1), ['slot.requeued', 'task.created']);
  }
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'run.failed']);
});

test('an exponential delay doubles, up to the longest', () => {
  const run = failing({ retry: { attempts: 5, backoff: 'exponential', delay: 1000, maxDelay: 3000 } });
  for (const delay of [1000, 2000, 3000, 3000]) {
    run.fail(run.task('a.do'));
    assert.deepEqual(
      [...run.timers.values()].map(({ due }) => due - run.now),
      [delay],
    );
    run.pass(delay);
  }
  assert.equal(run.task('a.do').attempt, 5);
});

test('a failure that the agent calls lasting is not retried (FAIL-2)', () => {
  const run = failing({ retry: { attempts: 5 }, onFailure: { then: 'another_participant' } });
  assert.deepEqual(run.fail(run.task('a.do'), false), ['task.failed', 'run.failed']);
});

test('another participant gets one more attempt, and those who failed are excluded', () => {
  const run = failing({ retry: { attempts: 2 }, onFailure: { then: 'another_participant' } });
  run.fail(run.task('a.do'), true, 'passport_x');
  assert.deepEqual(run.task('a.do').excluded, []);
  run.fail(run.task('a.do'), true, 'passport_y');
  const last = run.task('a.do');
  assert.deepEqual(last.excluded, ['passport_x', 'passport_y']);
  run.refused('participant_excluded', { type: 'task.start', task: last.id, assignee: 'passport_x' });
  run.fail(last, true, 'passport_z');
  assert.equal(run.current.status, 'failed');
});

test('who declined is no other participant: where nobody else is left, it has failed', () => {
  const run = failing({ onFailure: { then: 'another_participant' } });
  const both = ['passport_x', 'passport_y'];
  run.routing = { canBeDone: ({ excluded }) => both.some((id) => !excluded.includes(id)) };
  const { id } = run.task('a.do');
  run.do({ type: 'task.decline', task: id, participant: 'passport_x' }, actor('passport_x'));
  assert.deepEqual(run.fail(run.task('a.do'), true, 'passport_y'), ['task.failed', 'run.failed']);
});

test('finally escalate: a person gets the work with the reason, does it, and the flow goes on', () => {
  const run = play(
    sequenceOf([
      task({ input: { n: 1 }, timeout: 1000, onFailure: { finally: 'escalate', to: ['role:lead'] } }),
      task(),
    ]),
  );
  run.fail(run.task('a.do'));
  const asked = run.task('a.do');
  assert.equal(asked.kind, 'escalation');
  assert.equal(asked.layer, 'decide');
  assert.deepEqual(asked.from, ['role:lead']);
  assert.equal(asked.reason, 'broke: it broke');
  assert.deepEqual(asked.input, {
    input: { n: 1 },
    failure: { code: 'broke', message: 'it broke', step: 'a.do', slot: 0, layer: 'execute' },
  });
  assert.equal(run.verdict, 'awaiting_human');
  assert.equal(asked.deadline, null, 'the time-out was meant for the agent (OPEN-2)');
  assert.deepEqual(run.complete(asked, 'by hand', 'passport_lea'), ['task.completed', 'task.created']);
  assert.equal(run.step('a.do').output, 'by hand');
});

test('escalated work goes along its chain, then to the human who answers for the run, and then the slot has failed (FAIL-1)', () => {
  const escalating = { finally: 'escalate', to: ['role:lead', 'role:head'] } as const;
  const run = failing({ retry: { attempts: 2 }, onFailure: escalating });
  run.fail(run.task('a.do'), false);
  for (const asked of ['role:lead', 'role:head']) {
    assert.deepEqual(run.task('a.do').from, [asked]);
    assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'task.created']);
  }
  assert.deepEqual(run.task('a.do').from, ['passport_anna']);
  assert.deepEqual(run.fail(run.task('a.do')), ['task.failed', 'run.failed']);

  const skipped = failing({ onFailure: escalating });
  skipped.fail(skipped.task('a.do'));
  assert.deepEqual(skipped.do({ type: 'task.skip', task: skipped.task('a.do').id }), [
    'task.skipped',
    'run.completed',
  ]);
  assert.equal(skipped.step('a.do').status, 'skipped');
});

test('every kind of step escalates: what cannot be evaluated, waited for, run as a child or decided goes to a person', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const cannot = failing({ input: broken('no total'), onFailure });
  assert.match(cannot.task('a.do').reason ?? '', /no total/);

  const waiting = play(sequenceOf([wait({ signal: 'go', within: 1000, onFailure })]));
  assert.deepEqual(waiting.pass(1000), ['wait.failed', 'task.created']);
  assert.match(waiting.task('a.do').reason ?? '', /wait_timed_out/);

  const parent = play(sequenceOf([workflow({ onFailure })]));
  const [child] = parent.children;
  parent.endChild({ ...(child ?? assert.fail()), failure: { code: 'broke', message: 'it broke' } });
  assert.equal(parent.task('a.do').kind, 'escalation');

  const deciding = play(
    sequenceOf([approval({ within: 1000, escalate: ['role:cfo'], quorum: 2, subject: 'pay', onFailure })]),
  );
  const { subject } = deciding.task('a.do').approval ?? assert.fail();
  deciding.pass(2000);
  const again = deciding.task('a.do');
  assert.equal(again.kind, 'approval', 'an approval stays one, with its quorum and its subject');
  assert.equal(again.approval?.subject, subject);
  assert.equal(again.approval?.quorum, 2);
  assert.deepEqual(again.from, ['role:lead']);
  assert.deepEqual(deciding.pass(1000), ['task.failed', 'run.failed']);
});

test('whoever is asked about a failed child run sees what it was given', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const input = expression(({ item }) => ({ invoice: item ?? null }));
  const run = play(sequenceOf([workflow({ forEach: ['inv-1', 'inv-2'], input, onFailure })]));
  for (const child of run.children)
    run.endChild({ ...child, failure: { code: 'broke', message: 'it broke' } });
  assert.deepEqual(
    [0, 1].map((slot) => (run.task('a.do', slot).input as { input: unknown }).input),
    [{ invoice: 'inv-1' }, { invoice: 'inv-2' }],
  );
});

test('a retry that is due fires once, and not for work that has moved on (TIMER-1)', () => {
  const run = failing({ retry: { attempts: 3, backoff: 'fixed', delay: 500 } });
  run.fail(run.task('a.do'));
  const [timer] = run.timers.values();
  run.pass(500);
  run.refused('timer_spent', { type: 'timer', what: timer?.what ?? assert.fail() });
  run.fail(run.task('a.do'));
  run.refused('timer_spent', { type: 'timer', what: timer?.what ?? assert.fail() });
});
