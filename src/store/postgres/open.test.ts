import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Proxy, serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { append, change } from '../../../test/contract/fixtures.ts';
import type { StoreFault } from '../fault.ts';
import { LATEST_VERSION, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openPostgres, readSchema } from './open.ts';
import { Session } from './session.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

/** Every fault says what happened, why, and what to do; and never a password. */
async function requireFault(
  open: Promise<unknown>,
  code: string,
  message: RegExp,
  next = /./,
): Promise<void> {
  await assert.rejects(open, (fault: StoreFault) => {
    assert.equal(fault.code, code, fault.message);
    assert.match(fault.message, message);
    assert.match(fault.remediation, next);
    assert.ok(fault.remediation.length > 20);
    assert.doesNotMatch(fault.message + fault.remediation, /guessed|unguessed/);
    return true;
  });
}

const connect = (url: string): Promise<Session> => Session.connect(url, { texts: new Set(), works: true });

test('nodes that start at the same moment on an empty database migrate it once', needed, async () => {
  const url = await serverOf(postgres).newSchema();
  assert.deepEqual(await readSchema(url), { version: null, latest: LATEST_VERSION });
  const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgres(url)));
  assert.deepEqual(await readSchema(url), { version: LATEST_VERSION, latest: LATEST_VERSION });
  await stores[0]!.commit([append('run_a', 0)]);
  for (const store of stores) assert.equal(await store.entryCount(), 1);
  await Promise.all(stores.map((store) => store.close()));
});

test(
  'an older database is brought up to date by one of many, each migration once and whole',
  needed,
  async () => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const sessions = await Promise.all(Array.from({ length: 4 }, () => connect(url)));
    const two = [...MIGRATIONS, { sql: 'CREATE TABLE second (n integer); INSERT INTO second VALUES (1);' }];
    await migrate(sessions[0]!, 'here');
    await Promise.all(sessions.map((session) => migrate(session, 'here', two)));
    assert.deepEqual(await server.query('SELECT count(*)::int AS count FROM second', url), [{ count: 1 }]);
    const broken = [...two, { sql: 'CREATE TABLE third (n integer); SELECT 1 / 0;' }];
    await assert.rejects(migrate(sessions[1]!, 'here', broken), { code: '22012' });
    await migrate(sessions[1]!, 'here', two);
    await assert.rejects(server.query('SELECT * FROM third', url), { code: '42P01' });
    await Promise.all(sessions.map((session) => session.close()));
  },
);

test(
  'a newer database is refused from when it says so, by who migrates and by who reads',
  needed,
  async () => {
    const url = await serverOf(postgres).newSchema();
    const session = await connect(url);
    const expanded = [...MIGRATIONS, { sql: 'CREATE TABLE second (n integer)' }];
    await migrate(session, 'here', expanded);
    await migrate(session, 'here');
    for (const readOnly of [true, false]) await (await openPostgres(url, { readOnly })).close();
    assert.deepEqual(await readSchema(url), { version: LATEST_VERSION + 1, latest: LATEST_VERSION });
    const contracted = [...expanded, { sql: 'DROP TABLE second', least: LATEST_VERSION + 1 }];
    await migrate(session, 'here', contracted);
    await migrate(session, 'here', expanded);
    for (const open of [openPostgres, readSchema, () => openPostgres(url, { readOnly: true })])
      await requireFault(open(url), 'database_too_new', /must know version/);
    await session.close();
  },
);

test('what is incompatible, older or somebody else’s is refused', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await requireFault(openPostgres(url, { readOnly: true }), 'database_too_old', /has schema version 0/);
  await (await openPostgres(url)).close();
  const other = await server.newSchema();
  await server.query('CREATE TABLE customers (id integer)', other);
  await requireFault(openPostgres(other), 'not_a_humanos_database', /holds other tables/, /empty schema/);
});

test('views that an extension has left in an empty database are in nobody’s way', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await server.query('CREATE VIEW pg_stat_statements AS SELECT 1 AS calls', url);
  assert.deepEqual(await readSchema(url), { version: null, latest: LATEST_VERSION });
  await (await openPostgres(url)).close();
  assert.equal((await readSchema(url)).version, LATEST_VERSION);
});

test('a reader writes nothing', needed, async () => {
  const url = await serverOf(postgres).newSchema();
  const store = await openPostgres(url);
  await store.commit([append('run_a', 0)]);
  const reader = await openPostgres(url, { readOnly: true });
  assert.equal(await reader.entryCount(), 0, 'positions are given by those who write');
  assert.deepEqual(await reader.entries({ stream: 'run_a', after: 0 }, 9), []);
  assert.equal((await reader.lastEntry('run_a'))?.sequence, 1);
  assert.equal(await store.entryCount(), 1);
  assert.equal((await reader.entries({ stream: 'run_a', after: 0 }, 9)).length, 1);
  for (const write of [
    reader.commit([append('run_a', 1)]),
    reader.growTree(0, 1, []),
    reader.putCheckpoint({ size: 1, note: 'n' }),
    reader.forgetIdempotency(1, 1),
    reader.putArtifact({ sha256: 'aa', mediaType: 'text/plain', content: Uint8Array.of(1) }),
  ])
    await requireFault(write, 'read_only', /for reading only/);
  await Promise.all([store.close(), reader.close()]);
});

