import Database from 'better-sqlite3';
import { closeSync, openSync } from 'node:fs';
import { StoreFault } from '../fault.ts';

/** How long to wait for a lock, in ms: two processes that start at once get in each other's way for a moment. */
const PATIENCE = 250;

/**
 * Keeps other processes, and other stores of this one, from writing to the database at `path`, until it is called to release.
 * The lock is SQLite's own on an empty database beside it, so the system takes it back however the process ends. That file
 * stays behind: removing it would let two processes lock two files of the same name.
 * @throws StoreFault `database_in_use`
 */
export function lockDatabase(path: string): () => void {
  const file = `${path}.lock`;
  createPrivately(file);
  const lock = new Database(file, { timeout: PATIENCE });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (!String((cause as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw cause;
    throw new StoreFault(
      'database_in_use',
      `The database ${path} is in use: another process holds ${file}, and only one process may write to a SQLite database.`,
      'Stop the other HumanOS server, or start this one with another database (HUMANOS_DATABASE_URL).',
      cause,
    );
  }
  return () => lock.close();
}

/**
 * Creates a file that only its owner may read and write. A file that exists is not opened: closing it again would give up this
 * process's locks on it (POSIX).
 */
export function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  }
}
