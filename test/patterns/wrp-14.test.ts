import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-14 Distribution by Allocation - Single Resource: it is theirs without an offer, and nobody else can start it', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const task = await office.task(await office.start(clerical('a', { assign: 'best_fit' })));
  assert.equal(task.status, 'reserved');
  const holder = (task.assignee ?? '').slice('passport_'.length);
  const other = holder === 'ann' ? 'bo' : 'ann';
  await office.refused('task_held', 409, other, 'start', task.id);
  await office.refused('task_held', 409, other, 'claim', task.id);
  assert.equal(await office.sees(other, task.id), false);
  assert.equal((await office.does(holder, 'start', task.id)).status, 'in_progress');
  await office.close();
});
