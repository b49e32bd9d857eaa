/** What is taken away holds for all that is committed after the answer, also for what was asked for before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Asked } from './operations.ts';
import type { InputOf, OperationName } from './schema/index.ts';

const CLERK = { by: 'human', from: 'role:clerk' };
const LAUNCH = { id: 'launch', on: 'run.start', effect: 'require_approval', from: 'role:clerk' };

const open = () =>
  Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('clerk', { roles: ['clerk'], groups: ['desk'] }),
    passport('helper'),
    passport('cy', { roles: ['clerk'] }),
    passport('bot', { kind: 'agent' }),
  );

/** What comes of a request that is let in while the clerk's role is being taken away, and decided on after that was acknowledged. */
const after = <Name extends OperationName>(
  bed: Testbed,
  change: Partial<InputOf<'participant.update'>>,
  ...asks: readonly [who: string, name: Name, input: InputOf<Name>, asked?: Asked]
): Promise<string> =>
  meanwhile(bed, () => bed.ok('root', 'participant.update', { id: 'passport_clerk', ...change }), ...asks);

/** The same of any other change. */
async function meanwhile<Name extends OperationName>(
  bed: Testbed,
  change: () => Promise<unknown>,
  who: string,
  name: Name,
  input: InputOf<Name>,
  asked?: Asked,
): Promise<string> {
  const { store } = bed;
  const { commit } = store;
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  store.commit = async (changes) => {
    reached.resolve();
    await gate.promise;
    return commit.call(store, changes);
  };
  const answers: string[] = [];
  const update = change().then(() => answers.push('updated'));
  await reached.promise;
  const request = bed.operations.call(name, input, bed.as(who), asked).then((outcome) => {
    answers.push(name);
    return outcome.ok ? 'yes' : outcome.rejection.code;
  });
  await new Promise((resolve) => setImmediate(resolve));
  gate.resolve();
  await update;
  const answer = await request;
  store.commit = commit;
  assert.deepEqual(answers, ['updated', name]);
  return answer;
}

const LESS = { roles: ['viewer'] };

test('a decision does not count on a role that is taken away before it', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'sign', approval: { subject: { n: 1 }, from: 'role:clerk', quorum: 2 } });
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  const clerks = under(await letAct(bed, 'clerk', 'helper'));
  assert.equal(await after(bed, LESS, 'clerk', 'task.decide', decision), 'not_eligible');
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  assert.equal(await after(bed, LESS, 'helper', 'task.decide', decision, clerks), 'not_eligible');
  await bed.close();
});

test('a start is not approved, or rejected, on a role that is taken away before it', async () => {
  const bed = await open();
  await bed.adopt({ policy: LAUNCH });
  const id = await bed.start({ id: 'a', task: CLERK });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.approve', { id }), 'not_eligible');
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.reject', { id }), 'forbidden');
  const definition = await bed.define({ id: 'a', task: CLERK });
  await bed
    .ok('root', 'policy.propose', { retire: 'launch' })
    .then(({ change: { id: of, digest } }) => bed.ok('officer', 'policy.approve', { id: of, digest }));
  const held = await bed.ok('root', 'workflow.start', { definition, hold: true });
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['operator'] });
  assert.equal(await after(bed, LESS, 'clerk', 'workflow.approve', { id: held.id }), 'forbidden');
  await bed.close();
});

test('a task is not taken, or administered, on a role that is taken away before it', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { ...CLERK, administrators: ['group:desk'] } });
  const { id } = await bed.taskOf(run);
  const none = { ...LESS, groups: [] };
  assert.equal(await after(bed, none, 'clerk', 'task.claim', { id }), 'not_eligible');
  const all = { id: 'passport_clerk', roles: ['clerk'], groups: ['desk'] };
  await bed.ok('root', 'participant.update', all);
  assert.equal(await after(bed, none, 'clerk', 'task.start', { id }), 'not_eligible');
  await bed.ok('root', 'participant.update', all);
  assert.equal(await after(bed, none, 'clerk', 'task.exit', { id }), 'not_allowed');
  await bed.ok('root', 'participant.update', { ...all, roles: ['operator'], groups: [] });
  assert.equal(await after(bed, LESS, 'clerk', 'task.exit', { id }), 'not_allowed');
  await bed.ok('root', 'participant.update', all);
  await bed.ok('clerk', 'task.claim', { id });
  assert.equal(await after(bed, none, 'clerk', 'task.start', { id }), 'yes', 'what one has is gone on with');
  await bed.close();
});

