import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Play, play, sequenceOf, sideBySide, wait, workflow } from '../../test/engine-kit/index.ts';

/** What a child run is given of the limits of its parent, and what that leaves. */

const parts = (run: Play, cap: 'concurrency' | 'tasks' = 'concurrency'): number[] =>
  run.events.flatMap((event) => (event.type === 'child.opened' ? [event.data.limits[cap]] : []));
const failAll = (run: Play): void => {
  for (const child of run.children)
    run.endChild({ ...child, failure: { code: 'broke', message: 'it broke' } });
};

test('children between two attempts count as those that are to open side by side', () => {
  const retry = { attempts: 2, backoff: 'fixed', delay: 1000 } as const;
  const run = play(sequenceOf([workflow({ forEach: [1, 2, 3], retry })], { limits: { concurrency: 9 } }));
  failAll(run);
  run.pass(1000);
  assert.deepEqual(parts(run), [3, 3, 3, 3, 3, 3]);
});

test('of a list no more children share the limits than its concurrency lets open side by side', () => {
  const kid = workflow({ forEach: Array.from({ length: 40 }, (_, at) => at), concurrency: 2 });
  const run = play(sequenceOf([kid], { limits: { concurrency: 8, tasks: 100 } }));
  assert.deepEqual(parts(run), [4, 4]);
  assert.deepEqual(parts(run, 'tasks'), [50, 50]);
  const [child = assert.fail()] = run.children;
  run.endChild({ ...child, usage: { tasks: 10, tokens: 0, cost: 0 } });
  assert.deepEqual([parts(run), parts(run, 'tasks').at(-1)], [[4, 4, 4], 40]);
});

test('a child leaves a share for a wait that may be escalated beside it', () => {
  const onFailure = { then: null, finally: 'escalate', to: ['role:lead'] } as const;
  const graph = sideBySide({ kid: workflow(), sig: wait({ signal: 'paid', within: 1000, onFailure }) });
  const run = play(graph);
  run.pass(1000);
  assert.deepEqual(parts(run), [4]);
  assert.equal(run.task('work.sig').kind, 'escalation');
});
