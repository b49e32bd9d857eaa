import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, clerical, clerks, Office, person } from './office.ts';

test('WRP-20 Late Distribution: held back while everybody has as much as the step allows', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const late = { strategy: 'shortest_queue', when: 'late', load: 1 };
  const run = await office.start(clerical('a', { assign: late }, { forEach: [1, 2, 3] }));
  const byStatus = async () => (await office.open(run)).map(({ status }) => status).toSorted();
  assert.deepEqual(await byStatus(), ['created', 'reserved', 'reserved']);
  const held = (await office.open(run)).find(({ status }) => status === 'created');
  await office.refused('task_status', 409, 'ann', 'claim', held?.id ?? '');
  assert.equal(await office.sees('ann', held?.id ?? ''), false);
  await office.restart();
  const [mine] = await office.mine('bo');
  await office.complete('bo', mine?.id ?? '');
  await office.until(
    async () =>
      (await office.task(run, 'p0.a').catch(() => null)) !== null ||
      (await byStatus()).join() === 'reserved,reserved',
  );
  assert.deepEqual((await office.open(run)).find(({ id }) => id === held?.id)?.assignee, 'passport_bo');
  await office.close();
});

test('WRP-20 Late Distribution: held back outside working hours', async () => {
  const hours = {
    zone: 'UTC',
    weekly: [{ days: [1, 2, 3, 4, 5], from: '10:00', to: '18:00' }],
    holidays: [],
  };
  const office = await Office.open(person('ann', { roles: ['clerk'], workingHours: hours }));
  const late = { strategy: 'round_robin', when: 'late' };
  const run = await office.start(clerical('a', { assign: late }));
  assert.equal((await office.task(run)).status, 'created', 'the clock says nine');
  office.site.bed.clock.move(3_600_000);
  await office.until(async () => (await office.task(run)).status === 'reserved');
  assert.equal((await office.task(run)).assignee, 'passport_ann');
  await office.close();
});

test('WRP-20 Late Distribution: of what is offered, nobody takes more than the step allows', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const late = { strategy: 'offer', when: 'late', load: 1 };
  const run = await office.start(clerical('a', { assign: late }, { forEach: [1, 2, 3] }));
  const [first, second, third] = (await office.open(run)).map(({ id }) => id);
  const codes = await Promise.all(
    [first, second, third].map(async (id) => (await office.act('ann', 'claim', id ?? '')).body.code ?? 'ok'),
  );
  assert.deepEqual(codes.toSorted(), ['load_reached', 'load_reached', 'ok']);
  const mine = (await office.open(run)).find(({ assignee }) => assignee !== null);
  const [one, other] = (await office.open(run)).filter(({ assignee }) => assignee === null);
  await office.does('ann', 'start', mine?.id ?? '');
  await office.refused('load_reached', 409, 'ann', 'start', one?.id ?? '');
  await office.does('bo', 'start', one?.id ?? '');
  await office.restart();
  await office.refused('load_reached', 409, 'ann', 'start', other?.id ?? '');
  await office.complete('ann', mine?.id ?? '');
  await office.does('ann', 'start', other?.id ?? '');
  await office.close();
});

test('WRP-20 Late Distribution: an agent that holds as much as the step allows waits for it, and not for other work', async () => {
  const office = await Office.open(agent('one', ['read'], { capacity: 5 }));
  const late = { strategy: 'offer', when: 'late', load: 1 };
  const reading = (id: string, assign?: object) => ({
    id,
    task: { by: 'agent', requires: ['read'], ...(assign && { assign }) },
  });
  const begun = await office.waits('one');
  const run = await office.start({ ...reading('a', late), forEach: [1, 2] });
  const first = await begun.task;
  assert.equal(first?.run, run);
  assert.deepEqual((await office.open(run)).map(({ status }) => status).toSorted(), ['in_progress', 'ready']);
  const other = await office.start(reading('b'));
  const beside = await office.claimNext('one');
  assert.equal(beside?.run, other);
  await office.does('one', 'complete', beside?.id ?? '', { output: null, token: beside?.token });
  const next = office.done<{ task: { run: string } }>('one', '/v1/tasks/claim', { waitSeconds: 60 });
  const { directory } = office.site.bed.runtime.organisation;
  while (!directory.isPresent('passport_one')) await new Promise(setImmediate);
  await office.does('one', 'complete', first?.id ?? '', { output: null, token: first?.token });
  assert.equal((await next).task.run, run);
  await office.close();
});

test('WRP-20 Late Distribution: an agent for which as much is reserved as the step allows waits until that goes elsewhere', async () => {
  const office = await Office.open(agent('one', ['read', 'sign'], { capacity: 5 }), agent('other', ['read']));
  const step = (requires: string, assign: object) => ({
    id: 'a',
    task: { by: 'agent', requires: [requires], assign },
  });
  const asks = (who: string, capability: string) =>
    office.done<{ task: { run: string } | null }>(who, '/v1/tasks/claim', {
      waitSeconds: 60,
      capabilities: [capability],
    });
  const signed = await office.start(step('sign', { strategy: 'round_robin' }));
  assert.equal((await office.task(signed)).assignee, 'passport_one');
  const begun = asks('other', 'read');
  const { directory } = office.site.bed.runtime.organisation;
  await office.until(() => directory.isPresent('passport_other'));
  const assign = { strategy: 'offer', when: 'late', load: 1 };
  const late = await office.start({ ...step('read', assign), forEach: [1, 2] });
  assert.equal((await begun).task?.run, late);
  const statuses = async () => (await office.open(late)).map(({ status }) => status).toSorted();
  assert.deepEqual(await statuses(), ['in_progress', 'ready']);
  const read = asks('one', 'read');
  while (!directory.isPresent('passport_one')) await new Promise(setImmediate);
  assert.deepEqual(await statuses(), ['in_progress', 'ready']);
  await office.done('root', `/v1/runs/${signed}/cancel`, { reason: 'not wanted' });
  assert.equal((await read).task?.run, late);
  await office.close();
});
