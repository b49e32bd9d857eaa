import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, clerks, Office, person } from './office.ts';

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

test('WRP-06 Case Handling: of tasks that lie side by side, whoever takes the first gets the others', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const run = await office.start(clerical('a', { assign: 'case' }, { forEach: [1, 2, 3] }));
  const [first, second, third] = (await office.open(run)).map(({ id }) => id);
  await office.does('ann', 'claim', first ?? '');
  assert.equal(await office.sees('bo', second ?? ''), true, 'it is offered still');
  await office.refused('case_handled', 409, 'bo', 'start', second ?? '');
  const { status, assignee } = await office.detail(second ?? '');
  assert.deepEqual([status, assignee], ['reserved', 'passport_ann'], 'and is offered no more');
  await office.refused('task_held', 409, 'bo', 'claim', second ?? '');
  await office.complete('ann', third ?? '');

  await office.does('ann', 'release', second ?? '', { reason: 'for somebody else' });
  await office.complete('bo', second ?? '');
  await office.complete('ann', first ?? '');
  await office.close();
});

test('WRP-06 Case Handling: where the one who handles it cannot take it now, others do', async () => {
  const office = await Office.open(person('ann', { roles: ['clerk'], capacity: 1 }), ...clerks('bo'));
  const run = await office.start(clerical('a', { assign: 'case' }, { forEach: [1, 2] }));
  const [first, second] = (await office.open(run)).map(({ id }) => id);
  await office.does('ann', 'start', first ?? '');
  await office.complete('bo', second ?? '');
  await office.close();
});

test('WRP-06 Case Handling: what an agent came for in vain is reserved for the one that handles the case', async () => {
  const office = await Office.open(
    agent('one', ['read'], { capacity: 3 }),
    agent('two', ['read'], { capacity: 3 }),
  );
  const assign = { strategy: 'case', fallback: 'offer' };
  const run = await office.start({
    id: 'a',
    task: { by: 'agent', requires: ['read'], assign },
    forEach: [1, 2],
  });
  const first = await office.claimNext('one');
  assert.equal(await office.claimNext('two'), null);
  const open = await office.open(run);
  assert.deepEqual(
    open.map(({ status, assignee }) => [status, assignee]),
    [
      ['in_progress', 'passport_one'],
      ['reserved', 'passport_one'],
    ],
  );
  const second = await office.claimNext('one');
  assert.equal(second?.id, open.find(({ id }) => id !== first?.id)?.id);
  await office.close();
});
