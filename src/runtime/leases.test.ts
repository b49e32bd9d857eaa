import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';

const turns = async (): Promise<void> => {
  for (let at = 0; at < 20; at += 1) await new Promise(setImmediate);
};

/** A task held for 30 s, and a heartbeat of second 10 that the store has not written in second 31. */
const late = async (fault?: Error) => {
  const store = memoryStore();
  const commit = store.commit.bind(store);
  let gate: Promise<void> | null = null;
  store.commit = async (changes) => {
    await gate;
    return commit(changes);
  };
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }));
  await bed.add(passport('bot', { kind: 'agent', capabilities: ['read'] }));
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 30 });
  const { id, token } = task as NonNullable<typeof task>;
  bed.clock.move(10_000);
  await turns();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  gate = promise;
  const beat = bed.operations.call('task.heartbeat', { id, token, leaseSeconds: 30 }, bed.as('bot'));
  await turns();
  bed.clock.move(21_000);
  await turns();
  gate = null;
  if (fault) reject(fault);
  else resolve();
  return { bed, id, token, beat };
};

test('a heartbeat that came first wins, also where the lease ran out before the store had written it (LEASE-2)', async () => {
  const { bed, id, token, beat } = await late();
  assert.ok((await beat).ok);
  await turns();
  assert.equal(bed.runtime.leases.get(id)?.token, token);
  await bed.ok('bot', 'task.complete', { id, token, output: 1 });
  await bed.close();
});

test('a lease that could not be prolonged ends', async () => {
  const { bed, id, beat } = await late(new Error('the disk is gone'));
  await assert.rejects(beat, /the disk is gone/);
  await bed.until(() => bed.runtime.leases.get(id) === undefined);
  await bed.close();
});
