import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  graphOf,
  play,
  type Play,
  record,
  sequenceOf,
  task,
} from '../../test/engine-kit/index.ts';
import type { CommandOf, Handling } from './index.ts';

const MARIA = actor('passport_maria');
type Forcing = 'task.force_complete' | 'task.force_fail' | 'task.restart';
const force = (run: Play, type: Forcing, step: string, handling: Handling = {}): string[] => {
  const { id, token } = run.task(step);
  const more = type === 'task.restart' ? { begins: true } : { output: 'forced' };
  return run.do({ type, task: id, token, ...more, ...handling } as CommandOf<Forcing>, MARIA);
};

const JOB = graphOf([
  { id: 'a', steps: { do: task({ compensate: task() }) } },
  { id: 'b', needs: ['a'], steps: { do: task({ compensate: task() }), beside: task() } },
  { id: 'c', needs: ['b'], steps: { do: task() } },
]);
const job = (): Play => {
  const run = play(JOB);
  run.complete(run.task('a.do'));
  return run;
};
const steps = (run: Play): string[] => run.open.map(({ step }) => step).toSorted();

test('a forced result is held to its schema, is that of whoever forces it, and triggers what follows', () => {
  const run = play(sequenceOf([task({ output: { type: 'string' } }), task()]));
  const { id, token } = run.task('a.do');
  run.refused('output_invalid', { type: 'task.force_complete', task: id, token, output: 1 });
  force(run, 'task.force_complete', 'a.do', { cause: 'external', reason: 'known by telephone' });
  assert.deepEqual(run.last('task.completed').forced, { cause: 'external', reason: 'known by telephone' });
  assert.ok(run.current.contributors['passport_maria']);
  assert.deepEqual(steps(run), ['b.do']);
});

test('a write that is forced is still to be confirmed, and its confirmation cannot be forced without being one', () => {
  const run = play(sequenceOf([record({ verify: true })]));
  force(run, 'task.force_complete', 'a.do');
  const { id, token } = run.task('a.do');
  run.refused('output_invalid', { type: 'task.force_complete', task: id, token, output: 'no' });
  run.do({ type: 'task.force_complete', task: id, token, output: true }, MARIA);
  assert.equal(run.current.status, 'completed');
});

test('what is forced to fail has failed for good, whatever its step says about failures', () => {
  const onFailure = { then: null, finally: 'escalate' as const, to: ['role:lead'] };
  const run = play(sequenceOf([task({ onFailure, retry: { attempts: 5 } }), task()]));
  force(run, 'task.force_fail', 'a.do', { reason: 'hopeless' });
  assert.deepEqual([run.current.status, run.current.failure?.message], ['failed', 'hopeless']);
});

test('approvals are not forced, and a token that is old forces nothing', () => {
  const run = play(sequenceOf([approval()]));
  const { id, token } = run.task('a.do');
  run.refused('task_kind', { type: 'task.force_complete', task: id, token, output: null });
  run.refused('task_kind', { type: 'task.force_fail', task: id, token });
  const other = job();
  const { id: held } = other.task('b.do');
  other.refused('stale_token', { type: 'task.force_fail', task: held, token: 7 });
});

test('what is restarted is begun anew by whoever has it: at once, or when they come for it', () => {
  for (const begins of [true, false]) {
    const run = job();
    const found = run.task('b.do');
    const { token } = run.take(found);
    run.do({ type: 'task.progress', task: found.id, token, fraction: 0.5 });
    run.do({ type: 'task.draft', task: found.id, token, draft: 'so far' });
    run.do({ type: 'task.restart', task: found.id, token, begins }, MARIA);
    assert.deepEqual([found.assignee, found.progress, found.notes?.draft], ['passport_agent', null, null]);
    assert.equal(found.status, begins ? 'in_progress' : 'reserved');
    run.refused('stale_token', { type: 'task.draft', task: found.id, token, draft: 'late' });
    run.complete(found);
  }
});

