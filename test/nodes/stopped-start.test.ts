import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { ROOT, Running } from '../e2e/cli-kit.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';

/** A server that is told to end before it is there. */

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 120_000 };
const WAITING =
  "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'humanos'";
const TOKENS = "SELECT 1 FROM documents WHERE kind = 'token'";

/** A database whose documents nobody can read until they are let go. */
async function locked(t: TestContext) {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await (await openPostgres(url)).close();
  const barrier = new Client({ connectionString: server.administering(url) });
  await barrier.connect();
  t.after(() => barrier.end());
  await barrier.query('BEGIN; LOCK TABLE documents IN ACCESS EXCLUSIVE MODE');
  return { url, letGo: () => barrier.query('COMMIT') };
}

function serve(t: TestContext, url: string): Running {
  const { PATH, HOME } = process.env;
  const args = ['--conditions=source', 'src/main/humanos.ts', 'serve', '--port', '0', '--database', url];
  const running = new Running(process.execPath, args, { cwd: ROOT, env: { PATH, HOME, NO_COLOR: '1' } });
  t.after(() => running.stop('SIGKILL'));
  return running;
}

test('a server that is told to end while it starts ends, and has made nobody', needed, async (t) => {
  const [passing, lasting] = [await locked(t), await locked(t)];
  const [first, second] = [serve(t, passing.url), serve(t, lasting.url)];
  while ((await serverOf(postgres).query(WAITING)).length < 2);
  first.child.kill('SIGTERM');
  second.child.kill('SIGTERM');
  await first.until(/stopping/);
  await passing.letGo();
  const { code, out } = await first.ended;
  assert.deepEqual([code, out], [0, '']);
  assert.deepEqual(await serverOf(postgres).query(TOKENS, passing.url), []);
  const late = await second.ended;
  assert.equal(late.code, 1);
  assert.match(late.err, /code: stop_late/);
});
