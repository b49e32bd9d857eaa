import { existsSync } from 'node:fs';
import { isPostgres } from '../cli/addresses.ts';
import { StoreFault, type Store } from '../store/index.ts';
import { readAddress } from '../store/postgres/address.ts';
import { LATEST_VERSION } from '../store/sqlite/migrate.ts';

/** A database by its URL: `sqlite:PATH` or the path alone, `postgres://…`, or `memory:` for one that ends with the process. */
export type DatabaseUrl = string;

interface OpenOptions {
  /** Reads only, also beside a server that works on it. */
  readonly readOnly?: boolean;
}

/** Of the adapters, only the one that is asked for is loaded. @throws StoreFault when the database cannot be used */
export async function openStore(url: DatabaseUrl, { readOnly = false }: OpenOptions = {}): Promise<Store> {
  if (url === 'memory:') return (await import('../store/memory/index.ts')).memoryStore();
  const path = sqlitePath(url);
  if (path !== null) return (await import('../store/sqlite/index.ts')).openSqlite(path, { readOnly });
  if (isPostgres(url)) return (await import('../store/postgres/index.ts')).openPostgres(url, { readOnly });
  throw new StoreFault(
    'database_unavailable',
    `${shownUrl(url)} names no database that HumanOS knows.`,
    'Give the path of a file, postgres://USER:PASSWORD@HOST/DATABASE, or memory: for one that ends with the process.',
  );
}

/** Also of a path alone; what looks like another kind of URL, well written or not, is none. */
export const sqlitePath = (url: DatabaseUrl): string | null =>
  /^sqlite:(.+)$/.exec(url)?.[1] ?? (/^$|^[a-z][a-z0-9+.-]+:|\/\//i.test(url) ? null : url);

/** To be shown and logged: without a password, and of what may be mistyped without anything that could belong to one. */
export function shownUrl(url: DatabaseUrl): string {
  if (sqlitePath(url) !== null) return url;
  if (isPostgres(url)) return readAddress(url).shown;
  return url.replace(/^([a-z][a-z0-9+.-]*:?\/\/)?.*@/is, '$1').replace(/\?.*$/s, '');
}

export interface Schema {
  /** `empty`: the database is there, without tables. */
  readonly status: 'absent' | 'empty' | 'older' | 'latest';
  /** The schema version of this release. */
  readonly latest: number;
}

/** The schema of a database; nothing is created or changed. @throws StoreFault */
export async function schemaOf(url: DatabaseUrl): Promise<Schema> {
  if (!isPostgres(url)) return schemaOfFile(url);
  const { readSchema } = await import('../store/postgres/index.ts');
  const { version, latest } = await readSchema(url);
  if (version === null) return { status: 'empty', latest };
  return { status: version < latest ? 'older' : 'latest', latest };
}

async function schemaOfFile(url: DatabaseUrl): Promise<Schema> {
  const latest = LATEST_VERSION;
  const path = sqlitePath(url);
  if (path !== null && !existsSync(path)) return { status: 'absent', latest };
  try {
    await (await openStore(url, { readOnly: true })).close();
    return { status: 'latest', latest };
  } catch (fault) {
    if (fault instanceof StoreFault && fault.code === 'database_too_old') return { status: 'older', latest };
    throw fault;
  }
}
