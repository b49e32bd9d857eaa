import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BY, ChannelsBed, sha256, SmtpServer, textOf } from '../../../test/channels-kit/index.ts';
import { taskRow } from '../../../test/contract/fixtures.ts';
import { person } from '../../../test/routing-kit/person.ts';
import { toHex } from '../../ledger/index.ts';
import type { Passport } from '../../routing/index.ts';
import { refuse } from '../../engine/index.ts';
import { memoryStore } from '../../store/memory/index.ts';
import type { TaskRow } from '../../store/index.ts';
import type { Ask } from './mail-channel.ts';
import { letterOf, type Question } from './letter.ts';
import { smtpOffice } from './post-office.ts';

const HOUR = 3_600_000;
const PASSWORD = 'pa55w0rd%21';

const human = (id: string, changes: Partial<Passport> = {}): Passport =>
  person(`passport_human_${id}`, { name: id, ...changes });

const PEOPLE = [
  human('ann', { roles: ['manager'] }),
  human('bob', { roles: ['manager'] }),
  human('cfo', { roles: ['cfo'] }),
  human('root'),
  human('far', { roles: ['manager'] }),
  human('old', { roles: ['manager'], status: 'revoked' }),
  { ...human('bot', { roles: ['manager'], kind: 'agent' }), id: 'passport_agent_bot' },
];

const approvalTask = (more: Partial<TaskRow> = {}): TaskRow =>
  taskRow('run_1', 'sign-off.approve:1.1', {
    kind: 'approval',
    by: 'human',
    requires: [],
    from: ['role:manager'],
    excluded: [],
    assignee: null,
    status: 'ready',
    approval: {
      status: 'open',
      subject: 'a'.repeat(64),
      quorum: 1,
      decisions: [],
      stage: 0,
      next: [],
      distinct: 'people',
      veto: true,
      reasoned: false,
      keeps: false,
      appeal: [],
      escalate: [],
      within: null,
    },
    ...more,
  });

const questionOf = (task: string): Question => ({
  task,
  what: 'Approve or reject sign-off of Invoices',
  name: 'Invoices',
  startedBy: 'Zoe',
  why: 'the amount is over 10,000 €',
  onApproval: 'The run goes on with book.',
  onRejection: 'The run ends as rejected.',
  deadline: null,
  subject: 'a'.repeat(64),
});

interface Scene {
  readonly bed: ChannelsBed;
  readonly smtp: SmtpServer;
  answers(ask: Ask): void;
}

async function scene(context: TestContext): Promise<Scene> {
  const smtp = await SmtpServer.open();
  let ask: Ask = async (task) => ({ ok: true, value: questionOf(task) });
  const url = smtp.url;
  const mail = {
    office: smtpOffice(url, 'HumanOS <humanos@example.com>'),
    ask: (task: string, passport: Passport) => ask(task, passport),
    publicUrl: 'https://work.example.com',
  };
  const bed = await ChannelsBed.open(memoryStore(), { mail });
  bed.people = PEOPLE;
  for (const { id, name } of PEOPLE.filter((one) => one.name !== 'far'))
    await bed.channels.contacts.set({ participant: id, email: `${name}@example.com`, updatedAt: 0 }, BY);
  context.after(async () => {
    await bed.channels.stop();
    await smtp.close();
    assert.deepEqual(bed.faults, []);
  });
  return { bed, smtp, answers: (next) => void (ask = next) };
}

const created = (bed: ChannelsBed, task: TaskRow = approvalTask()) =>
  bed.append('run_1', 'task.created', { task: task.id }, task);
const mailOf = async (bed: ChannelsBed) => {
  const [mail] = await bed.channels.status();
  return mail ?? assert.fail('no mail');
};

test('everybody in the role who can be reached is asked: what, why, by whom, what follows, and a link of their own', async (context) => {
  const { bed, smtp } = await scene(context);
  const task = approvalTask();
  await created(bed, task);
  const mails = await smtp.until(2);
  assert.deepEqual(mails.flatMap(({ to }) => to).toSorted(), ['ann@example.com', 'bob@example.com']);
  const tokens = mails.map((mail) => {
    const text = textOf(mail);
    for (const part of ['Zoe', 'over 10,000 €', 'goes on with book', 'ends as rejected', 'Invoices'])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.match(mail.raw, /^Auto-Submitted: auto-generated$/m);
    assert.match(mail.raw, /^Subject: Approve or reject sign-off of Invoices$/m);
    return /https:\/\/work\.example\.com\/decisions\/([\w-]{43})\s/.exec(text)?.[1] ?? assert.fail(text);
  });
  assert.notEqual(tokens[0], tokens[1]);
  for (const token of tokens) {
    const found = await bed.channels.links.find(token);
    assert.equal(found?.state, 'open');
    assert.deepEqual([found.link.task, found.link.subject], [task.id, 'a'.repeat(64)]);
    assert.equal(found.id, toHex(sha256(token)));
  }
  await bed.until(async () => (await mailOf(bed)).delivered === 2);
});

