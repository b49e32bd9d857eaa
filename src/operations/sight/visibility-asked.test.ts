/** What is asked on behalf of work is seen as the work is (SEE-1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import type { Passport } from '../../routing/index.ts';

const HIDDEN = { visibility: { allocated: 'holder', unallocated: 'candidates' } };
const SECRET = 'salary 1000';

const open = (...more: Passport[]) =>
  Testbed.open(
    passport('bot', { kind: 'agent', capabilities: ['read'] }),
    passport('boss', { roles: ['boss'] }),
    passport('chief', { roles: ['boss'] }),
    passport('other'),
    ...more,
  );

/** Whether somebody is told the secret, by each way in which they could be. */
async function told(bed: Testbed, who: string, run: string, task: string): Promise<Record<string, boolean>> {
  const got = await bed.operations.call('task.get', { id: task }, bed.as(who));
  const { events: all } = await bed.ok(who, 'event.list', { limit: 1000 });
  const answers = {
    task: got,
    list: await bed.ok(who, 'task.list', {}),
    run: await bed.ok(who, 'workflow.get_run', { id: run }),
    events: await bed.ok(who, 'run.events', { id: run, limit: 1000 }),
    ledger: all.filter((event) => event.run === run),
  };
  return Object.fromEntries(
    Object.entries(answers).map(([way, answer]) => [way, JSON.stringify(answer).includes(SECRET)]),
  );
}
const ALL = { task: true, list: true, run: true, events: true, ledger: true };
const NONE = { task: false, list: false, run: false, events: false, ledger: false };

test('the arguments of a call are shown to whom they are shown in the work, and to who decides', async () => {
  for (const more of [HIDDEN, { visibility: { allocated: 'holder' } }]) {
    const bed = await open();
    const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent', ...more } });
    const { task } = await bed.ok('bot', 'task.claim_next', {});
    const held = { id: task?.id ?? '', token: task?.token ?? 0 };
    const call = { call: '1', tool: 'pay', arguments: { note: SECRET } };
    const { approvals } = await bed.ok('bot', 'tool.request', { ...held, ...call });
    const [approval = ''] = approvals;
    assert.deepEqual(await told(bed, 'other', run, approval), NONE);
    assert.ok((await told(bed, 'root', run, approval))['task']);
    await bed.close();
  }
});

test('work that waits for leave to begin shows its input to whom it would, and to who decides', async () => {
  const bed = await open(passport('officer', { roles: ['administrator'] }));
  await bed.adopt({
    policy: {
      id: 'leave',
      on: 'task.start',
      when: 'true',
      effect: 'require_approval',
      from: 'role:boss',
      quorum: 2,
    },
  });
  const run = await bed.start({
    id: 'a',
    task: { requires: ['read'], by: 'agent', input: { note: SECRET }, ...HIDDEN },
  });
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  assert.deepEqual(await told(bed, 'boss', run, id), ALL);
  const decision = { id, outcome: 'approve' as const, subject: approval?.subject ?? '' };
  await bed.ok('boss', 'task.decide', decision);
  assert.deepEqual(await told(bed, 'boss', run, id), ALL, 'who has decided');
  await bed.ok('chief', 'task.decide', decision);
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  await bed.close();
});

