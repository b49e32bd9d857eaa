import type { Database } from 'better-sqlite3';
import { requireSound } from '../change.ts';
import { readCursor } from '../cursor.ts';
import type { Key } from '../cursor.ts';
import type { ListQuery } from '../list-query.ts';
import type * as port from '../port.ts';
import { documentsPage, pageOf, readBody, readRun, readTask, runsPage, RUN_STATUSES } from '../rows.ts';
import type { Numbered, Ranked, Raw, StoredRunRow, StoredTaskRow } from '../rows.ts';
import { taskKey, taskKeys } from '../task-key.ts';
import { isQueue } from '../tasks-query.ts';
import type { Connection } from './connection.ts';
import { runsQuery } from './runs-query.ts';
import { tasksQuery } from './tasks-query.ts';
import { prepareReads } from './read.ts';
import type { Reads } from './read.ts';
import { FORGET_IDEMPOTENCY } from './sql/idempotency.ts';
import { ENDED_RUNS, endedParameters, FIND_ENDED, REMOVE_RUN } from './sql/retention.ts';
import { CHECKPOINTS_AFTER, GROW_TREE, PUT_CHECKPOINT, PUT_TILE } from './sql/tree.ts';
import { ChangeWriter } from './write.ts';
import type { StatusMove } from './write.ts';

/** The port over one SQLite database. All work is done before a method returns; the promise is the port's. */
export class SqliteStore implements port.Store {
  readonly #connection: Connection;
  readonly #sql: Reads;
  /** Null where the database is open for reading only. */
  readonly #writer: ChangeWriter | null;
  readonly #release: () => void;
  /** Runs by status: counted at the first question, kept up from then on. Always null in readers. */
  #counts: Map<number, number> | null = null;

  constructor(db: Database, connection: Connection, release: () => void) {
    this.#connection = connection;
    this.#sql = prepareReads(db);
    this.#writer = db.readonly ? null : new ChangeWriter(db);
    this.#release = release;
  }

  async commit(changes: readonly port.Change[]): Promise<readonly port.CommitResult[]> {
    changes.forEach(requireSound);
    const results = this.#write((writer) => writer.applyAll(changes));
    if (this.#counts) countMoves(this.#counts, this.#writer!.moves);
    return results;
  }

  async loadRun(run: string): Promise<port.StoredRun | null> {
    return this.#connection.read(() => {
      const stream = this.#sql.findStreamId.get(run);
      if (stream === undefined) return null;
      const snapshot = (this.#sql.findSnapshot.get(stream) ?? null) as port.StoredRun['snapshot'];
      const entries = this.#sql.entriesSinceSnapshot.all(stream, snapshot?.sequence ?? 0) as port.NewEntry[];
      return { snapshot, entries };
    });
  }

  async run(run: string): Promise<port.RunRow | null> {
    const row = this.#connection.read(() => this.#sql.findRun.get(run)) as StoredRunRow | undefined;
    return row ? readRun(row) : null;
  }

  async runsNamed(ids: readonly string[]): Promise<readonly port.RunRow[]> {
    const names = JSON.stringify([...new Set(ids)]);
    return this.#connection.read(() => this.#sql.findRuns.all(names) as StoredRunRow[]).map(readRun);
  }

  async runs(filter: port.RunFilter, page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    const rows = this.#list<Numbered<StoredRunRow>>(runsQuery(filter, page));
    return runsPage(rows, page.limit);
  }

