/** What faults beside something that is committed is not told as if nothing were, and what is asked again is done once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { Change } from '../store/index.ts';
import type { OutputOf } from './schema/index.ts';

const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };
const SIGN = { id: 'sign', approval: { subject: '${ input }', from: 'role:manager' } };
const PEOPLE = [passport('cy', { roles: ['clerk'] }), passport('ann', { roles: ['manager'] })];
const FAULT = Object.assign(new Error('the disk is gone'), { code: 'database_failed' });
const asked = { idempotencyKey: 'once' };

async function openFaulty() {
  const faults: unknown[] = [];
  const bed = new Testbed(undefined, { onFault: (fault) => void faults.push(fault) });
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }), ...PEOPLE);
  return { bed, faults };
}

/** A task of each of so many runs of one definition. */
async function tasksOf(bed: Testbed, step: object, count: number) {
  const definition = await bed.define(step);
  const tasks: OutputOf<'task.list'>['rows'] = [];
  for (let at = 0; at < count; at += 1) {
    const { id } = await bed.ok('root', 'workflow.start', { definition, input: { at } });
    tasks.push(await bed.taskOf(id));
  }
  return tasks;
}

/** The first commit that writes such a thing faults, and writes nothing. */
function failOnce({ store }: Testbed, isIt: (change: Change) => boolean): void {
  const commit = store.commit.bind(store);
  let left = 1;
  store.commit = async (changes) => {
    if (!changes.some(isIt) || left === 0) return commit(changes);
    left -= 1;
    throw FAULT;
  };
}

/** The server starts anew on the same database. */
async function anew(bed: Testbed): Promise<Testbed> {
  await bed.runtime.stop();
  const later = new Testbed(bed.store);
  await later.runtime.start();
  return later;
}

test('MANY-1: of many tasks, one whose commit faults is refused by itself; asked again, it alone is done', async () => {
  const { bed, faults } = await openFaulty();
  const tasks = await tasksOf(bed, WORK, 3);
  const items = tasks.map(({ id }) => ({ id }));
  await bed.ok('cy', 'task.batch', { act: 'start', items });
  failOnce(bed, ({ stream }) => stream === tasks[1]?.run);
  const batch = { act: 'complete' as const, items };
  const { results } = await bed.ok('cy', 'task.batch', batch, asked);
  assert.deepEqual(
    results.map(({ ok, refused }) => refused?.code ?? ok),
    [true, 'storage_unavailable', true],
  );
  assert.deepEqual(faults, [FAULT]);
  const again = await bed.ok('cy', 'task.batch', batch, asked);
  assert.deepEqual(
    again.results.map(({ ok, task, refused }) => refused?.code ?? (ok && task?.status)),
    ['completed', 'completed', 'completed'],
  );
  const later = await anew(bed);
  assert.deepEqual(await later.ok('cy', 'task.batch', batch, asked), again, 'by a server that has forgotten');
  const other = { act: 'complete' as const, items: items.toReversed() };
  assert.equal(await later.no('cy', 'task.batch', other, asked), 'idempotency_mismatch');
  await later.close();
});

test('BATCH-1: of many decisions, one whose commit faults is refused by itself; asked again, it alone is made', async () => {
  const { bed, faults } = await openFaulty();
  const tasks = await tasksOf(bed, SIGN, 3);
  const items = tasks.map(({ id, approval }) => ({ id, subject: approval?.subject ?? '' }));
  failOnce(bed, ({ stream }) => stream === tasks[1]?.run);
  const batch = { outcome: 'approve' as const, items };
  const { results } = await bed.ok('ann', 'task.decide_batch', batch, asked);
  const codes = results.map(({ decided, refusal }) => refusal?.code ?? decided);
  assert.equal(codes.filter((code) => code === 'storage_unavailable').length, faults.length);
  assert.ok(faults.length > 0 && codes[1] === 'storage_unavailable', codes.join());
  const again = await bed.ok('ann', 'task.decide_batch', batch, asked);
  assert.ok(again.results.every(({ decided }) => decided));
  const later = await anew(bed);
  assert.deepEqual(await later.ok('ann', 'task.decide_batch', batch, asked), again);
  await later.close();
});

test('ONWARD-2: a task is completed, whether or not the next of its pile can be begun', async () => {
  const { bed, faults } = await openFaulty();
  const tasks = await tasksOf(bed, WORK, 2);
  const [first, second] = tasks;
  assert.ok(first && second);
  await bed.ok('cy', 'task.start', { id: first.id });
  failOnce(bed, ({ stream }) => stream === second.run);
  const completing = { id: first.id, next: 'piled' as const };
  const { task, next } = await bed.ok('cy', 'task.complete', completing, asked);
  assert.deepEqual([task.status, next, faults], ['completed', null, [FAULT]]);
  const again = await bed.ok('cy', 'task.complete', completing, asked);
  assert.deepEqual([again.task.status, again.next?.id], ['completed', second.id]);
  await bed.close();
});
