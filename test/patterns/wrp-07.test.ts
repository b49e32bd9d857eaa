import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-07 Retain Familiar: whoever did the earlier step gets the later one; who cannot leaves it to the fallback', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'carl'));
  const retain = { strategy: 'retain', step: 'p0.a', fallback: 'round_robin' };
  const job = await office.define('familiar', clerical('a'), clerical('b', { assign: retain }));
  const run = await office.run(job);
  await office.complete('bo', (await office.task(run)).id);
  const kept = await office.task(run);
  assert.deepEqual([kept.status, kept.assignee], ['reserved', 'passport_bo']);

  const other = await office.run(job);
  const first = await office.task(other);
  await office.does('bo', 'start', first.id);
  await office.does('bo', 'complete', first.id);
  await office.update('bo', { status: 'suspended' });
  const third = await office.run(job);
  await office.complete('ann', (await office.task(third)).id);
  assert.equal((await office.task(third)).assignee, 'passport_ann');
  const { explanation } = await office.detail((await office.task(third)).id);
  assert.equal(explanation?.by, null);
  await office.close();
});

test('WRP-07 Retain Familiar: the fallback chooses where the familiar one is away', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const retain = { strategy: 'retain', step: 'p0.a', fallback: 'round_robin' };
  const run = await office.start(
    clerical('a'),
    clerical('between', { from: 'passport_ann' }),
    clerical('b', { assign: retain }),
  );
  await office.complete('bo', (await office.task(run)).id);
  await office.update('bo', { status: 'suspended' });
  await office.complete('ann', (await office.task(run)).id);
  const found = await office.task(run);
  assert.equal(found.assignee, 'passport_ann');
  assert.equal((await office.detail(found.id)).explanation?.by, 'fallback');
  await office.close();
});
