/** Who the ledger says did it, for whom, and on whose authority (promise 2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

/** The last event of a type: the authority that it names. */
async function groundOf(bed: Testbed, run: string, type: string): Promise<string> {
  const { events } = await bed.ok('root', 'run.events', { id: run, limit: 1000 });
  const { authority } = events.findLast((event) => event.type === type) ?? assert.fail(`no ${type}`);
  return [authority.kind, authority.id].join(':');
}

const CLERKS = { id: 'a', task: { by: 'human', from: 'role:clerk', skippable: true, delegates: 'anybody' } };
const FORCED = { output: 1, reason: 'it has to be' };

test('what an administrator does is done as one, also with a task that they have taken', async () => {
  const bed = await Testbed.open(passport('clerk', { roles: ['clerk'] }));
  const taken = async () => {
    const run = await bed.start(CLERKS);
    const { id } = await bed.taskOf(run);
    await bed.ok('root', 'task.start', { id });
    assert.equal(await groundOf(bed, run, 'task.started'), 'role:administrator');
    return { run, id };
  };
  const completed = await taken();
  await bed.ok('root', 'task.complete', { id: completed.id });
  assert.equal(await groundOf(bed, completed.run, 'task.completed'), 'role:administrator');
  const forced = await taken();
  await bed.ok('root', 'task.force_complete', { id: forced.id, ...FORCED });
  assert.equal(await groundOf(bed, forced.run, 'task.completed'), 'role:administrator');
  const failed = await taken();
  await bed.ok('root', 'task.force_fail', { id: failed.id, reason: 'it has to' });
  assert.equal(await groundOf(bed, failed.run, 'task.failed'), 'role:administrator');
  const skipped = await taken();
  await bed.ok('root', 'task.skip', { id: skipped.id });
  assert.equal(await groundOf(bed, skipped.run, 'task.skipped'), 'role:administrator');
  await bed.close();
});

test('who administers a task and does it as its owner acts on what makes it theirs, and forces it as administrator', async () => {
  const bed = await Testbed.open(
    passport('clerk', { roles: ['clerk'] }),
    passport('both', { roles: ['clerk', 'operator'] }),
  );
  const begun = async (who: string) => {
    const run = await bed.start(CLERKS);
    const { id } = await bed.taskOf(run);
    await bed.ok(who, 'task.start', { id });
    return { run, id };
  };
  const own = await begun('both');
  await bed.ok('both', 'task.complete', { id: own.id });
  assert.equal(await groundOf(bed, own.run, 'task.completed'), 'role:clerk');
  const forced = await begun('both');
  await bed.ok('both', 'task.force_complete', { id: forced.id, ...FORCED });
  assert.equal(await groundOf(bed, forced.run, 'task.completed'), 'role:operator');
  const passed = await begun('clerk');
  await bed.ok('clerk', 'task.delegate', { id: passed.id, to: 'passport_root' });
  await bed.ok('root', 'task.start', { id: passed.id });
  await bed.ok('root', 'task.complete', { id: passed.id });
  assert.match(await groundOf(bed, passed.run, 'task.completed'), /^definition:/);
  await bed.close();
});

test('a child run is opened by the engine, and started by whoever started its parent', async () => {
  const bed = await Testbed.open(
    passport('clerk', { roles: ['clerk'] }),
    passport('ivy', { roles: ['operator'] }),
  );
  const child = await bed.define(CLERKS);
  const definition = await bed.define(CLERKS, { id: 'b', workflow: { definition: child } });
  const parent = (await bed.ok('ivy', 'workflow.start', { definition })).id;
  await bed.ok('root', 'participant.revoke', { id: 'passport_ivy' });
  const { id } = await bed.taskOf(parent);
  await bed.ok('clerk', 'task.start', { id });
  await bed.ok('clerk', 'task.complete', { id });
  const children = async () => (await bed.ok('root', 'workflow.list_runs', { parent })).rows;
  await bed.until(async () => (await children()).length > 0);
  const [run] = await children();
  assert.equal(run?.startedBy, 'passport_ivy');
  const { events } = await bed.ok('root', 'run.events', { id: run?.id ?? '' });
  const [{ actor, onBehalfOf, authority } = assert.fail()] = events;
  const by = {
    actor: 'system:humanos',
    onBehalfOf: 'passport_ivy',
    authority: { kind: 'system', id: `parent:${parent}` },
  };
  assert.deepEqual({ actor, onBehalfOf, authority }, by);
  await bed.close();
});