test('a result that waits to be approved is shown to whom the work is, and to who decides', async () => {
  const bed = await open(passport('officer', { roles: ['administrator'] }));
  const policy = { id: 'look', on: 'task.complete', effect: 'require_approval', from: 'role:boss' };
  await bed.adopt({ policy });
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent', ...HIDDEN } });
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('bot', 'task.complete', { ...held, output: { note: SECRET } });
  const { id, approval } = await bed.taskOf(run);
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  assert.ok((await told(bed, 'boss', run, id))['task']);
  await bed.ok('boss', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  await bed.close();
});

/** A result of hidden work that somebody is to look at. */
async function doubted(bed: Testbed, more: object = {}): Promise<{ run: string; id: string }> {
  const run = await bed.start({
    id: 'a',
    task: { requires: ['read'], by: 'agent', confidence: 0.9, ...HIDDEN, ...more },
    onFailure: { finally: 'escalate', to: 'role:boss' },
  });
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('bot', 'task.complete', { ...held, output: { note: SECRET }, confidence: 0.1 });
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  return { run, id };
}

test('a result that a person is to look at is shown to whom the work is, and to who is asked until somebody has it', async () => {
  const bed = await open();
  const { run, id } = await doubted(bed);
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  assert.ok((await told(bed, 'chief', run, id))['task']);
  await bed.ok('boss', 'task.start', { id });
  assert.ok((await told(bed, 'boss', run, id))['task']);
  assert.deepEqual(await told(bed, 'chief', run, id), NONE, 'somebody has it');
  await bed.close();
});

const HELD = { by: 'human', from: 'role:clerk', visibility: { allocated: 'holder' } };
const clerks = () => [
  passport('officer', { roles: ['administrator'] }),
  passport('eve', { roles: ['clerk'] }),
  passport('mia', { roles: ['clerk'] }),
];

test('whoever has the work sees what is asked about a call of theirs, also when that is decided', async () => {
  const bed = await open(...clerks());
  const run = await bed.start({ id: 'a', task: HELD });
  const { id } = await bed.taskOf(run);
  await bed.ok('eve', 'task.start', { id });
  const call = { id, call: '1', tool: 'pay', arguments: { note: SECRET } };
  const [approval = ''] = (await bed.ok('eve', 'tool.request', call)).approvals;
  assert.deepEqual(await told(bed, 'eve', run, approval), ALL);
  assert.deepEqual(await told(bed, 'mia', run, approval), NONE);
  const subject = (await bed.ok('root', 'task.get', { id: approval })).approval?.subject ?? '';
  await bed.ok('root', 'task.decide', { id: approval, outcome: 'reject', reason: 'no', subject });
  const { events } = await bed.ok('eve', 'run.events', { id: run, limit: 1000 });
  assert.deepEqual(
    events.filter(({ payload }) => 'hidden' in payload),
    [],
  );
  assert.deepEqual(await told(bed, 'mia', run, approval), NONE);
  await bed.close();
});

test('whoever made a result sees what is asked about it, and nobody else who might have', async () => {
  const bed = await open(...clerks());
  for (const from of ['role:boss', 'role:chief'])
    await bed.adopt({
      policy: { id: from.slice(5), on: 'task.complete', effect: 'require_approval', from },
    });
  const run = await bed.start({ id: 'a', task: HELD });
  const { id } = await bed.taskOf(run);
  await bed.ok('eve', 'task.start', { id });
  await bed.ok('eve', 'task.complete', { id, output: { note: SECRET } });
  for (const last of [false, true]) {
    const { id: asked, kind, approval } = await bed.taskOf(run);
    assert.equal(kind, 'approval');
    assert.deepEqual(await told(bed, 'eve', run, asked), ALL);
    assert.deepEqual(await told(bed, 'mia', run, asked), NONE);
    const decision = { id: asked, outcome: 'approve' as const, subject: approval?.subject ?? '' };
    if (!last) await bed.ok('boss', 'task.decide', decision);
  }
  await bed.close();
});

test('work that waits for leave to begin is shown to who may do it, and then to who does', async () => {
  const bed = await open(...clerks());
  await bed.adopt({
    policy: { id: 'leave', on: 'task.start', when: 'true', effect: 'require_approval', from: 'role:boss' },
  });
  const run = await bed.start({ id: 'a', task: { ...HELD, input: { note: SECRET } } });
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  for (const who of ['eve', 'mia']) assert.deepEqual(await told(bed, who, run, id), ALL);
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  await bed.ok('boss', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  const work = await bed.taskOf(run);
  await bed.ok('eve', 'task.start', { id: work.id });
  const see = async (who: string) => (await bed.operations.call('task.get', { id }, bed.as(who))).ok;
  assert.ok(await see('eve'));
  assert.equal(await see('mia'), false);
  await bed.close();
});

test('whom a person is sought among sees what they are asked, whatever the step withdraws from who may do it', async () => {
  const bed = await open();
  const { run, id } = await doubted(bed, { privileges: { potential_owner: { withdraw: ['view'] } } });
  assert.ok((await told(bed, 'boss', run, id))['task']);
  assert.deepEqual(await told(bed, 'other', run, id), NONE);
  await bed.close();
});

test('approvals that are steps themselves, and of work that hides nothing, are shown as before', async () => {
  const bed = await open();
  const shown = { visibility: { allocated: 'everyone', unallocated: 'everyone' } };
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const asked = await bed.start({ id: 'a', approval: { subject: SECRET, from: 'role:boss' } });
  const own = (await bed.taskOf(asked)).id;
  assert.deepEqual(await told(bed, 'other', asked, own), ALL);
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent', ...shown } });
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const call = { call: '1', tool: 'pay', arguments: { note: SECRET } };
  const [approval = ''] = (await bed.ok('bot', 'tool.request', { ...held, ...call })).approvals;
  assert.ok((await told(bed, 'other', run, approval))['task']);
  await bed.close();
});
