import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadlineNode } from '../definition/graph.ts';
import {
  actor,
  expression,
  graphOf,
  play,
  sequenceOf,
  task,
  type Play,
} from '../../test/engine-kit/index.ts';
import type { Task } from './index.ts';

/** Work that is put aside while what it has done is undone by a person. */

const MARIA = actor('passport_maria');
const HOUR = 3_600_000;
const undo = task({
  by: 'human',
  retry: { attempts: 2 },
  input: expression(({ item }) => item ?? null),
});

const putAside = (run: Play, found = run.task('a.do')): Task => {
  const held = run.take(found);
  run.do({ type: 'task.restart', ...held, recovery: 'compensate', begins: true }, MARIA);
  assert.deepEqual([found.status, found.suspension?.undo], ['suspended', true]);
  return found;
};
const undone = (run: Play): string[] => run.complete(run.task('a.do.compensate'), null, 'passport_lea');
const late = (options: Partial<DeadlineNode>): DeadlineNode => ({
  on: 'completion',
  within: { ms: HOUR, working: false },
  remind: [],
  then: 'reassign',
  to: ['role:lead'],
  pauses: false,
  ...options,
});

test('a stop of the run does not give it out beside its own undoing: it is begun again after that (UNDO-5)', () => {
  const run = play(sequenceOf([task({ timeout: HOUR, compensate: undo })]));
  const found = putAside(run);
  run.do({ type: 'stop' });
  run.do({ type: 'resume' });
  assert.deepEqual(run.open.map(({ step }) => step).toSorted(), ['a.do', 'a.do.compensate']);
  assert.equal(run.task('a.do').status, 'suspended');
  undone(run);
  assert.deepEqual([found.status, found.assignee], ['in_progress', 'passport_agent']);
  run.complete(found);
  assert.equal(run.current.status, 'completed');
});

test('a run that is stopped while it puts work aside can end', () => {
  const run = play(sequenceOf([task({ timeout: HOUR, compensate: undo })]));
  putAside(run);
  run.do({ type: 'stop' });
  run.do({ type: 'cancel' });
  undone(run);
  assert.equal(run.current.status, 'cancelled');
});

test('its time does not run out meanwhile; where it has passed, it has the whole of it again (UNDO-5)', () => {
  const run = play(sequenceOf([task({ timeout: HOUR, retry: { attempts: 2 }, compensate: undo })]));
  const found = putAside(run);
  run.pass(5 * HOUR);
  assert.deepEqual([run.task('a.do').id, found.status], [found.id, 'suspended']);
  undone(run);
  assert.deepEqual([found.status, found.deadline], ['in_progress', run.now + HOUR]);
  run.pass(HOUR);
  assert.equal(run.task('a.do').attempt, 2);
});

test('its time goes on where it has not passed, and is not given to what was let have all the time there is', () => {
  const soon = play(sequenceOf([task({ timeout: HOUR, compensate: undo })]));
  const { deadline } = soon.task('a.do');
  const found = putAside(soon);
  soon.pass(HOUR / 2);
  undone(soon);
  assert.equal(found.deadline, deadline);

  const free = play(sequenceOf([task({ timeout: HOUR, compensate: undo })]));
  free.do({ type: 'task.set', task: free.task('a.do').id, deadline: null }, MARIA);
  const unhurried = putAside(free);
  undone(free);
  assert.equal(unhurried.deadline, null);
});

test('a deadline gives it to nobody meanwhile, and it takes its place in the cap of concurrency once (UNDO-5)', () => {
  for (const deadline of [late({}), late({ then: 'escalate' }), late({ then: 'expire', to: [] })]) {
    const run = play(
      sequenceOf([task({ deadlines: [deadline], compensate: undo })], { limits: { concurrency: 1 } }),
    );
    const found = putAside(run);
    assert.deepEqual(run.pass(HOUR), ['task.overdue']);
    assert.equal(found.status, 'suspended');
    undone(run);
    assert.deepEqual([found.status, run.current.usage.open], ['in_progress', 1]);
    run.complete(found);
    assert.deepEqual([run.current.status, run.current.usage.open], ['completed', 0]);
  }
});

