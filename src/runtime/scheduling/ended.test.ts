import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const RETAIN = { strategy: 'retain', step: 'p0.a' };

/** Ann, who has room for one task, has ended step `a`, and bo, who has none, could do the next as well. */
const afterwards = async (by: 'agent' | 'human', assign: unknown) => {
  const one = { kind: by, capabilities: ['x'], capacity: 1 } as const;
  const bed = await Testbed.open(passport('ann', one), passport('bo', one));
  const first = { by, requires: ['x'], ...(by === 'human' && { assign: 'offer' }) };
  const run = await bed.start({ id: 'a', task: first }, { id: 'b', task: { by, requires: ['x'], assign } });
  const { id } = await bed.taskOf(run);
  const { task } = await bed.ok('ann', by === 'human' ? 'task.start' : 'task.claim', { id });
  const waiting =
    by === 'human' ? null : bed.operations.call('task.claim_next', { waitSeconds: 30 }, bed.as('bo'));
  if (waiting) await bed.until(() => bed.runtime.organisation.directory.isPresent('passport_bo'));
  await bed.ok('ann', 'task.complete', { id, token: task.token, output: 1 });
  const next = await bed.taskOf(run);
  const { explanation } = await bed.ok('root', 'task.get', { id: next.id });
  bed.clock.move(31_000);
  await waiting;
  await bed.close();
  return { assignee: next.assignee, words: explanation?.words.join('\n') ?? '' };
};

/** Of agents whoever waits comes before whoever has less. */
const CASES = {
  agent: [RETAIN, { ...RETAIN, fallback: 'best_fit' }, 'case'],
  human: [RETAIN, { ...RETAIN, fallback: 'best_fit' }, 'case', 'best_fit', 'shortest_queue'],
} as const;

for (const by of ['agent', 'human'] as const)
  for (const assign of CASES[by])
    test(`what somebody has just ended does not keep the next step from them (LOAD-5): ${by}, ${JSON.stringify(assign)}`, async () => {
      const { assignee, words } = await afterwards(by, assign);
      assert.equal(assignee, 'passport_ann');
      assert.match(words, /ann \(passport_ann\): \S+ \([^)]*free 1,/);
      assert.doesNotMatch(words, /capacity/);
    });

test('nor does it count where they go on with what is for whoever has nothing else (LOAD-5)', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const task = { by: 'human', from: 'role:clerk' };
  const late = { strategy: 'offer', when: 'late', load: 1 };
  const run = await bed.start({ id: 'a', task }, { id: 'b', task: { ...task, assign: late } });
  const { id } = await bed.taskOf(run);
  const { token } = (await bed.ok('ann', 'task.start', { id })).task;
  await bed.ok('ann', 'task.complete', { id, token, output: 1, next: 'chained' });
  const { step, assignee } = await bed.taskOf(run);
  assert.deepEqual([step, assignee], ['p1.b', 'passport_ann']);
  await bed.close();
});
