/** The same key is the same call, also where nobody decided on it the first time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const HOUR = 3_600_000;
const POLICY = {
  id: 'refunds',
  on: 'tool.call',
  effect: 'require_approval',
  from: 'role:clerk',
  within: '1h',
  when: 'tool.name == "refund"',
};

const site = async () => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('clerk', { roles: ['clerk'] }),
    passport('robot', { kind: 'agent', capabilities: ['read'] }),
  );
  const { change } = await bed.ok('root', 'policy.propose', { policy: POLICY });
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest });
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const { id = '', token = 0 } = task ?? {};
  const call = { id, token, call: '1', tool: 'refund', arguments: { amount: 5 } };
  const ask = () => bed.ok('robot', 'tool.request', call);
  const approve = async (approval = '') => {
    const { approval: shown } = await bed.ok('clerk', 'task.get', { id: approval });
    await bed.ok('clerk', 'task.decide', {
      id: approval,
      outcome: 'approve',
      subject: shown?.subject ?? '',
    });
  };
  const later = async (hours: number) => {
    for (let half = 0; half < 2 * hours; half += 1) {
      bed.clock.move(HOUR / 2);
      await bed.ok('robot', 'task.heartbeat', { id, token, leaseSeconds: 3600 });
    }
  };
  return { bed, token, ask, approve, later };
};

test('a call that was made when it was asked for again is not asked for once more', async () => {
  const { bed, token, ask, approve, later } = await site();
  const missed = await ask();
  await later(1);
  await bed.until(
    async () => (await bed.ok('robot', 'tool.get', { id: missed.request ?? '' })).status === 'expired',
  );
  const asked = await ask();
  assert.equal(asked.status, 'waiting');
  await approve(asked.approvals[0]);
  const request = { id: asked.request ?? '', token };
  await bed.ok('robot', 'tool.use', { ...request, digest: asked.digest });
  assert.deepEqual([(await ask()).request, (await ask()).status], [asked.request, 'calling']);
  await bed.ok('robot', 'tool.done', { ...request, result: { ok: true } });
  const again = await ask();
  assert.deepEqual([again.request, again.status, again.result], [asked.request, 'used', { ok: true }]);
  await bed.close();
});

test('a grant that is over is asked for again under the key of its call', async () => {
  const { bed, token, ask, approve, later } = await site();
  const first = await ask();
  await approve(first.approvals[0]);
  await later(24);
  const { digest } = first;
  assert.equal(
    await bed.no('robot', 'tool.use', { id: first.request ?? '', token, digest }),
    'grant_expired',
  );
  const second = await ask();
  assert.equal(second.status, 'waiting');
  assert.equal((await ask()).request, second.request);
  await approve(second.approvals[0]);
  assert.deepEqual([(await ask()).request, (await ask()).status], [second.request, 'granted']);
  await bed.close();
});
