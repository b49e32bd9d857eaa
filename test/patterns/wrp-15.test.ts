import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

const ITEMS = 1000;
const PEOPLE = ['ann', 'bo', 'carl', 'dora', 'emil'];
/** Of chi-square with 4 degrees of freedom, exceeded by chance once in 100,000 times. */
const MOST = 28.5;

test('WRP-15 Random Allocation: evenly among the eligible, by a seed that is recorded and gives the same again', async () => {
  const office = await Office.open(...clerks(...PEOPLE), person('not'));
  const items = Array.from({ length: ITEMS }, (_, at) => at);
  const run = await office.start(
    clerical('a', { assign: 'random' }, { forEach: { items, concurrency: ITEMS } }),
  );
  const counts = new Map<string, number>();
  const tasks = await office.open(run);
  assert.equal(tasks.length, ITEMS);
  for (const { assignee } of tasks) counts.set(assignee ?? '', (counts.get(assignee ?? '') ?? 0) + 1);
  assert.deepEqual(
    [...counts.keys()].toSorted(),
    PEOPLE.map((who) => `passport_${who}`),
  );
  const expected = tasks.length / PEOPLE.length;
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(chi < MOST, `chi-square ${chi} of ${[...counts.values()].join()}`);

  for (const { id, assignee } of tasks.slice(0, 20)) {
    const { seed } = (await office.detail(id)).explanation ?? { seed: null };
    const again = await office.done<{ explanation: { choice: { to: string } } }>(
      'root',
      '/v1/routing/explain',
      {
        by: 'human',
        from: ['role:clerk'],
        strategy: 'random',
        seed,
      },
    );
    assert.equal(again.explanation.choice.to, assignee);
  }
  await office.close();
});