const APPROVAL = { effect: 'require_approval' };
const officer = passport('officer', { roles: ['compliance'] });
const erp = passport('erp', { kind: 'system', groups: [], roles: [] });
const bot = passport('bot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const WRITE = { id: 'a', record: { system: 'erp', operation: 'post', input: { amount: 1 } } };

/** Says yes on the only approval that is open. */
async function approve(bed: Testbed, who: string, run: string): Promise<void> {
  const { rows } = await bed.ok('root', 'task.list', { run, kind: ['approval'], open: true });
  const [asked = assert.fail('no approval')] = rows;
  const subject = asked.approval?.subject ?? '';
  await bed.ok(who, 'task.decide', { id: asked.id, outcome: 'approve', subject, reason: 'fine' });
}

const goesAway = (bed: Testbed, who: string, substitute: string) =>
  bed.ok(who, 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: `passport_${substitute}`,
  });

test('a decision that a policy asks for rests on that policy, where it names nobody by a role', async () => {
  const bed = await Testbed.open(officer, erp, bot, passport('gil', { groups: ['desk'] }));
  await bed.adopt({ policy: { ...APPROVAL, id: 'writes', on: 'record.write', from: 'passport_gil' } });
  await bed.adopt({ policy: { ...APPROVAL, id: 'results', on: 'task.complete', from: 'group:desk' } });
  await bed.adopt({ policy: { ...APPROVAL, id: 'calls', on: 'tool.call', from: 'group:desk' } });
  const written = await bed.start(WRITE);
  await approve(bed, 'gil', written);
  assert.equal(await groundOf(bed, written, 'write.decided'), 'policy:writes');
  const done = await bed.start(READ);
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('bot', 'tool.request', { ...held, call: '1', tool: 'refund', arguments: {} });
  await approve(bed, 'gil', done);
  assert.equal(await groundOf(bed, done, 'tool.decided'), 'policy:calls');
  await bed.ok('bot', 'task.complete', { ...held, output: 1 });
  await approve(bed, 'gil', done);
  assert.equal(await groundOf(bed, done, 'result.decided'), 'policy:results');
  await bed.adopt({ policy: { ...APPROVAL, id: 'begins', on: 'task.start', from: 'group:desk' } });
  const begun = await bed.start(READ);
  await approve(bed, 'gil', begun);
  assert.equal(await groundOf(bed, begun, 'begin.decided'), 'policy:begins');
  const signed = await bed.start({ id: 'sign', approval: { subject: 1, from: 'group:desk' } });
  await approve(bed, 'gil', signed);
  assert.match(await groundOf(bed, signed, 'task.decided'), /^definition:/, 'no policy asks');
  await bed.close();
});

test('a start that several policies want approved rests on each of them, by whom it names', async () => {
  const bed = await Testbed.open(
    officer,
    passport('gil', { groups: ['desk'] }),
    passport('ann', { roles: ['chief'], groups: ['desk'] }),
  );
  await bed.adopt({ policy: { ...APPROVAL, id: 'costs', on: 'run.start', from: 'role:chief' } });
  await bed.adopt({ policy: { ...APPROVAL, id: 'risks', on: 'run.start', from: 'group:desk', quorum: 2 } });
  const run = await bed.start(CLERKS);
  await bed.ok('gil', 'workflow.approve', { id: run });
  assert.equal(await groundOf(bed, run, 'launch.endorsed'), 'policy:risks');
  await bed.ok('ann', 'workflow.approve', { id: run });
  assert.equal(await groundOf(bed, run, 'run.approved'), 'role:chief');
  const rejected = await bed.start(CLERKS);
  await bed.ok('gil', 'workflow.approve', { id: rejected });
  await bed.ok('gil', 'workflow.reject', { id: rejected, reason: 'no, after all' });
  assert.equal(await groundOf(bed, rejected, 'run.rejected'), 'policy:risks');
  await bed.close();
});

