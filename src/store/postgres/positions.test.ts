import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, change } from '../../../test/contract/fixtures.ts';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { openPostgres } from './open.ts';
import { Session } from './session.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

test(
  'positions are given where entries were committed, and nobody writes for them where none were',
  needed,
  async (t) => {
    const url = await serverOf(postgres).newSchema();
    const store = await openPostgres(url);
    const session = await Session.connect(url, { texts: new Set<string>(), works: true });
    t.after(() => Promise.all([session.close(), store.close()]));
    const writer = async () =>
      (await session.run([{ sql: 'SELECT xmin::text FROM sequencer' }]))[0]?.rows[0]?.['xmin'];
    const document = { kind: 'setting', id: 's', expected: 0, body: {} } as const;

    assert.ok((await store.commit([append('run_a', 0)]))[0]?.ok);
    assert.equal(await store.entryCount(), 1);
    const last = await writer();
    assert.ok((await store.commit([change('x', { documents: [document] })]))[0]?.ok);
    assert.equal((await store.commit([append('run_a', 0)]))[0]?.ok, false);
    assert.equal(await store.entryCount(), 1);
    assert.equal(await writer(), last);
    assert.ok((await store.commit([append('run_a', 1)]))[0]?.ok);
    assert.equal(await store.entryCount(), 2);
    assert.notEqual(await writer(), last);
  },
);

test('a page begun while another store’s commits wait for positions goes on with them', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const [one, other] = [await openPostgres(url), await openPostgres(url)];
  t.after(() => Promise.all([one.close(), other.close()]));
  const page = async (limit: number) =>
    (await other.entries({ position: -1 }, limit)).map(({ position, sequence }) => [position, sequence]);
  await one.commit([append('run_a', 0, 2)]);
  await one.entryCount();
  await one.commit([append('run_a', 2, 3)]);
  assert.deepEqual(await page(4), [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
  await one.commit([append('run_a', 5)]);
  assert.deepEqual((await page(9)).at(-1), [5, 6]);
});

test('commits that append nothing do not end a turn before what waits behind them', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const [one, other] = [await openPostgres(url), await openPostgres(url)];
  t.after(() => Promise.all([one.close(), other.close()]));
  const rests = change('run_b', { expected: 0 });
  await Promise.all(Array.from({ length: 500 }, () => one.commit([rests])));
  await one.commit([append('run_a', 0)]);
  assert.deepEqual(
    (await other.entries({ stream: 'run_a', after: 0 }, 9)).map(({ position }) => position),
    [0],
  );
  assert.equal(await one.entryCount(), 1);
});
