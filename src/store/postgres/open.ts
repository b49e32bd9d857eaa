import type { StoreFault } from '../fault.ts';
import type { Store } from '../port.ts';
import { readAddress } from './address.ts';
import { Database } from './database.ts';
import { faultOf, unavailable } from './faults.ts';
import { LATEST_VERSION, migrate, requireCompatible, requireReadable } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';
import { PREPARED } from './statements.ts';

export interface PostgresOptions {
  /** Reads only; every write is refused with `read_only`. */
  readonly readOnly?: boolean;
  /** At most so many connections at a time, beside the one that listens. */
  readonly connections?: number;
  /** How often to look whether others have written, ms, while the server does not tell. */
  readonly pollMs?: number;
}

const CONNECTIONS = 10;
const POLL_MS = 1_000;

/**
 * Opens the database at a URL, which is migrated as needed. Several stores, also in different processes, may be open on one.
 * @throws StoreFault `database_unavailable`, `database_read_only` (not for readers), `database_too_new`, `database_too_old` (readers),
 *   `not_a_humanos_database`, `database_not_utf8` (not for readers)
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Store> {
  const { readOnly = false, connections = CONNECTIONS, pollMs = POLL_MS } = options;
  const database = new Database(readAddress(url), { texts: PREPARED, connections, writes: !readOnly });
  try {
    await database.use((session) => (readOnly ? requireReadable : migrate)(session, database.shown));
  } catch (fault) {
    await database.close().catch(() => {});
    throw explained(fault, database.shown);
  }
  return new PostgresStore(database, { readOnly, pollMs });
}

/**
 * The schema version of a database that can be worked on, null where there is nothing in it, and that of this release. Changes nothing.
 * @throws StoreFault `database_unavailable`, `database_read_only`, `database_too_new`, `not_a_humanos_database`, `database_not_utf8`
 */
export async function readSchema(
  url: string,
): Promise<{ readonly version: number | null; readonly latest: number }> {
  const database = new Database(readAddress(url), { texts: PREPARED, connections: 1, writes: true });
  try {
    const schema = await database.use((session) => requireCompatible(session, database.shown));
    return { version: schema?.version ?? null, latest: LATEST_VERSION };
  } catch (fault) {
    throw explained(fault, database.shown);
  } finally {
    await database.close().catch(() => {});
  }
}

const NOT_ALLOWED = '42501';

export const explained = (fault: unknown, shown: string): StoreFault =>
  (fault as { code?: unknown }).code === NOT_ALLOWED
    ? unavailable(fault, shown)
    : faultOf(fault, shown, false);
