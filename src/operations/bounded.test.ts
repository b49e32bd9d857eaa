import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { PageRequest, StoredPage } from '../store/index.ts';
import { MOST_OF_PAGE, sizeOf, wantedRows } from './bounded.ts';

const MIB = 1024 * 1024;
const RUNS = 6;
const TASK = { id: 'a', task: { requires: ['read'], by: 'agent', input: { text: '${ input.text }' } } };

test('pages of what is large end early, and go on from there without a gap', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent', capabilities: ['read'] }));
  const definition = await bed.define(TASK);
  for (let at = 0; at < RUNS; at += 1)
    await bed.ok('root', 'workflow.start', { definition, input: { text: 'x'.repeat(3 * MIB) } });
  const large: number[] = [];
  const indices: number[] = [];
  for (let after = 0; ;) {
    const { events, next } = await bed.ok('root', 'event.list', { after, limit: 1000 });
    if (events.length === 0) break;
    large.push(JSON.stringify(events).length);
    indices.push(...events.map(({ index }) => index));
    after = next;
  }
  assert.deepEqual(indices, [...indices.keys()]);
  assert.ok(large.length > 2 && large.every((size) => size < MOST_OF_PAGE + MIB), large.join());
  const read: number[] = [];
  for (let after = 0; ;) {
    const { entries, next } = await bed.ok('root', 'ledger.entries', { after, limit: 1000 });
    if (entries.length === 0) break;
    read.push(...entries.map(({ index }) => index));
    after = next;
  }
  assert.deepEqual(read, indices);
  const follower = await bed.operations.follow('event.list', { after: 0 }, bed.as('root'));
  assert.ok(follower.ok);
  const followed: number[] = [];
  const readMore = async () => (await follower.value.read(50, async () => bed.as('root'))) ?? [];
  for (let events = await readMore(); events.length > 0; events = await readMore())
    followed.push(...events.map(({ index }) => index));
  follower.value.close();
  assert.deepEqual(followed, indices, 'a stream goes on after a page that ended early');
  await bed.close();
});

test('a page of events is as long as was asked for, in order and without a gap', async () => {
  const bed = await Testbed.open(
    passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 1000 }),
  );
  const document = {
    id: 'many',
    name: 'Many',
    limits: { concurrency: 500, tasks: 500 },
    phases: [{ id: 'p', steps: [{ ...TASK, forEach: '${ input.items }' }] }],
  };
  await bed.ok('root', 'workflow.save_definition', { document });
  const input = { items: Array.from({ length: 450 }, (_, at) => at), text: '' };
  const { id, sequence } = await bed.ok('root', 'workflow.start', { definition: 'many', input });
  const ofRun = (await bed.ok('root', 'run.events', { id, limit: 1000 })).events;
  assert.deepEqual(
    ofRun.map((event) => event.sequence),
    Array.from({ length: sequence }, (_, at) => at + 1),
  );
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  assert.deepEqual(
    events.map(({ index }) => index),
    [...events.keys()],
  );
  assert.equal(events.length, await bed.store.entryCount());
  const some = await bed.ok('root', 'run.events', { id, limit: 250 });
  assert.deepEqual([some.events.length, some.next], [250, 250]);
  await bed.close();
});

test('a page of tasks ends early where their inputs are large', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent', capabilities: ['read'] }));
  const definition = await bed.define({ ...TASK, forEach: '${ input.items }' });
  const input = { items: Array.from({ length: 30 }, (_, at) => at), text: 'x'.repeat(60_000) };
  for (let at = 0; at < RUNS; at += 1) await bed.ok('root', 'workflow.start', { definition, input });
  const tasks = new Set<string>();
  let pages = 0;
  for (let cursor: string | null | undefined; cursor !== null; pages += 1) {
    const page = await bed.ok('root', 'task.list', { limit: 1000, ...(cursor && { cursor }) });
    for (const { id } of page.rows) tasks.add(id);
    cursor = page.next;
  }
  assert.deepEqual([tasks.size, pages], [RUNS * 30, 2]);
  await bed.close();
});

test('what no index finds is looked for a while, and then from there on', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent', capabilities: ['read'] }));
  const rare = await bed.define({ id: 'rare', task: { requires: ['read'], by: 'agent' } });
  const { id } = await bed.ok('root', 'workflow.start', { definition: rare, input: {} });
  const many = await bed.define({ ...TASK, forEach: '${ input.items }' });
  const input = { items: Array.from({ length: 100 }, (_, at) => at), text: '' };
  for (let at = 0; at < 110; at += 1) await bed.ok('root', 'workflow.start', { definition: many, input });
  for (const asked of [
    { step: 'p0.rare' },
    { step: 'p0.rare', open: true },
    { kind: ['task' as const], step: 'p0.rare' },
    { step: 'p0.rare', limit: 1 },
  ]) {
    const pages: string[][] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await bed.ok('root', 'task.list', { ...asked, ...(cursor && { cursor }) });
      pages.push(page.rows.map(({ run }) => run));
      cursor = page.next;
    }
    assert.deepEqual([pages[0], pages.flat()], [[], [id]]);
    assert.ok(pages.length > 1 && pages.length < 6, `${pages.length} pages of ${JSON.stringify(asked)}`);
  }
  const { rows, next } = await bed.ok('root', 'workflow.list_runs', { definition: rare, startedBy: 'agent' });
  assert.deepEqual([rows, next], [[], null]);
  await bed.close();
});

test('the size of a value is about that of its JSON', () => {
  const value = { a: ['bb', 1, null, true, { c: 'd'.repeat(100) }], e: {} };
  const exact = JSON.stringify(value).length;
  assert.ok(Math.abs(sizeOf(value) - exact) < exact / 4, `${sizeOf(value)} for ${exact}`);
});

test('pages end by rows, by size and by what was looked at, and lose and repeat nothing', async () => {
  const all = Array.from({ length: 1234 }, (_, at) => at);
  let looked = 0;
  const read = async ({ limit, cursor }: PageRequest): Promise<StoredPage<number>> => {
    const from = cursor === undefined ? 0 : Number(cursor) + 1;
    const rows = all.slice(from, from + limit);
    looked += rows.length;
    const behind = (at: number): string => String(rows[at]);
    return { rows, next: from + limit < all.length ? behind(rows.length - 1) : null, behind };
  };
  const sizes = { nothing: 0, 'a third': MOST_OF_PAGE / 3, 'more than a page': MOST_OF_PAGE + 1 };
  for (const limit of [1, 2, 199, 200, 201, 1000])
    for (const wanted of [1, 2, 7, 300, 5000])
      for (const [name, size] of Object.entries(sizes)) {
        const found: number[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          looked = 0;
          const page = await wantedRows<number>(
            { limit, ...(cursor && { cursor }) },
            read,
            (rows) => rows.filter((row) => row % wanted === wanted - 1),
            () => size,
          );
          assert.ok(page.rows.length <= limit && looked <= 1000, `${looked} rows looked at for ${limit}`);
          found.push(...page.rows);
          cursor = page.next;
        }
        const expected = all.filter((row) => row % wanted === wanted - 1);
        assert.deepEqual(found, expected, `${limit} rows, one of ${wanted}, of the size of ${name}`);
      }
});
