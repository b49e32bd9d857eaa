import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { StoreFault } from '../fault.ts';
import { LEDGER_DOCUMENT, MOVED, MOVED_TABLES } from '../moving.ts';
import type { Departure, MovedRow, MovedTable } from '../moving.ts';
import { BUSY_TIMEOUT } from './connection.ts';
import { lockDatabase } from './lock.ts';
import { isMoved, markMoved, migrate, requireLatest } from './migrate.ts';
import { realPath, unavailable } from './open.ts';
import { FIND_DOCUMENT } from './sql/documents.ts';
import { NEXT_POSITION } from './sql/entries.ts';
import { TREE_SIZE } from './sql/tree.ts';

/**
 * The database at `path`, to be moved: also one that has been moved before. Others are kept from it until it is closed.
 * @throws StoreFault `database_in_use`, `database_unavailable`, `database_too_new`, `not_a_humanos_database`
 */
export function departFrom(path: string): Departure {
  const file = realPath(path);
  if (!existsSync(file)) throw unavailable(file, new Error('there is no such file'));
  const release = lockDatabase(file);
  try {
    const db = new Database(file, { timeout: BUSY_TIMEOUT });
    try {
      (isMoved(db) ? requireLatest : migrate)(db, file);
      return departure(db, file, release);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    release();
    throw error instanceof StoreFault ? error : unavailable(file, error);
  }
}

function departure(db: Database.Database, file: string, release: () => void): Departure {
  const number = (sql: string): number => Number(db.prepare(sql).pluck().get() ?? 0);
  const counts = MOVED_TABLES.map((table) => [table, number(`SELECT count(*) FROM ${table}`)]);
  const ledger = db.prepare(FIND_DOCUMENT).get(LEDGER_DOCUMENT.kind, LEDGER_DOCUMENT.id);
  return {
    name: file,
    isMoved: isMoved(db),
    counts: Object.fromEntries(counts) as Departure['counts'],
    next: number(NEXT_POSITION),
    treeSize: number(TREE_SIZE),
    numbers: {
      streams: number('SELECT max(id) FROM streams'),
      tasks: number('SELECT max(id) FROM tasks'),
      outbox: number("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"),
    },
    ledger: (ledger as { readonly body: string } | undefined)?.body ?? null,
    rows: (table) => db.prepare(queryOf(table)).iterate() as Iterable<MovedRow>,
    seal: () => markMoved(db),
    close: () => {
      db.close();
      release();
    },
  };
}

const OF_STREAM = { run: 'streams.name' } as const;
/** What a table is joined with for the columns that it does not have itself, and in which order it is read. */
const SOURCES: Readonly<
  Partial<Record<MovedTable, { readonly from: string; readonly columns: Readonly<Record<string, string>> }>>
> = {
  streams: { from: 'streams ORDER BY id', columns: { number: 'id' } },
  entries: {
    from: 'entries CROSS JOIN streams ON streams.id = entries.stream ORDER BY position',
    columns: OF_STREAM,
  },
  snapshots: { from: 'snapshots CROSS JOIN streams ON streams.id = snapshots.stream', columns: OF_STREAM },
  tasks: {
    from: 'tasks CROSS JOIN streams ON streams.id = tasks.run ORDER BY tasks.id',
    columns: { ...OF_STREAM, number: 'tasks.id' },
  },
  task_parties: {
    from: `task_parties CROSS JOIN tasks ON tasks.id = task_parties.id CROSS JOIN streams ON streams.id = tasks.run`,
    columns: { ...OF_STREAM, name: 'tasks.name', number: 'task_parties.id' },
  },
};

function queryOf(table: MovedTable): string {
  const { from, columns } = SOURCES[table] ?? { from: table, columns: {} };
  const selected = Object.keys(MOVED[table]).map(
    (column) => `${columns[column] ?? `${table}."${column}"`} AS "${column}"`,
  );
  return `SELECT ${selected.join(', ')} FROM ${from}`;
}
