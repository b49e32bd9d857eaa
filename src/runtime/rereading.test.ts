import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Task } from '../engine/index.ts';
import { StoreFault } from '../store/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import { ORGANISATION } from './organisation/index.ts';

type Held = Pick<Task, 'run' | 'id' | 'token'>;
const bot = passport('bot', { kind: 'agent', capabilities: ['read'], capacity: 5 });
const reading = (assign?: string) => ({
  id: 'a',
  task: { requires: ['read'], by: 'agent', ...(assign && { assign }) },
});
/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};

/** Commits fail as they are told to, and rows of a run come late. */
const open = async () => {
  const store = memoryStore();
  const commit = store.commit.bind(store);
  const tasks = store.tasks.bind(store);
  let failing: { readonly run: string; readonly isWritten: boolean } | null = null;
  let late: { read: () => void; readonly answer: Promise<void> } | null = null;
  store.commit = async (changes) => {
    const fault = failing && changes.some(({ stream }) => stream === failing?.run) ? failing : null;
    if (!fault) return commit(changes);
    failing = null;
    if (fault.isWritten) await commit(changes);
    throw new StoreFault('outcome_unknown', 'The connection is lost.', 'Read again.');
  };
  store.tasks = async (filter, page) => {
    const rows = await tasks(filter, page);
    const gate = filter.run === undefined || !filter.open ? null : late;
    if (!gate) return rows;
    late = null;
    gate.read();
    await gate.answer;
    return rows;
  };
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }));
  const fail = (run: string, isWritten: boolean, act: () => Promise<unknown>) => {
    failing = { run, isWritten };
    return assert.rejects(act(), StoreFault);
  };
  /** A commit of the run fails, and what is open in it has been read, and is yet to be told. */
  const doubt = async (run: string): Promise<() => Promise<void>> => {
    const { id } = await bed.taskOf(run);
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    late = { read: asked.resolve, answer: answer.promise };
    await fail(run, false, () => bed.ok('root', 'task.comment', { id, text: 'x' }));
    await asked.promise;
    return async () => {
      answer.resolve();
      await settled();
    };
  };
  return { bed, doubt, fail };
};

test('SCHED-4 what is claimed while a run in doubt is read stays with its holder, and ends with its lease', async () => {
  const { bed, doubt } = await open();
  await bed.add(bot);
  const run = await bed.start(reading());
  const tell = await doubt(run);
  const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 30 });
  assert.ok(task);
  await tell();
  assert.equal(bed.runtime.leases.get(task.id)?.token, task.token);
  assert.equal(bed.runtime.scheduler.backlog, 0);
  await bed.ok('bot', 'task.heartbeat', { id: task.id, token: task.token, leaseSeconds: 30 });
  bed.clock.move(31_000);
  await bed.until(async () => (await bed.taskOf(run)).status === 'ready');
  await bed.close();
});

test('a lease that is prolonged while a run in doubt is read becomes no shorter (HELD-1)', async () => {
  const { bed, doubt } = await open();
  await bed.add(bot);
  const run = await bed.start(reading());
  const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 30 });
  assert.ok(task);
  const tell = await doubt(run);
  const { id, token } = task;
  const { leaseUntil } = await bed.ok('bot', 'task.heartbeat', { id, token, leaseSeconds: 300 });
  await tell();
  assert.equal(bed.runtime.leases.get(id)?.until, leaseUntil);
  await bed.close();
});

test('SCHED-4 what is reserved while a run in doubt is read is given to whoever it is for', async () => {
  const { bed, doubt } = await open();
  const run = await bed.start(reading('round_robin'));
  const tell = await doubt(run);
  await bed.add(bot);
  await bed.until(async () => (await bed.taskOf(run)).status === 'reserved');
  await tell();
  assert.equal((await bed.ok('bot', 'task.claim_next', {})).task?.run, run);
  await bed.close();
});

test('a run that comes into doubt again while it is read is read once more', async () => {
  const { bed, doubt, fail } = await open();
  await bed.add(bot);
  const run = await bed.start(reading());
  const { id } = await bed.taskOf(run);
  const tell = await doubt(run);
  await fail(run, true, () => bed.ok('bot', 'task.claim_next', {}));
  assert.equal(bed.runtime.leases.get(id), undefined);
  await tell();
  assert.equal(bed.runtime.leases.get(id)?.assignee, 'passport_bot');
  await bed.close();
});

