import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  Trouble,
  type KnownCheckpoints,
  type LedgerReport,
  type SchemaReport,
  type Served,
  type ServeOptions,
} from '../cli/index.ts';
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

/** A server as a command: the folder of its database is made where it is missing, and an address it cannot have is explained. */
export async function serve(options: ServeOptions): Promise<Served> {
  const path = /^sqlite:(.+)$/.exec(options.databaseUrl)?.[1];
  if (path !== undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { openServer } = await import('./serve.ts');
  try {
    return await openServer(options);
  } catch (cause) {
    throw addressTrouble(cause, options) ?? cause;
  }
}

const ADDRESS: Readonly<Record<string, readonly [why: string, next: string]>> = {
  EADDRINUSE: [
    'is in use',
    'Another program, or another HumanOS, listens there: choose another port with --port.',
  ],
  EACCES: ['may not be used by this user', 'Choose a port above 1023 with --port.'],
  EADDRNOTAVAIL: [
    'is not an address of this machine',
    'Choose another with --host; 127.0.0.1 is always there.',
  ],
  ENOTFOUND: ['cannot be found', 'Choose another with --host; 127.0.0.1 is always there.'],
};

function addressTrouble(cause: unknown, { host, port }: ServeOptions): Trouble | null {
  const code = (cause as { code?: unknown }).code;
  const known = typeof code === 'string' ? ADDRESS[code] : undefined;
  if (!known) return null;
  const [why, next] = known;
  const what = 'HumanOS could not be served.';
  return new Trouble({ what, why: `${host}:${port} ${why}.`, next, code: 'address_unavailable', cause });
}
