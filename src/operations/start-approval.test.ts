/** The approval of a start counts for what was shown, by the policies that hold when it is given (LAUNCH-2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Ruled } from '../engine/index.ts';

const HOUR = 3_600_000;
const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };
const LARGE = {
  id: 'large',
  on: 'run.start',
  effect: 'require_approval',
  from: 'role:chief',
  within: '2h',
  when: 'limits.tasks > 100',
};

const open = async (...policies: readonly object[]) => {
  const chief = (name: string) => passport(name, { roles: ['chief', 'operator'] });
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('operator', { roles: ['operator'] }),
    chief('one'),
    chief('two'),
  );
  for (const policy of policies) await bed.adopt({ policy: policy as never });
  const id = `d${policies.length}`;
  const document = { id, limits: { tasks: 150 }, phases: [{ id: 'p', steps: [WORK] }] };
  await bed.ok('root', 'workflow.save_definition', { document });
  const run = (await bed.ok('root', 'workflow.start', { definition: id })).id;
  const look = () => bed.ok('root', 'workflow.get_run', { id: run });
  const stop = () => bed.ok('root', 'workflow.stop', { id: run });
  return { bed, id: run, definition: id, look, stop };
};

test('limits above those that were approved are given by whoever approves the start, and by nobody else', async () => {
  const { bed, id, look } = await open(LARGE);
  await bed.ok('one', 'workflow.approve', { id });
  await bed.ok('root', 'workflow.pause', { id });
  for (const who of ['root', 'operator'])
    assert.equal(
      await bed.no(who, 'workflow.resume', { id, limits: { tasks: 50_000 } }),
      'limit_of_policy',
      `${who} has it approved by nobody`,
    );
  for (const [who, tasks] of [
    ['one', 200],
    ['two', 50_000],
  ] as const) {
    await bed.ok(who, 'workflow.resume', { id, limits: { tasks } });
    assert.equal((await look()).limits.tasks, tasks);
    await bed.ok('root', 'workflow.pause', { id });
  }
  await bed.ok('operator', 'workflow.resume', { id, limits: { tasks: 120 } });
  assert.equal((await look()).limits.tasks, 120, 'lower ones need nobody');
  await bed.close();
});

test('limits above those that were approved are entered on what lets somebody give them, and by which policy', async () => {
  for (const [from, authority] of [
    ['role:chief', { kind: 'role', id: 'chief' }],
    ['passport_one', { kind: 'policy', id: 'large', version: '1' }],
  ] as const) {
    const { bed, id } = await open({ ...LARGE, from });
    await bed.ok('one', 'workflow.approve', { id });
    for (const tasks of [200, 150]) {
      await bed.ok('root', 'workflow.pause', { id });
      await bed.ok('one', 'workflow.resume', { id, limits: { tasks } });
    }
    const { events } = await bed.ok('root', 'run.events', { id });
    const resumed = events.filter(({ type }) => type === 'run.resumed');
    assert.deepEqual(
      resumed.map((event) => [event.authority, (event.payload['ruled'] as Ruled | undefined)?.reasons]),
      [
        [authority, [{ code: 'large', policy: 'large@1' }]],
        [{ kind: 'role', id: 'operator' }, [{ code: 'large', policy: 'large@1' }]],
      ],
    );
    await bed.close();
  }
});

test('who started a run does not give it more than others have approved, whatever they are', async () => {
  const { bed, id: other, definition } = await open(LARGE);
  assert.equal(await bed.no('root', 'workflow.approve', { id: other }), 'separation_of_duties');
  const { id } = await bed.ok('one', 'workflow.start', { definition });
  await bed.ok('two', 'workflow.approve', { id });
  await bed.ok('one', 'workflow.pause', { id });
  assert.equal(await bed.no('one', 'workflow.resume', { id, limits: { tasks: 151 } }), 'limit_of_policy');
  await bed.close();
});

test('what takes several people, or a reason, is not raised by one of them', async () => {
  for (const more of [{ quorum: 2 }, { reasonRequired: true }]) {
    const { bed, id } = await open({ ...LARGE, ...more });
    await bed.ok('one', 'workflow.approve', { id, reason: 'fine' });
    if ('quorum' in more) await bed.ok('two', 'workflow.approve', { id });
    await bed.ok('root', 'workflow.pause', { id });
    assert.equal(await bed.no('two', 'workflow.resume', { id, limits: { tasks: 151 } }), 'limit_of_policy');
    await bed.close();
  }
});

test('with other limits a start that waits is approved anew, by all and in full time', async () => {
  const { bed, id, look, stop } = await open({ ...LARGE, quorum: 2 });
  await bed.ok('one', 'workflow.approve', { id });
  const decided = async () => (await look()).launch?.approvals[0]?.decided;
  bed.clock.move(HOUR);
  await stop();
  await bed.ok('root', 'workflow.resume', { id });
  assert.deepEqual(await decided(), ['passport_one'], 'it is as it was');
  await stop();
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 150 } });
  assert.deepEqual(await decided(), ['passport_one'], 'also where the same is said');
  await stop();
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 50_000 } });
  const { launch, status, limits } = await look();
  assert.deepEqual([status, limits.tasks], ['pending_approval', 50_000]);
  assert.deepEqual(launch?.approvals[0]?.decided, []);
  assert.equal(launch?.approvals[0]?.deadline, bed.clock.now() + 2 * HOUR);
  await bed.ok('two', 'workflow.approve', { id });
  assert.equal((await look()).status, 'pending_approval');
  await bed.ok('one', 'workflow.approve', { id });
  assert.equal((await look()).status, 'running');
  await bed.close();
});

test('what policies deny by then does not begin with an approval', async () => {
  const { bed, id, look } = await open(LARGE);
  const closed = { id: 'closed', on: 'run.start', effect: 'deny' };
  await bed.adopt({ policy: closed }, 'running');
  assert.equal(await bed.no('one', 'workflow.approve', { id }), 'policy_denied');
  assert.deepEqual((await look()).launch?.approvals[0]?.decided, []);
  await bed.adopt({ retire: 'closed' }, 'running');
  await bed.ok('one', 'workflow.approve', { id });
  assert.equal((await look()).status, 'running');
  await bed.close();
});

test('where policies ask for others by then, those who were asked at first do not do', async () => {
  const { bed, id, look } = await open(LARGE);
  const more = { id: 'more', on: 'run.start', effect: 'require_approval', from: 'role:compliance' };
  await bed.adopt({ policy: more }, 'running');
  assert.equal(await bed.no('one', 'workflow.approve', { id }), 'approval_insufficient');
  assert.equal((await look()).status, 'pending_approval');
  await bed.close();
});

test('a person is one also where they act for another', async () => {
  const byHand = { id: 'by-hand', on: 'run.start', effect: 'route_to_human', to: 'role:chief' };
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('operator', { roles: ['operator'] }),
    passport('helper'),
    passport('robot', { kind: 'agent' }),
  );
  await bed.adopt({ policy: byHand });
  const definition = await bed.define(WORK);
  const under = async (to: string) => ({
    delegation: (await bed.ok('operator', 'delegation.create', { to: `passport_${to}` })).id,
  });
  const helper = await under('helper');
  const { id } = await bed.ok('helper', 'workflow.start', { definition }, helper);
  const robot = await under('robot');
  assert.equal(await bed.no('robot', 'workflow.start', { definition }, robot), 'human_required');
  await bed.ok('root', 'workflow.pause', { id });
  const limits = { tasks: 20_000 };
  assert.equal(await bed.no('robot', 'workflow.resume', { id, limits }, robot), 'human_required');
  await bed.ok('helper', 'workflow.resume', { id, limits }, helper);
  await bed.close();
});

test('an approval is asked about the limits that were asked for, and not about those that policies have made of them', async () => {
  const cap = { id: 'cap', on: 'run.start', effect: 'limit', cost: { amount: 5, currency: 'USD' } };
  const dear = {
    ...{ id: 'dear', on: 'run.start', effect: 'require_approval', from: 'role:operator' },
    when: 'limits.cost != null && limits.cost.amount > 3.0',
  };
  const { bed, id, look, stop } = await open(LARGE, cap, dear);
  assert.deepEqual((await look()).launch?.approvals[0]?.from, ['role:chief']);
  await stop();
  await bed.ok('root', 'workflow.resume', { id });
  await bed.ok('one', 'workflow.approve', { id });
  const { status, limits } = await look();
  assert.deepEqual([status, limits.cost], ['running', { amount: 5, currency: 'USD' }]);
  await bed.close();
});

test('with other limits a start that waits is asked about with these', async () => {
  const few = { id: 'few', on: 'run.start', effect: 'limit', tasks: 120 };
  const { bed, id, look, stop } = await open(LARGE, few);
  await stop();
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 50 } });
  const closed = { id: 'closed', on: 'run.start', effect: 'deny', when: 'limits.tasks > 100' };
  await bed.adopt({ policy: closed }, 'running');
  await bed.ok('one', 'workflow.approve', { id });
  assert.deepEqual([(await look()).status, (await look()).limits.tasks], ['running', 50]);
  await bed.close();
});

for (const [what, policy, said] of [
  ['denied', { effect: 'deny' }, /The run may not begin/],
  ['asked of others', { effect: 'require_approval', from: 'role:compliance' }, /role:compliance; start anew/],
] as const)
  test(`a start that is ${what} by then waits for nobody, until that has ended`, async () => {
    const { bed, look } = await open(LARGE);
    const awaited = async () => (await bed.ok('one', 'workflow.list_runs', { awaits: 'me' })).rows.length;
    await bed.adopt({ policy: { id: 'closed', on: 'run.start', ...policy } }, 'running');
    const { verdict } = await look();
    assert.equal(verdict.verdict, 'blocked');
    assert.match(verdict.reason, said);
    assert.equal(await awaited(), 0);
    await bed.adopt({ retire: 'closed' }, 'running');
    assert.equal((await look()).verdict.verdict, 'awaiting_approval');
    assert.equal(await awaited(), 1);
    await bed.close();
  });

test('nobody decides on a start who got that through an agent', async () => {
  const { bed, id, look } = await open(LARGE);
  await bed.add(passport('robot', { kind: 'agent', owner: 'passport_two' }), passport('helper'));
  const first = await letAct(bed, 'one', 'robot');
  const helper = under(await letAct(bed, 'robot', 'helper', { under: first }));
  assert.equal(await bed.no('helper', 'workflow.approve', { id }, helper), 'not_eligible');
  assert.equal(await bed.no('helper', 'workflow.reject', { id }, helper), 'forbidden');
  const more = { id, limits: { tasks: 50_000 } };
  await bed.ok('one', 'workflow.approve', { id });
  await bed.ok('root', 'workflow.pause', { id });
  assert.equal(await bed.no('helper', 'workflow.resume', more, helper), 'limit_of_policy');
  const own = under(await letAct(bed, 'one', 'helper'));
  await bed.ok('helper', 'workflow.resume', more, own);
  assert.equal((await look()).limits.tasks, 50_000);
  await bed.close();
});

test('higher limits are given for somebody else only by whom they have let approve starts', async () => {
  const { bed, id, look } = await open(LARGE);
  await bed.add(passport('helper'));
  await bed.ok('one', 'workflow.approve', { id });
  await bed.ok('root', 'workflow.pause', { id });
  const operations = ['workflow.resume', 'workflow.get_run'];
  const only = under(await letAct(bed, 'one', 'helper', { scope: { operations } }));
  const more = { id, limits: { tasks: 50_000 } };
  assert.equal(await bed.no('helper', 'workflow.approve', { id }, only), 'delegation_scope');
  assert.equal(await bed.no('helper', 'workflow.resume', more, only), 'limit_of_policy');
  await bed.ok('helper', 'workflow.resume', { id, limits: { tasks: 120 } }, only);
  await bed.ok('root', 'workflow.pause', { id });
  const both = { scope: { operations: [...operations, 'workflow.approve'] } };
  await bed.ok('helper', 'workflow.resume', more, under(await letAct(bed, 'one', 'helper', both)));
  const { events } = await bed.ok('root', 'run.events', { id });
  assert.equal(events.at(-1)?.authority.kind, 'delegation');
  assert.equal((await look()).limits.tasks, 50_000);
  await bed.close();
});
