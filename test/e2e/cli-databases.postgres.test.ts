import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { openServer } from '../../src/main/serve.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { Site } from './cli-kit.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };
const site = new Site();
after(() => site.close());
const on = (url: string) => ({ env: { HUMANOS_DATABASE_URL: url, HUMANOS_URL: 'http://127.0.0.1:1' } });

test('a PostgreSQL with nothing in it is there, and is said to be empty', needed, async () => {
  const url = await serverOf(postgres).newSchema();
  const checked = await site.run(['migrate', '--check'], on(url));
  assert.equal(checked.code, 1);
  assert.equal(
    checked.out,
    'The database is empty. "humanos serve" or "humanos migrate" makes its tables.\n',
  );
  const { out } = await site.run(['doctor'], on(url));
  assert.match(
    out,
    /warning {2}database: postgres:\S+ is empty\.\n +→ Begin with "humanos serve"; it makes its tables\.\n/,
  );
});

test('one that can only be read is no database to work on', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newDatabase();
  await site.run(['migrate'], on(url));
  await server.query(`ALTER DATABASE ${url.split('/').at(-1)} SET default_transaction_read_only = on`);
  const { code, out } = await site.run(['doctor'], on(url));
  assert.equal(code, 1);
  assert.match(out, /failed {3}database: .* can only be read.*\n +→ .*can be written to/);
  const served = await site.run(['serve', '--port', '0'], on(url));
  assert.equal(served.code, 1);
  assert.match(served.err, /^HumanOS could not be served\.[^]*can only be read[^]*code: database_read_only/);
});

test('a server without an interface is told as such, with one to ask instead', needed, async (t) => {
  const databaseUrl = await serverOf(postgres).newSchema();
  const log = pino({ level: 'silent' });
  const scheduler = await openServer({ databaseUrl, role: 'scheduler', port: 0, log });
  t.after(() => scheduler.stop());
  const { out } = await site.run(['doctor', '--url', scheduler.url], on(databaseUrl));
  assert.match(out, /failed {3}server: .* works in the background.*\n +→ .*--role api or all.*--url/);
});
