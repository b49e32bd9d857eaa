/** Whoever is to be told, by policies and by deadlines, is told by mail, over a real server; and nothing waits for that. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { smtpOffice, type Channels } from '../../src/channels/index.ts';
import { makeChannels } from '../../src/main/channels.ts';
import { SmtpServer, textOf, type Delivered } from '../channels-kit/index.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const HOUR = 3_600_000;
const PEOPLE = ['officer', 'guard', 'clerk', 'chief'] as const;
const ROLES: Readonly<Record<string, readonly string[]>> = {
  officer: ['compliance'],
  guard: ['security'],
  clerk: ['clerk', 'operator'],
  chief: ['chief'],
};

interface Scene {
  readonly bed: Testbed;
  readonly smtp: SmtpServer;
  readonly channels: Channels;
  /** What has come for somebody, once there are so many. */
  mails(who: string, count: number): Promise<Delivered[]>;
}

async function scene(context: TestContext): Promise<Scene> {
  const bed = await Testbed.open(...PEOPLE.map((id) => passport(id, { roles: [...(ROLES[id] ?? [])] })));
  const smtp = await SmtpServer.open();
  const { runtime, clock, operations, faults } = bed;
  const channels = makeChannels(
    {
      mail: {
        office: smtpOffice(smtp.url, 'HumanOS <humanos@example.com>'),
        publicUrl: 'https://work.example.com',
      },
    },
    {
      runtime,
      clock,
      version: '0',
      shared: false,
      operations: () => operations,
      onFault: (fault) => void faults.push(fault),
    },
  );
  await channels.start();
  const by = {
    actor: 'passport_root',
    onBehalfOf: 'passport_root',
    authority: { kind: 'role', id: 'administrator' },
  } as const;
  for (const id of PEOPLE)
    await channels.contacts.set(
      { participant: `passport_${id}`, email: `${id}@example.com`, updatedAt: 0 },
      by,
    );
  context.after(async () => {
    await channels.stop();
    await smtp.close();
    await bed.close();
  });
  const mails = async (who: string, count: number): Promise<Delivered[]> => {
    for (;;) {
      const own = smtp.delivered.filter(({ to }) => to.includes(`${who}@example.com`));
      if (own.length >= count) return own;
      await smtp.until(smtp.delivered.length + 1);
    }
  };
  return { bed, smtp, channels, mails };
}

const WAIT = { id: 'a', wait: { signal: 'go' } };

test('a policy that says so tells people of a start, a delegation and a refusal', async (context) => {
  const { bed, mails } = await scene(context);
  await bed.adopt({ policy: { id: 'tell-starts', on: 'run.start', effect: 'notify', to: 'role:security' } });
  await bed.adopt({
    policy: { id: 'tell-lent', on: 'delegate', effect: 'notify', to: ['role:security', 'passport_chief'] },
  });
  const run = await bed.start(WAIT);
  const [started] = await mails('guard', 1);
  const text = textOf(started as Delivered);
  for (const part of ['A run was started', run, 'tell-starts@1', 'root'])
    assert.ok(text.includes(part), text);
  assert.doesNotMatch(text, /decisions/, 'nothing is asked');
  await bed.ok('clerk', 'delegation.create', { to: 'passport_chief' });
  assert.match(textOf((await mails('guard', 2))[1] as Delivered), /Rights were delegated[^]*tell-lent@1/);
  assert.equal((await mails('chief', 1)).length, 1);
  await bed.adopt({ policy: { id: 'closed', on: 'run.start', effect: 'deny' } });
  const definition = await bed.define(WAIT);
  await bed.no('root', 'workflow.start', { definition });
  assert.match(
    textOf((await mails('guard', 3))[2] as Delivered),
    new RegExp(`A policy refused something \\(${definition}\\)`),
  );
});

test('a mail server that is away holds up nothing, and is seen; what was held back comes when it is there', async (context) => {
  const { bed, smtp, channels, mails } = await scene(context);
  await bed.adopt({ policy: { id: 'tell-starts', on: 'run.start', effect: 'notify', to: 'role:security' } });
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  await bed.start(WAIT);
  await bed.until(async () => (await channels.status())[0]?.failed === 1);
  const [status] = await channels.status();
  assert.deepEqual([status?.waiting, status?.delivered], [1, 0]);
  assert.match(status?.lastError ?? '', /451/);
  assert.ok((await bed.start(WAIT)).length > 0, 'work goes on');
  smtp.reply = () => null;
  bed.clock.move(HOUR);
  assert.equal((await mails('guard', 2)).length, 2);
});

