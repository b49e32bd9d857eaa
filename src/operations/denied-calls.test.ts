/** What is said of a call that is denied: on what, why, and for whom it is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const PROFILE = { autonomy: 'balanced', approval: { from: 'role:administrator' }, peopleLaunch: true };
const HUMAN = { id: 'human', on: 'tool.call', effect: 'route_to_human', to: 'role:clerk' };

async function open(...policies: readonly JsonObject[]) {
  const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), robot);
  await bed.adopt({ profile: PROFILE });
  for (const policy of policies) await bed.adopt({ policy });
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const ask = () => bed.ok('robot', 'tool.request', { ...held, call: '1', tool: 'pay' });
  const lastOf = async (type: string) =>
    (await bed.ok('root', 'run.events', { id: run })).events.findLast((event) => event.type === type);
  return { bed, held, ask, lastOf };
}

test('a call that is left to people rests on what leaves it to them, whatever else asks for an approval', async () => {
  const accounting = { ...HUMAN, id: 'books', to: 'group:books', reason: 'Books are kept by people.' };
  const { bed, ask, lastOf } = await open(HUMAN, accounting);
  const { status, code, message, restsOn, reasons, to } = await ask();
  assert.deepEqual(
    [status, code, message],
    ['denied', 'human_required', 'Books are kept by people. The policy human says so.'],
  );
  assert.deepEqual(restsOn, ['books@1', 'human@1']);
  assert.deepEqual(reasons, ['books', 'human']);
  assert.deepEqual(to, ['group:books', 'role:clerk']);
  const { authority, payload } = (await lastOf('tool.denied')) ?? assert.fail();
  assert.deepEqual(authority, { kind: 'policy', id: 'books', version: '1' });
  assert.equal(payload['message'], message);
  await bed.close();
});

test('nor is a call begun on words about an approval, where it is left to people since it was granted', async () => {
  const { bed, held, ask } = await open();
  const asked = await ask();
  const [id = ''] = asked.approvals;
  await bed.add(passport('second', { roles: ['administrator'] }));
  const { approval } = await bed.ok('second', 'task.get', { id });
  await bed.ok('second', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  const { change } = await bed.ok('root', 'policy.propose', { policy: HUMAN });
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest, applyTo: 'running' });
  const use = { ...held, id: asked.request ?? '', digest: asked.digest };
  const refused = await bed.operations.call('tool.use', use, bed.as('robot'));
  assert.equal(
    !refused.ok && refused.rejection.message,
    'pay is to be called by a person. The policy human says so.',
  );
  await bed.close();
});

test('whoever asks for a call is told the codes of the policies that deny it, as with every refusal of theirs', async () => {
  const never = { id: 'never', on: 'tool.call', effect: 'deny', code: 'too_much', reason: 'Too much.' };
  const { bed, ask } = await open(never);
  const { code, message, reasons, to } = await ask();
  assert.deepEqual([code, message, to], ['policy_denied', 'Too much.', []]);
  assert.deepEqual(reasons, ['too_much', 'consequential_call']);
  await bed.close();
});

test('of a call that waits nothing is said but that', async () => {
  const { bed, ask } = await open();
  const { status, reasons, to } = await ask();
  assert.deepEqual([status, reasons, to], ['waiting', [], []]);
  await bed.close();
});
