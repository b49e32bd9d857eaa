import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const people = ['ann', 'bo'].map((id) => passport(id, { roles: ['clerk'], capacity: 9 }));

/** Given back by whoever had it, in a run that is paused, and that goes on then. */
const givenBack = async (task: object) => {
  const bed = await Testbed.open(...people);
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', ...task } });
  const { id, assignee } = await bed.taskOf(run);
  const who = assignee?.slice('passport_'.length) ?? 'ann';
  if ((await bed.taskOf(run)).status !== 'in_progress') await bed.ok(who, 'task.start', { id });
  await bed.ok('root', 'workflow.pause', { id: run });
  await bed.ok(who, 'task.release', { id });
  await bed.ok('root', 'workflow.resume', { id: run });
  return { bed, run, id, who };
};
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};

for (const assign of ['best_fit', 'random', 'shortest_queue', 'round_robin'])
  for (const commence of [{}, { commence: 'allocation' }])
    test(`what is given back in a paused run goes to somebody else by ${assign} ${JSON.stringify(commence)}`, async () => {
      const { bed, run, who } = await givenBack({ assign, ...commence });
      await bed.until(async () => (await bed.taskOf(run)).assignee !== null);
      assert.notEqual((await bed.taskOf(run)).assignee, `passport_${who}`);
      await bed.close();
    });

test('what is given back in a paused run by the only one who can do it is theirs again', async () => {
  const { bed, run, who } = await givenBack({ assign: 'round_robin', exclude: ['passport_bo'] });
  await bed.until(async () => (await bed.taskOf(run)).assignee !== null);
  assert.equal((await bed.taskOf(run)).assignee, `passport_${who}`);
  await bed.close();
});

for (const commence of [{}, { commence: 'allocation' }])
  test(`what one person alone gives back in a paused run is neither reserved for them again nor begun ${JSON.stringify(commence)}`, async () => {
    const { bed, run } = await givenBack({ from: 'passport_ann', ...commence });
    await settled();
    assert.deepEqual((({ status, assignee }) => [status, assignee])(await bed.taskOf(run)), ['ready', null]);
    await bed.close();
  });

test('what was given back in a paused run for whoever comes is taken as soon as that goes on', async () => {
  const { bed, id } = await givenBack({});
  await bed.ok('bo', 'task.claim', { id });
  await bed.close();
});