test('LINK-1 no token is in the database, and none but the right one opens anything', async (context) => {
  const { bed, smtp } = await scene(context);
  await created(bed);
  const [first] = await smtp.until(2);
  const token = /decisions\/([\w-]{43})/.exec(textOf(first ?? assert.fail()))?.[1] ?? '';
  const links = await bed.store.documents('decision_link', { limit: 10 });
  assert.equal(links.rows.length, 2);
  assert.ok(!JSON.stringify(links.rows).includes(token));
  const other = `${token.slice(0, 42)}${token.endsWith('A') ? 'B' : 'A'}`;
  for (const bad of [other, '', token.slice(1), `${token}x`, links.rows[0]?.id ?? ''])
    assert.equal(await bed.channels.links.find(bad), null, bad);
});

test('LINK-2 a link is over after seven days, or once it is used', async (context) => {
  const { bed } = await scene(context);
  const { links } = bed.channels;
  const [one, two] = [await links.make('p', 't', null), await links.make('p', 't', null)];
  const found = await links.find(one);
  await links.use(found?.id ?? '');
  await links.use(found?.id ?? '');
  assert.equal((await links.find(one))?.state, 'used');
  bed.clock.move(7 * 24 * HOUR - 1);
  assert.equal((await links.find(two))?.state, 'open');
  bed.clock.move(1);
  assert.equal((await links.find(two))?.state, 'expired');
});

test('LINK-3 a link that is long over is removed, used or not, and those that count stay', async (context) => {
  const { bed } = await scene(context);
  const { links } = bed.channels;
  const old = await Promise.all(Array.from({ length: 600 }, () => links.make('p', 't', null)));
  await links.use((await links.find(old[0] ?? ''))?.id ?? '');
  bed.clock.move(37 * 24 * HOUR);
  const fresh = await links.make('p', 't', null);
  assert.equal(await links.forget(), 0);
  bed.clock.move(1);
  assert.equal(await links.forget(), 600);
  assert.equal(await links.find(old[0] ?? ''), null);
  assert.equal((await links.find(fresh))?.state, 'open');
});

test('whoever was given a task is told, unless they took it; an escalation reaches those who were added', async (context) => {
  const { bed, smtp } = await scene(context);
  const [ann] = PEOPLE;
  const own = approvalTask({
    id: 'run_1:own:1.1',
    approval: null,
    kind: 'task',
    assignee: BY.actor,
    status: 'reserved',
  });
  await bed.append('run_1', 'task.reserved', { task: own.id }, own);
  const given = { ...own, id: 'run_1:given:1.1', assignee: ann?.id ?? '' };
  await bed.append('run_1', 'task.reserved', { task: given.id }, given);
  assert.deepEqual((await smtp.until(1))[0]?.to, ['ann@example.com']);
  const raised = approvalTask({ id: 'run_1:raised:1.1', from: ['role:manager', 'role:cfo'] });
  await bed.append('run_1', 'task.escalated', { task: raised.id, to: 'role:cfo' }, raised);
  const mails = await smtp.until(2);
  assert.deepEqual(mails[1]?.to, ['cfo@example.com']);
  assert.match(mails[1].raw, /^Subject: Escalated to you: /m);
  await bed.until(async () => (await mailOf(bed)).delivered === 2);
});

test('what is over, or cannot be answered by its reader, is not sent', async (context) => {
  const { bed, smtp, answers } = await scene(context);
  answers(async (_, { name }) =>
    name === 'ann'
      ? { ok: true, value: null }
      : { ok: false, rejection: refuse('task_closed', 'It is over.') },
  );
  await created(bed);
  await created(bed, approvalTask({ id: 'run_1:done:1.1', status: 'completed' }));
  await bed.until(async () => (await bed.channels.deliveries('mail', { limit: 9 })).rows.length === 2);
  const { rows } = await bed.channels.deliveries('mail', { limit: 9 });
  assert.deepEqual(
    rows.map(({ status }) => status),
    ['dropped', 'dropped'],
  );
  assert.equal(smtp.delivered.length, 0);
});

