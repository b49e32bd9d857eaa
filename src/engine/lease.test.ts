import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, play, sequenceOf, task } from '../../test/engine-kit/index.ts';
import { MAX_LOSSES } from './index.ts';

const one = (options: Parameters<typeof task>[0] = {}) => play(sequenceOf([task(options)]));

test('each claim gives a new token; an answer with an older one is refused and changes nothing (TASK-1)', () => {
  const run = one();
  const lost = run.take(run.task('a.do'), 'passport_x');
  assert.deepEqual(run.do({ type: 'task.expire', ...lost }, actor('system:leases')), ['task.released']);
  run.refused('task_status', { type: 'task.complete', ...lost, output: 'late' });
  const mine = run.take(run.task('a.do'), 'passport_y');
  assert.ok(mine.token > lost.token);
  for (const type of ['task.complete', 'task.fail', 'task.release', 'task.expire', 'task.progress'] as const)
    run.refused('stale_token', { type, ...lost, output: 'late', code: 'x', message: 'x' });
  run.do({ type: 'task.complete', ...mine, output: 'in time' });
  assert.equal(run.step('a.do').output, 'in time');
  run.refused('task_closed', { type: 'task.complete', ...mine, output: 'again' });
});

test('work that loses its holders too often is a failed attempt (TASK-3)', () => {
  const run = one({ retry: { attempts: 2 } });
  for (let lost = 1; lost < MAX_LOSSES; lost += 1)
    assert.deepEqual(run.do({ type: 'task.expire', ...run.take(run.task('a.do')) }), ['task.released']);
  assert.deepEqual(run.do({ type: 'task.expire', ...run.take(run.task('a.do')) }), [
    'task.failed',
    'task.created',
  ]);
  assert.equal(run.last('task.failed').failure.code, 'lease_expired');
  assert.equal(run.task('a.do').losses, 0);
});

test('released work is offered again and costs no attempt', () => {
  const run = one();
  for (let times = 0; times < MAX_LOSSES + 2; times += 1)
    run.do({ type: 'task.release', ...run.take(run.task('a.do')), reason: 'lease_expired' });
  assert.equal(run.task('a.do').losses, 0);
  assert.equal(run.task('a.do').status, 'ready');
  assert.equal(run.current.open.unassigned, 1);
});

test('a reserved task is started by the one it is reserved for, with the same token', () => {
  const run = one();
  const { id } = run.task('a.do');
  run.do({ type: 'task.claim', task: id, assignee: 'passport_x' });
  assert.equal(run.current.open.working, 1);
  run.refused('task_held', { type: 'task.start', task: id, assignee: 'passport_y' });
  run.do({ type: 'task.start', task: id, assignee: 'passport_x' });
  assert.equal(run.task('a.do').token, 1);
  assert.equal(run.task('a.do').startedAt, run.now);
});

test('progress shows where the work is, and is forgotten with its holder', () => {
  const run = one();
  const held = run.take(run.task('a.do'));
  run.do({ type: 'task.progress', ...held, fraction: 0.5, message: 'half' });
  assert.deepEqual(run.task('a.do').progress, { fraction: 0.5, message: 'half' });
  run.do({ type: 'task.release', ...held });
  assert.equal(run.task('a.do').progress, null);
});

test('tasks with odd names are not open, and are no fault (RUN-1)', () => {
  const run = one();
  for (const id of ['constructor', '__proto__', '', 'run:a.do:1.2'])
    for (const type of ['task.claim', 'task.skip', 'task.decide', 'task.complete'] as const)
      run.refused('task_closed', {
        type,
        task: id,
        assignee: 'passport_x',
        token: 1,
        output: null,
        subject: '',
        outcome: 'approve',
      } as never);
  run.refused('timer_spent', { type: 'timer', what: { kind: 'deadline', task: 'constructor' } });
  run.refused('timer_spent', {
    type: 'timer',
    what: { kind: 'retry', step: 'no.such', slot: 0, round: 1, attempt: 1 },
  });
});
