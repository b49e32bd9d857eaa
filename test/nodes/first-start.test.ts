import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { pino } from 'pino';
import type { Role } from '../../src/cli/index.ts';
import { createClient } from '../../src/client/index.ts';
import { ledgerKey } from '../../src/main/ledger-key.ts';
import { openServer, type OpenServer } from '../../src/main/serve.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };
const WAITING =
  "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'humanos'";

async function opened(t: TestContext, databaseUrl: string, role: Role): Promise<OpenServer> {
  const server = await openServer({ databaseUrl, role, port: 0, log: pino({ level: 'silent' }) });
  t.after(() => server.stop());
  return server;
}

/** A database with a ledger and nobody in it. */
async function emptyDatabase(): Promise<string> {
  const url = await serverOf(postgres).newSchema();
  const store = await openPostgres(url);
  await ledgerKey(store);
  await store.close();
  return url;
}

test('of servers that start together on an empty database, one gives out a token', needed, async (t) => {
  const server = serverOf(postgres);
  const url = await emptyDatabase();
  const barrier = new Client({ connectionString: server.administering(url) });
  await barrier.connect();
  t.after(() => barrier.end());
  await barrier.query('BEGIN; LOCK TABLE documents IN SHARE MODE');
  const starting = [opened(t, url, 'api'), opened(t, url, 'all')];
  while ((await server.query(WAITING)).length < starting.length);
  await barrier.query('COMMIT');
  const nodes = await Promise.all(starting);
  const tokens = nodes.flatMap(({ adminToken }) => adminToken ?? []);
  assert.equal(tokens.length, 1);
  for (const node of nodes) {
    const admin = createClient({ url: node.url, token: tokens[0] });
    assert.equal((await admin.token.list()).rows.length, 1);
  }
});

test('the token is given out by the first that answers requests', needed, async (t) => {
  const url = await emptyDatabase();
  for (const role of ['scheduler', 'worker'] as const)
    assert.equal((await opened(t, url, role)).adminToken, undefined);
  assert.ok((await opened(t, url, 'api')).adminToken);
});
