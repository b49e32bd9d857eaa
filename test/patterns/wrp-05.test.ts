import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, clerks, Office, person } from './office.ts';

test('WRP-05 Separation of Duties: who did one step is kept from the other on every way to it, and only in the same case', async () => {
  const office = await Office.open(
    ...clerks('ann', 'bo'),
    agent('bot', ['check'], { owner: 'passport_ann' }),
    person('lead', { roles: ['lead'] }),
  );
  const job = await office.define('separate', clerical('draft'), {
    id: 'check',
    task: { from: ['role:clerk', 'passport_bot'], separateFrom: 'p0.draft', assign: 'offer' },
    onFailure: { finally: 'escalate', to: ['role:clerk', 'role:lead'] },
    retry: { attempts: 1 },
  });
  const first = await office.run(job);
  await office.complete('ann', (await office.task(first)).id);
  const check = await office.task(first);
  assert.deepEqual(check.separate.toSorted(), ['passport_ann']);
  assert.deepEqual([await office.sees('ann', check.id), await office.sees('bo', check.id)], [false, true]);
  for (const verb of ['claim', 'start', 'decline'])
    await office.refused('not_eligible', 403, 'ann', verb, check.id);
  await office.refused('not_eligible', 403, 'bot', 'claim', check.id);
  assert.equal(await office.claimNext('bot'), null, 'nor does her agent get it');

  await office.does('bo', 'start', check.id);
  await office.does('bo', 'fail', check.id, { code: 'unsure', message: 'I am not sure' });
  const escalated = await office.task(first);
  assert.equal(escalated.kind, 'escalation');
  assert.equal(await office.sees('ann', escalated.id), false, 'nor is it escalated to her');
  await office.refused('not_eligible', 403, 'ann', 'claim', escalated.id);

  const second = await office.run(job);
  await office.complete('bo', (await office.task(second)).id);
  await office.complete('ann', (await office.task(second)).id);
  await office.close();
});

test('WRP-05 Separation of Duties: who did the first is not chosen for the second', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const assign = { strategy: 'shortest_queue' };
  const job = await office.define(
    'chosen',
    clerical('a', { assign }),
    clerical('b', { assign, separateFrom: 'p0.a' }),
  );
  for (let round = 0; round < 4; round += 1) {
    const run = await office.run(job);
    const { assignee, id } = await office.task(run);
    await office.complete((assignee ?? '').slice(9), id);
    assert.notEqual((await office.task(run)).assignee, assignee);
  }
  await office.close();
});
