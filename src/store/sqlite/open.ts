import Database from 'better-sqlite3';
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { StoreFault } from '../fault.ts';
import type { Store } from '../port.ts';
import { BUSY_TIMEOUT, Connection } from './connection.ts';
import { createPrivately, lockDatabase } from './lock.ts';
import { migrate, requireLatest } from './migrate.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface SqliteOptions {
  /**
   * What an acknowledged commit survives. `full` (the default): loss of power. `normal`: loss of the process only; after loss of
   * power the newest commits may be missing, and the database is consistent.
   */
  readonly durability?: 'full' | 'normal';
  /** Reads, also while another process writes; every write is refused with `read_only`. */
  readonly readOnly?: boolean;
}

/**
 * Opens the database at `path`, which is created (readable by its owner only) or migrated as needed.
 * @throws StoreFault `database_in_use`, `database_too_new`, `database_too_old` (readers), `not_a_humanos_database`,
 *   `database_unavailable`
 */
export function openSqlite(path: string, options: SqliteOptions = {}): Store {
  const file = realPath(path);
  try {
    return options.readOnly ? openReader(file) : openWriter(file, options.durability ?? 'full');
  } catch (error) {
    throw error instanceof StoreFault ? error : unavailable(file, error, options.readOnly);
  }
}

function openWriter(file: string, durability: 'full' | 'normal'): Store {
  const release = lockDatabase(file);
  try {
    createPrivately(file);
    return connect(file, new Database(file, { timeout: BUSY_TIMEOUT }), release, (db) => {
      migrate(db, file);
      Connection.configure(db, durability);
    });
  } catch (error) {
    release();
    throw error;
  }
}

const openReader = (file: string): Store =>
  connect(
    file,
    new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT }),
    () => {},
    (db) => requireLatest(db, file),
  );

function connect(
  file: string,
  db: Database.Database,
  release: () => void,
  prepare: (db: Database.Database) => void,
): Store {
  try {
    prepare(db);
    return new SqliteStore(db, new Connection(db, file), release);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Links after which one is taken to lead round in a circle, as Linux does. */
const LINKS = 40;

/** Two names of one file are one database, so that its lock is one; also where the file is not there yet. */
export function realPath(path: string, links = LINKS): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) return resolve(path);
  const file = join(realpathSync(folder), basename(path));
  const target = linkedFrom(file);
  return target === null || links === 0 ? file : realPath(resolve(dirname(file), target), links - 1);
}

function linkedFrom(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}

export const unavailable = (file: string, cause: unknown, readOnly = false): StoreFault =>
  new StoreFault(
    'database_unavailable',
    `The database ${file} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`,
    readOnly ? TO_READ : 'Check that its folder exists and that this user may read and write it.',
    cause,
  );

const TO_READ =
  'Check that it exists and that this user may read it. SQLite also writes beside what it only reads: where this user may not, copy the file, with its -wal where there is one, to a folder of your own while no server works on it, and name the copy.';
