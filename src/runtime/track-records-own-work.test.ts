import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const MINUTE = 60_000;
const ANN = passport('ann', { roles: ['clerk'] });
const AGENT = passport('one', { kind: 'agent', capabilities: ['read'] });
const CLERK = { by: 'human', from: 'role:clerk' };

const recordOf = ({ runtime }: Testbed, who: string) => runtime.history.record(`passport_${who}`, '*');
const doubted = ({ runtime }: Testbed) => runtime.history.toJSON()['doubted'];

/** A task that ann has begun. */
const begun = async (bed: Testbed, more: object = {}) => {
  const run = await bed.start({ id: 'a', task: CLERK, ...more });
  const { id } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id });
  return { run, id };
};

test('what is forced nobody did: it is work of neither its holder nor whoever forces it', async () => {
  const bed = await Testbed.open(ANN);
  const { id } = await begun(bed);
  bed.clock.move(60 * MINUTE);
  await bed.ok('root', 'task.force_complete', { id, output: 1 });
  const other = await begun(bed);
  await bed.ok('root', 'task.force_fail', { id: other.id, cause: 'external' });
  assert.deepEqual([recordOf(bed, 'ann'), recordOf(bed, 'root')], [null, null]);
  await bed.close();
});

test('a result that is forced is doubted as nobody\u2019s, and says whether what was doubted before was right', async () => {
  const bed = await Testbed.open(ANN, AGENT);
  const run = await bed.start(
    { id: 'a', task: { requires: ['read'], by: 'agent' } },
    { id: 'b', task: CLERK },
  );
  const { task } = await bed.ok('one', 'task.claim_next', {});
  assert.ok(task);
  await bed.ok('one', 'task.complete', { id: task.id, token: task.token, output: 'maybe', confidence: 0.1 });
  const { id } = await bed.taskOf(run);
  await bed.ok('root', 'task.force_complete', { id, output: 'maybe' });
  assert.equal(recordOf(bed, 'one')?.successes, 1);
  assert.deepEqual([recordOf(bed, 'root'), doubted(bed)], [null, []]);
  await bed.close();
});

for (const [what, isBegun, failures] of [
  ['only lay reserved', false, undefined],
  ['had been begun', true, 1],
] as const)
  test(`what its time is over for, where it ${what}, fails as ${isBegun ? 'theirs' : 'nobody\u2019s'}`, async () => {
    const bed = await Testbed.open(ANN);
    const task = { ...CLERK, assign: 'round_robin' };
    const run = await bed.start({ id: 'a', timeout: '1h', task });
    const { id, assignee } = await bed.taskOf(run);
    assert.equal(assignee, 'passport_ann');
    if (isBegun) await bed.ok('ann', 'task.start', { id });
    bed.clock.move(60 * MINUTE);
    await bed.until(async () => (await bed.ok('root', 'workflow.get_run', { id: run })).status === 'failed');
    assert.equal(recordOf(bed, 'ann')?.failures, failures);
    await bed.close();
  });
