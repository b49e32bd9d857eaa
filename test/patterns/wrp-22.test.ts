import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-22 Resource-Initiated Execution - Allocated Work Item: whoever has it starts it, with the time; others are refused', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const { id } = await office.task(await office.start(clerical('a')));
  await office.does('ann', 'claim', id);
  office.site.bed.clock.move(5000);
  await office.refused('task_held', 409, 'bo', 'start', id);
  const started = await office.does('ann', 'start', id);
  assert.deepEqual([started.status, started.startedAt], ['in_progress', office.site.bed.clock.now()]);
  await office.close();
});
