import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test("WRP-25 Resource-Determined Work Queue Content: one sorts and filters one's own view, and nothing else changes", async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const job = await office.define('viewed', [clerical('a'), clerical('b')]);
  for (const priority of [2, 8]) await office.run(job, {}, priority);
  const before = await office.mine('bo');
  assert.equal((await office.mine('ann', '&step=p0.b')).length, 2);
  const newest = (await office.mine('ann', '&order=newest')).map(({ priority }) => priority);
  assert.deepEqual(newest, [8, 8, 2, 2]);
  const oldLow = await office.mine('ann', `&run=${before.at(-1)?.run}`);
  assert.deepEqual(
    oldLow.map(({ priority }) => priority),
    [2, 2],
  );
  assert.deepEqual(await office.mine('bo'), before);
  await office.close();
});
