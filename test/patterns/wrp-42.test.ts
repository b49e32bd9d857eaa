import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, Office } from './office.ts';

test('WRP-42 Simultaneous Execution: up to the limit of the participant, whichever way it takes its tasks', async () => {
  const office = await Office.open(agent('bot', ['read'], { capacity: 2 }));
  const run = await office.start({
    id: 'a',
    forEach: [1, 2, 3, 4, 5],
    task: { requires: ['read'], by: 'agent' },
  });
  const tasks = await office.open(run);
  const claims = await Promise.all([
    ...tasks.slice(0, 3).map(async ({ id }) => (await office.act('bot', 'claim', id)).status),
    ...[0, 1].map(async () => (await office.post('bot', '/v1/tasks/claim', {})).status),
  ]);
  assert.deepEqual(
    claims.toSorted((a, b) => a - b),
    [200, 200, 429, 429, 429],
  );
  const held = (await office.open(run)).filter(({ status }) => status === 'in_progress');
  assert.equal(held.length, 2);
  await office.update('bot', { capacity: 3 });
  assert.ok(await office.claimNext('bot'));
  assert.equal((await office.post('bot', '/v1/tasks/claim', {})).status, 429);
  await office.does('bot', 'complete', held[0]?.id ?? '', { token: held[0]?.token });
  assert.ok(await office.claimNext('bot'));
  await office.close();
});
