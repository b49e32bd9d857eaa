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

test('work for one person who is away lies the same, whether they left before it came or after', async () => {
  const office = await Office.open(person('ann'));
  const after = await office.start(clerical('a', { from: 'passport_ann' }));
  assert.equal((await office.task(after)).status, 'reserved');
  await office.update('ann', { status: 'away' });
  const before = await office.start(clerical('a', { from: 'passport_ann' }));
  await office.until(async () => (await office.task(after)).assignee === null);
  for (const run of [before, after]) {
    const { status, assignee } = await office.task(run);
    assert.deepEqual([status, assignee], ['ready', null]);
    const { verdict, missing } = await office.verdict(run);
    assert.equal(verdict, 'stranded');
    assert.match(missing?.join() ?? '', /passport_ann is away/);
  }
  await office.update('ann', { status: 'available' });
  for (const run of [before, after]) {
    assert.equal((await office.verdict(run)).verdict, 'awaiting_human');
    await office.complete('ann', (await office.task(run)).id);
  }
  await office.close();
});

test('whoever gives something back has room for it again when somebody is looked for anew', async () => {
  const office = await Office.open(person('ann', { roles: ['clerk'], capacity: 1 }));
  const run = await office.start(clerical('a', { assign: { strategy: 'offer', when: 'late' } }));
  const { id } = await office.task(run);
  await office.does('ann', 'claim', id);
  assert.equal((await office.does('ann', 'release', id)).status, 'ready');
  const types = (await office.events(run)).map(({ type }) => type);
  assert.deepEqual(types.slice(-2), ['task.reserved', 'task.released']);
  await office.close();
});
