import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-17 Shortest Queue: to whoever has least open, then to whoever got such work the longest ago, then by id', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'carl'));
  const job = await office.define('queue', clerical('a', { assign: 'shortest_queue' }));
  const next = async () => office.task(await office.run(job));
  const first = await next();
  assert.equal(first.assignee, 'passport_ann', 'by id, where nothing else tells them apart');
  const [second, third] = [await next(), await next()];
  assert.deepEqual([second.assignee, third.assignee], ['passport_bo', 'passport_carl']);
  await office.complete('carl', third.id);
  await office.complete('bo', second.id);
  assert.equal((await next()).assignee, 'passport_bo', 'both have nothing, and she got hers longer ago');
  assert.equal((await next()).assignee, 'passport_carl');
  await office.close();
});

test('WRP-17 Shortest Queue: what is created side by side does not all go to the same', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'carl'));
  const items = Array.from({ length: 9 }, (_, at) => at);
  const job = await office.define(
    'together',
    clerical('a', { assign: 'shortest_queue' }, { forEach: items }),
  );
  const runs = await Promise.all([office.run(job), office.run(job), office.run(job)]);
  const counts = new Map<string, number>();
  for (const run of runs)
    for (const { assignee } of await office.open(run))
      counts.set(assignee ?? '', (counts.get(assignee ?? '') ?? 0) + 1);
  assert.deepEqual([...counts.values()], [9, 9, 9]);
  await office.close();
});
