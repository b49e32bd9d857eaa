import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-18 Early Distribution: it is announced before its step begins, cannot be started, and then can', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const early = clerical('b', { assign: { strategy: 'round_robin', when: 'early' } });
  const run = await office.start(clerical('a'), early);
  const announced = await office.task(run, 'p1.b');
  assert.deepEqual([announced.status, announced.assignee], ['created', 'passport_ann']);
  assert.equal(await office.sees('ann', announced.id), true, 'it can be seen');
  await office.refused('task_status', 409, 'ann', 'start', announced.id);
  await office.restart();
  await office.refused('task_status', 409, 'ann', 'start', announced.id);
  await office.complete('bo', (await office.task(run, 'p0.a')).id);
  const enabled = await office.task(run);
  assert.deepEqual(
    [enabled.id, enabled.status, enabled.assignee],
    [announced.id, 'reserved', 'passport_ann'],
  );
  await office.complete('ann', enabled.id);
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});
