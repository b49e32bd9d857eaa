import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

test('WRP-03 Deferred Distribution: whom a step is for is worked out of the data of its run', async () => {
  const office = await Office.open(...clerks('ann', 'bo'), person('boss', { roles: ['boss'] }));
  const job = await office.define('deferred', {
    ...clerical('a', { from: '${ input.to }', assign: 'offer' }),
    onFailure: { finally: 'escalate', to: 'role:boss' },
  });
  for (const who of ['ann', 'bo']) {
    const { status, from } = await office.task(await office.run(job, { to: `passport_${who}` }));
    assert.deepEqual([status, from], ['ready', [`passport_${who}`]]);
  }
  const several = await office.task(await office.run(job, { to: ['role:clerk', 'passport_boss'] }));
  assert.deepEqual(several.from, ['role:clerk', 'passport_boss']);

  const lost = await office.run(job, { to: 42 });
  const escalated = await office.task(lost);
  assert.deepEqual([escalated.kind, escalated.from], ['escalation', ['role:boss']]);
  assert.match(escalated.reason ?? '', /expression_failed.*somebody or a list/);
  assert.ok(
    (await office.events(lost)).some(({ type }) => type === 'slot.failed'),
    'the exception is in the record',
  );
  await office.close();
});
