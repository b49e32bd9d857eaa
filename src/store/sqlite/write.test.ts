import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { StoreFault } from '../fault.ts';
import type { Change } from '../port.ts';
import { Connection } from './connection.ts';
import { migrate } from './migrate.ts';
import { NEXT_POSITION } from './sql/entries.ts';
import { SqliteStore } from './sqlite-store.ts';

const change = (stream: string): Change => ({
  stream,
  expected: 0,
  entries: [1, 2].map((sequence) => ({ sequence, hash: new Uint8Array(32), text: `${sequence}` })),
});

/** A store on a disk that is there, or not: then nothing can be committed, and the next position cannot be read. */
function bench() {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  const disk = { isOut: false };
  const prepare = db.prepare.bind(db);
  const needsDisk = <Args extends unknown[], Answer>(ask: (...args: Args) => Answer) => {
    return (...args: Args): Answer => {
      if (disk.isOut) throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR');
      return ask(...args);
    };
  };
  db.prepare = ((sql: string) => {
    const statement = prepare(sql);
    if (sql === 'COMMIT') statement.run = needsDisk(statement.run.bind(statement));
    if (sql === NEXT_POSITION) statement.get = needsDisk(statement.get.bind(statement));
    return statement;
  }) as typeof db.prepare;
  return { store: new SqliteStore(db, new Connection(db, ':memory:'), () => {}), disk };
}

test('WRITE-2 a failed commit leaves no gap in the positions, whatever else fails meanwhile', async () => {
  const { store, disk } = bench();
  await store.commit([change('run_a')]);
  disk.isOut = true;
  const isFailed = ({ code }: StoreFault): boolean => code === 'database_failed';
  await assert.rejects(store.commit([change('run_b')]), isFailed);
  await assert.rejects(store.commit([change('run_b')]), isFailed);
  disk.isOut = false;
  assert.deepEqual(await store.commit([change('run_b')]), [{ ok: true, position: 2 }]);
  const entries = await store.entries({ position: -1 }, 10);
  assert.deepEqual(
    entries.map(({ position, stream }) => [position, stream]),
    [
      [0, 'run_a'],
      [1, 'run_a'],
      [2, 'run_b'],
      [3, 'run_b'],
    ],
  );
});