  async runCounts(): Promise<Readonly<Record<string, number>>> {
    const counts = this.#counts ?? this.#countRuns();
    if (this.#writer) this.#counts = counts;
    return Object.fromEntries([...counts].map(([status, count]) => [RUN_STATUSES.get(status), count]));
  }

  async endedRuns(page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    const after = readCursor<[number]>(page.cursor, [0])?.[0] ?? 0;
    const rows = this.#list<Numbered<StoredRunRow>>({
      sql: ENDED_RUNS,
      values: endedParameters(after, page.limit + 1),
    });
    return runsPage(rows, page.limit);
  }

  async removeRuns(runs: readonly string[]): Promise<number> {
    const statuses = this.#write((writer) => {
      const removed = runs.flatMap((run) => this.#removeRun(run) ?? []);
      writer.forget();
      return removed;
    });
    if (this.#counts) for (const status of statuses) add(this.#counts, status, -1);
    return statuses.length;
  }

  /** The status that it had; null where it is left alone. */
  #removeRun(run: string): number | null {
    const found = this.#connection.statement(FIND_ENDED).get(run) as
      | { readonly id: number; readonly status: number }
      | undefined;
    if (!found) return null;
    for (const sql of REMOVE_RUN) this.#connection.statement(sql).run(found.id);
    return found.status;
  }

  async task(id: string): Promise<port.TaskRow | null> {
    const key = taskKey(id);
    if (!key) return null;
    return this.#connection.read(() => {
      const stream = this.#sql.findStreamId.get(key[0]);
      const row = stream === undefined ? undefined : this.#sql.findTask.get(stream, key[1]);
      return row ? readTask(row as StoredTaskRow) : null;
    });
  }

  async tasksNamed(ids: readonly string[]): Promise<readonly port.TaskRow[]> {
    const keys = JSON.stringify(taskKeys(ids));
    return this.#connection.read(() => this.#sql.findTasks.all(keys) as StoredTaskRow[]).map(readTask);
  }

  async tasks(filter: port.TaskFilter, page: port.PageRequest): Promise<port.StoredPage<port.TaskRow>> {
    const rows = this.#list<Ranked<StoredTaskRow>>(tasksQuery(filter, page));
    const keyOf = ({ place, number }: Ranked<StoredTaskRow>): Key =>
      isQueue(filter) ? [place, number] : [number];
    return pageOf(rows, page.limit, keyOf, readTask);
  }

  async entries(filter: port.EntryFilter, limit: number): Promise<readonly port.StoredEntry[]> {
    return this.#connection.read(() =>
      'stream' in filter
        ? this.#sql.entriesOfStream.all(filter.stream, filter.stream, filter.after, limit)
        : this.#sql.entriesAfter.all(filter.position, limit),
    ) as port.StoredEntry[];
  }

  async peopleTaskCount(): Promise<number> {
    return this.#connection.read(() => this.#sql.countPeopleTasks.get()) as number;
  }

  async lastEntry(stream: string): Promise<{ readonly sequence: number; readonly hash: Uint8Array } | null> {
    const last = this.#connection.read(() => this.#sql.lastEntry.get(stream));
    return (last as { sequence: number; hash: Uint8Array } | undefined) ?? null;
  }

  async entryCount(): Promise<number> {
    return this.#connection.read(() => this.#sql.nextPosition.get()) as number;
  }

  async timers(until: number, limit: number): Promise<readonly port.Timer[]> {
    const rows = this.#connection.read(() => this.#sql.dueTimers.all(until, limit)) as Raw<
      port.Timer,
      'what'
    >[];
    return rows.map((row) => readBody(row, 'what'));
  }

  async nextTimer(): Promise<number | null> {
    return this.#connection.read(() => this.#sql.nextTimer.get()) as number | null;
  }

  async outbox(after: number, limit: number): Promise<readonly port.OutboxMessage[]> {
    const rows = this.#connection.read(() => this.#sql.messagesAfter.all(after, limit));
    return (rows as Raw<port.OutboxMessage, 'message'>[]).map((row) => readBody(row, 'message'));
  }

  async artifact(sha256: string): Promise<port.Artifact | null> {
    return (
      (this.#connection.read(() => this.#sql.findArtifact.get(sha256)) as port.Artifact | undefined) ?? null
    );
  }

  async putArtifact(artifact: port.Artifact): Promise<void> {
    this.#write((writer) => writer.putArtifact(artifact));
  }

  async idempotent(key: string): Promise<port.IdempotencyRecord | null> {
    const row = this.#connection.read(() => this.#sql.findIdempotency.get(key));
    return row ? readBody(row as Raw<port.IdempotencyRecord, 'result'>, 'result') : null;
  }

  async forgetIdempotency(before: number, limit: number): Promise<number> {
    return this.#connection.write(
      () => this.#connection.statement(FORGET_IDEMPOTENCY).run(before, limit).changes,
    );
  }

  async document(kind: port.DocumentKind, id: string): Promise<port.StoredDocument | null> {
    const row = this.#connection.read(() => this.#sql.findDocument.get(kind, id));
    return row ? readBody(row as Raw<port.StoredDocument, 'body'>, 'body') : null;
  }

  async documents(
    kind: port.DocumentKind,
    page: port.PageRequest,
  ): Promise<port.StoredPage<port.StoredDocument>> {
    const after = readCursor<[string]>(page.cursor, [''])?.[0];
    const rows = this.#connection.read(() =>
      after === undefined
        ? this.#sql.documents.all(kind, page.limit + 1)
        : this.#sql.documentsAfter.all(kind, after, page.limit + 1),
    ) as Raw<port.StoredDocument, 'body'>[];
    return documentsPage(rows, page.limit);
  }

  async tile(level: number, index: number): Promise<Uint8Array | null> {
    return (
      (this.#connection.read(() => this.#sql.findTile.get(level, index)) as Uint8Array | undefined) ?? null
    );
  }

  async treeSize(): Promise<number> {
    return this.#connection.read(() => this.#sql.treeSize.get()) as number;
  }

  async growTree(from: number, size: number, tiles: readonly port.Tile[]): Promise<boolean> {
    return this.#connection.write(() => {
      if (this.#connection.statement(GROW_TREE).run(size, from).changes === 0) return false;
      const putTile = this.#connection.statement(PUT_TILE);
      for (const { level, index, hashes } of tiles) putTile.run(level, index, hashes);
      return true;
    });
  }

  async checkpoint(size?: number): Promise<port.StoredCheckpoint | null> {
    const { findCheckpoint, latestCheckpoint } = this.#sql;
    const row = this.#connection.read(() =>
      size === undefined ? latestCheckpoint.get() : findCheckpoint.get(size),
    );
    return (row as port.StoredCheckpoint | undefined) ?? null;
  }

  async putCheckpoint({ size, note }: port.StoredCheckpoint): Promise<void> {
    this.#connection.write(() => this.#connection.statement(PUT_CHECKPOINT).run(size, note));
  }

  async checkpoints(after: number, limit: number): Promise<readonly port.StoredCheckpoint[]> {
    return this.#list({ sql: CHECKPOINTS_AFTER, values: [after, limit] });
  }

  async now(): Promise<number> {
    return Date.now();
  }

  /** Nobody else may write to it. */
  watch(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#connection.close();
    this.#release();
  }

  #write<Result>(work: (writer: ChangeWriter) => Result): Result {
    const writer = this.#writer;
    return this.#connection.write(
      () => work(writer!),
      () => writer!.forget(),
    );
  }

  #countRuns(): Map<number, number> {
    const rows = this.#connection.read(() => this.#sql.countRuns.all()) as {
      status: number;
      count: number;
    }[];
    return new Map(rows.map(({ status, count }) => [status, count]));
  }

  #list<Row>(query: ListQuery | null): Row[] {
    if (!query) return [];
    const { sql, values } = query;
    return this.#connection.read(() => this.#connection.statement(sql).all(...values)) as Row[];
  }
}

function countMoves(counts: Map<number, number>, moves: readonly StatusMove[]): void {
  for (const [from, to] of moves) {
    if (from !== null) add(counts, from, -1);
    add(counts, to, 1);
  }
}

function add(counts: Map<number, number>, status: number, by: number): void {
  const count = (counts.get(status) ?? 0) + by;
  if (count === 0) counts.delete(status);
  else counts.set(status, count);
}
