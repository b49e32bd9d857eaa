import { existsSync } from 'node:fs';
import { Trouble, type KnownCheckpoints, type LedgerReport, type SchemaReport } from '../cli/index.ts';
import { StoreFault, type Store } from '../store/index.ts';
import { LATEST_VERSION } from '../store/sqlite/migrate.ts';
import { openSqlite } from '../store/sqlite/index.ts';
import { verifyStore } from './ledger-check.ts';

/** The path in `sqlite:PATH`. */
function pathOf(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined) return path;
  throw new Trouble({
    what: 'The database could not be opened.',
    why: `${url} names no database that HumanOS knows.`,
    next: 'Give sqlite:PATH, with --database or HUMANOS_DATABASE_URL.',
    code: 'database_unknown',
    exit: 2,
  });
}

/** The schema of a database; with `apply`, after it has been brought up to date. Nothing is created without that. */
export async function migrateDatabase(url: string, apply: boolean): Promise<SchemaReport> {
  const path = pathOf(url);
  const latest = LATEST_VERSION;
  if (!apply && !existsSync(path)) return { status: 'absent', latest };
  try {
    await openSqlite(path, { readOnly: !apply }).close();
    return { status: 'latest', latest };
  } catch (fault) {
    if (fault instanceof StoreFault && fault.code === 'database_too_old') return { status: 'older', latest };
    throw fault;
  }
}

/** Reads only, also while a server works on it. */
export async function verifyDatabase(url: string, known: KnownCheckpoints): Promise<LedgerReport> {
  const store: Store = openSqlite(pathOf(url), { readOnly: true });
  try {
    return await verifyStore(store, known);
  } finally {
    await store.close();
  }
}