test('whoever has spoken for one policy and is asked for another rests on that one then', async () => {
  const [desk, officer] = [{ groups: ['desk'] }, passport('officer', { roles: ['compliance'] })];
  const bed = await Testbed.open(officer, passport('gil', desk), passport('dan', desk), passport('ann'));
  const approval = { on: 'run.start', effect: 'require_approval' } as const;
  await bed.adopt({ policy: { ...approval, id: 'arisks', from: 'group:desk', quorum: 2 } });
  const escalate = ['passport_gil'];
  await bed.adopt({ policy: { ...approval, id: 'bcosts', from: 'passport_ann', within: '1h', escalate } });
  const run = await bed.start(CLERKS);
  await bed.ok('gil', 'workflow.approve', { id: run });
  assert.equal(await groundOf(bed, run, 'launch.endorsed'), 'policy:arisks');
  bed.clock.move(3_600_001);
  await bed.until(async () => {
    const { events } = await bed.ok('root', 'run.events', { id: run, limit: 1000 });
    return events.some(({ type }) => type === 'launch.escalated');
  });
  await bed.ok('gil', 'workflow.approve', { id: run });
  assert.equal(await groundOf(bed, run, 'launch.endorsed'), 'policy:bcosts');
  await bed.close();
});

test('who decides in place of somebody away does so on their role, else on what asks', async () => {
  const bed = await Testbed.open(
    officer,
    erp,
    passport('gil', { roles: ['supervisor'] }),
    passport('fay', { roles: ['clerk'] }),
  );
  await bed.adopt({ policy: { ...APPROVAL, id: 'writes', on: 'record.write', from: 'role:supervisor' } });
  await goesAway(bed, 'gil', 'fay');
  const written = await bed.start(WRITE);
  await approve(bed, 'fay', written);
  assert.equal(await groundOf(bed, written, 'write.decided'), 'role:supervisor');
  await bed.adopt({ policy: { ...APPROVAL, id: 'starts', on: 'run.start', from: 'role:supervisor' } });
  const run = await bed.start(CLERKS);
  await bed.ok('fay', 'workflow.approve', { id: run });
  assert.equal(await groundOf(bed, run, 'run.approved'), 'role:supervisor');
  await bed.adopt({ policy: { ...APPROVAL, id: 'starts', on: 'run.start', from: 'passport_gil' } });
  const named = await bed.start(CLERKS);
  await bed.ok('fay', 'workflow.approve', { id: named });
  assert.equal(await groundOf(bed, named, 'run.approved'), 'policy:starts');
  await bed.close();
});

/** The last event of the organisation: for whom, and on what. */
async function saidFor(bed: Testbed, type: string): Promise<readonly (string | null)[]> {
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const { authority, onBehalfOf } = events.findLast((event) => event.type === type) ?? assert.fail(type);
  return [[authority.kind, authority.id].join(':'), onBehalfOf];
}

const CHIEFS = ['gil', 'kim', 'ida'].map((id) => passport(id, { roles: ['chief'] }));

