import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

/** What is reserved for somebody by a claim is theirs until that ends, and nobody says so then: REROUTE-2. */
const HOUR = 3_600_000;
const SIGNED = { id: 'a', task: { by: 'human', requires: ['sign'], assign: 'round_robin' } };

const grant = (bed: Testbed, who: string, ms: number | null) =>
  bed.ok('root', 'claim.grant', {
    participant: `passport_${who}`,
    capability: 'sign',
    expiresAt: ms === null ? null : bed.clock.now() + ms,
  });
const isOf = (bed: Testbed, run: string, who: string | null) =>
  bed.until(async () => (await bed.taskOf(run)).assignee === (who && `passport_${who}`));

/** It is reserved for ann by a claim that ends after an hour. */
const reserved = async () => {
  const bed = await Testbed.open(...['ann', 'bo'].map((id) => passport(id)));
  await grant(bed, 'ann', HOUR);
  const run = await bed.start(SIGNED);
  await isOf(bed, run, 'ann');
  return { bed, run };
};

test('when the claim ends somebody else has it, and the record says why', { timeout: 5000 }, async () => {
  const { bed, run } = await reserved();
  await grant(bed, 'bo', null);
  bed.clock.move(HOUR - 1);
  assert.equal((await bed.taskOf(run)).assignee, 'passport_ann');
  bed.clock.move(1);
  await isOf(bed, run, 'bo');
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const { reason } = events.find(({ type }) => type === 'task.released')?.payload ?? {};
  assert.equal(reason, 'ann had sign, which has expired');
  await bed.close();
});

test(
  'where nobody else can do it the verdict says so, until the claim is granted again',
  { timeout: 5000 },
  async () => {
    const { bed, run } = await reserved();
    bed.clock.move(HOUR);
    await isOf(bed, run, null);
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
    assert.equal(verdict.verdict, 'stranded');
    assert.match(verdict.reason, /ann had sign, which has expired/);
    await grant(bed, 'ann', HOUR);
    await isOf(bed, run, 'ann');
    bed.clock.move(HOUR);
    await isOf(bed, run, null);
    await bed.close();
  },
);

test('a claim that comes to end later or sooner ends then', { timeout: 5000 }, async () => {
  const { bed, run } = await reserved();
  await grant(bed, 'bo', null);
  await grant(bed, 'ann', 2 * HOUR);
  bed.clock.move(HOUR);
  await bed.ok('root', 'participant.update', { id: 'passport_bo', groups: ['x'] });
  assert.equal((await bed.taskOf(run)).assignee, 'passport_ann');
  await grant(bed, 'ann', 1000);
  bed.clock.move(1000);
  await isOf(bed, run, 'bo');
  await bed.close();
});

/** As a server finds it that starts, which reads no others than these from the store by themselves. */
const startedAgain = async (bed: Testbed, ms: number) => {
  const again = new Testbed(bed.store);
  again.clock.move(bed.clock.now() + ms - again.clock.now());
  const read: string[] = [];
  const task = bed.store.task.bind(bed.store);
  bed.store.task = (id) => (read.push(id), task(id));
  await again.runtime.start();
  return { again, read };
};

test('a start looks at what has ended meanwhile, and at nothing else', { timeout: 5000 }, async () => {
  const { bed, run } = await reserved();
  await bed.add(passport('cy', { roles: ['clerk'] }));
  for (let more = 0; more < 5; more += 1)
    await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', assign: 'round_robin' } });
  await grant(bed, 'bo', null);
  const { id } = await bed.taskOf(run);
  await bed.runtime.stop();
  const { again, read } = await startedAgain(bed, HOUR);
  await isOf(again, run, 'bo');
  assert.deepEqual(read, [id]);
  await again.close();
});

test(
  'what somebody had who was suspended as the process ended goes on at the start',
  { timeout: 5000 },
  async () => {
    const { bed, run } = await reserved();
    await grant(bed, 'bo', null);
    await bed.runtime.stop();
    await bed.ok('root', 'participant.suspend', { id: 'passport_ann' });
    assert.equal((await bed.taskOf(run)).assignee, 'passport_ann');
    const { again } = await startedAgain(bed, 0);
    await isOf(again, run, 'bo');
    await again.close();
  },
);
