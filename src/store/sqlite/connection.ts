import Database from 'better-sqlite3';
import type { Statement } from 'better-sqlite3';
import { StoreFault, storeClosed, storeFull } from '../fault.ts';

/**
 * Pages in the log at which SQLite copies them into the database: large enough that a page written by many transactions is
 * copied once, small enough that a restart recovers it in a moment.
 */
const CHECKPOINT_PAGES = 1_000;
/** Pages at which readers of other processes, which keep the log from starting over, are waited for. */
const CROWDED_PAGES = 4 * CHECKPOINT_PAGES;
/** How many transactions pass between two looks at the log's length. */
const LOOK_EVERY = 64;
const READER_PATIENCE = 50;
export const BUSY_TIMEOUT = 5_000;
/** How many statements are kept: many more than a server's pages ask for, and fewer than somebody could make it compose. */
const STATEMENTS = 256;

/**
 * One connection to a database file: transactions, faults, and the length of the write-ahead log.
 *
 * CONN-1  A transaction is applied whole, or rolled back and the exception passed on.
 * CONN-2  The log stays within a few times CHECKPOINT_PAGES, as long as no reader holds one snapshot all the time.
 */
export class Connection {
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #statements = new Map<string, Statement>();
  #transactions = 0;

  constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#path = path;
  }

  static configure(db: Database.Database, durability: 'full' | 'normal'): void {
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${CROWDED_PAGES * 4096}`);
  }

  /** Statements that are prepared when first needed, among them those that are composed of filters. */
  statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= STATEMENTS) this.#statements.clear();
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  read<Result>(work: () => Result): Result {
    if (!this.#db.open) throw storeClosed();
    try {
      return work();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  /** `undone` is called after a rollback. */
  write<Result>(work: () => Result, undone?: () => void): Result {
    if (!this.#db.open) throw storeClosed();
    if (this.#db.readonly) throw readOnly(this.#path);
    try {
      return this.#transaction(work);
    } catch (error) {
      undone?.();
      throw this.#fault(error);
    }
  }

  close(): void {
    if (!this.#db.open) return;
    if (!this.#db.readonly) this.#checkpoint('TRUNCATE');
    this.#db.close();
  }

  #transaction<Result>(work: () => Result): Result {
    this.statement('BEGIN IMMEDIATE').run();
    let result: Result;
    try {
      result = work();
      this.statement('COMMIT').run();
    } catch (error) {
      if (this.#db.inTransaction) this.statement('ROLLBACK').run();
      throw error;
    }
    this.#keepLogShort();
    return result;
  }

  /** SQLite's own checkpoints never wait, so under readers that overlap all the time the log would not start over. */
  #keepLogShort(): void {
    this.#transactions += 1;
    if (this.#transactions % LOOK_EVERY !== 0) return;
    if (this.#checkpoint('NOOP') > CROWDED_PAGES) this.#checkpoint('RESTART');
  }

  /**
   * The pages in the log. A checkpoint that fails or meets a reader is left to the next one: what has been committed is safe in
   * the log, and an error here would deny that.
   */
  #checkpoint(mode: 'NOOP' | 'RESTART' | 'TRUNCATE'): number {
    try {
      if (mode !== 'NOOP') this.#db.pragma(`busy_timeout = ${READER_PATIENCE}`);
      const rows = this.#db.pragma(`wal_checkpoint(${mode})`) as { log: number }[];
      return rows[0]?.log ?? 0;
    } catch {
      return 0;
    } finally {
      if (mode !== 'NOOP') this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
    }
  }

  #fault(error: unknown): unknown {
    if (!(error instanceof Database.SqliteError)) return error;
    const said = `${error.message} (${error.code})`;
    if (error.code === 'SQLITE_FULL') return storeFull(this.#path, said, error);
    return new StoreFault(
      'database_failed',
      `SQLite could not work on ${this.#path}: ${said}.`,
      'Check the disk that holds it (space, permissions, errors). Nothing of what failed has been applied.',
      error,
    );
  }
}

const readOnly = (path: string): StoreFault =>
  new StoreFault(
    'read_only',
    `The database ${path} was opened for reading only.`,
    'Write through the server that has it open.',
  );
