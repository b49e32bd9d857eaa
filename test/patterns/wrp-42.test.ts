import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, Office, person } from './office.ts';

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

test('WRP-42 Simultaneous Execution: what people take themselves is bounded as well', async () => {
  const office = await Office.open(person('ann', { roles: ['clerk'], capacity: 2 }));
  const run = await office.start(clerical('a', {}, { forEach: [1, 2, 3, 4] }));
  const tasks = await office.open(run);
  const taken = await Promise.all(
    tasks.map(({ id }, at) => office.act('ann', at % 2 === 0 ? 'claim' : 'start', id)),
  );
  const statuses = taken.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [200, 200, 429, 429]);
  const held = (await office.open(run)).filter(({ assignee }) => assignee === 'passport_ann');
  assert.equal(held.length, 2);
  const reserved = held.find(({ status }) => status === 'reserved')?.id ?? '';
  await office.does('ann', 'start', reserved);
  const free = (await office.open(run)).find(({ status }) => status === 'ready')?.id ?? '';
  await office.refused('capacity_reached', 429, 'ann', 'claim', free);
  await office.complete('ann', reserved);
  await office.does('ann', 'claim', free);
  await office.close();
});
