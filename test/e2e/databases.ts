import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOf, sharedPostgres } from '../postgres/index.ts';

/**
 * On which store the tests of servers run: SQLite, and in a memory where nothing is to outlive the server; or, where a file
 * `*.postgres.test.ts` asks for it, PostgreSQL for all of it.
 */
export const onPostgres = (): void => {
  process.env[STORE] = 'postgres';
};
const STORE = 'HUMANOS_TEST_STORE';
const isOnPostgres = (): boolean => process.env[STORE] === 'postgres';

/** The URL of a new database that outlives its server. */
export async function newDatabase(): Promise<string> {
  if (isOnPostgres()) return serverOf(await sharedPostgres()).newSchema();
  const folder = mkdtempSync(join(tmpdir(), 'humanos-server-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'humanos.db')}`;
}

/** The URL of a database that need not. */
export const passingDatabase = async (): Promise<string> => (isOnPostgres() ? newDatabase() : 'memory:');