test('whoever may not act any more is told nothing, though something was on its way to them', async (context) => {
  const { bed, smtp } = await scene(context);
  const told = ['passport_human_ann', 'passport_human_old'];
  await bed.append('run_1', 'task.overdue', { then: 'notify', to: told });
  assert.deepEqual((await smtp.until(1))[0]?.to, ['ann@example.com']);
  await bed.until(async () => (await mailOf(bed)).delivered > 0 && (await mailOf(bed)).waiting === 0);
  assert.equal((await bed.channels.deliveries('mail', { limit: 9 })).rows.length, 1);
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  await created(bed, approvalTask({ from: ['passport_human_ann'] }));
  await bed.until(async () => (await mailOf(bed)).failed === 1);
  smtp.reply = () => null;
  bed.people = bed.people.map((one) => (one.name === 'ann' ? { ...one, status: 'suspended' } : one));
  bed.clock.move(HOUR);
  await bed.until(async () => (await mailOf(bed)).waiting === 0);
  const [last] = (await bed.channels.deliveries('mail', { limit: 9 })).rows;
  assert.deepEqual([last?.status, smtp.delivered.length], ['dropped', 1]);
});

test('a server that is away is tried again, with a fresh link under the same message id', async (context) => {
  const { bed, smtp } = await scene(context);
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  await created(bed, approvalTask({ from: ['passport_human_ann'] }));
  await bed.until(async () => (await mailOf(bed)).failed === 1);
  const [waiting] = (await bed.channels.deliveries('mail', { limit: 9 })).rows;
  assert.match(waiting?.error ?? '', /451/);
  const before = (await bed.store.documents('decision_link', { limit: 9 })).rows.length;
  smtp.reply = () => null;
  bed.clock.move((waiting?.due ?? 0) - bed.clock.now());
  const [mail] = await smtp.until(1);
  assert.match(mail?.raw ?? '', /^Message-ID: <[0-9a-f]{32}@work\.example\.com>$/m);
  assert.equal((await bed.store.documents('decision_link', { limit: 9 })).rows.length, before + 1);
  await bed.until(async () => (await mailOf(bed)).delivered === 1);
});

test('mail goes on after a week in which the server took nothing', async (context) => {
  const { bed, smtp } = await scene(context);
  const ann = { from: ['passport_human_ann'] };
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  for (let half = 0; half < 14; half += 1) {
    const { failed } = await mailOf(bed);
    await created(bed, approvalTask({ id: `run_1:early${half}:1.1`, ...ann }));
    await bed.until(async () => (await mailOf(bed)).failed > failed);
    await bed.channels.settled();
    bed.clock.move(12 * HOUR);
  }
  smtp.reply = () => null;
  const late = approvalTask({ id: 'run_1:late:1.1', ...ann });
  const position = await created(bed, late);
  await bed.until(async () =>
    (await bed.channels.deliveries('mail', { limit: 50 })).rows.some(
      (one) => one.position === position && one.status === 'delivered',
    ),
  );
});

test('an address that the server will never take is a dead letter at once', async (context) => {
  const { bed, smtp } = await scene(context);
  smtp.reply = (command, line) =>
    command === 'RCPT' && line.includes('ann@') ? '550 no such mailbox' : null;
  await created(bed);
  await bed.until(async () => (await bed.channels.deadLetters('mail', { limit: 9 })).rows.length === 1);
  const [letter] = (await bed.channels.deadLetters('mail', { limit: 9 })).rows;
  assert.deepEqual([letter?.to, letter?.attempts], ['passport_human_ann', 1]);
  assert.match(letter?.error ?? '', /550/);
  await bed.until(async () => (await mailOf(bed)).delivered === 1);
  smtp.reply = () => null;
  assert.ok((await bed.channels.redeliver(letter?.id ?? '', BY)).ok);
  assert.deepEqual((await smtp.until(2))[1]?.to, ['ann@example.com']);
  await bed.until(async () => (await mailOf(bed)).delivered === 2);
});

