import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

test('WRP-12 Distribution by Offer - Single Resource: it is offered to one, binds nobody, and a no leads where the step says', async () => {
  const office = await Office.open(...clerks('ann', 'bo'), person('boss', { roles: ['boss'] }));
  const step = {
    ...clerical('a', { from: 'passport_ann', assign: 'offer' }),
    onFailure: { finally: 'escalate', to: 'role:boss' },
  };
  const job = await office.define('offer', step);
  const run = await office.run(job);
  const task = await office.task(run);
  assert.deepEqual(
    [task.status, task.from, task.assignee, task.startedAt],
    ['ready', ['passport_ann'], null, null],
  );
  await office.does('ann', 'decline', task.id, { reason: 'no time' });
  const escalated = await office.task(run);
  assert.deepEqual([escalated.kind, escalated.from], ['escalation', ['role:boss']]);
  assert.match(escalated.reason ?? '', /declined.*no time/);
  assert.equal(await office.sees('ann', task.id), false);

  const accepted = await office.task(await office.run(job));
  assert.equal((await office.does('ann', 'claim', accepted.id)).status, 'reserved');
  await office.close();
});
