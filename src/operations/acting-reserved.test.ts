/** What is reserved for somebody who lets others act for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Testbed } from '../../test/e2e/http-testbed.ts';
import { lastOf, letAct, open, under } from '../../test/e2e/delegation-kit.ts';

const HIDDEN = { visibility: { allocated: 'holder', unallocated: 'candidates' } };
const CAROLS = { id: 'a', task: { by: 'human', from: 'passport_carol', ...HIDDEN } };

const inbox = async (bed: Testbed, who: string, delegation?: string): Promise<string[]> => {
  const asked = delegation === undefined ? {} : under(delegation);
  return (await bed.ok(who, 'task.list', { mine: true }, asked)).rows.map(({ id }) => id);
};

test('what is reserved for the grantor is done for them by whoever acts for them', async () => {
  const bed = await open();
  const run = await bed.start(CAROLS, { id: 'b', approval: { subject: 1, from: 'passport_carol' } });
  const { id, status, token } = await bed.taskOf(run);
  assert.equal(status, 'reserved');
  const carols = await letAct(bed, 'carol', 'bob');
  const [alices, onwards] = [
    await letAct(bed, 'alice', 'bob'),
    await letAct(bed, 'bob', 'alice', { under: carols }),
  ];
  assert.deepEqual([await inbox(bed, 'bob'), await inbox(bed, 'bob', alices)], [[], []]);
  assert.deepEqual([await inbox(bed, 'bob', carols), await inbox(bed, 'alice', onwards)], [[id], [id]]);
  const { actions, roles } = (await bed.ok('bob', 'task.get', { id }, under(carols))).asked;
  assert.ok(actions.includes('start') && roles.includes('actual_owner'));
  assert.equal(await bed.no('bob', 'task.start', { id }), 'task_held');
  assert.equal(await bed.no('bob', 'task.start', { id }, under(alices)), 'task_held');
  const { task } = await bed.ok('bob', 'task.start', { id }, under(carols));
  assert.deepEqual([task.assignee, task.token], ['passport_bob', token + 1], 'whoever had it has it no more');
  assert.equal(await bed.no('carol', 'task.complete', { id }), 'not_allowed');
  assert.deepEqual([await inbox(bed, 'carol'), await inbox(bed, 'bob', carols)], [[], [id]]);
  await bed.ok('bob', 'task.complete', { id }, under(carols));
  for (const type of ['task.started', 'task.completed']) {
    const { actor, onBehalfOf, authority } = (await lastOf(bed, run, type)) ?? {};
    assert.deepEqual([actor, onBehalfOf], ['passport_bob', 'passport_carol'], type);
    assert.deepEqual([authority?.kind, authority?.id], ['delegation', carols], type);
  }
  const approval = await bed.taskOf(run);
  const subject = approval.approval?.subject ?? '';
  const decision = { id: approval.id, outcome: 'approve' as const, subject };
  assert.equal(await bed.no('carol', 'task.decide', decision), 'separation_of_duties');
  await bed.close();
});

test('what the grantor has begun goes on with them', async () => {
  const bed = await open();
  const { id } = await bed.taskOf(await bed.start(CAROLS));
  const carols = await letAct(bed, 'carol', 'bob');
  await bed.ok('carol', 'task.start', { id });
  assert.deepEqual(await inbox(bed, 'bob', carols), []);
  assert.equal(await bed.no('bob', 'task.start', { id }, under(carols)), 'task_held');
  await bed.ok('carol', 'task.complete', { id });
  await bed.close();
});

test('it takes room, and whoever may not do it for them is told why', async () => {
  const bed = await open();
  const { id } = await bed.taskOf(await bed.start(CAROLS));
  const carols = await letAct(bed, 'carol', 'bob');
  await bed.ok('root', 'participant.update', { id: 'passport_bob', capacity: 1 });
  await bed.ok('root', 'participant.update', { id: 'passport_alice', capacity: 1 });
  const own = await bed.taskOf(await bed.start({ id: 'a', task: { by: 'human', from: 'passport_bob' } }));
  await bed.ok('bob', 'task.start', { id: own.id });
  assert.equal(await bed.no('bob', 'task.start', { id }, under(carols)), 'capacity_reached');
  await bed.ok('bob', 'task.complete', { id: own.id });
  const agents = under(await letAct(bed, 'carol', 'agent'));
  assert.equal(await bed.no('agent', 'task.start', { id }, agents), 'not_eligible', 'it is for people');
  await bed.ok('bob', 'task.start', { id }, under(carols));
  await bed.close();
});

test('nobody takes it who has a part in what it is separate from', async () => {
  const bed = await open();
  const run = await bed.start(
    { id: 'a', task: { by: 'human', from: 'passport_bob' } },
    { id: 'b', task: { by: 'human', from: 'passport_carol', separateFrom: ['p0.a'] } },
  );
  const first = (await bed.taskOf(run)).id;
  await bed.ok('bob', 'task.start', { id: first });
  await bed.ok('bob', 'task.complete', { id: first });
  const { id } = await bed.taskOf(run);
  const carols = await letAct(bed, 'carol', 'bob');
  assert.deepEqual(await inbox(bed, 'bob', carols), []);
  assert.equal(await bed.no('bob', 'task.start', { id }, under(carols)), 'not_eligible');
  const passedOn = under(await letAct(bed, 'bob', 'alice', { under: carols }));
  assert.equal(await bed.no('alice', 'task.start', { id }, passedOn), 'not_eligible', 'through him either');
  await bed.ok('alice', 'task.start', { id }, under(await letAct(bed, 'carol', 'alice')));
  await bed.close();
});

test('it is passed on, put aside and declined for them, and that is what the record says', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['clerk'] });
  await bed.ok('root', 'participant.update', { id: 'passport_root', roles: ['administrator', 'clerk'] });
  const carols = under(await letAct(bed, 'carol', 'bob'));
  const ready = async () => {
    const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
    return { run, id: (await bed.taskOf(run)).id };
  };
  const reserved = async () => {
    const run = await bed.start({
      id: 'a',
      task: { by: 'human', from: 'passport_carol', delegates: 'anybody' },
    });
    return { run, id: (await bed.taskOf(run)).id };
  };
  for (const open of [ready, reserved]) {
    const declined = await open();
    await bed.ok('bob', 'task.decline', { id: declined.id }, carols);
    const { actor, payload } = (await lastOf(bed, declined.run, 'task.declined')) ?? {};
    assert.deepEqual([actor, payload?.['participant']], ['passport_bob', 'passport_carol']);
    const forwarded = await open();
    await bed.ok('bob', 'task.suspend', { id: forwarded.id }, carols);
    await bed.ok('bob', 'task.resume', { id: forwarded.id }, carols);
    await bed.ok('bob', 'task.forward', { id: forwarded.id, to: 'passport_root' }, carols);
    const told = (await lastOf(bed, forwarded.run, 'task.forwarded'))?.payload;
    assert.deepEqual([told?.['from'], told?.['to']], ['passport_carol', 'passport_root']);
  }
  await bed.close();
});

test('of a pile what is reserved for the grantor follows as well', async () => {
  const bed = await open();
  const definition = await bed.define(CAROLS);
  const start = async () => bed.taskOf((await bed.ok('root', 'workflow.start', { definition })).id);
  const [first, second] = [await start(), await start()];
  const carols = under(await letAct(bed, 'carol', 'bob'));
  await bed.ok('bob', 'task.start', { id: first.id }, carols);
  const { next } = await bed.ok('bob', 'task.complete', { id: first.id, next: 'piled' }, carols);
  assert.deepEqual([next?.id, next?.assignee], [second.id, 'passport_bob']);
  await bed.close();
});

for (const roles of [[], ['clerk']])
  test(`what the grantor has taken as an administrator is begun for them, and stays as that, by a ${roles[0] ?? 'person'}`, async () => {
    const bed = await open();
    await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['clerk'] });
    await bed.ok('root', 'participant.update', { id: 'passport_bob', roles });
    const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
    const { id } = await bed.taskOf(run);
    const alices = await letAct(bed, 'alice', 'bob');
    await bed.ok('alice', 'task.claim', { id });
    await bed.ok('bob', 'task.start', { id }, under(alices));
    await bed.ok('bob', 'task.stop', { id }, under(alices));
    await bed.ok('root', 'participant.update', { id: 'passport_bob', name: 'Renamed' });
    for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
    assert.equal((await bed.taskOf(run)).assignee, 'passport_bob');
    assert.deepEqual((await bed.store.task(id))?.takenAs, { administrator: true, delegation: alices });
    await bed.ok('bob', 'task.start', { id }, under(alices));
    await bed.ok('bob', 'task.complete', { id }, under(alices));
    await bed.close();
  });
