import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, StillClock, Testbed } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Write } from './committer.ts';
import { Leases, type Lease } from './leases.ts';

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

test('whose lease is found to be over, or to be somebody else’s, is said to hold one less (LEASE-4)', async () => {
  let row: object | null = null;
  const less: string[] = [];
  const leases = new Leases({
    clock: new StillClock(),
    committer: {} as never,
    expire: () => Promise.resolve({ ok: true }),
    shared: { task: () => Promise.resolve(row) } as never,
    onLess: (participant) => void less.push(`${participant} ${leases.count(participant)}`),
    onFault: assert.fail,
  });
  const lease = { run: 'r', task: 't', token: 1, assignee: 'p', until: 1 };
  leases.keep(lease);
  leases.keep({ ...lease, until: 2 });
  assert.deepEqual(less, []);
  row = { run: 'r', id: 't', status: 'in_progress', assignee: 'q', token: 2, leaseUntil: 3 };
  assert.equal((await leases.current('t'))?.assignee, 'q');
  assert.deepEqual([less.splice(0), leases.count('q')], [['p 0'], 1]);
  row = null;
  assert.equal(await leases.current('t'), null);
  assert.deepEqual(less.splice(0), ['q 0']);
  leases.keep(lease);
  leases.dropRun('r', new Set());
  assert.deepEqual(less, ['p 0']);
});

const LEASE: Lease = { run: 'r', task: 't', token: 1, assignee: 'p', until: 100, claim: 'c' };
const AGAIN: Lease = { ...LEASE, token: 2, assignee: 'q', until: 50, claim: 'd' };

/** Leases of a node, what they have to write, and what the store answers when it is asked for a task. */
const alone = (more: Partial<ConstructorParameters<typeof Leases>[0]> = {}) => {
  const clock = new StillClock();
  const writes: Write[] = [];
  const committer = { submit: (write: Write) => void writes.push(write) } as never;
  const expire = () => Promise.resolve({ ok: true });
  const leases = new Leases({ clock, committer, expire, onLess: () => {}, onFault: assert.fail, ...more });
  leases.keep(LEASE);
  return { clock, leases, settle: () => writes.shift()?.settle(undefined) };
};

test('a lease becomes no shorter under its token, and is as long as it is given out for under another (HELD-1)', async () => {
  const { leases, settle } = alone();
  leases.keep({ ...LEASE, until: 50 });
  assert.equal(leases.get('t')?.until, 100);
  const shorter = leases.prolong(LEASE, 70);
  settle();
  await shorter;
  assert.equal(leases.get('t')?.until, 100);
  const longer = leases.prolong(LEASE, 1000);
  leases.keep(AGAIN);
  settle();
  await longer;
  assert.deepEqual(leases.get('t'), AGAIN, 'a heartbeat of whoever had it before is none of its own');
});

test('what is given out again while its end is asked for, or its row is read, stays held by whoever has it then', async () => {
  const { clock, leases } = alone({
    expire: async () => {
      leases.keep({ ...AGAIN, until: Infinity });
      return { ok: false };
    },
  });
  await leases.start();
  clock.move(1000);
  await turns();
  assert.equal(leases.get('t')?.token, 2);
  const { run, task: id, ...row } = LEASE;
  const other = alone({
    shared: {
      task: async () => {
        other.leases.keep(AGAIN);
        return { ...row, run, id, status: 'in_progress', leaseUntil: 200 };
      },
    } as never,
  });
  await other.leases.current('t');
  assert.equal(other.leases.get('t')?.token, 2);
});

test('how late the end of a lease is, is told as the store has it', async () => {
  const { leases, clock } = alone();
  clock.move(100 - clock.now());
  assert.equal(await leases.late(), 0);
  clock.move(50);
  assert.equal(await leases.late(), 50);
  let until = 500;
  const row = () => ({
    run: 'r',
    id: 't',
    status: 'in_progress',
    assignee: 'p',
    token: 1,
    leaseUntil: until,
  });
  const shared = { task: () => Promise.resolve(row()) } as never;
  const two = alone({ shared });
  two.clock.move(450 - two.clock.now());
  assert.deepEqual([await two.leases.late(), two.leases.get('t')?.until], [0, 500]);
  two.clock.move(60);
  assert.equal(await two.leases.late(), 10);
  until = 1000;
  assert.equal(await two.leases.late(), 0);
});

test('a claim is repeated by whoever made it alone', async () => {
  const { leases } = alone();
  assert.deepEqual(await leases.byClaim('p', 'c'), ['t']);
  assert.deepEqual(await leases.byClaim('q', 'c'), []);
});
