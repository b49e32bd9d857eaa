import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-21 Resource-Initiated Allocation: a claim takes it without starting it, and others lose it', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const { id } = await office.task(await office.start(clerical('a')));
  assert.equal(await office.sees('bo', id), true);
  const claimed = await office.does('ann', 'claim', id);
  assert.deepEqual([claimed.status, claimed.assignee, claimed.startedAt], ['reserved', 'passport_ann', null]);
  assert.deepEqual([await office.sees('ann', id), await office.sees('bo', id)], [true, false]);
  await office.refused('task_held', 409, 'bo', 'claim', id);
  await office.close();
});
