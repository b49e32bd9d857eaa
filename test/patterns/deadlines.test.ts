import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Office, person } from './office.ts';

const HOUR = 3_600_000;
const people = [
  person('clerk', { roles: ['clerk'] }),
  person('other', { roles: ['clerk'] }),
  person('lead', { roles: ['lead'] }),
  person('chief', { roles: ['chief'] }),
];
const timed = (...deadlines: object[]) => ({ id: 'a', task: { by: 'human', from: 'role:clerk', deadlines } });
const escalation = { within: '8h', then: { escalate: ['role:lead', 'role:chief'] } };

const count = async (office: Office, run: string, type: string): Promise<number> =>
  (await office.events(run)).filter((event) => event.type === type).length;
const happens = (office: Office, run: string, type: string, times = 1): Promise<void> =>
  office.until(async () => (await count(office, run, type)) === times);
/** Lets time pass, and all that it leads to happen. */
async function pass(office: Office, ms: number): Promise<void> {
  office.site.bed.clock.move(ms);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('WRP-28 Escalation: the system takes the item to others, the previous holder loses it; once, also after a restart and a jump', async () => {
  const office = await Office.open(...people);
  const run = await office.start(timed(escalation));
  const { id } = await office.task(run);
  const { token } = await office.does('clerk', 'start', id);
  await pass(office, 8 * HOUR);
  await happens(office, run, 'task.overdue');
  assert.deepEqual(
    [await office.sees('lead', id), await office.sees('clerk', id), await office.sees('chief', id)],
    [true, false, false],
  );
  const late = await office.act('clerk', 'complete', id, { token, output: 1 });
  assert.equal(late.status, 409, late.text);
  await office.restart();
  await pass(office, 0);
  assert.equal(await count(office, run, 'task.overdue'), 1, 'nothing fires again after a restart');
  await pass(office, 500 * 24 * HOUR);
  await happens(office, run, 'task.overdue', 2);
  assert.deepEqual([await office.sees('lead', id), await office.sees('chief', id)], [false, true]);
  await pass(office, 500 * 24 * HOUR);
  assert.equal(await count(office, run, 'task.overdue'), 2);
  await office.complete('chief', id);
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('HT-D1 a start deadline is missed iff nobody has begun by then', async () => {
  const office = await Office.open(...people);
  const job = await office.define('job', timed({ on: 'start', within: '1h', then: { notify: 'role:lead' } }));
  const [begun, claimed] = [await office.run(job), await office.run(job)];
  await office.does('clerk', 'start', (await office.task(begun)).id);
  await office.does('clerk', 'claim', (await office.task(claimed)).id);
  await pass(office, 2 * HOUR);
  await happens(office, claimed, 'task.overdue');
  assert.equal(await count(office, begun, 'task.overdue'), 0);
  await office.close();
});

test('HT-D2 a completion deadline is missed iff the task has not ended by then', async () => {
  const office = await Office.open(...people);
  const job = await office.define('job', timed({ within: '1h' }));
  const [done, doing] = [await office.run(job), await office.run(job)];
  await office.complete('clerk', (await office.task(done)).id);
  await office.does('clerk', 'start', (await office.task(doing)).id);
  await pass(office, 2 * HOUR);
  await happens(office, doing, 'task.overdue');
  assert.equal(await count(office, done, 'task.overdue'), 0);
  await office.close();
});

test('HT-D3 a deadline counts from the creation, and goes on while the task is suspended, unless that is declared', async () => {
  const office = await Office.open(...people);
  const runs = await office.define('runs', timed({ within: '2h' }));
  const stops = await office.define('stops', timed({ within: '2h', suspended: 'pauses' }));
  const [running, pausing] = [await office.run(runs), await office.run(stops)];
  await pass(office, HOUR);
  for (const run of [running, pausing]) await office.does('clerk', 'suspend', (await office.task(run)).id);
  await pass(office, 5 * HOUR);
  await happens(office, running, 'task.overdue');
  assert.equal(await count(office, pausing, 'task.overdue'), 0);
  await office.does('clerk', 'resume', (await office.task(pausing)).id);
  await pass(office, HOUR - 1);
  assert.equal(await count(office, pausing, 'task.overdue'), 0);
  await pass(office, 1);
  await happens(office, pausing, 'task.overdue');
  await office.close();
});

test('HT-D4 every escalation fires once: a notification, or a reassignment to Ready, or to Reserved for one', async () => {
  const office = await Office.open(...people);
  const run = await office.start(
    timed(
      { within: '1h', then: { notify: 'role:lead' } },
      { within: '2h', then: { reassign: ['role:lead', 'role:chief'] } },
      { within: '3h', then: { reassign: 'passport_chief' } },
    ),
  );
  const { id } = await office.task(run);
  await office.does('clerk', 'claim', id);
  await pass(office, HOUR);
  await happens(office, run, 'task.overdue');
  assert.equal((await office.task(run)).assignee, 'passport_clerk');
  await pass(office, HOUR);
  await happens(office, run, 'task.reassigned');
  const open = await office.task(run);
  assert.deepEqual([open.status, open.assignee, open.from], ['ready', null, ['role:lead', 'role:chief']]);
  await pass(office, HOUR);
  await happens(office, run, 'task.reassigned', 2);
  const reserved = await office.task(run);
  assert.deepEqual([reserved.status, reserved.assignee], ['reserved', 'passport_chief']);
  assert.equal(await count(office, run, 'task.overdue'), 3);
  await office.close();
});

test('HT-D5 what has not fired by the start or the end does not fire; what fell due while the server was down fires once, in order', async () => {
  const office = await Office.open(...people);
  const job = await office.define(
    'job',
    timed(
      { on: 'start', within: '1h', then: { notify: 'role:lead' } },
      { within: '4h', remind: ['2h before', '1h before'], then: { escalate: 'role:lead' } },
    ),
  );
  const [begun, left] = [await office.run(job), await office.run(job)];
  await office.complete('clerk', (await office.task(begun)).id);
  office.site.bed.clock.move(0);
  await office.site.close();
  const later = office.site.bed.clock.now() + 100 * HOUR;
  office.site.bed.clock.move(100 * HOUR);
  await office.restart();
  await happens(office, left, 'task.reassigned');
  const timely = (await office.events(left)).filter(({ type }) => /reminded|overdue/.test(type));
  assert.deepEqual(
    timely.map(({ type, payload }) => [type, payload['deadline']]),
    [
      ['task.overdue', 0],
      ['task.reminded', 1],
      ['task.reminded', 1],
      ['task.overdue', 1],
    ],
  );
  assert.ok(office.site.bed.clock.now() >= later);
  assert.equal(await count(office, begun, 'task.overdue'), 0);
  await office.close();
});

test('HT-D6 a task has the priority of its step, else of its run, 5 by default; the most urgent comes first', async () => {
  const office = await Office.open(...people);
  const job = await office.define('job', timed());
  const run = (await office.done<{ id: string }>('root', '/v1/runs', { definition: job })).id;
  const urgent = await office.run(job, {}, 10);
  assert.deepEqual([(await office.task(run)).priority, (await office.task(urgent)).priority], [5, 10]);
  assert.deepEqual(
    (await office.mine('clerk')).map(({ priority }) => priority),
    [10, 5],
  );
  await office.close();
});

test('working time is that of the assignee, else of the organisation', async () => {
  const hours = { zone: 'UTC', weekly: [{ days: [6, 7], from: '10:00', to: '12:00' }], holidays: [] };
  const office = await Office.open(...people, person('weekend', { workingHours: hours }));
  const deadlines = [{ within: '3 working hours' }];
  const anybody = await office.start(timed(...deadlines));
  const one = await office.start({ id: 'a', task: { by: 'human', from: 'passport_weekend', deadlines } });
  const due = async (run: string): Promise<string> =>
    new Date((await office.task(run)).deadlines[0]?.due ?? 0).toISOString();
  assert.equal(await due(anybody), '2026-01-05T12:00:00.000Z', 'Monday, from nine');
  assert.equal(await due(one), '2026-01-11T11:00:00.000Z', 'Saturday and Sunday');
  await office.close();
});

test('a deadline names the manager of whoever has the task, as the organisation is then', async () => {
  const office = await Office.open(...people);
  const run = await office.start(timed({ within: '1h', then: { escalate: 'manager_of:holder' } }));
  await office.does('clerk', 'start', (await office.task(run)).id);
  await office.update('clerk', { manager: 'passport_chief' });
  await pass(office, HOUR);
  await happens(office, run, 'task.reassigned');
  assert.equal(await office.sees('chief', (await office.task(run)).id), true);
  await office.close();
});
