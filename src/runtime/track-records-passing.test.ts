import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const CLERKS = ['ann', 'bo'].map((id) => passport(id, { roles: ['clerk'] }));
const BOSS = passport('boss', { roles: ['boss'] });
const AGENT = passport('one', { kind: 'agent', capabilities: ['read'] });
const HOUR = 3_600_000;

const recordOf = ({ runtime }: Testbed, who: string) => runtime.history.record(`passport_${who}`, '*');
const failures = (bed: Testbed, who: string): number => recordOf(bed, who)?.failures ?? 0;
const doubted = ({ runtime }: Testbed) => runtime.history.toJSON()['doubted'];
const statusOf = async (bed: Testbed, id: string) =>
  (await bed.ok('root', 'workflow.get_run', { id })).status;

/** A task of an hour that somebody has begun. */
const begun = async (bed: Testbed, task: object = {}) => {
  const run = await bed.start({
    id: 'a',
    timeout: '1h',
    task: { by: 'human', from: 'role:clerk', ...task },
  });
  const { id } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id });
  return { run, id };
};
const late = async (bed: Testbed, run: string): Promise<void> => {
  bed.clock.move(HOUR);
  await bed.until(async () => (await statusOf(bed, run)) === 'failed');
};

test('what somebody has forwarded does not fail as theirs', async () => {
  const bed = await Testbed.open(...CLERKS, BOSS);
  const { run, id } = await begun(bed);
  await bed.ok('ann', 'task.forward', { id, to: 'role:boss' });
  await late(bed, run);
  assert.equal(recordOf(bed, 'ann'), null);
  await bed.close();
});

test('what is delegated fails as that of whoever has it then', async () => {
  const bed = await Testbed.open(...CLERKS);
  const { run, id } = await begun(bed);
  await bed.ok('ann', 'task.delegate', { id, to: 'passport_bo' });
  await bed.ok('bo', 'task.start', { id });
  await late(bed, run);
  assert.deepEqual([recordOf(bed, 'ann'), failures(bed, 'bo')], [null, 1]);
  await bed.close();
});

test('whom a task is given by name has had a turn, and has failed once they have begun it', async () => {
  const bed = await Testbed.open(...CLERKS);
  const step = { id: 'a', timeout: '1h', task: { by: 'human', from: 'role:clerk', activate: 'manual' } };
  const run = await bed.start(step);
  const { id } = await bed.taskOf(run);
  await bed.ok('root', 'task.nominate', { id, to: ['passport_bo'] });
  assert.match(JSON.stringify(bed.runtime.history.toJSON()['turns']), /passport_bo/);
  await bed.ok('bo', 'task.start', { id });
  await late(bed, run);
  assert.equal(failures(bed, 'bo'), 1);
  await bed.close();
});

test('what is taken from somebody who was late, also while the run is paused, does not fail as theirs', async () => {
  const bed = await Testbed.open(...CLERKS, BOSS);
  const deadlines = [{ within: '30m', then: { reassign: 'role:boss' } }];
  const { run, id } = await begun(bed, { deadlines });
  await bed.ok('root', 'workflow.pause', { id: run });
  bed.clock.move(HOUR / 2);
  await bed.until(async () => (await bed.ok('root', 'task.get', { id })).assignee === null);
  await bed.ok('root', 'workflow.resume', { id: run });
  await late(bed, run);
  assert.equal(recordOf(bed, 'ann'), null);
  await bed.close();
});

/** A run that waits for a person to look at a result that its maker doubts. */
const doubting = async (bed: Testbed) => {
  const run = await bed.start(
    { id: 'a', task: { requires: ['read'], by: 'agent' }, onFailure: 'skip' },
    { id: 'b', task: { by: 'human', from: 'role:clerk' } },
  );
  const { task } = await bed.ok('one', 'task.claim_next', {});
  assert.ok(task);
  await bed.ok('one', 'task.complete', { id: task.id, token: task.token, output: 'maybe', confidence: 0.1 });
  assert.equal((doubted(bed) as unknown[]).length, 1);
  return { run, id: (await bed.taskOf(run)).id };
};

for (const [what, act] of [
  [
    'its run is cancelled',
    (bed: Testbed, { run }: { run: string }) => bed.ok('root', 'workflow.cancel', { id: run }),
  ],
  [
    'the look at it is skipped',
    (bed: Testbed, { id }: { id: string }) => bed.ok('root', 'task.skip', { id }),
  ],
  [
    'the look at it has failed',
    (bed: Testbed, { id }: { id: string }) => bed.ok('root', 'task.force_fail', { id }),
  ],
] as const)
  test(`a result that was doubted is kept no longer when ${what}`, async () => {
    const bed = await Testbed.open(...CLERKS, AGENT);
    await act(bed, await doubting(bed));
    assert.deepEqual(doubted(bed), []);
    assert.equal(recordOf(bed, 'one'), null, 'nobody has said whether it was right');
    await bed.close();
  });
