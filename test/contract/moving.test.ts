import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { MoveProgress, Store, TaskRow } from '../../src/store/index.ts';
import { MOVED } from '../../src/store/moving.ts';
import { arriveAt, openPostgres } from '../../src/store/postgres/index.ts';
import { departFrom, openSqlite } from '../../src/store/sqlite/index.ts';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { append, change, everyPage, hex, refused, richTask, runRow, taskRow } from './fixtures.ts';

/** Everything in a SQLite database moves to PostgreSQL, where the port answers as it did. */

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 120_000 };

const STAYS = { signal: new AbortController().signal, onProgress: () => {} };
const KINDS = ['participant', 'token', 'setting'] as const;

async function place(t: TestContext): Promise<{ readonly file: string; readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-move-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { file: join(folder, 'humanos.db'), url: await serverOf(postgres).newSchema() };
}

async function fill(file: string): Promise<void> {
  const store = openSqlite(file);
  const human = (run: string, name: string, more: Partial<TaskRow>): TaskRow =>
    taskRow(run, name, { by: 'human', ...more });
  const document = (kind: (typeof KINDS)[number], id: string) =>
    ({ kind, id, expected: 0, body: { id, ü: ['🧾', null] } }) as const;
  await store.commit([
    append('organisation', 0, 3, {
      documents: KINDS.flatMap((kind) => [document(kind, 'a'), document(kind, '🧾')]),
    }),
    change('organisation', {
      documents: [{ kind: 'setting', id: 'ledger_key', expected: 0, body: { origin: 'here' } }],
    }),
  ]);
  for (let at = 0; at < 40; at += 1) {
    const run = `run_${at}`;
    await store.commit([
      append(run, 0, 2, {
        run: runRow(run, {
          status: at % 3 === 0 ? 'completed' : 'running',
          parent: at > 30 ? 'run_1' : null,
        }),
        tasks: [
          richTask(run, 'rich:1.1'),
          human(run, 'role:1.1', { from: ['role:clerk', 'passport_a'], priority: at % 10 }),
          human(run, 'able:1.1', { requires: ['sums'], deadline: at % 2 ? 5_000 : null }),
          taskRow(run, 'done:1.1', { status: 'completed', assignee: 'passport_a' }),
        ],
        timers: [{ id: `${run}/t`, run, due: 1_000 - at, what: { kind: 'wait', at } }],
        outbox: [{ run, message: { n: at } }],
        idempotency: { key: `key ${at}`, fingerprint: 'f', result: { at }, at: 100 + at },
      }),
      append('organisation', 3 + at, 1),
    ]);
  }
  await store.commit([
    append('run_7', 2, 250, { snapshot: { sequence: 100, state: '{"so":"far"}' }, delivered: [1, 40] }),
    change('run_8', { artifacts: [artifact('ab', 0), artifact('cd', 300_000)], cancelled: ['run_8/t'] }),
  ]);
  const hashes = Uint8Array.from({ length: 64 }, (_, at) => at);
  await store.growTree(0, 200, [
    { level: 0, index: 0, hashes },
    { level: 1, index: 0, hashes: hashes.slice(32) },
  ]);
  await store.putCheckpoint({ size: 150, note: 'first\n' });
  await store.putCheckpoint({ size: 200, note: 'second\n' });
  await store.close();
}

const artifact = (name: string, size: number) => ({
  sha256: name.repeat(32),
  mediaType: 'application/pdf',
  content: Uint8Array.from({ length: size }, (_, at) => at % 251),
});