test('nothing is done to a task on a role that is taken away before it', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { ...CLERK, skippable: true } });
  const { id } = await bed.taskOf(run);
  for (const [name, input] of [
    ['task.delegate', { id, to: 'passport_cy' }],
    ['task.forward', { id, to: 'passport_cy' }],
    ['task.suspend', { id }],
    ['task.skip', { id }],
    ['task.decline', { id }],
    ['task.comment', { id, text: 'Mine.' }],
    ['task.set', { id, priority: 9 }],
  ] as const) {
    assert.equal(await after(bed, LESS, 'clerk', name, input as never), 'not_allowed', name);
    await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  }
  await bed.ok('clerk', 'task.claim', { id });
  assert.equal(await after(bed, LESS, 'clerk', 'task.suspend', { id }), 'yes', 'whoever has it may');
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk'] });
  await bed.ok('root', 'task.resume', { id });
  await bed.ok('clerk', 'task.request_help', { id, from: 'role:clerk', text: 'How?' });
  const help = { id, request: 1, output: 'So.' };
  assert.equal(await after(bed, LESS, 'clerk', 'task.help', help), 'not_eligible');
  await bed.close();
});

test('what operators alone do is not done by who administers the task and operates runs no more', async () => {
  const bed = await open();
  const { id } = await bed.taskOf(
    await bed.start({ id: 'a', task: { ...CLERK, administrators: ['group:desk'] } }),
  );
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['operator'] });
  const force = { id, output: 1, case: 'remove', reason: 'done' } as const;
  assert.equal(await after(bed, LESS, 'clerk', 'task.force_complete', force), 'not_allowed');
  await bed.close();
});

test('who is given another role by which they administer a task as well goes on', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { ...CLERK, from: 'role:other' } });
  const { id } = await bed.taskOf(run);
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk', 'operator'] });
  const more = { roles: ['administrator', 'operator'] };
  const force = { id, output: 1, reason: 'done' };
  assert.equal(await after(bed, more, 'clerk', 'task.force_complete', force), 'yes');
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const { authority } = events.find(({ type }) => type === 'task.completed') ?? {};
  assert.deepEqual(authority, { kind: 'role', id: 'administrator' });
  await bed.close();
});

test('a change of what binds everybody is not decided on a role that is taken away before it', async () => {
  const bed = await open();
  const refunds = { id: 'refunds', on: 'tool.call', effect: 'require_approval', from: 'role:clerk' };
  await bed.adopt({ policy: refunds });
  const small = { id: 'small', tool: 'refund', agents: ['passport_bot'], uses: 3, within: '7d' };
  const grant = { ...small, when: 'true', reason: 'Small.' };
  const granted = await bed.ok('root', 'grant.propose', { grant, covers: ['refunds@1'] });
  const proposed = await bed.ok('root', 'policy.propose', { policy: LAUNCH });
  for (const [{ change }, role, code] of [
    [granted, 'clerk', 'not_eligible'],
    [proposed, 'compliance', 'forbidden'],
  ] as const) {
    const { id, digest } = change;
    const roles = [role];
    await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles });
    assert.equal(await after(bed, LESS, 'clerk', 'policy.approve', { id, digest }), code);
    await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles });
    assert.equal(await after(bed, LESS, 'clerk', 'policy.reject', { id }), 'forbidden');
  }
  await bed.close();
});

test('limits are not raised under a delegation that covers approving no more', async () => {
  const bed = await open();
  const large = { ...LAUNCH, when: 'limits.tasks > 100' };
  await bed.adopt({ policy: large });
  await bed.ok('root', 'participant.update', { id: 'passport_clerk', roles: ['clerk', 'operator'] });
  const id = await bed.start({ id: 'a', task: CLERK });
  await bed.ok('clerk', 'workflow.approve', { id });
  await bed.ok('root', 'workflow.pause', { id });
  const both = { operations: ['workflow.resume', 'workflow.approve'] };
  const delegation = await letAct(bed, 'clerk', 'helper', { scope: both });
  const narrow = () =>
    bed.ok('clerk', 'delegation.narrow', { id: delegation, scope: { operations: ['workflow.resume'] } });
  const raised = { id, limits: { tasks: 50_000 } };
  assert.equal(
    await meanwhile(bed, narrow, 'helper', 'workflow.resume', raised, under(delegation)),
    'limit_of_policy',
  );
  await bed.close();
});

