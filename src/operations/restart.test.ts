import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

test('everything is there again after a restart', async () => {
  const bed = await Testbed.open(passport('a'));
  await bed.ok('root', 'participant.register', {
    id: 'passport_agent',
    kind: 'agent',
    name: 'A',
    owner: 'passport_a',
    capabilities: ['ocr'],
  });
  await bed.ok('root', 'capability.save', { id: 'ocr', implies: ['reading'] });
  await bed.ok('root', 'capability.save', { id: 'gone' });
  await bed.ok('root', 'capability.delete', { id: 'gone' });
  await bed.ok('agent', 'claim.declare', { participant: 'me', capability: 'writing' });
  await bed.ok('a', 'participant.set_availability', {
    id: 'me',
    status: 'away',
    until: bed.clock.now() + 1000,
  });
  const delegation = await bed.ok('a', 'delegation.create', {
    to: 'passport_agent',
    scope: { capabilities: [] },
  });
  await bed.ok('root', 'participant.suspend', { id: 'passport_a' });
  const look = async (one: Testbed) => ({
    people: (await one.ok('root', 'participant.list', {})).rows,
    capabilities: (await one.ok('root', 'capability.list', {})).rows,
    delegations: (await one.ok('root', 'delegation.list', {})).rows,
    able: one.runtime.organisation.directory.claimed('reading'),
  });
  const before = await look(bed);
  assert.equal(before.able, 1);
  assert.equal(before.delegations[0]?.id, delegation.id);
  await bed.runtime.stop();
  const again = new Testbed(bed.store);
  await again.runtime.start();
  assert.deepEqual(await look(again), before);
  const { id, revision } = await again.ok('root', 'capability.get', { id: 'gone' });
  assert.deepEqual([id, revision], ['gone', 0]);
  await again.ok('root', 'capability.save', { id: 'gone' });
  await again.close();
});

test('a lease that goes on after a restart is the same of a task, in lists and of a run', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent', capabilities: ['read'] }));
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('agent', 'task.claim_next', { leaseSeconds: 5 });
  const id = task?.id ?? '';
  await bed.runtime.stop();
  bed.clock.move(6000);
  const again = new Testbed(bed.store);
  again.clock.move(6000);
  await again.runtime.start();
  const leases = async () => [
    (await again.ok('root', 'task.get', { id })).leaseUntil,
    (await again.taskOf(run)).leaseUntil,
    (await again.ok('root', 'workflow.get_run', { id: run })).tasks[0]?.leaseUntil,
  ];
  const until = again.clock.now() + 10_000;
  assert.deepEqual(await leases(), [until, until, until]);
  await again.ok('agent', 'task.heartbeat', { id, token: task?.token ?? 0, leaseSeconds: 600 });
  const later = again.clock.now() + 600_000;
  assert.deepEqual(await leases(), [later, later, later]);
  await again.close();
});

test('what another process has written is followed before anything is decided on top of it', async () => {
  const bed = await Testbed.open(passport('a'));
  const other = new Testbed(bed.store);
  await other.runtime.start();
  await bed.ok('root', 'participant.suspend', { id: 'passport_a' });
  await bed.ok('root', 'capability.save', { id: 'x', implies: ['y'] });
  assert.equal(other.as('a').status, 'available', 'it has not heard of it');
  assert.equal(await other.no('root', 'participant.suspend', { id: 'passport_a' }), 'participant_status');
  assert.equal(await other.no('root', 'capability.save', { id: 'y', implies: ['x'] }), 'capability_invalid');
  await other.ok('root', 'participant.unsuspend', { id: 'passport_a' });
  await bed.runtime.organisation.follow();
  assert.equal(bed.as('a').status, 'available');
  const both = [bed, other].map((one) =>
    one.operations.call(
      'claim.grant',
      { participant: 'passport_a', capability: `c${one === bed}` },
      one.as('root'),
    ),
  );
  assert.deepEqual(
    (await Promise.all(both)).map(({ ok }) => ok),
    [true, true],
  );
  await bed.runtime.organisation.follow();
  assert.deepEqual(bed.as('a').capabilities.toSorted(), ['cfalse', 'ctrue']);
  await other.close();
  await bed.close();
});
