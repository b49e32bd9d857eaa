import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-01 Direct Distribution: a step that names somebody goes to them and to nobody else, in every instance', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const job = await office.define('direct', clerical('a', { from: 'passport_ann', assign: 'offer' }));
  for (let instance = 0; instance < 3; instance += 1) {
    const task = await office.task(await office.run(job));
    assert.deepEqual([task.status, task.from], ['ready', ['passport_ann']]);
    assert.deepEqual([await office.sees('ann', task.id), await office.sees('bo', task.id)], [true, false]);
    await office.refused('not_eligible', 403, 'bo', 'claim', task.id);
    await office.refused('not_eligible', 403, 'bo', 'start', task.id);
  }
  for (const { id } of await office.mine('ann')) await office.complete('ann', id);
  await office.close();
});
