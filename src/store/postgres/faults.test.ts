import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, runRow, taskRow } from '../../../test/contract/fixtures.ts';
import { Pooler, Proxy, serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import type { Change, News, Store } from '../port.ts';
import { openPostgres } from './open.ts';
import { Session } from './session.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };
const ok = { ok: true, position: null };

/** Asks the database itself until it is so. */
async function until(url: string, sql: string): Promise<void> {
  while ((await serverOf(postgres).query(sql, url))[0]?.['so'] !== true);
}
const HAS_ENTRY = `SELECT EXISTS (SELECT 1 FROM entries WHERE run = 'run_a') AS so`;

test(
  'a commit whose answer is lost is of unknown outcome, and the next call connects anew',
  needed,
  async () => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const proxy = await Proxy.to(server.port);
    const store = await openPostgres(proxy.url(url));
    assert.equal(await store.entryCount(), 0);
    proxy.holdAnswers();
    const lost = assert.rejects(store.commit([append('run_a', 0, 2)]), {
      name: 'StoreFault',
      code: 'outcome_unknown',
    });
    await until(url, HAS_ENTRY);
    proxy.cut();
    await lost;
    proxy.releaseAnswers();
    assert.equal((await store.lastEntry('run_a'))?.sequence, 2, 'this time it was applied');
    assert.deepEqual(await store.commit([append('run_a', 2)]), [ok]);
    assert.equal(await store.entryCount(), 3);
    await store.close();
    await proxy.close();
  },
);

test('what only reads does not notice that a connection is lost', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  const proxy = await Proxy.to(server.port);
  const store = await openPostgres(proxy.url(url));
  await store.commit([append('run_a', 0, 1, { run: runRow('run_a') })]);
  const read = () =>
    Promise.all([store.run('run_a'), store.lastEntry('run_a'), store.runs({}, { limit: 1 })]);
  await read();
  proxy.holdAnswers();
  const reading = read();
  await until(
    url,
    `SELECT count(*) > 0 AS so FROM pg_stat_activity WHERE query LIKE '%FROM streams%' AND pid <> pg_backend_pid()`,
  );
  proxy.releaseAnswers();
  proxy.cut();
  const [run, last, { rows }] = await reading;
  assert.deepEqual([run?.id, last?.sequence, rows.length], ['run_a', 1, 1]);
  proxy.cut();
  proxy.refuse(true);
  await assert.rejects(store.run('run_a'), { code: 'database_unavailable' });
  await assert.rejects(store.commit([append('run_a', 1)]), { code: 'database_unavailable' });
  proxy.refuse(false);
  assert.deepEqual(await store.commit([append('run_a', 1)]), [ok]);
  await store.close();
  await proxy.close();
});

test(
  'a server that is restarted, or crashes, is found again and nothing acknowledged is lost',
  needed,
  async () => {
    const server = serverOf(postgres);
    const store = await openPostgres(await server.newSchema());
    let sequence = 0;
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      assert.deepEqual(await store.commit([append('run_a', sequence)]), [ok]);
      sequence += 1;
      await server.stop(signal);
      await assert.rejects(store.lastEntry('run_a'), { code: 'database_unavailable' });
      await server.start();
      assert.equal((await store.lastEntry('run_a'))?.sequence, sequence);
    }
    await store.close();
  },
);

test('a transaction that is a deadlock’s victim is done again', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  const store = await openPostgres(url);
  const timer = (id: string, due: number): Change => ({
    stream: 'x',
    expected: null,
    entries: [],
    timers: [{ id, run: 'run_a', due, what: {} }],
    idempotency: { key: `${id} ${due}`, fingerprint: 'f', result: null, at: 1 },
  });
  await store.commit([timer('a', 1), timer('b', 1)]);
  // To set this timeout is the administrator's.
  const other = await Session.connect(server.administering(url), { texts: new Set(), works: true });
  await other.script(`BEGIN; SET LOCAL deadlock_timeout = '1min'; UPDATE timers SET due = 2 WHERE id = 'b'`);
  const committed = store.commit([timer('a', 3), timer('b', 3)]);
  await until(url, `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) AS so`);
  await other.script(`UPDATE timers SET due = 2 WHERE id = 'a'; COMMIT`);
  assert.deepEqual(await committed, [ok, ok]);
  assert.deepEqual(
    (await store.timers(9, 9)).map(({ due }) => due),
    [3, 3],
  );
  await Promise.all([other.close(), store.close()]);
});

