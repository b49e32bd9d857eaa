/** Why a task was put where it was is told as of then, and not as if it held still. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const clerk = (id: string) => passport(id, { roles: ['clerk'] });
const told = async (bed: Testbed, id: string) => {
  const { explanation } = await bed.ok('root', 'task.get', { id });
  return [explanation?.choice.kind, explanation?.holds, explanation?.at];
};

test('what was assigned holds until it is given back', async () => {
  const bed = await Testbed.open(clerk('ann'), clerk('bob'));
  const step = (id: string, assign: string) => ({ id, task: { by: 'human', from: 'role:clerk', assign } });
  const run = await bed.start(step('a', 'offer'), step('b', 'case'));
  const first = (await bed.taskOf(run)).id;
  await bed.ok('bob', 'task.start', { id: first });
  await bed.ok('bob', 'task.complete', { id: first });
  const { id } = await bed.taskOf(run);
  const began = bed.clock.now();
  assert.deepEqual(await told(bed, id), ['assigned', true, began]);
  bed.clock.move(1000);
  const { token } = (await bed.ok('bob', 'task.start', { id })).task;
  assert.deepEqual(await told(bed, id), ['assigned', true, began]);
  await bed.ok('bob', 'task.release', { id, token });
  assert.equal((await bed.taskOf(run)).assignee, null);
  assert.deepEqual(await told(bed, id), ['assigned', false, began]);
  await bed.close();
});

test('what was offered holds until those to whom it was have declined it, or somebody has taken it', async () => {
  const bed = await Testbed.open(clerk('ann'), clerk('bob'));
  const began = bed.clock.now();
  const offered = async (from: string | string[]) => {
    const { id } = await bed.taskOf(
      await bed.start({
        id: 'a',
        task: { by: 'human', from, assign: 'offer' },
        onFailure: { finally: 'fail' },
      }),
    );
    return id;
  };
  const both = await offered(['passport_ann', 'passport_bob']);
  await bed.ok('ann', 'task.decline', { id: both });
  assert.deepEqual(await told(bed, both), ['offered', true, began], 'to bob');
  await bed.ok('bob', 'task.decline', { id: both });
  assert.deepEqual((await told(bed, both)).slice(1), [false, began]);
  const open = await offered('role:clerk');
  assert.deepEqual(await told(bed, open), ['offered', true, began]);
  await bed.ok('ann', 'task.start', { id: open });
  assert.deepEqual(await told(bed, open), ['offered', false, began]);
  await bed.close();
});

test('that nobody was eligible holds until somebody is', async () => {
  const bed = await Testbed.open(clerk('ann'));
  const { id } = await bed.taskOf(await bed.start({ id: 'a', task: { by: 'agent', requires: ['read'] } }));
  const began = bed.clock.now();
  assert.deepEqual(await told(bed, id), ['nobody', true, began]);
  await bed.add(passport('other', { kind: 'agent' }));
  assert.deepEqual(await told(bed, id), ['nobody', true, began]);
  await bed.add(passport('bot', { kind: 'agent', capabilities: ['read'] }));
  assert.deepEqual(await told(bed, id), ['nobody', false, began]);
  await bed.close();
});

test('nobody is eligible yet for what policies let nobody have', async () => {
  const bed = await Testbed.open(clerk('ann'), passport('officer', { roles: ['compliance'] }));
  await bed.adopt({ policy: { id: 'nobody', on: 'task.assign', effect: 'deny', reason: 'Not today.' } });
  const task = { by: 'human', from: 'role:clerk', assign: 'round_robin' };
  const { id } = await bed.taskOf(await bed.start({ id: 'a', task }));
  assert.deepEqual((await told(bed, id)).slice(0, 2), ['nobody', true]);
  await bed.close();
});
