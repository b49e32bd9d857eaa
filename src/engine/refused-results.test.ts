import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../definition/json.ts';
import {
  actor,
  expression,
  graphOf,
  Play,
  record,
  sideBySide,
  task,
  wait,
} from '../../test/engine-kit/index.ts';
import { asking } from '../../test/policy-kit/boundaries.ts';
import { INLINE_BYTES } from './index.ts';

type Options = Parameters<typeof task>[0];
const PAID = { payment: 7 };
const RESULTS = asking(['task.complete'], {}, ['work.pay', 'work.other']);
const ESCALATE = { finally: 'escalate', to: ['role:lead', 'role:boss'] } as const;

/** What it undoes, as an expression reads it. */
const output = expression(({ phases }) => phases['work']?.['pay']?.output ?? null, ['work.pay']);
const BACK = task({ input: output });

const begun = (
  steps: Parameters<typeof sideBySide>[0],
  limits: { readonly concurrency?: number } = {},
  boundaries = RESULTS,
): Play => {
  const run = new Play(sideBySide(steps, { limits }));
  run.routing = { boundaries };
  return run.begin();
};
/** Somebody has paid, and whether that counts is asked. */
const paid = (options: Options = {}, others: Parameters<typeof sideBySide>[0] = {}, room = 8): Play => {
  const run = begun({ pay: task({ compensate: BACK, ...options }), ...others }, { concurrency: room });
  run.complete(run.task('work.pay'), PAID);
  return run;
};
const say = (run: Play, outcome: 'approve' | 'reject' | 'abstain', decider = 'passport_max'): void => {
  const { id, approval } = run.task('work.pay');
  const subject = approval?.subject ?? '';
  run.do({ type: 'task.decide', task: id, outcome, subject, reason: 'so it is' }, actor(decider));
};
const undoing = (run: Play): Json => run.task('work.pay.compensate').input;

test('a result is undone where its approval is ended, or nobody gave it in time, as it is after a no', () => {
  const ended = paid();
  const { id, token } = ended.task('work.pay');
  ended.do({ type: 'task.exit', task: id, token, reason: 'nobody is there' });
  assert.deepEqual(undoing(ended), PAID);

  const late = begun({ pay: task({ compensate: BACK }) }, {}, asking(['task.complete'], { within: '1h' }));
  late.complete(late.task('work.pay'), PAID);
  late.pass(3_600_000);
  assert.deepEqual(undoing(late), PAID);
});

test('of one that is too large for an expression it reads the reference', () => {
  const run = begun({ pay: task({ compensate: BACK }) });
  const large = { $artifact: 'f'.repeat(64), bytes: 9 * 1024 * 1024 };
  run.complete(run.task('work.pay'), large);
  say(run, 'reject');
  assert.deepEqual(undoing(run), large);
});

test('what undoes it reads it whenever it opens: after a pause, or when there is room (UNDO-6)', () => {
  const paused = paid();
  paused.do({ type: 'pause' });
  say(paused, 'reject');
  paused.do({ type: 'resume' });
  assert.deepEqual(undoing(paused), PAID);

  const crowded = paid({}, { other: task() }, 1);
  say(crowded, 'reject');
  crowded.complete(crowded.task('work.other'), 1, 'passport_agent_2');
  assert.deepEqual(undoing(crowded), PAID);
});

test('it does so again when it is tried again, given to a person, read back, or approved itself', () => {
  const again = paid({ compensate: task({ input: output, retry: { attempts: 2 } }) });
  say(again, 'reject');
  again.fail(again.task('work.pay.compensate'));
  assert.deepEqual(undoing(again), PAID);

  const escalated = paid({ compensate: task({ input: output, onFailure: ESCALATE }) });
  say(escalated, 'reject');
  escalated.fail(escalated.task('work.pay.compensate'));
  assert.deepEqual((undoing(escalated) as { input: Json }).input, PAID);

  const written = paid({ compensate: record({ input: output, verify: true }) });
  say(written, 'reject');
  written.complete(written.task('work.pay.compensate'), { ok: 1 }, 'passport_erp');
  assert.deepEqual((undoing(written) as { input: Json }).input, PAID);

  const asked = asking(['task.complete', 'record.write']);
  const approved = begun({ pay: task({ compensate: record({ input: output }) }) }, {}, asked);
  approved.complete(approved.task('work.pay'), PAID);
  say(approved, 'reject');
  approved.decide(approved.task('work.pay.compensate'), 'approve', 'passport_max');
  const { kind, input } = approved.task('work.pay.compensate');
  assert.deepEqual([kind, (input as { input: Json }).input], ['record', PAID]);
});

test('the work is given to nobody before what was not accepted is undone, so that each result is undone by itself', () => {
  const run = paid({ onFailure: ESCALATE });
  for (const payment of [7, 8]) {
    say(run, 'reject');
    assert.deepEqual(undoing(run), { payment });
    assert.deepEqual(run.open.length, 1);
    run.complete(run.task('work.pay.compensate'), 'refunded', 'passport_agent_2');
    run.complete(run.task('work.pay'), { payment: payment + 1 }, 'passport_lea');
  }
  say(run, 'approve');
  assert.deepEqual([run.current.status, run.step('work.pay').output], ['completed', { payment: 9 }]);
});

