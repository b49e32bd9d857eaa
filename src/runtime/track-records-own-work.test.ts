import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
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
/** Durations are good to 9 %. */
const takes = async (bed: Testbed, { id }: { id: string }, ms: number): Promise<void> => {
  await bed.ok('ann', 'task.complete', { id, output: 1 });
  const median = recordOf(bed, 'ann')?.medianMs ?? 0;
  assert.ok(Math.abs(median / ms - 1) <= 0.09, `${median} ms`);
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

test('time in which work was put aside is none that it took', async () => {
  const bed = await Testbed.open(ANN);
  const it = await begun(bed);
  for (let n = 0; n < 2; n += 1) {
    bed.clock.move(MINUTE);
    await bed.ok('ann', 'task.suspend', { id: it.id });
    bed.clock.move(DAY);
    await bed.ok('ann', 'task.resume', { id: it.id });
  }
  bed.clock.move(MINUTE);
  await takes(bed, it, 3 * MINUTE);
  await bed.close();
});

test('time in which something lay reserved and aside is none before it was begun', async () => {
  const bed = await Testbed.open(ANN);
  const run = await bed.start({ id: 'a', task: CLERK });
  const { id } = await bed.taskOf(run);
  await bed.ok('ann', 'task.claim', { id });
  await bed.ok('ann', 'task.suspend', { id });
  bed.clock.move(DAY);
  await bed.ok('ann', 'task.resume', { id });
  await bed.ok('ann', 'task.start', { id });
  bed.clock.move(MINUTE);
  await takes(bed, { id }, MINUTE);
  await bed.close();
});

test('what is begun again takes as long as it does from then on', async () => {
  const bed = await Testbed.open(ANN);
  const it = await begun(bed);
  bed.clock.move(DAY);
  await bed.ok('root', 'task.restart', { id: it.id });
  bed.clock.move(MINUTE);
  await takes(bed, it, MINUTE);
  await bed.close();
});

test('what is put aside as a server stops is so after it has started', async () => {
  const bed = await Testbed.open(ANN);
  const it = await begun(bed);
  bed.clock.move(MINUTE);
  await bed.ok('ann', 'task.suspend', { id: it.id });
  const now = bed.clock.now();
  await bed.close();

  const again = new Testbed(bed.store);
  again.clock.move(now + DAY - again.clock.now());
  await again.runtime.start();
  await again.ok('ann', 'task.resume', { id: it.id });
  again.clock.move(MINUTE);
  await takes(again, it, 2 * MINUTE);
  await again.close();
});