test('what is offered is told also where its run is paused before the mail goes out: nothing is told anew when it goes on', async (context) => {
  for (const from of ['role:clerk', 'passport_clerk']) {
    const { bed, smtp, channels, mails } = await scene(context);
    smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
    const run = await bed.start({ id: 'a', task: { by: 'human', from } });
    await bed.until(async () => (await channels.status())[0]?.failed === 1);
    await bed.ok('root', 'workflow.pause', { id: run });
    smtp.reply = () => null;
    bed.clock.move(HOUR);
    assert.equal((await mails('clerk', 1)).length, 1);
  }
});

const late = (then: string, to: string) => ({
  id: 'a',
  task: {
    requires: [],
    by: 'human',
    from: 'role:clerk',
    deadlines: [{ on: 'completion', within: '8h', remind: ['1h before'], then: { [then]: to } }],
  },
});

test('who decides on the start of a run is asked, and again whom it goes up to', async (context) => {
  const { bed, mails } = await scene(context);
  const definition = await bed.define({ id: 'a', wait: { for: '1h' } });
  const asks = { id: 'eyes', on: 'run.start', effect: 'require_approval', within: '1h' };
  await bed.adopt({ policy: { ...asks, from: 'role:compliance', escalate: ['passport_chief'] } });
  const { id } = await bed.ok('clerk', 'workflow.start', { definition });
  const [asked] = await mails('officer', 1);
  assert.match(asked?.raw ?? '', /^Subject: The start of a run waits for an approval/m);
  assert.match(textOf(asked as Delivered), new RegExp(`eyes@1[^]*humanos approve ${id}`));
  bed.clock.move(HOUR);
  const [raised] = await mails('chief', 1);
  assert.match(textOf(raised as Delivered), new RegExp(`still waits[^]*humanos approve ${id}`));
});

test('a reminder reaches whoever has the task, and a missed deadline whom it names', async (context) => {
  const { bed, mails } = await scene(context);
  await bed.start(late('notify', 'role:chief'));
  assert.equal((await mails('clerk', 1)).length, 1);
  bed.clock.move(7 * HOUR);
  const reminder = (await mails('clerk', 2))[1] as Delivered;
  assert.match(reminder.raw, /^Subject: Reminder: /m);
  assert.match(textOf(reminder), /decisions/);
  bed.clock.move(HOUR);
  const [told] = await mails('chief', 1);
  assert.match(told?.raw ?? '', /^Subject: Notice: A task is overdue/m);
});

test('what is escalated in time reaches those who are to do it then', async (context) => {
  const { bed, mails } = await scene(context);
  await bed.start(late('escalate', 'role:chief'));
  await mails('clerk', 1);
  bed.clock.move(7 * HOUR);
  await mails('clerk', 2);
  bed.clock.move(HOUR);
  assert.match(textOf((await mails('chief', 1))[0] as Delivered), /decisions/);
});

test('an approval that is escalated in time reaches those who are added', async (context) => {
  const { bed, mails } = await scene(context);
  const deadlines = [{ on: 'completion', within: '8h', then: { escalate: 'role:chief' } }];
  await bed.start({ id: 'a', approval: { subject: { text: 'x' }, from: 'role:clerk', deadlines } });
  await mails('clerk', 1);
  bed.clock.move(8 * HOUR);
  const [asked] = await mails('chief', 1);
  assert.match(asked?.raw ?? '', /^Subject: Escalated to you: /m);
});

test('who can decide on a delegation is asked, and again whom it goes up to; who is only told hears of both ends', async (context) => {
  const { bed, mails } = await scene(context);
  const asks = { id: 'lent', on: 'delegate', effect: 'require_approval', within: '8h' };
  await bed.adopt({ policy: { ...asks, from: ['role:security', 'role:clerk'], escalate: ['role:chief'] } });
  await bed.adopt({ policy: { id: 'tell-lent', on: 'delegate', effect: 'notify', to: 'role:compliance' } });
  const { id, proposal } = await bed.ok('clerk', 'delegation.create', { to: 'passport_root' });
  const [asked] = await mails('guard', 1);
  assert.match(asked?.raw ?? '', /^Subject: A delegation waits for an approval/m);
  assert.match(textOf(asked as Delivered), new RegExp(`lent@1[^]*humanos delegations show ${id}`));
  assert.match(
    textOf((await mails('officer', 1))[0] as Delivered),
    /waits for an approval[^]*Nothing is asked of you/,
  );
  bed.clock.move(8 * HOUR);
  assert.match(textOf((await mails('chief', 1))[0] as Delivered), /still waits[^]*humanos delegations show/);
  await bed.ok('chief', 'delegation.approve', { id, digest: proposal?.digest ?? '' });
  assert.match(textOf((await mails('officer', 2))[1] as Delivered), /Rights were delegated[^]*tell-lent@1/);
  assert.equal((await mails('clerk', 0)).length, 0, 'who gives it is not asked');
});

