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
