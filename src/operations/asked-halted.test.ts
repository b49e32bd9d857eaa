/** What a task says to whoever could begin it, while its run, or the organisation, gives nothing out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const told = async (bed: Testbed, who: string, id: string) => {
  const { actions, obstacle } = (await bed.ok(who, 'task.get', { id })).asked;
  return { takes: actions.filter((one) => one === 'claim' || one === 'start'), obstacle };
};

test('what cannot be begun while its run is paused says so, to whoever could and to nobody else', async () => {
  const clerk = (id: string) => passport(id, { roles: ['clerk'] });
  const bed = await Testbed.open(clerk('ann'), clerk('bob'), passport('eve'));
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  const { id } = await bed.taskOf(run);
  const PAUSED = 'The run is paused: its tasks are not given out.';
  const [free, start] = [['claim', 'start'], ['start']];
  const scenes = [
    { status: 'ready', takes: free },
    { status: 'reserved', takes: start },
  ] as const;
  for (const { status, takes } of scenes) {
    if (status === 'reserved') await bed.ok('ann', 'task.claim', { id });
    assert.deepEqual(await told(bed, 'ann', id), { takes, obstacle: null }, status);
    await bed.ok('root', 'workflow.pause', { id: run });
    assert.deepEqual(await told(bed, 'ann', id), { takes: [], obstacle: PAUSED }, status);
    assert.equal(await bed.no('ann', 'task.start', { id }), 'run_status');
    assert.notEqual((await told(bed, 'eve', id)).obstacle, PAUSED);
    await bed.ok('root', 'workflow.resume', { id: run });
  }
  await bed.ok('ann', 'task.start', { id });
  await bed.ok('root', 'workflow.pause', { id: run });
  assert.equal((await told(bed, 'ann', id)).obstacle, null, 'what is begun goes on');
  await bed.close();
});

test('what is held back by the emergency stop says why', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const task = { by: 'human', from: 'role:clerk' };
  const run = await bed.start({ id: 'a', task }, { id: 'b', task });
  const first = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id: first.id });
  await bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' });
  await bed.ok('ann', 'task.complete', { id: first.id, output: 1 });
  const { id, status } = await bed.taskOf(run);
  assert.equal(status, 'created');
  assert.match((await told(bed, 'ann', id)).obstacle ?? '', /a leak/);
  await bed.ok('root', 'organisation.lift_emergency_stop', { reason: 'closed' });
  await bed.until(async () => (await told(bed, 'ann', id)).obstacle === null);
  await bed.close();
});