/** All that the port says of what `fill` has written; cursors are the store's own. */
async function everything(store: Store): Promise<unknown> {
  const runs = await everyPage((page) => store.runs({}, page), 7);
  const ids = runs.flat().map(({ id }) => id);
  const inbox = { assignees: ['passport_manager'], parties: ['role:clerk', 'can:sums'] };
  const loaded = await Promise.all(ids.map((id) => store.loadRun(id)));
  const artifacts = await Promise.all(['ab', 'cd', 'ef'].map((name) => store.artifact(name.repeat(32))));
  const entries = await store.entries({ position: -1 }, 10_000);
  return {
    runs,
    counts: await store.runCounts(),
    children: await everyPage((page) => store.runs({ parent: 'run_1' }, page), 4),
    loaded: loaded.map(
      (one) => one && { ...one, entries: one.entries.map(({ hash, ...rest }) => [hex(hash), rest]) },
    ),
    lists: await Promise.all(
      [{}, { order: 'queue' as const }, { open: true }, { assignee: 'passport_a' }, { inbox }].map((filter) =>
        everyPage((page) => store.tasks(filter, page), 9),
      ),
    ),
    entries: entries.map(({ hash, ...rest }) => [hex(hash), rest]),
    ofStream: (await store.entries({ stream: 'run_7', after: 120 }, 10)).map(({ position }) => position),
    entryCount: await store.entryCount(),
    last: hex((await store.lastEntry('organisation'))?.hash),
    timers: await store.timers(5_000, 100),
    outbox: await store.outbox(0, 100),
    artifacts: artifacts.map((one) => one && [one.mediaType, hex(one.content)]),
    idempotent: await Promise.all([0, 39, 40].map((at) => store.idempotent(`key ${at}`))),
    documents: await Promise.all(KINDS.map((kind) => everyPage((page) => store.documents(kind, page), 2))),
    tiles: [hex(await store.tile(0, 0)), hex(await store.tile(1, 0))],
    treeSize: await store.treeSize(),
    checkpoints: [await store.checkpoint(), await store.checkpoint(150)],
  };
}

async function move(file: string, url: string, options: Parameters<typeof arriveAt>[2] = STAYS) {
  const departure = departFrom(file);
  try {
    const arrived = await arriveAt(url, departure, options);
    if (arrived !== 'interrupted') departure.seal();
    return arrived;
  } finally {
    departure.close();
  }
}

test(
  'what the port says is the same before and after, and what is written then comes behind it',
  needed,
  async (t) => {
    const { file, url } = await place(t);
    await fill(file);
    const before = openSqlite(file);
    const { id: given } = (await before.outbox(0, 100)).at(-1)!;
    await before.commit([change('organisation', { delivered: [given] })]);
    const said = await everything(before);
    await before.close();
    assert.equal(await move(file, url), 'moved');
    const store = await openPostgres(url);
    t.after(() => store.close());
    assert.deepEqual(await everything(store), said);
    const [next, newest] = [await store.entryCount(), 'run_new'];
    await store.commit([
      append(newest, 0, 1, {
        run: runRow(newest),
        tasks: [taskRow(newest, 'a:1.1')],
        outbox: [{ run: newest, message: {} }],
      }),
    ]);
    assert.equal((await store.entries({ stream: newest, after: 0 }, 1))[0]?.position, next);
    assert.equal((await store.runs({}, { limit: 1 })).rows[0]?.id, newest);
    assert.equal((await store.tasks({}, { limit: 1 })).rows[0]?.run, newest);
    const message = (await store.outbox(0, 100)).at(-1);
    assert.equal(message?.run, newest);
    assert.ok(message.id > given, 'a number is not given twice, also of what has been delivered');
    assert.equal((await store.runCounts())['running'], 27);
  },
);

test('MOVE-1 a move that is interrupted leaves nothing behind, and is started again', needed, async (t) => {
  const { file, url } = await place(t);
  await fill(file);
  const controller = new AbortController();
  const seen: MoveProgress[] = [];
  const onProgress = (progress: MoveProgress): void => {
    seen.push(progress);
    if (progress.table === 'tasks') controller.abort();
  };
  assert.equal(await move(file, url, { signal: controller.signal, onProgress }), 'interrupted');
  assert.deepEqual(seen.at(-1), { table: 'tasks', moved: 160, of: 160 });
  await openSqlite(file).close();
  assert.equal(await move(file, url), 'moved');
});

test(
  'a connection that is lost in between leaves nothing behind, or, with the last answer, everything',
  needed,
  async (t) => {
    const { file, url } = await place(t);
    await fill(file);
    const proxy = await Proxy.to(serverOf(postgres).port);
    t.after(() => proxy.close());
    const onProgress = ({ table }: MoveProgress): void => {
      if (table === 'entries') proxy.cut();
    };
    const lost = { code: 'outcome_unknown', remediation: /start the same command again/ };
    await assert.rejects(move(file, proxy.url(url), { ...STAYS, onProgress }), lost);
    assert.deepEqual(await serverOf(postgres).query('SELECT * FROM streams', url), []);
    proxy.holdAnswersTo('COMMIT');
    const held = move(file, proxy.url(url));
    const query = 'SELECT * FROM checkpoints';
    while (
      (
        await serverOf(postgres)
          .query(query, url)
          .catch(() => [])
      ).length === 0
    )
      await setImmediate();
    proxy.cut();
    await assert.rejects(held, lost);
    assert.equal(await move(file, url), 'before');
    assert.throws(() => openSqlite(file), { code: 'database_moved' });
  },
);

