import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  graphOf,
  play,
  Play,
  record,
  sequenceOf,
  sideBySide,
  task,
  wait,
  workflow,
} from '../../test/engine-kit/index.ts';

/** A run that has work of every kind in every state: ready, reserved, in progress, between attempts, escalated, waiting, and done. */
const busy = (): Play => {
  const late = { attempts: 2, backoff: 'fixed', delay: 5000 } as const;
  const run = play(
    graphOf(
      [
        {
          id: 'work',
          steps: {
            done: task(),
            ready: task({ timeout: 9000 }),
            reserved: task(),
            started: task({ timeout: 9000 }),
            retrying: task({ retry: late }),
            escalated: task({ onFailure: { finally: 'escalate', to: ['role:lead'] } }),
            agree: approval({ quorum: 2, within: 9000 }),
            verify: record({ verify: true }),
            time: wait({ for: 9000 }),
            word: wait({ signal: 'go', within: 9000 }),
            child: workflow(),
            each: task({ forEach: [1, 2, 3], concurrency: 2 }),
          },
        },
        { id: 'after', needs: ['work'], steps: { do: task() } },
      ],
      { limits: { concurrency: 20, duration: 99_000 } },
    ),
  );
  run.complete(run.task('work.done'), 'kept');
  run.do({ type: 'task.claim', task: run.task('work.reserved').id, assignee: 'passport_x' });
  run.take(run.task('work.started'));
  run.fail(run.task('work.retrying'));
  run.fail(run.task('work.escalated'));
  run.decide(run.task('work.agree'), 'approve', 'passport_omar');
  run.complete(run.task('work.verify'), 'written');
  run.complete(run.task('work.each', 0), 'first');
  return run;
};

/** Brings a run to its end by doing all that is asked. */
const finish = (run: Play): void => {
  for (let round = 0; run.current.status === 'running'; round += 1) {
    assert.ok(round < 100, 'the run does not end');
    const [open] = run.open;
    const [child] = run.children;
    if (open?.kind === 'approval') run.decide(open, 'approve', `passport_${round}`);
    else if (open) run.complete(open, true, open.assignee ?? 'passport_agent');
    else if (child) run.endChild(child);
    else if (run.current.waiting['go']) run.do({ type: 'signal', signal: 'go', payload: null });
    else run.pass(9000);
  }
};

test('stop withdraws what is held and keeps what is done; resume does only what is left', () => {
  const run = busy();
  const done = run.events.filter(({ type }) => type === 'task.completed').length;
  run.do({ type: 'stop', reason: 'enough for today' });
  assert.equal(run.verdict, 'stopped');
  assert.deepEqual(run.open, []);
  assert.equal(run.step('work.done').output, 'kept');
  assert.equal(run.children.length, 1, 'the child is kept: it is told to stop');
  run.do({ type: 'resume' });
  assert.equal(run.task('work.verify').kind, 'verification');
  assert.equal(run.task('work.escalated').kind, 'escalation');
  assert.equal(
    run.task('work.agree').approval?.decisions.length,
    0,
    'an approval that was withdrawn begins anew',
  );
  finish(run);
  assert.equal(run.current.status, 'completed');
  const left = run.events.filter(({ type }) => type === 'task.completed').length - done;
  assert.equal(left, 4 + 1 + 1 + 2 + 1, 'tasks, escalation, verification, slots, after');
});

test('pause opens nothing new and takes what is finished; resume goes on', () => {
  const run = busy();
  const { id, token } = run.task('work.started');
  run.do({ type: 'pause', reason: 'a question' });
  assert.deepEqual(run.last('run.paused'), { reason: 'a question', failure: null });
  assert.equal(run.verdict, 'stopped');
  run.refused('run_status', { type: 'task.start', task: run.task('work.ready').id, assignee: 'passport_y' });
  assert.deepEqual(run.do({ type: 'task.complete', task: id, token, output: null }), ['task.completed']);
  run.complete(run.task('work.each', 1).assignee === null ? startedBefore(run) : run.task('work.each', 1));
  run.do({ type: 'resume' });
  finish(run);
  assert.equal(run.current.status, 'completed');
});

/** Nothing is given out while the run is paused. */
const startedBefore = (run: Play) => {
  run.do({ type: 'resume' });
  run.take(run.task('work.each', 1));
  run.do({ type: 'pause' });
  return run.task('work.each', 1);
};

test('cancel ends everything for good', () => {
  const run = busy();
  run.do({ type: 'cancel', reason: 'not needed' });
  assert.equal(run.current.status, 'cancelled');
  assert.equal(run.timers.size, 0);
  assert.deepEqual(run.open, []);
  assert.ok(run.messages.some((message) => message.kind === 'child.command' && message.command === 'cancel'));
  run.refused('run_status', { type: 'resume' });
});

test('a step that waits for a human holds up its own branch only', () => {
  const run = play(
    graphOf([
      { id: 'agree', steps: { do: approval() } },
      { id: 'next', needs: ['agree'], steps: { do: task() } },
      { id: 'other', steps: { one: task() } },
      { id: 'more', needs: ['other'], steps: { do: task() } },
    ]),
  );
  run.complete(run.task('other.one'));
  run.complete(run.task('more.do'));
  assert.equal(run.verdict, 'awaiting_approval');
  run.decide(run.task('agree.do'), 'approve');
  assert.deepEqual(
    run.open.map(({ step }) => step),
    ['next.do'],
  );
});

test('a run that is held begins with its approval, and ends with its rejection', () => {
  const graph = sideBySide({ do: task() }, { limits: { duration: 9000 } });
  const run = new Play(graph).begin({ hold: true });
  assert.deepEqual(run.open, []);
  assert.deepEqual(run.do({ type: 'approve', reason: 'fine' }), ['run.approved', 'task.created']);

  const no = new Play(graph).begin({ hold: true });
  assert.deepEqual(no.do({ type: 'reject', reason: 'not now' }, actor('passport_maria')), ['run.rejected']);
  assert.equal(no.current.failure?.message, 'not now');
  assert.equal(no.verdict, 'rejected');
  assert.equal(no.timers.size, 0);
});

test('who asked for it is in the record; what follows is the engine in the name of the accountable human (DRAFT-2)', () => {
  const run = new Play(sideBySide({ do: task() })).begin(
    { accountable: 'passport_cfo' },
    actor('passport_anna'),
  );
  run.do({ type: 'stop' }, actor('passport_maria'));
  const by = run.events.map((event) => [event.type, event.by.actor, event.by.onBehalfOf]);
  assert.deepEqual(by, [
    ['run.created', 'passport_anna', null],
    ['task.created', 'system:humanos', 'passport_cfo'],
    ['task.exited', 'system:humanos', 'passport_cfo'],
    ['run.stopped', 'passport_maria', null],
  ]);
  assert.deepEqual(run.events[1]?.by.authority, { kind: 'definition', id: 'job', version: '1' });
});

test('a run that had used up its limits and is stopped then says nothing of these any more', () => {
  const run = play(sequenceOf([task(), task()], { limits: { tasks: 1 } }));
  run.complete(run.task('a.do'));
  assert.equal(run.current.failure?.code, 'limit_tasks');
  run.do({ type: 'stop' });
  assert.equal(run.current.failure, null);
});
