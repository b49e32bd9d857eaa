import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broken, expression, graphOf, play, task, type Phase } from '../../test/engine-kit/index.ts';

/** A diamond: a, then b and c, then d. */
const DIAMOND: readonly Phase[] = [
  { id: 'a', steps: { do: task() } },
  { id: 'b', needs: ['a'], steps: { do: task() } },
  { id: 'c', needs: ['a'], steps: { do: task() } },
  { id: 'd', needs: ['b', 'c'], steps: { do: task() } },
];
const openSteps = (run: ReturnType<typeof play>): string[] => run.open.map(({ step }) => step).sort();

test('phases overlap where their needs allow it (FLOW-1)', () => {
  const run = play(graphOf(DIAMOND));
  run.complete(run.task('a.do'));
  assert.deepEqual(openSteps(run), ['b.do', 'c.do']);
  run.complete(run.task('c.do'));
  assert.deepEqual(openSteps(run), ['b.do']);
  run.complete(run.task('b.do'));
  assert.deepEqual(openSteps(run), ['d.do']);
  assert.deepEqual(run.complete(run.task('d.do')), ['task.completed', 'run.completed']);
});

test('phases without needs begin at once, whatever their place in the definition', () => {
  const run = play(graphOf([DIAMOND[0] as Phase, { id: 'z', steps: { do: task(), also: task() } }]));
  assert.deepEqual(openSteps(run), ['a.do', 'z.also', 'z.do']);
});

test('a failed step keeps its dependents closed, other branches go on, and then the run fails (FLOW-2)', () => {
  const run = play(graphOf([...DIAMOND.slice(0, 3), { id: 'd', needs: ['b'], steps: { do: task() } }]));
  run.complete(run.task('a.do'));
  assert.deepEqual(run.fail(run.task('b.do')), ['task.failed']);
  assert.equal(run.current.status, 'running');
  run.complete(run.task('c.do'), 'kept');
  assert.equal(run.current.status, 'failed');
  assert.equal(run.step('c.do').output, 'kept');
  assert.equal(run.step('d.do').status, 'pending');
  assert.equal(run.current.failure?.code, 'broke');
  assert.equal(run.current.failure?.step, 'b.do');
  assert.equal(run.verdict, 'failed');
});

test('steps of a phase run side by side, and all of them end before the next phase begins', () => {
  const run = play(
    graphOf([
      { id: 'a', steps: { x: task(), y: task() } },
      { id: 'b', needs: ['a'], steps: { do: task() } },
    ]),
  );
  run.complete(run.task('a.y'));
  assert.deepEqual(openSteps(run), ['a.x']);
  run.complete(run.task('a.x'));
  assert.deepEqual(openSteps(run), ['b.do']);
});

test('a phase or step whose condition is false is skipped, and what needs it goes on', () => {
  const run = play(
    graphOf([
      { id: 'a', if: false, steps: { x: task(), y: task() } },
      {
        id: 'b',
        needs: ['a'],
        steps: { no: task({ if: expression(({ input }) => input === 1) }), yes: task({ if: true }) },
      },
    ]),
  );
  assert.deepEqual(openSteps(run), ['b.yes']);
  for (const step of ['a.x', 'a.y', 'b.no']) assert.equal(run.step(step).status, 'skipped');
  run.complete(run.task('b.yes'));
  assert.equal(run.current.status, 'completed');
});

test('a condition sees what became of the steps before it', () => {
  const skipped = expression(({ phases }) => phases['a']?.['x']?.status === 'skipped', ['a.x']);
  const run = play(
    graphOf([
      { id: 'a', steps: { x: task({ if: false }) } },
      { id: 'b', needs: ['a'], if: skipped, steps: { do: task() } },
    ]),
  );
  assert.deepEqual(openSteps(run), ['b.do']);
});

test('a condition that gives no truth value, or none at all, fails the step and never leaves it open', () => {
  for (const condition of ['yes', broken('no such field')]) {
    const run = play(graphOf([{ id: 'a', steps: { do: task({ if: condition }) } }]));
    assert.equal(run.current.status, 'failed');
    assert.equal(run.current.failure?.code, 'expression_failed');
    assert.equal(run.current.failure?.step, 'a.do');
  }
});

test('a run in which everything is skipped is completed; an output that cannot be made fails it', () => {
  const skipped: Phase = { id: 'a', if: false, steps: { do: task() } };
  assert.equal(play(graphOf([skipped])).current.status, 'completed');
  const run = play(graphOf([skipped], { output: broken('nothing there') }));
  assert.equal(run.current.status, 'failed');
  assert.match(run.current.failure?.message ?? '', /output: nothing there/);
});
