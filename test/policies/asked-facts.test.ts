/** What policies saw where they ask, or forbid, before there is a task: in the ledger, and in history when others are tried. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const POST = { id: 'a', record: { system: 'erp', operation: 'post', input: { amount: 5 } } };
const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const ASK = { effect: 'require_approval', from: 'role:clerk' };
const WRITES = { id: 'asks', on: 'record.write', when: 'input.amount > 3.0' };
const BEGINS = { id: 'asks', on: 'task.start', when: 'participant.kind == "agent"' };

const opened = async (...policies: readonly object[]): Promise<Testbed> => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('clerk', { roles: ['clerk'] }),
    passport('robot', { kind: 'agent', capabilities: ['work'] }),
    passport('erp', { kind: 'system' }),
  );
  for (const policy of policies) await bed.adopt({ policy } as never);
  return bed;
};

for (const [type, policy, step, facts] of [
  ['write.asked', WRITES, POST, { input: { amount: 5 } }],
  ['begin.asked', BEGINS, WORK, { participant: { kind: 'agent' } }],
] as const)
  test(`${type} has the facts that the condition read, and tells nobody before it is done`, async () => {
    const told = { id: 'told', on: policy.on, effect: 'notify', to: 'role:clerk' };
    const bed = await opened({ ...policy, ...ASK }, told);
    const { events } = await bed.ok('root', 'run.events', { id: await bed.start(step) });
    const asked = events.find((event) => event.type === type);
    const ruled = asked?.payload['ruled'] as { [name: string]: unknown } | undefined;
    assert.deepEqual([ruled?.['verdict'], ruled?.['facts']], ['require_approval', facts]);
    assert.equal(ruled?.['notify'], undefined);
    await bed.close();
  });

const reject = async (bed: Testbed, run: string): Promise<void> => {
  const { id, approval } = await bed.taskOf(run);
  const said = { outcome: 'reject', reason: 'no', subject: approval?.subject ?? '' } as const;
  await bed.ok('clerk', 'task.decide', { id, ...said });
};

/** What a run would have been told without the policy, and what it was. */
const tried = async (bed: Testbed, policy: { readonly id: string }, run: string) => {
  const { differences } = await bed.ok('root', 'policy.simulate', { without: [policy.id], runs: [run] });
  return differences.map(({ point, before, after }) => [point, before.verdict, after.verdict]);
};

const DENY = { effect: 'deny' };
const LEAVE = { effect: 'route_to_human', to: 'role:clerk' };
const EACH = {
  id: 'a',
  forEach: [1, 5],
  record: { ...POST.record, input: { amount: '${ item }' } },
};

test('a write that was denied at its turn is an act, of exactly what it was', async () => {
  for (const [step, effect, verdict] of [
    [POST, DENY, 'deny'],
    [POST, LEAVE, 'route_to_human'],
    [EACH, DENY, 'deny'],
  ] as const) {
    const policy = { ...WRITES, ...effect };
    const bed = await opened(policy);
    assert.deepEqual(await tried(bed, policy, await bed.start(step)), [['record.write', verdict, 'allow']]);
    await bed.close();
  }
});

test('so is work that was left to people as its turn came', async () => {
  const policy = { ...BEGINS, ...LEAVE };
  const bed = await opened(policy);
  const found = await tried(bed, policy, await bed.start(WORK));
  assert.deepEqual(found, [['task.start', 'route_to_human', 'allow']]);
  await bed.close();
});

test('so is what people were asked about, and rejected', async () => {
  for (const [policy, step] of [
    [{ ...WRITES, ...ASK }, POST],
    [{ ...BEGINS, ...ASK }, WORK],
  ] as const) {
    const bed = await opened(policy);
    const run = await bed.start(step);
    const asked = [[policy.on, 'require_approval', 'allow']];
    assert.deepEqual(await tried(bed, policy, run), asked);
    await reject(bed, run);
    assert.deepEqual(await tried(bed, policy, run), asked);
    await bed.close();
  }
});