test('in a list the items that are not accepted are undone, and wait for that; others go on', () => {
  const each = expression(
    ({ phases, index }) => phases['work']?.['pay']?.outputs[index ?? -1] ?? null,
    ['work.pay'],
  );
  const options = { forEach: ['a', 'b', 'c'], concurrency: 1, onFailure: ESCALATE };
  const run = begun({ pay: task({ ...options, compensate: task({ input: each }) }) });
  run.complete(run.task('work.pay', 0), 'A');
  say(run, 'reject');
  assert.deepEqual(undoing(run), 'A');
  assert.equal(run.task('work.pay').slot, 1);
  run.complete(run.task('work.pay.compensate'));
  run.complete(run.task('work.pay'), 'B', 'passport_agent_2');
  say(run, 'approve');
  assert.equal(run.task('work.pay').slot, 0);
});

test('a large result is read by what undoes it, whether it is not accepted or the run ends meanwhile', () => {
  const large = { letter: 'y'.repeat(INLINE_BYTES) };
  const letters = expression(
    ({ phases }) => Object.keys((phases['work']?.['pay']?.output ?? {}) as object),
    ['work.pay'],
  );
  for (const end of [(run: Play) => say(run, 'reject'), (run: Play) => void run.do({ type: 'cancel' })]) {
    const run = begun({ pay: task({ compensate: task({ input: letters }) }), other: task() });
    run.complete(run.task('work.pay'), large);
    end(run);
    assert.deepEqual(undoing(run), ['letter']);
  }
});

test('nobody but what undoes it sees what was not accepted', () => {
  const graph = graphOf([
    { id: 'work', steps: { pay: task({ compensate: BACK, onFailure: { finally: 'skip' } }) } },
    { id: 'next', needs: ['work'], steps: { do: task({ input: output }) } },
  ]);
  const run = new Play(graph);
  run.routing = { boundaries: RESULTS };
  run.begin();
  run.complete(run.task('work.pay'), PAID);
  say(run, 'reject');
  assert.deepEqual([undoing(run), run.task('next.do').input], [PAID, null]);
});

test('a result that is to be approved is not undone by force, unless the run ends with it', () => {
  const run = begun({ pay: task({ compensate: BACK }) });
  const held = run.take(run.task('work.pay'));
  const force = { type: 'task.force_complete', ...held, output: PAID, recovery: 'compensate' } as const;
  run.refused('human_required', force);
  run.do({ ...force, remove: 'run' });
  assert.deepEqual([run.current.status, undoing(run)], ['closing', PAID]);
});

test('a result is asked about at once, whatever of its step stands in line for room', () => {
  const graph = graphOf(
    [
      { id: 'gate', steps: { go: wait({ signal: 'go' }) } },
      { id: 'early', needs: ['gate'], steps: { many: task({ forEach: [1, 2, 3, 4] }) } },
      { id: 'work', steps: { pay: task({ forEach: [0, 1], retry: { attempts: 2 } }) } },
    ],
    { limits: { concurrency: 2 } },
  );
  const run = new Play(graph);
  run.routing = { boundaries: RESULTS };
  run.begin();
  run.do({ type: 'signal', signal: 'go', payload: null });
  run.fail(run.task('work.pay', 0));
  run.complete(run.task('work.pay', 1), PAID);
  assert.equal(run.task('work.pay', 1).kind, 'approval');
  assert.deepEqual(run.step('work.pay').requeued, [0]);
});

test('an approval that a policy asks for ends when too few are left to give it, and goes up where it says so', () => {
  const named = asking(['task.complete'], { from: 'passport_max' });
  const run = begun({ pay: task({ compensate: BACK }) }, {}, named);
  run.complete(run.task('work.pay'), PAID);
  say(run, 'abstain');
  assert.equal(run.last('task.failed').failure.code, 'approval_expired');
  assert.deepEqual(undoing(run), PAID);

  const up = asking(['task.complete'], { from: 'passport_max', within: '1h', escalate: 'passport_eve' });
  const higher = begun({ pay: task() }, {}, up);
  higher.complete(higher.task('work.pay'), PAID);
  say(higher, 'abstain');
  say(higher, 'approve', 'passport_eve');
  assert.equal(higher.current.status, 'completed');

  const two = asking(['task.complete'], { from: ['passport_max', 'passport_eve'], quorum: 2 });
  const both = begun({ pay: task() }, {}, two);
  both.complete(both.task('work.pay'), PAID);
  say(both, 'approve');
  say(both, 'abstain', 'passport_eve');
  assert.equal(both.current.failure?.code, 'approval_expired');
});

test('so do those of work before it begins, and of writes', () => {
  for (const [on, step] of [
    ['task.start', task()],
    ['record.write', record()],
  ] as const) {
    const run = begun({ pay: step }, {}, asking([on], { from: 'passport_max' }));
    say(run, 'abstain');
    assert.deepEqual([run.current.status, run.current.failure?.code], ['failed', 'approval_expired']);
  }
});

test('what could not be undone is told however the run ends', () => {
  const compensate = task({ input: output, onFailure: { finally: 'fail' } });
  const run = paid({ compensate });
  say(run, 'reject');
  run.fail(run.task('work.pay.compensate'), false);
  assert.deepEqual([run.current.status, run.current.failure?.code], ['failed', 'rejected']);
  assert.match(run.current.failure?.message ?? '', /Not undone: work\.pay\.$/);
});