test('what a failed task has done is undone while the run goes on', () => {
  const run = job();
  force(run, 'task.force_fail', 'b.do', { recovery: 'compensate' });
  assert.deepEqual(steps(run), ['b.beside', 'b.do.compensate']);
  run.complete(run.task('b.beside'));
  assert.equal(run.current.status, 'running', 'it does not end before that is undone');
  run.complete(run.task('b.do.compensate'));
  run.complete(run.task('a.do.compensate'));
  assert.equal(run.current.status, 'failed');
});

test('what was completed by force and undone is not undone again when the run fails', () => {
  const run = job();
  force(run, 'task.force_complete', 'b.do', { recovery: 'compensate' });
  run.complete(run.task('b.do.compensate'));
  run.complete(run.task('b.beside'));
  run.fail(run.task('c.do'), false);
  assert.deepEqual(steps(run), ['a.do.compensate']);
});

test('what a task has done so far is undone before it is begun again; done again it can be undone again', () => {
  const run = job();
  const found = run.task('b.do');
  run.take(found);
  force(run, 'task.restart', 'b.do', { recovery: 'compensate' });
  assert.equal(found.status, 'suspended');
  run.refused('task_status', { type: 'task.resume', task: found.id, token: found.token });
  run.complete(run.task('b.do.compensate'));
  assert.deepEqual([found.status, found.assignee], ['in_progress', 'passport_agent']);
  run.complete(found);
  run.complete(run.task('b.beside'));
  run.fail(run.task('c.do'), false);
  assert.deepEqual(steps(run), ['b.do.compensate']);
});

test('nothing can be undone where no step says how', () => {
  const run = job();
  const { id, token } = run.task('b.beside');
  run.refused('compensation_unknown', { type: 'task.force_fail', task: id, token, recovery: 'compensate' });
  run.refused('phase_unknown', { type: 'task.force_fail', task: id, token, recovery: { rollback: 'x' } });
});

test('the run goes back behind the task, which its holder gets again when its turn comes', () => {
  const run = job();
  run.routing = {
    route: ({ preferred }) => ({
      placement: preferred
        ? { kind: 'assigned', to: preferred, begin: false }
        : { kind: 'offered', to: null },
      explanation: null,
    }),
  };
  run.take(run.task('b.do'), 'passport_bo');
  force(run, 'task.restart', 'b.do', { recovery: { rollback: 'a' }, reason: 'the input was wrong' });
  run.complete(run.task('a.do.compensate'));
  run.complete(run.task('a.do'));
  assert.deepEqual([run.task('b.do').assignee, run.task('b.do').status], ['passport_bo', 'reserved']);
  assert.equal(run.task('b.beside').assignee, null);
  run.do({ type: 'rollback', phase: 'a' });
  run.complete(run.task('a.do.compensate'));
  run.complete(run.task('a.do'));
  assert.equal(run.task('b.do').assignee, null, 'that once');
});

test('the rest of the run is removed with what happens to the task, in one transition', () => {
  const failed = job();
  const events = force(failed, 'task.force_fail', 'b.do', { remove: 'run' });
  assert.deepEqual(events, ['task.failed', 'task.exited', 'run.cancelled']);

  const undone = job();
  force(undone, 'task.force_fail', 'b.do', { remove: 'run', recovery: 'compensate' });
  for (const step of ['b.do.compensate', 'a.do.compensate']) undone.complete(undone.task(step));
  assert.equal(undone.current.status, 'cancelled');

  const restarted = job();
  const found = restarted.task('b.do');
  restarted.take(found);
  force(restarted, 'task.restart', 'b.do', { remove: 'all' });
  assert.deepEqual([restarted.current.status, steps(restarted)], ['closing', ['b.do']]);
  const { id, token } = found;
  restarted.refused('run_status', { type: 'task.force_fail', task: id, token, remove: 'run' });
  assert.equal(restarted.messages.at(-1)?.kind, 'removal', 'and all others of the definition are told');
  restarted.complete(found);
  assert.equal(restarted.current.status, 'cancelled');
});