test('who cannot connect is told why', needed, async () => {
  const server = serverOf(postgres);
  await server.query(`CREATE ROLE secured LOGIN PASSWORD 'unguessed'`);
  const as = (access: string, database = 'postgres'): string =>
    server.url(database).replace('humanos@', `${access}@`);
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const unavailable = 'database_unavailable';
  const nowhere = `postgres://me:guessed@127.0.0.1:${port}/db`;
  await requireFault(openPostgres(nowhere), unavailable, /postgres:\/\/me@127.*ECONNREFUSED/, /host, port/);
  await requireFault(
    openPostgres(as('secured:guessed')),
    unavailable,
    /password authentication/,
    /user and password/,
  );
  await requireFault(openPostgres(as('secured')), unavailable, /password must be/, /user and password/);
  await requireFault(
    openPostgres(as('humanos', 'nothing')),
    unavailable,
    /does not exist/,
    /CREATE DATABASE/,
  );
  await requireFault(
    openPostgres(as('secured:unguessed')),
    unavailable,
    /permission denied/,
    /create tables/,
  );
  const both = as('secured:guessed').replace('/postgres', `,127.0.0.1:${port}/postgres`);
  await requireFault(
    openPostgres(both),
    unavailable,
    /password authentication.*; .*ECONNREFUSED/,
    /user and password/,
  );
  await requireFault(openPostgres('postgres://me:guessed@host:x/db'), unavailable, /cannot be read/, /%40/);
});

test('of several hosts the first is taken that can be written to', needed, async () => {
  const server = serverOf(postgres);
  const direct = await server.newDatabase();
  const name = direct.split('/').at(-1)!;
  const [standby, gone] = await Promise.all([Proxy.to(server.port), Proxy.to(server.port)]);
  const hosts = [gone, standby].map((proxy) => new URL(proxy.url(direct)).host);
  await gone.close();
  const url = `postgres://humanos@${hosts.join(',')},127.0.0.1:${server.port}/${name}`;
  const store = await openPostgres(url);
  assert.ok(standby.connections > 0, 'it was tried in order');
  await store.commit([append('run_a', 0)]);
  await store.close();
  await server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await requireFault(openPostgres(url), 'database_unavailable', /ECONNREFUSED.*; 127\.\S+ can only be read/);
  const alive = url.replace(`${hosts[0]},`, '');
  await requireFault(openPostgres(alive), 'database_read_only', /can only be read/);
  const reader = await openPostgres(url, { readOnly: true });
  assert.equal((await reader.lastEntry('run_a'))?.sequence, 1);
  await reader.close();
  await standby.close();
});

test('nobody works on a database that can only be read, and who reads does', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newDatabase();
  const name = url.split('/').at(-1)!;
  const set = async (value: string): Promise<void> => {
    await server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  };
  await set('on');
  const [said, next] = [/can only be read/, /written to/];
  await requireFault(openPostgres(url), 'database_read_only', said, next);
  await requireFault(readSchema(url), 'database_read_only', said, next);
  await set('off');
  const store = await openPostgres(url);
  await store.commit([append('run_a', 0)]);
  await set('on');
  // What reads does not notice that its connection was ended, and connects anew.
  await requireFault(store.lastEntry('run_a'), 'database_read_only', said, next);
  await requireFault(store.commit([append('run_a', 1)]), 'database_read_only', said, next);
  const reader = await openPostgres(url, { readOnly: true });
  assert.equal((await reader.lastEntry('run_a'))?.sequence, 1);
  await reader.close();
  await set('off');
  assert.deepEqual(await store.commit([append('run_a', 1)]), [{ ok: true, position: null }]);
  await store.close();
});

test(
  'a full database is not empty to a user without rights on it, who is told what is missing',
  needed,
  async () => {
    const server = serverOf(postgres);
    const url = await server.newDatabase();
    await (await openPostgres(url)).close();
    await server.query('CREATE ROLE guest LOGIN');
    const asGuest = url.replace('humanos@', 'guest@');
    const rights = /create tables.*read and write/;
    for (const readOnly of [true, false])
      await requireFault(
        openPostgres(asGuest, { readOnly }),
        'database_unavailable',
        /humanos_schema/,
        rights,
      );
    await requireFault(readSchema(asGuest), 'database_unavailable', /humanos_schema/, rights);
    await server.query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest', server.administering(url));
    const reader = await openPostgres(asGuest);
    assert.equal(await reader.lastEntry('run_a'), null);
    await requireFault(reader.commit([append('run_a', 0)]), 'database_failed', /permission denied/, rights);
    await reader.close();
  },
);

test('a schema that the user may not use, or that is not there, is not an empty one', needed, async () => {
  const server = serverOf(postgres);
  await server.query('CREATE SCHEMA closed');
  for (const name of ['closed', 'nowhere']) {
    const url = `${server.url('postgres')}?options=-csearch_path%3D${name}`;
    for (const open of [openPostgres, readSchema, () => openPostgres(url, { readOnly: true })])
      await requireFault(open(url), 'database_unavailable', /no schema/, /search_path/);
  }
});

test('a database that cannot hold every text is refused', needed, async () => {
  const server = serverOf(postgres);
  const inEncoding = async (encoding: string): Promise<string> => {
    const name = `in_${encoding.toLowerCase()}`;
    await server.query(
      `CREATE DATABASE ${name} OWNER humanos TEMPLATE template0 ENCODING ${encoding} LOCALE_PROVIDER libc LOCALE 'C'`,
    );
    return server.url(name);
  };
  const latin = await inEncoding('LATIN1');
  for (const open of [openPostgres, readSchema])
    await requireFault(open(latin), 'database_not_utf8', /LATIN1/, /ENCODING 'UTF8'/);
  const plain = await inEncoding('SQL_ASCII');
  const body = { name: 'Zoë 日本 🚀' };
  const document = { kind: 'setting', id: 'a', expected: 0, body } as const;
  const first = await openPostgres(plain);
  await first.commit([change('x', { documents: [document] })]);
  await first.close();
  const second = await openPostgres(plain);
  assert.deepEqual((await second.document('setting', 'a'))?.body, body);
  await second.close();
});