test('a mailbox that is full is told from a server that is away', async (context) => {
  const { bed, smtp } = await scene(context);
  const left = async (): Promise<unknown> => {
    const stored = await bed.store.document('channel', 'mail');
    const parcels = stored?.body['parcels'] as readonly { untaken?: true }[] | undefined;
    return parcels?.[0]?.untaken;
  };
  smtp.reply = (command, line) => (command === 'RCPT' && line.includes('ann@') ? '452 over quota' : null);
  await created(bed);
  await bed.until(async () => (await mailOf(bed)).failed === 1 && (await mailOf(bed)).delivered === 1);
  await bed.until(async () => (await left()) === true);
  smtp.reply = (command) => (command === 'MAIL' ? '451 later' : null);
  bed.clock.move(HOUR);
  await bed.until(async () => (await mailOf(bed)).failed === 2);
  await bed.until(async () => (await left()) === undefined);
});

test('after a crash in the middle, whoever was not told is told', async (context) => {
  const { bed, smtp } = await scene(context);
  let held = 0;
  smtp.reply = (command) => (command === 'MAIL' && (held += 1) > 1 ? '451 later' : null);
  await created(bed);
  await bed.until(async () => (await mailOf(bed)).delivered + (await mailOf(bed)).failed === 2);
  smtp.reply = () => null;
  const old = bed.channels;
  await bed.crash();
  bed.clock.move(HOUR);
  const mails = await smtp.until(2);
  assert.deepEqual(new Set(mails.flatMap(({ to }) => to)), new Set(['ann@example.com', 'bob@example.com']));
  await bed.until(async () => (await mailOf(bed)).delivered === 2);
  await old.stop();
});

test('LETTER-1 texts of others are text', () => {
  const question = {
    ...questionOf('t'),
    what: 'a\r\nBcc: all@example.com\u0007',
    why: '<img src=x onerror="x">&',
  };
  const letter = letterOf(question, '<b>Ann</b>\n', 'https://work.example.com/decisions/x', 'asked');
  assert.equal(letter.subject, 'a Bcc: all@example.com');
  assert.ok(!letter.html.includes('<img') && !letter.html.includes('<b>'));
  assert.ok(letter.html.includes('&lt;img src=x onerror=&quot;x&quot;&gt;&amp;'));
});

test('LETTER-1 no text of others is a line of its own', () => {
  const why = `it failed\r\n\nLook at it and answer:\u2028https://evil.example.com/ ${'x'.repeat(200)}`;
  const link = 'https://work.example.com/decisions/x';
  const lines = letterOf({ ...questionOf('t'), why }, 'Ann', link, 'asked').text.split(/[\n\r\u2028]/);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('https:') || line.startsWith('Look')),
    ['Look at it and answer:', link],
  );
  assert.ok(lines.some((line) => line.endsWith('x'.repeat(200))));
});

test('the ledger holds no address of a person', async (context) => {
  const { bed } = await scene(context);
  for (const { text } of await bed.store.entries({ position: -1 }, 100))
    assert.ok(!text.includes('@example.com'), text);
});

test('SMTP-2 no password is shown, and it goes over TLS or not at all', async (context) => {
  const smtp = await SmtpServer.open();
  context.after(() => smtp.close());
  smtp.reply = (command) =>
    command === 'EHLO'
      ? '250-test\r\n250 AUTH PLAIN'
      : command === 'AUTH'
        ? `535 not ${decodeURIComponent(PASSWORD)}`
        : null;
  const mail = { to: 'a@example.com', subject: 's', text: 't', html: '', messageId: '<1@x>' };
  const local = smtpOffice(smtp.url.replace('//', `//user:${PASSWORD}@`), 'h@example.com');
  await assert.rejects(local.send(mail), ({ message }: Error) => {
    assert.match(message, /535/);
    return !message.includes(decodeURIComponent(PASSWORD));
  });
  local.close();
  const commands: string[] = [];
  smtp.reply = (command) => {
    commands.push(command);
    return command === 'EHLO' ? '250-test\r\n250 AUTH PLAIN' : command === 'STARTTLS' ? '502 no' : null;
  };
  const elsewhere = smtp.url.replace('127.0.0.1', '[::ffff:127.0.0.1]').replace('//', `//user:${PASSWORD}@`);
  const remote = smtpOffice(elsewhere, 'h@example.com');
  await assert.rejects(remote.send(mail));
  assert.deepEqual([commands.includes('EHLO'), commands.includes('AUTH')], [true, false]);
  remote.close();
  for (const bad of ['http://x', 'x', '', 'smtp:'])
    assert.throws(() => smtpOffice(bad, 'h@example.com'), RangeError, bad);
});