test('what is done names the role on which it is done by then', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: CLERK });
  const { id } = await bed.taskOf(run);
  const has = (...roles: string[]) => bed.ok('root', 'participant.update', { id: 'passport_clerk', roles });
  const authorityOf = async (type: string) => {
    const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
    return events.findLast((event) => event.type === type)?.authority.id;
  };
  const operator = { roles: ['operator'] };
  await has('clerk', 'operator');
  assert.equal(await after(bed, operator, 'clerk', 'task.suspend', { id }), 'yes');
  assert.equal(await authorityOf('task.suspended'), 'operator');
  await has('administrator', 'operator');
  assert.equal(await after(bed, operator, 'clerk', 'workflow.pause', { id: run }), 'yes');
  assert.equal(await authorityOf('run.paused'), 'operator');
  for (const [name, type] of [
    ['policy.approve', 'policy.approved'],
    ['policy.reject', 'policy.rejected'],
  ] as const) {
    const { change } = await bed.ok('root', 'policy.propose', { policy: { ...LAUNCH, id: name.slice(7) } });
    await has('administrator', 'compliance');
    const input = name === 'policy.approve' ? { id: change.id, digest: change.digest } : { id: change.id };
    assert.equal(await after(bed, { roles: ['compliance'] }, 'clerk', name, input as never), 'yes');
    assert.equal(await authorityOf(type), 'compliance', name);
  }
  await bed.close();
});

test('nor by an agent on what it could do', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_bot', capabilities: ['read'] });
  const { id } = await bed.taskOf(await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } }));
  const less = () => bed.ok('root', 'participant.update', { id: 'passport_bot', capabilities: [] });
  assert.equal(await meanwhile(bed, less, 'bot', 'task.claim', { id }), 'not_eligible');
  await bed.close();
});

test('no tool is called, or asked for, that is taken away before it', async () => {
  const bed = await open();
  const profile = { autonomy: 'aggressive', approval: { from: 'role:clerk' } };
  await bed.adopt({ profile });
  await bed.start({ id: 'a', task: { by: 'agent' } });
  const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 600 });
  const held = { token: task?.token ?? 0 };
  const wanted = (call: string) => ({ ...held, id: task?.id ?? '', call, tool: 'pay' });
  const own = () => bed.ok('root', 'participant.update', { id: 'passport_bot', tools: ['look'] });
  const lent = () => bed.ok('root', 'participant.update', { id: 'passport_helper', tools: [] });
  const helped = under(await letAct(bed, 'helper', 'bot'));
  for (const [less, asked] of [
    [lent, helped],
    [own, undefined],
  ] as const) {
    const { request, digest } = await bed.ok('bot', 'tool.request', wanted('1'), asked);
    const use = { ...held, id: request ?? '', digest };
    assert.equal(await meanwhile(bed, less, 'bot', 'tool.use', use, asked), 'tool_not_allowed');
    assert.equal(await bed.no('bot', 'tool.use', use, asked), 'tool_not_allowed');
    await bed.ok('root', 'participant.update', { id: 'passport_bot', tools: null });
    await bed.ok('root', 'participant.update', { id: 'passport_helper', tools: null });
    assert.equal(await meanwhile(bed, less, 'bot', 'tool.request', wanted('2'), asked), 'tool_not_allowed');
  }
  await bed.close();
});

test('what came of a call is told by whoever has the tool no more', async () => {
  const bed = await open();
  await bed.adopt({ profile: { autonomy: 'aggressive', approval: { from: 'role:clerk' } } });
  await bed.start({ id: 'a', task: { by: 'agent' } });
  const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 600 });
  const { id = '', token = 0 } = task ?? {};
  const { request, digest } = await bed.ok('bot', 'tool.request', { id, token, call: '1', tool: 'pay' });
  const call = { id: request ?? '', token };
  await bed.ok('bot', 'tool.use', { ...call, digest });
  await bed.ok('root', 'participant.update', { id: 'passport_bot', tools: [] });
  assert.equal((await bed.ok('bot', 'tool.done', { ...call, result: 1 })).status, 'used');
  await bed.close();
});