test(
  'where transactions are serializable, those that get in each other’s way are done again',
  needed,
  async () => {
    const server = serverOf(postgres);
    const name = (await server.newDatabase()).split('/').at(-1)!;
    await server.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
    const stores = await Promise.all([1, 2, 3].map(() => openPostgres(server.url(name))));
    const write = async (store: Store, at: number): Promise<void> => {
      for (let sequence = 0; sequence < 10; sequence += 1) {
        const task = taskRow(`run_${at}`, `x:${sequence}.1`);
        const row = runRow(`run_${at}`, { status: sequence % 2 ? 'paused' : 'running' });
        assert.deepEqual(
          await store.commit([append(`run_${at}`, sequence, 1, { tasks: [task], run: row })]),
          [ok],
        );
        await store.entries({ position: -1 }, 5);
      }
    };
    await Promise.all(stores.map(write));
    assert.equal(await stores[0]!.entryCount(), 30);
    assert.deepEqual(await stores[1]!.runCounts(), { paused: 3 });
    await Promise.all(stores.map((store) => store.close()));
  },
);

test(
  'behind a pooler that hands connections on, all goes on without what sessions keep',
  needed,
  async () => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const pooler = await Pooler.to(server.port);
    const store = await openPostgres(pooler.url(url), { pollMs: 5 });
    const other = await openPostgres(url);
    const heard: News[] = [];
    let wake = (): void => {};
    const stop = store.watch((news) => {
      heard.push(news);
      wake();
    });
    for (let sequence = 0; sequence < 6; sequence += 1)
      assert.deepEqual(await store.commit([append('run_a', sequence)]), [ok]);
    assert.equal((await store.entries({ position: -1 }, 99)).length, 6);
    const conflict = await store.commit([append('run_a', 0), append('run_b', 0)]);
    assert.deepEqual(
      conflict.map((result) => result.ok),
      [false, true],
    );
    heard.length = 0;
    await other.commit([append('run_c', 0)]);
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    assert.deepEqual(heard[0], { streams: null, tasks: null });
    stop();
    await Promise.all([store.close(), other.close()]);
    await pooler.close();
  },
);

test(
  'when the connection that listens is lost, news come by looking, and by listening again',
  needed,
  async () => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const proxy = await Proxy.to(server.port);
    const store = await openPostgres(proxy.url(url), { pollMs: 5 });
    const other = await openPostgres(url);
    const heard: News[] = [];
    let wake = (): void => {};
    store.watch((news) => {
      heard.push(news);
      wake();
    });
    const stop = other.watch(() => {});
    const hears = async (stream: string): Promise<void> => {
      while (!heard.some(({ streams }) => streams === null || streams.includes(stream)))
        await new Promise<void>((resolve) => (wake = resolve));
    };
    await hears('anything');
    for (const stream of ['run_a', 'run_b', 'run_c']) {
      heard.length = 0;
      proxy.cut();
      await other.commit([append(stream, 0)]);
      await hears(stream);
    }
    stop();
    await Promise.all([store.close(), other.close()]);
    await proxy.close();
  },
);

test(
  'a value that PostgreSQL does not take is a mistake of ours, and the database goes on',
  needed,
  async () => {
    const store = await openPostgres(await serverOf(postgres).newSchema());
    const mistake = { name: 'StoreFault', code: 'invalid_change', remediation: /report it/ };
    const run = runRow('run_a', { startedBy: 'passport_a\0' });
    await assert.rejects(store.commit([append('run_a', 0, 1, { run })]), mistake);
    for (const size of [0.5, 1e300]) await assert.rejects(store.checkpoint(size), mistake);
    assert.deepEqual(await store.commit([append('run_a', 0, 1, { run: runRow('run_a') })]), [ok]);
    await store.close();
  },
);
