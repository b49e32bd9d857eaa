import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, Office, person } from './office.ts';

const NAMED = clerical('a', { from: ['passport_ann', 'passport_bob'] });

test('what is offered to people by name is there for each of them as soon as they are back', async () => {
  const office = await Office.open(person('ann'), person('bob'));
  await office.update('bob', { status: 'away' });
  const { id } = await office.task(await office.start(NAMED));
  assert.equal(await office.sees('ann', id), true);
  await office.update('bob', { status: 'available' });
  assert.equal(await office.sees('bob', id), true);
  assert.equal((await office.does('bob', 'claim', id)).assignee, 'passport_bob');
  await office.close();
});

test('a run waits for nobody where none of those whom an offer names can take it', async () => {
  const office = await Office.open(person('ann'), person('bob'));
  await office.update('bob', { status: 'away' });
  const run = await office.start(NAMED);
  assert.equal((await office.verdict(run)).verdict, 'awaiting_human');
  await office.update('ann', { status: 'suspended' });
  assert.equal((await office.verdict(run)).verdict, 'stranded');
  await office.update('bob', { status: 'available' });
  assert.equal((await office.verdict(run)).verdict, 'awaiting_human');
  const { id } = await office.task(run);
  assert.equal((await office.does('bob', 'decline', id)).status, 'ready');
  assert.equal((await office.verdict(run)).verdict, 'stranded');
  await office.close();
});
