import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office } from './office.ts';

test('WRP-06 Case Handling: whoever takes the first task of a case gets all later ones', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'carl'));
  const step = (id: string) => clerical(id, { assign: 'case' });
  const job = await office.define('case', step('a'), [step('b'), step('c')], step('d'));
  for (const who of ['bo', 'carl']) {
    const run = await office.run(job);
    const first = await office.task(run);
    assert.deepEqual([first.status, await office.sees('ann', first.id)], ['ready', true]);
    await office.complete(who, first.id);
    const next = await office.open(run);
    assert.deepEqual(
      next.map(({ status, assignee }) => [status, assignee]),
      [
        ['reserved', `passport_${who}`],
        ['reserved', `passport_${who}`],
      ],
    );
    for (const { id } of next) await office.complete(who, id);
    assert.equal((await office.task(run)).assignee, `passport_${who}`);
  }
  await office.close();
});