const AGENT_WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const NOTE = { id: 'a', record: { system: 'books', operation: 'post', input: { amount: 5 } } };
const asks = (on: string, from: string) => ({
  ...{ id: 'asks', on, when: 'true', effect: 'require_approval', from, within: '8h' },
});

for (const [on, step] of [
  ['task.assign', AGENT_WORK],
  ['record.write', NOTE],
] as const)
  test(`who decides on ${on} for a policy is asked`, async (context) => {
    const { bed, mails } = await scene(context);
    await bed.add(passport('robot', { kind: 'agent', capabilities: ['work'] }));
    await bed.adopt({ policy: asks(on, 'role:security') });
    await bed.start(step);
    assert.match(textOf((await mails('guard', 1))[0] as Delivered), /The policy asks says so[^]*decisions/);
  });

test('who decides on a call of a tool is asked', async (context) => {
  const { bed, mails } = await scene(context);
  await bed.add(passport('robot', { kind: 'agent', capabilities: ['work'] }));
  await bed.adopt({ policy: asks('tool.call', 'role:security') });
  await bed.start(AGENT_WORK);
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const { id = '', token = 0 } = task ?? {};
  await bed.ok('robot', 'tool.request', { id, token, call: '1', tool: 'refund', arguments: { amount: 5 } });
  assert.match(textOf((await mails('guard', 1))[0] as Delivered), /refund[^]*decisions/);
});

test('whoever decides next is asked when their turn comes, and whoever decides instead', async (context) => {
  const { bed, mails } = await scene(context);
  const chain = [{ from: 'role:clerk' }, { from: 'role:chief' }];
  const onReject = { escalate: 'role:security' };
  const run = await bed.start({ id: 'a', approval: { subject: { text: 'x' }, chain, onReject } });
  await mails('clerk', 1);
  const { id, approval } = await bed.taskOf(run);
  const said = { id, subject: approval?.subject ?? '', reason: 'so it is' };
  await bed.ok('clerk', 'task.decide', { ...said, outcome: 'approve' });
  assert.match(textOf((await mails('chief', 1))[0] as Delivered), /decisions/);
  await bed.ok('chief', 'task.decide', { ...said, outcome: 'reject' });
  assert.match(textOf((await mails('guard', 1))[0] as Delivered), /decisions/);
  assert.deepEqual([(await mails('clerk', 1)).length, (await mails('chief', 1)).length], [1, 1]);
});

test('an approval that others are to decide instead reaches them', async (context) => {
  const { bed, mails } = await scene(context);
  const deadlines = [{ on: 'completion', within: '8h', then: { reassign: 'role:chief' } }];
  await bed.start({ id: 'a', approval: { subject: { text: 'x' }, from: 'role:clerk', deadlines } });
  await mails('clerk', 1);
  bed.clock.move(8 * HOUR);
  assert.match(textOf((await mails('chief', 1))[0] as Delivered), /decisions/);
});

test('a mail that comes late does not ask about what is done, or somebody else has', async (context) => {
  const { bed, smtp, channels } = await scene(context);
  await bed.add(passport('colleague', { roles: ['clerk'] }));
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  const work = { id: 'a', task: { requires: [], by: 'human', from: 'role:clerk' } };
  const done = (await bed.taskOf(await bed.start(work))).id;
  const others = (await bed.taskOf(await bed.start(work))).id;
  const ended = async (count: number) =>
    (await channels.deliveries('mail', { limit: 9 })).rows.filter(({ endedAt }) => endedAt !== null)
      .length === count;
  await bed.until(async () => (await channels.status())[0]?.failed === 2);
  await bed.ok('clerk', 'task.start', { id: done });
  await bed.ok('clerk', 'task.complete', { id: done, output: null });
  await bed.ok('colleague', 'task.claim', { id: others });
  smtp.reply = () => null;
  bed.clock.move(HOUR);
  await bed.until(() => ended(2));
  const { rows } = await channels.deliveries('mail', { limit: 9 });
  assert.deepEqual(new Set(rows.map(({ status }) => status)), new Set(['dropped']));
});
