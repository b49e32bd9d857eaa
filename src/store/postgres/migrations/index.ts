import { initial } from './0001_initial.ts';

export interface Migration {
  readonly sql: string;
  /**
   * The oldest schema version that a release may know and go on working after it; if absent, whoever worked before does. A release that
   * knows less is refused from then on.
   */
  readonly least?: number;
}

/**
 * The schema's history, oldest first: number n takes a database from version n - 1 to version n.
 * A released migration is never edited; what it did wrong, the next one puts right.
 *
 * MIGRATE-1  Releases work side by side on one database, so a migration expands: it adds tables, indexes, and columns that may be left
 *            out. What is not needed any more goes by a later migration, which declares with `least` who can do without it.
 */
export const MIGRATIONS: readonly Migration[] = [{ sql: initial }];
