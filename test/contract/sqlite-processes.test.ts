import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Store } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';
import { append, runRow } from './fixtures.ts';
import { TestProcess } from './processes/process.ts';

/** SQLite among processes: what survives their death, and who may open what. */

function newDatabase(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'humanos.db');
}

/** What a writer leaves at any moment: both runs as far, and rows, entries and positions of one transaction. */
async function requireWhole(store: Store, acknowledged: number): Promise<number> {
  const head = (await store.lastEntry('run_a'))?.sequence ?? 0;
  assert.ok(head >= acknowledged, `${acknowledged} were acknowledged and ${head} are there`);
  for (const run of ['run_a', 'run_b']) {
    const sequences = (await store.loadRun(run))?.entries.map(({ sequence }) => sequence) ?? [];
    assert.deepEqual(
      sequences,
      sequences.map((_, at) => at + 1),
    );
    assert.equal(sequences.length, head);
    assert.equal((await store.run(run))?.sequence ?? 0, head);
    assert.equal((await store.task(`${run}:extract:1.1`))?.token ?? 0, head);
  }
  assert.equal((await store.nextTimer()) ?? 0, head);
  assert.equal(await store.entryCount(), 2 * head);
  return head;
}

test('STORE-3 every acknowledged commit survives kill -9', { timeout: 120_000 }, async (t) => {
  const path = newDatabase(t);
  let acknowledged = 0;
  for (const [round, reads] of [0, 1, 2, 30, 77, 150].entries()) {
    const writer = new TestProcess('writer.ts', path);
    for (let read = 0; read <= reads; read += 1) acknowledged = Number(await writer.line());
    for (const line of await writer.kill()) acknowledged = Number(line);
    const store = openSqlite(path);
    const head = await requireWhole(store, acknowledged);
    t.diagnostic(`round ${round}: ${acknowledged} acknowledged, ${head} there`);
    await store.close();
  }
});

test('one process writes, and the next may as soon as it is gone', { timeout: 60_000 }, async (t) => {
  const path = newDatabase(t);
  const holder = new TestProcess('holder.ts', path);
  assert.equal(await holder.line(), 'open');
  assert.throws(() => openSqlite(path), {
    name: 'StoreFault',
    code: 'database_in_use',
    message: /humanos\.db\.lock/,
  });
  const other = new TestProcess('holder.ts', path);
  assert.equal(await other.line(), 'database_in_use');
  await other.end();
  await holder.kill();
  const store = openSqlite(path);
  const refused = new TestProcess('holder.ts', path);
  assert.equal(await refused.line(), 'database_in_use');
  await refused.end();
  await store.close();
  const next = new TestProcess('holder.ts', path);
  assert.equal(await next.line(), 'open');
  await next.end();
  await openSqlite(path).close();
});

test('a reader counts runs as they are whenever it is asked', async (t) => {
  const path = newDatabase(t);
  const writer = openSqlite(path);
  const reader = openSqlite(path, { readOnly: true });
  const begun = async (run: string) => {
    await writer.commit([append(run, 0, 1, { run: runRow(run) })]);
    return reader.runCounts();
  };
  assert.deepEqual(await begun('run_a'), { running: 1 });
  assert.deepEqual(await begun('run_b'), { running: 2 });
  await reader.close();
  await writer.close();
});

test('readers follow a writer without getting in its way', { timeout: 60_000 }, async (t) => {
  const path = newDatabase(t);
  const writer = new TestProcess('writer.ts', path);
  assert.equal(await writer.line(), '0');
  const reader = openSqlite(path, { readOnly: true });
  let seen = 0;
  for (let read = 0; read < 40; read += 1) {
    const acknowledged = Number(await writer.line());
    const head = (await reader.lastEntry('run_b'))?.sequence ?? 0;
    assert.ok(head >= acknowledged && head >= seen);
    const entries = await reader.entries({ position: -1 }, 10_000);
    assert.deepEqual(
      entries.map(({ position }) => position),
      entries.map((_, at) => at),
    );
    assert.equal((await reader.runCounts())['running'] ?? 0, head > 0 ? 2 : 0);
    seen = head;
  }
  await assert.rejects(reader.commit([append('run_c', 0)]), { code: 'read_only' });
  await assert.rejects(reader.growTree(0, 1, []), { code: 'read_only' });
  await writer.kill();
  const late = openSqlite(path, { readOnly: true });
  await requireWhole(late, seen);
  await late.close();
  const next = openSqlite(path);
  const head = await requireWhole(next, seen);
  assert.deepEqual(await next.commit([append('run_c', 0)]), [{ ok: true, position: 2 * head }]);
  assert.equal(await reader.entryCount(), 2 * head + 1);
  await next.close();
  assert.equal(await reader.entryCount(), 2 * head + 1);
  await reader.close();
});

test(
  'CONN-2 the log stays bounded under load and under readers that overlap all the time',
  { timeout: 120_000 },
  async (t) => {
    const path = newDatabase(t);
    await openSqlite(path).close();
    const writer = new TestProcess('writer.ts', path, 'x'.repeat(50_000));
    await writer.line();
    const readers = new TestProcess('readers.ts', path);
    assert.equal(await readers.line(), 'reading');
    let largest = 0;
    for (let read = 0; read < 500; read += 1) {
      await writer.line();
      if (existsSync(`${path}-wal`)) largest = Math.max(largest, statSync(`${path}-wal`).size);
    }
    await readers.kill();
    await writer.kill();
    t.diagnostic(
      `log ${(largest / 1e6).toFixed(0)} MB at most, database ${(statSync(path).size / 1e6).toFixed(0)} MB`,
    );
    assert.ok(largest < 60e6, `the log grew to ${largest} bytes`);
    const store = openSqlite(path);
    await requireWhole(store, 0);
    await store.close();
    assert.equal(existsSync(`${path}-wal`), false);
  },
);
