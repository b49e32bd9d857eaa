import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-16 Round Robin Allocation: in a stable order that goes on after a restart', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'carl'));
  const job = await office.define('turns', clerical('a', { assign: 'round_robin' }));
  const given: string[] = [];
  const give = async (times: number) => {
    for (let at = 0; at < times; at += 1)
      given.push((await office.task(await office.run(job))).assignee ?? '');
  };
  await give(4);
  await office.restart();
  await give(4);
  const order = given.slice(0, 3);
  assert.equal(new Set(order).size, 3);
  assert.deepEqual(
    given,
    Array.from({ length: 8 }, (_, at) => order[at % 3]),
  );
  await office.close();
});
