import { mkdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { isPostgres } from '../cli/addresses.ts';
import {
  Trouble,
  type Environment,
  type KnownCheckpoints,
  type LedgerReport,
  type SchemaReport,
  type Served,
  type ServeOptions,
} from '../cli/index.ts';
import { ageOf } from './archive.ts';
import { makeFolder } from './archive-folder.ts';
import { verifyStore } from './ledger-check.ts';
import { channelOptions } from './channels.ts';
import { modelOf } from './model.ts';
import { openStore, schemaOf, shownUrl, sqlitePath } from './open-store.ts';

/** What `--database` and HUMANOS_DATABASE_URL may name. */
function requireKnown(url: string): void {
  if (sqlitePath(url) !== null || isPostgres(url)) return;
  throw new Trouble({
    what: 'The database could not be opened.',
    why: `${shownUrl(url)} names no database that HumanOS knows.`,
    next: 'Give the path of a file or postgres://USER:PASSWORD@HOST/DATABASE, with --database or HUMANOS_DATABASE_URL.',
    code: 'database_unknown',
    exit: 2,
  });
}

/** The schema of a database; with `apply`, after it has been brought up to date. Nothing is created without that. */
export async function migrateDatabase(url: string, apply: boolean): Promise<SchemaReport> {
  requireKnown(url);
  if (apply) await (await openStore(url)).close();
  return schemaOf(url);
}

/** Reads only, also while a server works on it. */
export async function verifyDatabase(
  url: string,
  known: KnownCheckpoints,
  archives?: string,
): Promise<LedgerReport> {
  requireKnown(url);
  const store = await openStore(url, { readOnly: true });
  try {
    return await verifyStore(store, known, archives);
  } finally {
    await store.close();
  }
}

/**
 * A server as a command: when all its settings are read, the folders of its archives and its database are made where they are missing; an
 * address it cannot have is explained.
 */
export async function serve(options: ServeOptions, env: Environment): Promise<Served> {
  const { archive: given, ...rest } = options;
  const archive = given && {
    olderThanMs: ageOf(given.olderThan, 'HumanOS could not be served.'),
    folder: given.folder,
  };
  const model = modelOf(env);
  const channels = channelOptions(env);
  if (archive) makeFolder(archive.folder);
  const path = sqlitePath(options.databaseUrl);
  if (path !== null) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { openServer } = await import('./serve.ts');
  try {
    const served = await openServer({
      ...rest,
      channels,
      ...(model && { model }),
      ...(archive && { archive }),
    });
    // When it has been said that the server is there; a process that is killed would keep nothing of what it has compiled.
    setImmediate(flushCompileCache);
    return served;
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