test('what has ended though nobody was told counts for nobody any more', async () => {
  const { bed, fail } = await open();
  await bed.add({ ...bot, capacity: 1 }, passport('ann', { roles: ['clerk'], capacity: 1 }));
  const claimed = async (): Promise<Held> => (await bed.ok('bot', 'task.claim_next', {})).task as Held;
  const begun = async (run: string): Promise<Held> => {
    const { id } = await bed.taskOf(run);
    await bed.ok('ann', 'task.start', { id });
    return bed.taskOf(run);
  };
  const ended = ({ run, id, token }: Held, who: string) =>
    fail(run, true, () => bed.ok(who, 'task.complete', { id, token, output: 1 }));
  for (let at = 0; at < 2; at += 1) await bed.start(reading());
  const one = await claimed();
  await ended(one, 'bot');
  await settled();
  assert.equal(bed.runtime.leases.get(one.id), undefined);
  assert.notEqual((await claimed()).run, one.run);

  const clerical = { id: 'a', task: { by: 'human', from: 'role:clerk' } };
  const runs = [await bed.start(clerical), await bed.start(clerical)] as const;
  await ended(await begun(runs[0]), 'ann');
  await settled();
  assert.equal((await begun(runs[1])).run, runs[1]);
  await bed.close();
});

/** Nothing is committed of this run, for good: how often that was tried. */
const spoil = ({ store }: Testbed, run: string): { tries: number } => {
  const commit = store.commit.bind(store);
  const spoilt = { tries: 0 };
  store.commit = async (changes) => {
    if (!changes.some(({ stream }) => stream === run)) return commit(changes);
    spoilt.tries += 1;
    throw new StoreFault('invalid_change', 'It does not take this.', 'Report it.');
  };
  return spoilt;
};

test('what was set aside since nothing can be committed on it stays so as its run is read again (SCHED-4)', async () => {
  const { bed } = await open();
  const several = ['a', 'b', 'c', 'd'];
  await bed.add(...several.map((id) => passport(id, { kind: 'agent', capabilities: ['read'] })));
  const spoilt = spoil(bed, await bed.start(reading()));
  let broken = 0;
  for (const id of several) {
    void bed.ok(id, 'task.claim_next', { waitSeconds: 60 }).catch(() => (broken += 1));
    await settled();
  }
  assert.deepEqual([spoilt.tries, broken], [1, 1]);
  bed.clock.move(10_000);
  await settled();
  assert.deepEqual([spoilt.tries, broken], [2, 2], 'in a while it is tried again');
  bed.faults.length = 0;
  await bed.close();
});

test('what is held, and cannot be given out, is not tried again and again (SCHED-4, REROUTE-8)', async () => {
  const { bed } = await open();
  const run = await bed.start(reading('round_robin'));
  const spoilt = spoil(bed, run);
  await bed.add(bot);
  await settled();
  assert.equal(spoilt.tries, 1);
  bed.faults.length = 0;
  await bed.close();
});

test('what was set aside is in line again as soon as something is committed of it', async () => {
  const { bed, fail } = await open();
  await bed.add(bot);
  const run = await bed.start(reading());
  const { id } = await bed.taskOf(run);
  const { execute } = bed.runtime.runs;
  bed.runtime.runs.execute = () => Promise.reject(new Error('this run cannot be read'));
  await assert.rejects(bed.ok('bot', 'task.claim_next', {}), /cannot be read/);
  bed.runtime.runs.execute = execute;
  await fail(run, false, () => bed.ok('root', 'task.comment', { id, text: 'x' }));
  await settled();
  assert.equal((await bed.ok('bot', 'task.claim_next', {})).task, null);
  await bed.ok('root', 'task.comment', { id, text: 'y' });
  assert.equal((await bed.ok('bot', 'task.claim_next', {})).task?.id, id);
  bed.faults.length = 0;
  await bed.close();
});

test('of the organisation too what is in doubt is read again: nothing waits for an emergency stop that never was', async () => {
  const { bed, fail } = await open();
  await bed.add(bot);
  const run = await bed.start(reading());
  await fail(ORGANISATION, false, () => bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' }));
  await settled();
  assert.equal((await bed.ok('bot', 'task.claim_next', {})).task?.run, run);
  await bed.close();
});

test('what was committed though nobody was told comes into the tree and the track records by itself', async () => {
  const { bed, fail } = await open();
  const run = await bed.start(reading());
  const { id } = await bed.taskOf(run);
  await fail(run, true, () => bed.ok('root', 'task.comment', { id, text: 'x' }));
  await settled();
  bed.clock.move(10_000);
  await settled();
  const entries = await bed.store.entryCount();
  assert.deepEqual([bed.runtime.log.size, bed.runtime.history.position], [entries, entries]);
  await bed.close();
});
