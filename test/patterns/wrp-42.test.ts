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

const NAMED = { id: 'a', task: { by: 'human', from: 'passport_ann' } };

test('WRP-42 Simultaneous Execution: what names one person lies there for them, and they begin it up to their limit', async () => {
  const office = await Office.open(person('ann', { capacity: 1 }));
  const runs = [await office.start(NAMED), await office.start(NAMED), await office.start(NAMED)];
  const tasks = await Promise.all(runs.map((run) => office.task(run)));
  assert.ok(tasks.every(({ status, assignee }) => status === 'reserved' && assignee === 'passport_ann'));
  const [first, second, third] = tasks.map(({ id }) => id) as [string, string, string];
  const started = await Promise.all(tasks.map(({ id }) => office.act('ann', 'start', id)));
  assert.deepEqual(
    started.map(({ status, body }) => [status, body.code]),
    [
      [200, undefined],
      [429, 'capacity_reached'],
      [429, 'capacity_reached'],
    ],
  );
  await office.restart();
  await office.refused('capacity_reached', 429, 'ann', 'start', second);
  await office.does('ann', 'suspend', first);
  await office.does('ann', 'start', second);
  await office.complete('ann', second);
  await office.does('ann', 'start', third);
  await office.does('ann', 'stop', third);
  await office.does('ann', 'resume', first);
  await office.refused('capacity_reached', 429, 'ann', 'start', third);
  await office.does('ann', 'complete', first, { output: null });
  await office.complete('ann', third);
  await office.close();
});

test('WRP-42 Simultaneous Execution: what begins by itself lies there for whoever has begun all they can', async () => {
  const office = await Office.open(person('ann', { capacity: 1 }), person('bob'));
  const commenced = (commence: string) => ({ id: 'a', task: { ...NAMED.task, commence } });
  const standing = async (run: string): Promise<string> => (await office.task(run)).status;
  const first = await office.start([
    { ...commenced('creation'), id: 'x' },
    { ...commenced('creation'), id: 'y' },
  ]);
  const [one, other] = (await office.open(first)).map(({ id }) => id) as [string, string];
  const [begun, waiting] = (await office.detail(one)).status === 'in_progress' ? [one, other] : [other, one];
  assert.deepEqual(
    [(await office.detail(begun)).status, (await office.detail(waiting)).status],
    ['in_progress', 'reserved'],
  );
  assert.equal(await standing(await office.start(commenced('allocation'))), 'reserved');
  await office.refused('capacity_reached', 429, 'ann', 'start', waiting);
  const { next } = await office.done<{ next: { id: string; status: string } }>(
    'ann',
    `/v1/tasks/${encodeURIComponent(begun)}/complete`,
    { next: 'chained' },
  );
  assert.deepEqual([next.id, next.status], [waiting, 'in_progress'], 'what has ended counts no more');
  const either = { by: 'human', from: ['passport_ann', 'passport_bob'], commence: 'allocation' };
  const { id } = await office.task(await office.start({ id: 'a', task: either }));
  assert.equal((await office.does('bob', 'claim', id)).status, 'in_progress');
  assert.equal((await office.does('bob', 'delegate', id, { to: 'passport_ann' })).status, 'reserved');
  await office.complete('ann', waiting);
  await office.complete('ann', id);
  await office.close();
});
