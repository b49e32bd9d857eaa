import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELEGATION_COMMANDS, type DelegationCommand, type DelegationStatus } from '../routing/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { OutputOf } from './schema/index.ts';

type Delegation = OutputOf<'delegation.get'>;
type Command = Exclude<DelegationCommand, 'expire'>;
const HOUR = 3_600_000;
const COMMANDS: readonly Command[] = ['narrow', 'approve', 'reject', 'pause', 'unpause', 'revoke'];
/** How each status comes about: the commands that lead there, from what is asked for or from what is not. */
const WAYS: Readonly<Record<DelegationStatus, readonly [asked: boolean, ...Command[]]>> = {
  proposed: [true],
  active: [true, 'approve'],
  paused: [false, 'pause'],
  revoked: [true, 'revoke'],
  rejected: [true, 'reject'],
  expired: [true],
};

async function open(): Promise<Testbed> {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance', 'chief'] }),
    passport('alice'),
    passport('bob'),
    passport('agent', { kind: 'agent' }),
  );
  const policy = {
    id: 'agents',
    on: 'delegate',
    when: 'grantee.kind == "agent"',
    effect: 'require_approval',
    from: 'role:chief',
    within: '1h',
  };
  await bed.adopt({ policy });
  return bed;
}

async function reach(bed: Testbed, status: DelegationStatus): Promise<Delegation> {
  const [isAsked, ...way] = WAYS[status];
  const one = await bed.ok('alice', 'delegation.create', { to: `passport_${isAsked ? 'agent' : 'bob'}` });
  for (const command of way) assert.equal(await say(bed, one, command), 'done');
  const get = () => bed.ok('root', 'delegation.get', { id: one.id });
  if (status === 'expired') {
    bed.clock.move(HOUR);
    await bed.until(async () => (await get()).status === 'expired');
  }
  const reached = await get();
  assert.equal(reached.status, status);
  return reached;
}

/** `done`, or the code with which it is refused. */
async function say(bed: Testbed, { id, proposal }: Delegation, command: Command): Promise<string> {
  const isDecision = command === 'approve' || command === 'reject';
  const input = command === 'approve' ? { id, digest: proposal?.digest ?? '0'.repeat(64) } : { id };
  const caller = bed.as(isDecision ? 'officer' : 'alice');
  const outcome = await bed.operations.call(`delegation.${command}`, input, caller);
  return outcome.ok ? 'done' : outcome.rejection.code;
}

for (const status of Object.keys(DELEGATION_COMMANDS) as DelegationStatus[])
  test(`from ${status} each command leads where the table says, or is refused and changes nothing`, async () => {
    const bed = await open();
    const next: Partial<Record<DelegationCommand, DelegationStatus>> = DELEGATION_COMMANDS[status];
    for (const command of COMMANDS) {
      const one = await reach(bed, status);
      assert.equal(await say(bed, one, command), next[command] ? 'done' : 'delegation_status', command);
      const now = await bed.ok('root', 'delegation.get', { id: one.id });
      if (next[command]) assert.equal(now.status, next[command], command);
      else assert.deepEqual(now, one, command);
    }
    await bed.close();
  });

for (const status of ['active', 'paused'] as const)
  test(`what is ${status} has ended with its time, in views and lists, and stays so`, async () => {
    const bed = await open();
    const expiresAt = bed.clock.now() + HOUR;
    const one = await bed.ok('alice', 'delegation.create', { to: 'passport_bob', expiresAt });
    if (status === 'paused') await bed.ok('alice', 'delegation.pause', { id: one.id });
    bed.clock.move(HOUR);
    const { status: now, holds } = await bed.ok('alice', 'delegation.get', { id: one.id });
    assert.deepEqual([now, holds], ['expired', false]);
    const listed = async (asked: DelegationStatus) =>
      (await bed.ok('root', 'delegation.list', { status: asked })).rows.map(({ id }) => id);
    assert.deepEqual([await listed('expired'), await listed(status)], [[one.id], []]);
    for (const command of ['narrow', 'pause', 'unpause', 'revoke'] as const)
      assert.equal(await say(bed, one, command), 'delegation_status', command);
    await bed.close();
  });

test('what is repeated at another node is answered as at the first, whatever that node had heard', async () => {
  const bed = await Testbed.open(passport('alice'), passport('bob'));
  const other = new Testbed(bed.store);
  await other.runtime.start();
  const key = (name: string) => ({ idempotencyKey: name });
  const made = await bed.ok('alice', 'delegation.create', { to: 'passport_bob' }, key('c'));
  assert.ok(made.holds && made.chain.length === 1);
  assert.deepEqual(await other.ok('alice', 'delegation.create', { to: 'passport_bob' }, key('c')), made);
  const revoked = await bed.ok('alice', 'delegation.revoke', { id: made.id }, key('r'));
  assert.deepEqual(await other.ok('alice', 'delegation.revoke', { id: made.id }, key('r')), revoked);
  await Promise.all([bed.runtime.stop(), other.runtime.stop()]);
});
