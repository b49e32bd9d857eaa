import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { begin } from '../channels/parcel.ts';
import { createClient } from '../client/index.ts';
import { openSqlite } from '../store/sqlite/index.ts';
import { openServer, type OpenServer } from './serve.ts';
import { sha256 } from './sha256.ts';

const databaseIn = (context: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'humanos.db')}`;
};
const open = (databaseUrl: string): Promise<OpenServer> => openServer({ databaseUrl, port: 0 });
const NEVER = Number.MAX_SAFE_INTEGER;
const READ = {
  id: 'one',
  phases: [{ id: 'p', steps: [{ id: 'a', task: { requires: ['read'], by: 'agent' } }] }],
};

test('the first start makes an administrator and a ledger key; the next ones find them', async (context) => {
  const databaseUrl = databaseIn(context);
  const first = await open(databaseUrl);
  assert.match(first.adminToken ?? '', /^humanos_[\w-]{43}$/);
  const token = first.adminToken ?? '';
  const client = createClient({ url: first.url, token });
  await client.workflow.saveDefinition({ document: READ });
  const { id } = await client.workflow.start({ definition: 'one' });
  const before = await client.ledger.checkpoint();
  await first.stop();
  await first.stop();

  const second = await open(databaseUrl);
  assert.equal(second.adminToken, undefined);
  const again = createClient({ url: second.url, token });
  assert.equal((await again.participant.me()).roles[0], 'administrator');
  assert.equal((await again.workflow.getRun({ id })).status, 'running');
  const after = await again.ledger.checkpoint();
  assert.deepEqual([after.origin, after.verifierKey], [before.origin, before.verifierKey]);
  assert.equal(after.note, before.note, 'nothing has happened in between');
  await second.stop();
});

test('an administrator without a token, left by a start that broke off, is given one', async (context) => {
  const databaseUrl = databaseIn(context);
  const path = databaseUrl.slice('sqlite:'.length);
  const admin = {
    id: 'passport_human_admin',
    kind: 'human',
    name: 'Administrator',
    owner: null,
    roles: ['administrator'],
    groups: [],
    capabilities: [],
    status: 'available',
    capacity: 1,
    publicKey: null,
    createdAt: 1,
  };
  const store = openSqlite(path);
  const documents = [{ kind: 'participant', id: admin.id, expected: 0, body: admin }] as const;
  await store.commit([{ stream: 'organisation', expected: null, entries: [], documents }]);
  await store.close();
  const { url, adminToken, stop } = await open(databaseUrl);
  assert.equal((await createClient({ url, token: adminToken }).participant.me()).createdAt, 1);
  await stop();
  const reader = openSqlite(path, { readOnly: true });
  const { rows } = await reader.documents('token', { limit: 10 });
  assert.equal(rows.length, 1);
  assert.ok(adminToken && !JSON.stringify(rows).includes(adminToken), 'of a token only the digest is kept');
  await reader.close();
});

test('a start that is told to end before it is done ends, makes nobody, and leaves nothing open', async (context) => {
  const databaseUrl = databaseIn(context);
  const signal = AbortSignal.abort();
  await assert.rejects(openServer({ databaseUrl, port: 0, signal }), (fault) => fault === signal.reason);
  const later = new AbortController();
  const channels = {
    get mail() {
      later.abort();
      return undefined;
    },
  };
  const broken = openServer({ databaseUrl, port: 0, channels, signal: later.signal });
  await assert.rejects(broken, (fault) => fault === later.signal.reason);
  const { adminToken, stop } = await open(databaseUrl);
  assert.ok(adminToken);
  await stop();
});

test('a database belongs to one server at a time, and a start that fails leaves nothing behind', async (context) => {
  const databaseUrl = databaseIn(context);
  const first = await open(databaseUrl);
  await assert.rejects(open(databaseUrl), { code: 'database_in_use' });
  await first.stop();
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  await assert.rejects(openServer({ databaseUrl, port }), { code: 'EADDRINUSE' });
  await new Promise((resolve) => blocker.close(resolve));
  await (await open(databaseUrl)).stop();
  await assert.rejects(open('mysql:x'), { code: 'database_unavailable' });
  await assert.rejects(open('sqlite:/nowhere/at/all.db'), { code: 'database_unavailable' });
});

test('what was started goes on after a restart: a held task stays with its holder', async (context) => {
  const databaseUrl = databaseIn(context);
  const first = await open(databaseUrl);
  const admin = createClient({ url: first.url, token: first.adminToken });
  const agent = await admin.participant.register({
    kind: 'agent',
    name: 'A',
    owner: 'passport_human_admin',
    capabilities: ['read'],
  });
  const { secret } = await admin.token.issue({ passport: agent.id });
  await admin.workflow.saveDefinition({ document: READ });
  const run = await admin.workflow.start({ definition: 'one' });
  const { task } = await createClient({ url: first.url, token: secret ?? '' }).task.claimNext({
    leaseSeconds: 600,
  });
  await first.stop();

  const second = await open(databaseUrl);
  const worker = createClient({ url: second.url, token: secret ?? '' });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  assert.ok(((await worker.task.heartbeat(held)).leaseUntil ?? 0) > 0);
  await worker.task.complete({ ...held, output: 1 });
  assert.equal(
    (await createClient({ url: second.url, token: first.adminToken }).workflow.getRun({ id: run.id })).verdict
      .verdict,
    'ok',
  );
  await second.stop();
});

test('answers that nobody will ask for again are forgotten, however many there are', async (context) => {
  const databaseUrl = databaseIn(context);
  const store = openSqlite(databaseUrl.slice('sqlite:'.length));
  const keyed = (at: number) => ({ key: `k${at}`, fingerprint: 'f', result: null, at });
  const changes = Array.from({ length: 2500 }, (_, at) => ({
    stream: 'organisation',
    expected: null,
    entries: [],
    idempotency: keyed(at),
  }));
  await store.commit(changes);
  await store.close();
  const { runtime, stop } = await open(databaseUrl);
  while (await runtime.store.idempotent('k2499')) await setImmediate();
  for (const key of ['k0', 'k999', 'k1000', 'k2000']) assert.equal(await runtime.store.idempotent(key), null);
  await stop();
});

test('a server in memory answers without its socket', async () => {
  const { fetch: ask, adminToken, stop, url } = await open('memory:');
  const response = await ask(
    new Request(`${url}/v1/me`, { headers: { authorization: `Bearer ${adminToken}` } }),
  );
  assert.equal(response.status, 200);
  const metrics = await (await ask(new Request(`${url}/metrics`))).text();
  assert.match(metrics, /humanos_commit_seconds_count [1-9]/);
  await stop();
});

test('each digest has memory of its own', () => {
  const digest = sha256('a');
  assert.equal(digest.buffer.byteLength, 32);
  assert.notEqual(digest.buffer, sha256('a').buffer);
});

test(
  'a channel that holds back what could be archived is named in the log',
  { timeout: 60_000 },
  async (context) => {
    const databaseUrl = databaseIn(context);
    const path = databaseUrl.slice('sqlite:'.length);
    await (await open(databaseUrl)).stop();
    const store = openSqlite(path);
    const parcel = {
      position: 0,
      type: 'x',
      to: 'passport_a',
      attempts: 1,
      due: NEVER,
      since: 0,
      error: null,
    };
    const body = { ...begin(1), parcels: [parcel] };
    const documents = [{ kind: 'channel', id: 'mail', expected: 0, body: body as never }] as const;
    await store.commit([{ stream: 'organisation', expected: null, entries: [], documents }]);
    await store.close();
    const office = { send: async () => {}, close: () => {} };
    const { promise: said, resolve } = Promise.withResolvers<string>();
    const write = (line: string): void => void (line.includes('"heldBackBy"') && resolve(line));
    const { stop } = await openServer({
      databaseUrl,
      port: 0,
      log: pino({ level: 'warn' }, { write }),
      archive: { olderThanMs: 0, folder: join(dirname(path), 'archives') },
      channels: { mail: { office, publicUrl: 'http://127.0.0.1' } },
    });
    context.after(stop);
    assert.match(await said, /"heldBackBy":"mail"/);
  },
);
