import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

test('WRP-20 Late Distribution: held back while everybody has as much as the step allows', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const late = { strategy: 'shortest_queue', when: 'late', load: 1 };
  const run = await office.start(clerical('a', { assign: late }, { forEach: [1, 2, 3] }));
  const byStatus = async () => (await office.open(run)).map(({ status }) => status).toSorted();
  assert.deepEqual(await byStatus(), ['created', 'reserved', 'reserved']);
  const held = (await office.open(run)).find(({ status }) => status === 'created');
  await office.refused('task_status', 409, 'ann', 'claim', held?.id ?? '');
  assert.equal(await office.sees('ann', held?.id ?? ''), false);
  await office.restart();
  const [mine] = await office.mine('bo');
  await office.complete('bo', mine?.id ?? '');
  await office.until(
    async () =>
      (await office.task(run, 'p0.a').catch(() => null)) !== null ||
      (await byStatus()).join() === 'reserved,reserved',
  );
  assert.deepEqual((await office.open(run)).find(({ id }) => id === held?.id)?.assignee, 'passport_bo');
  await office.close();
});

test('WRP-20 Late Distribution: held back outside working hours', async () => {
  const hours = {
    zone: 'UTC',
    weekly: [{ days: [1, 2, 3, 4, 5], from: '10:00', to: '18:00' }],
    holidays: [],
  };
  const office = await Office.open(person('ann', { roles: ['clerk'], workingHours: hours }));
  const late = { strategy: 'round_robin', when: 'late' };
  const run = await office.start(clerical('a', { assign: late }));
  assert.equal((await office.task(run)).status, 'created', 'the clock says nine');
  office.site.bed.clock.move(3_600_000);
  await office.until(async () => (await office.task(run)).status === 'reserved');
  assert.equal((await office.task(run)).assignee, 'passport_ann');
  await office.close();
});
