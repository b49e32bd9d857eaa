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