test('a decision on a delegation rests on what names whoever is spoken for, and is theirs', async () => {
  const bed = await Testbed.open(officer, passport('may'), passport('ann'), passport('ben'), ...CHIEFS);
  const from = ['role:chief', 'passport_may'];
  await bed.adopt({ policy: { ...APPROVAL, id: 'lends', on: 'delegate', from, quorum: 2 } });
  await bed.ok('kim', 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: 'passport_ben',
  });
  const lend = async () => {
    const { id, proposal } = await bed.ok('ann', 'delegation.create', { to: 'passport_root' });
    return { id, digest: proposal?.digest ?? '' };
  };
  const lent = await lend();
  await bed.ok('may', 'delegation.approve', lent);
  assert.deepEqual(await saidFor(bed, 'delegation.agreed'), ['policy:lends', 'passport_may']);
  await bed.ok('ben', 'delegation.approve', lent);
  assert.deepEqual(await saidFor(bed, 'delegation.approved'), ['role:chief', 'passport_kim']);
  await bed.ok('may', 'delegation.reject', { id: (await lend()).id });
  assert.deepEqual(await saidFor(bed, 'delegation.rejected'), ['policy:lends', 'passport_may']);
  await bed.ok('gil', 'delegation.reject', { id: (await lend()).id });
  assert.deepEqual(await saidFor(bed, 'delegation.rejected'), ['role:chief', 'passport_gil']);
  await bed.close();
});

test('of several policies that want a delegation approved it rests on the one that waits for them', async () => {
  const bed = await Testbed.open(officer, passport('may'), passport('ann'), ...CHIEFS);
  const lends = { ...APPROVAL, on: 'delegate', quorum: 2 };
  await bed.adopt({ policy: { ...lends, id: 'alends', from: ['passport_may', 'role:chief'] } });
  await bed.adopt({
    policy: { ...lends, id: 'blends', from: 'role:chief', within: '1h', escalate: ['passport_may'] },
  });
  const { id, proposal } = await bed.ok('ann', 'delegation.create', { to: 'passport_root' });
  const said = { id, digest: proposal?.digest ?? '' };
  await bed.ok('may', 'delegation.approve', said);
  assert.deepEqual(await saidFor(bed, 'delegation.agreed'), ['policy:alends', 'passport_may']);
  bed.clock.move(3_600_001);
  await bed.until(
    async () => (await bed.ok('ann', 'delegation.get', { id })).proposal?.approvals[1]?.from.length === 2,
  );
  await bed.ok('may', 'delegation.approve', said);
  assert.deepEqual(await saidFor(bed, 'delegation.agreed'), ['policy:blends', 'passport_may']);
  await bed.close();
});

test('a decision on a standing grant rests on what asks about the calls, and one of who answers for policies on that', async () => {
  const bed = await Testbed.open(officer, bot, passport('may'), ...CHIEFS);
  const calls = { ...APPROVAL, on: 'tool.call', from: ['role:chief', 'passport_may'] };
  await bed.adopt({ policy: { ...calls, id: 'calls' } });
  const propose = async (name: string) => {
    const grant = { id: name, tool: 'pay', agents: ['passport_bot'], uses: 3, within: '1d', reason: 'many' };
    const { change } = await bed.ok('officer', 'grant.propose', { grant, covers: ['calls@1'] });
    return { id: change.id, digest: change.digest };
  };
  for (const [who, ground] of [
    ['gil', 'role:chief'],
    ['may', 'policy:calls'],
  ] as const) {
    await bed.ok(who, 'policy.approve', await propose(who));
    assert.deepEqual(await saidFor(bed, 'policy.approved'), [ground, `passport_${who}`]);
    await bed.ok(who, 'policy.reject', { id: (await propose(`no-${who}`)).id });
    assert.deepEqual(await saidFor(bed, 'policy.rejected'), [ground, `passport_${who}`]);
  }
  await bed.ok('root', 'policy.reject', { id: (await propose('third')).id });
  assert.deepEqual(await saidFor(bed, 'policy.rejected'), ['role:administrator', 'passport_root']);
  await bed.ok('officer', 'policy.withdraw', { id: (await propose('fourth')).id });
  assert.deepEqual(await saidFor(bed, 'policy.withdrawn'), ['role:compliance', 'passport_officer']);
  await bed.close();
});