test('a run goes back after what is being undone is undone, whatever asked for that (REDO-1, FLOW-5)', () => {
  const graph = graphOf([
    { id: 'a', steps: { do: task({ forEach: ['x', 'y'], concurrency: 1, compensate: undo }) } },
    { id: 'b', steps: { beside: task() } },
  ]);
  const failed = play(graph);
  const { id, token } = failed.task('a.do');
  failed.do({ type: 'task.force_fail', task: id, token, recovery: 'compensate' }, MARIA);
  const restarted = play(graph);
  putAside(restarted);
  for (const run of [failed, restarted]) {
    run.do({ type: 'rollback', phase: 'a' }, MARIA);
    assert.deepEqual(run.open.map(({ step }) => step).toSorted(), ['a.do.compensate', 'b.beside']);
    run.fail(run.task('a.do.compensate'), true, 'passport_lea');
    assert.equal(run.task('a.do.compensate').input, 'x');
    undone(run);
    assert.deepEqual([run.task('a.do').round, run.task('a.do').slot], [2, 0]);
  }
});

test('where its undoing is given up it is not begun again on top of that: the run fails (UNDO-4)', () => {
  const hopeless = task({ by: 'human' });
  const run = play(sequenceOf([task({ compensate: task() }), task({ compensate: hopeless }), task()]));
  run.complete(run.task('a.do'));
  const found = putAside(run, run.task('b.do'));
  const events = run.fail(run.task('b.do.compensate'), false, 'passport_lea');
  assert.deepEqual(
    events.filter((type) => type === 'task.restarted'),
    [],
  );
  assert.equal(found.status, 'exited');
  assert.deepEqual([run.current.status, run.current.failure?.code], ['closing', 'compensation_failed']);
  assert.deepEqual(
    run.open.map(({ step }) => step),
    ['a.do.compensate'],
  );
  run.complete(run.task('a.do.compensate'));
  assert.match(run.current.failure?.message ?? '', /could not be undone.*Not undone: b\.do/);
  assert.equal(run.current.status, 'failed');
});

test('of a list, what could not be undone holds up its own item, and no other (UNDO-4)', () => {
  const graph = sequenceOf([task({ forEach: ['x', 'y', 'z'], compensate: task({ by: 'human' }) })]);
  for (const failing of [0, 1]) {
    const run = play(graph);
    const found = putAside(run, run.task('a.do', 0));
    const { task: other, token } = run.take(run.task('a.do', 1));
    run.do({ type: 'task.force_fail', task: other, token, recovery: 'compensate' }, MARIA);
    run.fail(run.task('a.do.compensate', failing), false, 'passport_lea');
    run.complete(run.task('a.do.compensate', 1 - failing), null, 'passport_lea');
    assert.equal(found.status, failing === 0 ? 'exited' : 'in_progress');
    assert.equal(run.current.failure?.code, failing === 0 ? 'compensation_failed' : undefined);
    if (failing === 1) run.complete(run.task('a.do', 2));
  }
});

test('of a list, an undoing that was skipped holds up nothing, whatever becomes of another (UNDO-4)', () => {
  const compensate = task({ by: 'human', skippable: true });
  const run = play(sequenceOf([task({ forEach: ['x', 'y', 'z'], compensate })]));
  const found = putAside(run, run.task('a.do', 0));
  const { task: other, token } = run.take(run.task('a.do', 1));
  run.do({ type: 'task.force_fail', task: other, token, recovery: 'compensate' }, MARIA);
  run.do({ type: 'task.skip', task: run.task('a.do.compensate', 0).id, reason: 'no need' }, MARIA);
  run.fail(run.task('a.do.compensate', 1), false, 'passport_lea');
  assert.deepEqual([found.status, run.current.status], ['in_progress', 'running']);
});

test('where the run is to end anyway, it ends as it was to when its undoing is given up', () => {
  const run = play(sequenceOf([task({ compensate: task({ by: 'human' }) }), task()]));
  const found = putAside(run);
  run.do({ type: 'cancel', reason: 'not wanted' }, MARIA);
  run.fail(run.task('a.do.compensate'), false, 'passport_lea');
  assert.deepEqual([found.status, run.current.status], ['exited', 'cancelled']);
  assert.match(run.current.failure?.message ?? '', /not wanted.*Not undone: a\.do/);
});

test('what was escalated is not held to the time of those who failed when it is begun again (OPEN-2)', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(sequenceOf([task({ timeout: HOUR, onFailure, compensate: undo })]));
  run.fail(run.task('a.do'), false);
  run.do({ type: 'task.set', task: run.task('a.do').id, deadline: run.now + HOUR }, MARIA);
  const found = putAside(run);
  run.pass(2 * HOUR);
  undone(run);
  assert.deepEqual([found.status, found.deadline], ['in_progress', null]);
});
