/** Tasks of a step that somebody takes one after the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

async function letters(count: number) {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }), passport('bo', { roles: ['clerk'] }));
  const definition = await bed.define({ id: 'stamp', task: { by: 'human', from: 'role:clerk' } });
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { id: run } = await bed.ok('root', 'workflow.start', { definition });
    ids.push((await bed.taskOf(run)).id);
    bed.clock.move(1000);
  }
  const piled = async (who: string, id: string | undefined) =>
    (await bed.ok(who, 'task.complete', { id: id ?? '', next: 'piled' })).next?.id ?? null;
  return { bed, ids, piled };
}

test('what lies reserved for whoever has the pile is of it, and what does for others is not', async () => {
  const { bed, ids, piled } = await letters(4);
  const [first = '', others = '', own = '', last = ''] = ids;
  await bed.ok('bo', 'task.claim', { id: others });
  await bed.ok('ann', 'task.claim', { id: own });
  await bed.ok('ann', 'task.start', { id: first });
  assert.equal(await piled('ann', first), own);
  assert.equal(await piled('ann', own), last);
  await bed.close();
});

test('a pile is over when its task is passed on, and whoever it was passed to may have one of their own', async () => {
  const { bed, ids, piled } = await letters(4);
  const [first = '', second = '', third = '', fourth = ''] = ids;
  await bed.ok('ann', 'task.start', { id: first });
  assert.equal(await piled('ann', first), second);
  await bed.ok('ann', 'task.delegate', { id: second, to: 'passport_bo' });
  for (const id of [second, third]) await bed.ok('bo', 'task.start', { id });
  assert.equal(await piled('bo', third), fourth);
  await bed.close();
});

test('whoever has given back what a pile began goes on with it after other work', async () => {
  const { bed, ids, piled } = await letters(4);
  const [first = '', second = '', third = ''] = ids;
  await bed.ok('ann', 'task.start', { id: first });
  assert.equal(await piled('ann', first), second);
  bed.clock.move(1000);
  await bed.ok('ann', 'task.release', { id: second });
  await bed.ok('ann', 'task.start', { id: third });
  bed.clock.move(1000);
  assert.equal(await piled('ann', third), second);
  await bed.close();
});