test(
  'MOVE-3 who begins to work on the new database meanwhile waits, and finds what has arrived',
  needed,
  async (t) => {
    const { file, url } = await place(t);
    await fill(file);
    const server = serverOf(postgres);
    const proxy = await Proxy.to(server.port);
    t.after(() => proxy.close());
    proxy.holdAnswersTo('INSERT INTO timers');
    const begun = Promise.withResolvers<void>();
    const onProgress = ({ table }: MoveProgress): void => {
      if (table === 'entries') begun.resolve();
    };
    const moving = move(file, proxy.url(url), { ...STAYS, onProgress });
    await begun.promise;
    const store = await openPostgres(url);
    t.after(() => store.close());
    const key = { kind: 'setting', id: 'ledger_key', expected: 0, body: { origin: 'there' } } as const;
    const early = [change('x', { documents: [key] }), append('organisation', 0)].map((one) =>
      store.commit([one]),
    );
    const waiting =
      "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'humanos'";
    while ((await server.query(waiting)).length < early.length) await setImmediate();
    proxy.releaseAnswers();
    assert.equal(await moving, 'moved');
    assert.deepEqual((await Promise.all(early)).flat(), [
      refused('document_conflict'),
      refused('sequence_conflict'),
    ]);
    assert.deepEqual((await store.document('setting', 'ledger_key'))?.body, { origin: 'here' });
  },
);

test('only what is empty is moved into; where it has all arrived, that is said', needed, async (t) => {
  const { file, url } = await place(t);
  const other = await place(t);
  await Promise.all([fill(file), fill(other.file)]);
  const stranger = openSqlite(other.file);
  await stranger.commit([
    change('x', {
      documents: [{ kind: 'setting', id: 'ledger_key', expected: 1, body: { origin: 'there' } }],
    }),
  ]);
  await stranger.close();
  assert.equal(await move(file, url), 'moved');
  assert.equal(await move(file, url), 'before');
  await assert.rejects(move(other.file, url), { code: 'database_not_empty' });
  await openSqlite(other.file).close();
});

test('MOVE-4 what has been moved is not moved into a second database', needed, async (t) => {
  const { file, url } = await place(t);
  const second = (await place(t)).url;
  await fill(file);
  assert.equal(await move(file, url), 'moved');
  const refusal = { code: 'database_moved', remediation: /moved to.*docs\/guides\/moving\.md/ };
  await assert.rejects(move(file, second), refusal);
  const begun = await openPostgres(second);
  assert.equal(await begun.entryCount(), 0);
  await begun.commit([append('x', 0)]);
  await begun.close();
  await assert.rejects(move(file, second), refusal);
  assert.equal(await move(file, url), 'before');
});

test('what has been moved is read and not worked on; what is in use is not moved', needed, async (t) => {
  const { file, url } = await place(t);
  await fill(file);
  const used = openSqlite(file);
  assert.throws(() => departFrom(file), { code: 'database_in_use' });
  await used.close();
  assert.throws(() => departFrom(`${file}.other`), { code: 'database_unavailable' });
  await move(file, url);
  assert.throws(() => openSqlite(file), { code: 'database_moved' });
  const reader = openSqlite(file, { readOnly: true });
  assert.equal((await reader.checkpoint())?.size, 200);
  await reader.close();
  const db = new Database(file);
  db.pragma('application_id = 1215647571');
  db.close();
  await openSqlite(file).close();
});

test('no table and no column is left behind', needed, async (t) => {
  const { file, url } = await place(t);
  await openSqlite(file).close();
  await (await openPostgres(url)).close();
  const db = new Database(file);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  db.close();
  assert.deepEqual(tables.toSorted(), [...Object.keys(MOVED), 'sqlite_sequence', 'tree'].toSorted());
  for (const [table, columns] of Object.entries(MOVED)) {
    const { position: _, ...own } = columns as Record<string, string>;
    const rows = await serverOf(postgres).query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '${table}'`,
      url,
    );
    const names = rows.map(({ name }) => String(name));
    assert.deepEqual(names.toSorted(), Object.keys(own).toSorted(), table);
  }
});
