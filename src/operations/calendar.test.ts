import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const at = (text: string): number => Date.parse(text);
const BERLIN = {
  zone: 'Europe/Berlin',
  weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
  holidays: ['2027-03-29'],
};
const open = () =>
  Testbed.open(passport('ann', { roles: ['manager'] }), passport('cy', { roles: ['worker', 'clerk'] }));

test("working time is the organisation's, and survives a restart", async () => {
  const bed = await open();
  assert.deepEqual(await bed.ok('ann', 'organisation.get_calendar', {}), {
    zone: 'UTC',
    weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
    holidays: [],
  });
  await bed.ok('root', 'organisation.set_calendar', BERLIN);
  const again = new Testbed(bed.store);
  await again.runtime.start();
  assert.deepEqual(again.runtime.organisation.calendar.hours, BERLIN);
  await again.runtime.stop();
  await bed.close();
});

test('deadlines, time-outs and approvals count working hours by it, over a holiday and a change of the clock', async () => {
  const bed = await open();
  await bed.ok('root', 'organisation.set_calendar', BERLIN);
  // The Friday before the clock goes forward; the Monday after it is off.
  bed.clock.move(at('2027-03-26T15:00:00+01:00') - bed.clock.now());
  const due = at('2027-03-30T15:00:00+02:00');
  const timed = await bed.start({
    id: 'a',
    timeout: '8 working hours',
    task: { by: 'human', from: 'role:clerk' },
  });
  assert.equal((await bed.taskOf(timed)).deadline, due);
  const within = '8 working hours';
  const bounded = await bed.start({
    id: 'a',
    task: { by: 'human', from: 'role:clerk', deadlines: [{ within }] },
  });
  assert.equal((await bed.taskOf(bounded)).deadlines[0]?.due, due);
  const escalate = ['passport_root'];
  const asked = await bed.start({
    id: 'a',
    approval: { subject: 1, from: 'role:manager', within, escalate },
  });
  const approval = await bed.taskOf(asked);
  assert.deepEqual([approval.deadline, approval.approval?.within], [due, { ms: 28_800_000, working: true }]);
  bed.clock.move(due - bed.clock.now());
  await bed.until(async () => (await bed.taskOf(asked)).from.length === 2);
  assert.equal(
    (await bed.taskOf(asked)).deadline,
    at('2027-03-31T15:00:00+02:00'),
    'and again for who is next',
  );
  await bed.close();
});

test('a calendar that says no time, or no time at all, is refused', async () => {
  const bed = await open();
  assert.equal(
    await bed.no('root', 'organisation.set_calendar', { ...BERLIN, zone: 'Europe/Nowhere' }),
    'request_invalid',
  );
  assert.equal(
    await bed.no('root', 'organisation.set_calendar', { ...BERLIN, weekly: [] }),
    'request_invalid',
  );
  assert.equal(await bed.no('ann', 'organisation.set_calendar', BERLIN), 'forbidden');
  assert.equal((await bed.ok('root', 'organisation.get_calendar', {})).zone, 'UTC');
  await bed.close();
});
