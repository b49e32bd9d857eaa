import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { longs, texts } from './binary.ts';
import { openPostgres } from './open.ts';
import { Session } from './session.ts';
import { REQUIRE_DOCUMENTS } from './sql/documents.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const WAITING = `
  SELECT count(*)::int4 AS waiting FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;

test('whoever writes a document waits for the commit of what rests on it', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const store = await openPostgres(url);
  const preparing = { texts: new Set<string>(), works: true };
  const [resting, watching] = [await Session.connect(url, preparing), await Session.connect(url, preparing)];
  t.after(() => Promise.all([resting.close(), watching.close(), store.close()]));
  const write = (expected: number) =>
    store.commit([
      {
        stream: 'x',
        expected: null,
        entries: [],
        documents: [{ kind: 'setting', id: 's', expected, body: {} }],
      },
    ]);
  await write(0);
  await resting.run([
    { sql: 'BEGIN' },
    { sql: REQUIRE_DOCUMENTS, values: [texts(['setting']), texts(['s']), longs([1])] },
  ]);
  let isWritten = false;
  const writing = write(1).then(([result]) => {
    isWritten = true;
    return result;
  });
  while (!isWritten) {
    const [answer] = await watching.run([{ sql: WAITING }]);
    if (answer?.rows[0]?.['waiting'] === 1) break;
  }
  assert.equal(isWritten, false);
  await resting.run([{ sql: 'COMMIT' }]);
  assert.ok((await writing)?.ok);
});
