import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const agent = (capacity: number) =>
  passport('one', { kind: 'agent', capabilities: ['read', 'write'], capacity });
const opened = async (bed: Testbed, requires: string, assign: string): Promise<string> =>
  (await bed.taskOf(await bed.start({ id: 'a', task: { by: 'agent', requires: [requires], assign } }))).id;
const take = async (bed: Testbed, id: string): Promise<string> => {
  const outcome = await bed.operations.call('task.start', { id }, bed.as('one'));
  return outcome.ok ? 'ok' : outcome.rejection.code;
};

test('an agent takes nothing by name beside as much as was given to it, and begins what was (CAPACITY-2)', async () => {
  const bed = await Testbed.open(agent(1));
  const given = await opened(bed, 'read', 'round_robin');
  const offered = await opened(bed, 'read', 'offer');
  assert.equal(await take(bed, offered), 'capacity_reached');
  assert.equal(await take(bed, given), 'ok');
  assert.equal(await take(bed, offered), 'capacity_reached');
  await bed.close();
});

test('what an agent begins of what was given to it counts once beside what it takes (CAPACITY-2)', async () => {
  const bed = await Testbed.open(agent(2));
  const given = await opened(bed, 'read', 'round_robin');
  const offered = await opened(bed, 'read', 'offer');
  assert.deepEqual(await Promise.all([given, offered].map((id) => take(bed, id))), ['ok', 'ok']);
  await bed.close();
});

test('an agent that waits is kept from nothing by what was given to it in a run that is paused (CAPACITY-2)', async () => {
  const bed = await Testbed.open(agent(1));
  const given = await opened(bed, 'read', 'round_robin');
  await bed.ok('root', 'workflow.pause', { id: given.slice(0, given.indexOf(':')) });
  const offered = await opened(bed, 'read', 'offer');
  assert.equal((await bed.ok('one', 'task.claim_next', {})).task?.id, offered);
  await bed.close();
});
