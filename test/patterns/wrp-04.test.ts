import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, clerks, Office, person } from './office.ts';

test('WRP-04 Authorization: without the right the call is refused and nothing changes; with it, it succeeds', async () => {
  const office = await Office.open(...clerks('ann'), person('eve'), agent('bot'));
  const run = await office.start(clerical('a', { skippable: true }));
  const { id } = await office.task(run);
  const before = await office.events(run);
  for (const verb of ['claim', 'start', 'decline', 'skip', 'complete', 'release']) {
    const { status, body } = await office.act('eve', verb, id);
    assert.ok([403, 409].includes(status), `${verb}: ${status} ${body.code}`);
  }
  const { status } = await office.site.ask('bot', 'GET', `/v1/tasks/${encodeURIComponent(id)}`);
  assert.equal(status, 403, 'who has nothing to do with it does not see it');
  assert.deepEqual(await office.events(run), before);
  await office.complete('ann', id);
  await office.close();
});
