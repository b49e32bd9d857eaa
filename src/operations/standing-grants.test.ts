/** What people have granted carries a call only while it covers what policies ask of it; who may grant it for how long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const HOUR = 3_600_000;
const PROFILE = { autonomy: 'aggressive', approval: { from: 'role:administrator' } };
const REFUNDS = {
  id: 'refunds',
  on: 'tool.call',
  effect: 'require_approval',
  from: 'role:clerk',
  within: '1h',
  when: 'tool.name == "refund"',
};
const SMALL = {
  id: 'small',
  tool: 'refund',
  agents: ['passport_robot'],
  when: 'arguments.amount <= 10',
  uses: 3,
  within: '7d',
  reason: 'Small ones.',
};

const site = async (...policies: readonly JsonObject[]) => {
  const bed = await Testbed.open(officer, clerk, robot);
  await bed.adopt({ profile: PROFILE });
  for (const policy of policies) await bed.adopt({ policy });
  await bed.start(READ);
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const { token } = held;
  const ask = (call: string, amount = 5) =>
    bed.ok('robot', 'tool.request', { ...held, call, tool: 'refund', arguments: { amount } });
  type Asked = Awaited<ReturnType<typeof ask>>;
  const use = async ({ request, digest }: Asked): Promise<string> => {
    const given = { id: request ?? '', token, digest };
    const outcome = await bed.operations.call('tool.use', given, bed.as('robot'));
    return outcome.ok ? 'done' : outcome.rejection.code;
  };
  const decide = async ({ approvals: [id = ''] }: Asked) => {
    const { approval } = await bed.ok('clerk', 'task.get', { id });
    await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  };
  const later = async (hours: number) => {
    for (let half = 0; half < 2 * hours; half += 1) {
      bed.clock.move(HOUR / 2);
      await bed.ok('robot', 'task.heartbeat', { ...held, leaseSeconds: 3600 });
    }
  };
  const propose = async (grant: object = SMALL, covers = ['refunds@1']) => {
    const { change } = await bed.ok('root', 'grant.propose', { grant: grant as never, covers });
    return { id: change.id, digest: change.digest };
  };
  const granted = async (grant?: object) => {
    await bed.ok('clerk', 'policy.approve', await propose(grant));
  };
  return { bed, ask, use, decide, later, propose, granted };
};

test('a call that is left to people since is not made on what was granted before (GATE-1)', async () => {
  const { bed, ask, use, decide, later, granted } = await site(REFUNDS, {
    id: 'by-hand',
    on: 'tool.call',
    effect: 'route_to_human',
    to: 'role:clerk',
    when: 'timestamp(now).getHours() >= 10',
  });
  const approved = await ask('1', 50);
  await decide(approved);
  await granted();
  const standing = await ask('2');
  assert.deepEqual([(await ask('1', 50)).status, standing.status], ['granted', 'granted']);
  await later(1.5);
  assert.deepEqual([await use(approved), await use(standing)], ['human_required', 'human_required']);
  for (const again of [await ask('1', 50), await ask('2')])
    assert.deepEqual([again.status, again.code], ['denied', 'human_required']);
  const [left] = (await bed.ok('root', 'grant.list', {})).grants;
  assert.equal(left?.uses, 0);
  await bed.close();
});

test('a standing grant carries no call of which more is asked since, however long ago it was asked for (GATE-2)', async () => {
  const { bed, ask, use, granted } = await site(REFUNDS);
  await granted();
  const asked = await ask('1');
  assert.equal(asked.status, 'granted');
  await bed.adopt({ policy: { ...REFUNDS, from: 'role:compliance', everyTime: true } }, 'running');
  assert.equal(await use(asked), 'approval_insufficient');
  assert.equal((await ask('1')).status, 'waiting', 'people are asked about it');
  await bed.close();
});

test('a standing grant carries no call that it is not about any more', async () => {
  const { bed, ask, use, later, granted } = await site(REFUNDS);
  await granted({ ...SMALL, when: 'timestamp(now).getHours() < 10' });
  const asked = await ask('1');
  assert.equal(asked.status, 'granted');
  await later(1.5);
  assert.equal(await use(asked), 'approval_insufficient');
  assert.equal((await ask('1')).status, 'waiting');
  await bed.close();
});

test('nobody grants what their own agent asks for, whoever proposes it (Promise 5)', async () => {
  const { bed, propose } = await site(REFUNDS);
  await bed.add(
    passport('boss', { roles: ['clerk'] }),
    passport('pet', { kind: 'agent', owner: 'passport_boss' }),
  );
  const approval = await propose({ ...SMALL, agents: ['passport_robot', 'passport_pet'] });
  const awaits = async (who: string) => (await bed.ok(who, 'policy.list', { awaits: 'me' })).proposed.length;
  assert.deepEqual([await awaits('boss'), await awaits('clerk')], [0, 1]);
  assert.equal(await bed.no('boss', 'policy.approve', approval), 'separation_of_duties');
  const lent = await bed.ok('boss', 'delegation.create', { to: 'passport_clerk' });
  assert.equal(
    await bed.no('clerk', 'policy.approve', approval, { delegation: lent.id }),
    'separation_of_duties',
  );
  await bed.ok('clerk', 'policy.approve', approval);
  await bed.close();
});

test('no standing grant stands in for an approval that keeps people of the run out', async () => {
  for (const terms of [
    { distinctFrom: 'initiator' },
    { everyTime: true },
    { from: ['role:clerk', 'role:chief'], quorum: 2 },
  ]) {
    const { bed, propose } = await site({ ...REFUNDS, ...terms });
    await assert.rejects(propose(), /policy_invalid/);
    await bed.close();
  }
});

test('a standing grant is approved once: what else was proposed under its name is stale', async () => {
  const { bed, ask, use, propose } = await site(REFUNDS);
  await bed.add(passport('other', { kind: 'agent' }));
  const first = await propose({ ...SMALL, uses: 1, within: '1h' });
  const second = await propose({ ...SMALL, agents: ['passport_other'], uses: 3 });
  await bed.ok('clerk', 'policy.approve', first);
  assert.equal(await bed.no('clerk', 'policy.approve', second), 'approval_stale');
  assert.equal(await use(await ask('1')), 'done');
  assert.equal(await bed.no('clerk', 'policy.approve', second), 'approval_stale', 'also once it is used up');
  assert.equal((await ask('2')).status, 'waiting');
  const [listed] = (await bed.ok('root', 'grant.list', {})).grants;
  assert.deepEqual([listed?.uses, listed?.status], [1, 'exhausted']);
  await bed.close();
});

test('who decides on a standing grant says no to it as well, and nobody else who has no say in policies', async () => {
  const { bed, propose } = await site(REFUNDS);
  await bed.add(passport('other', { roles: ['operator'] }));
  const { id } = await propose();
  assert.equal(await bed.no('other', 'policy.reject', { id, reason: 'no' }), 'forbidden');
  const { change } = await bed.ok('clerk', 'policy.reject', { id, reason: 'no' });
  assert.deepEqual([change.status, change.decidedBy], ['rejected', 'passport_clerk']);
  const { change: policy } = await bed.ok('root', 'policy.propose', { policy: REFUNDS });
  assert.equal(await bed.no('clerk', 'policy.reject', { id: policy.id }), 'forbidden');
  await bed.ok('officer', 'policy.reject', { id: (await propose()).id });
  await bed.close();
});
