import { randomInt } from 'node:crypto';
import { requireSound } from '../change.ts';
import { readCursor } from '../cursor.ts';
import type { Key } from '../cursor.ts';
import { StoreFault, storeClosed } from '../fault.ts';
import type { ListQuery } from '../list-query.ts';
import type * as port from '../port.ts';
import { documentsPage, pageOf, readBody, readRun, readTask, runsPage } from '../rows.ts';
import type { Numbered, Ranked, Raw, StoredRunRow, StoredTaskRow } from '../rows.ts';
import { taskKey, taskKeys } from '../task-key.ts';
import { isQueue } from '../tasks-query.ts';
import { bytes, texts } from './binary.ts';
import type { Database } from './database.ts';
import { Hints } from './hints.ts';
import type { Answer, Step } from './pipeline.ts';
import { Positions } from './positions.ts';
import { Recent } from './recent.ts';
import { readCounts } from './rows.ts';
import { runsQuery } from './runs-query.ts';
import { NOW } from './sql/clock.ts';
import { FIND_ARTIFACT, PUT_ARTIFACTS } from './sql/artifacts.ts';
import { DOCUMENTS, DOCUMENTS_AFTER, FIND_DOCUMENT } from './sql/documents.ts';
import { ENTRIES_AFTER, ENTRIES_OF_STREAM, LAST_ENTRY, LOAD_RUN } from './sql/entries.ts';
import { FIND_IDEMPOTENCY, FORGET_IDEMPOTENCY } from './sql/idempotency.ts';
import { MESSAGES_AFTER } from './sql/outbox.ts';
import { AWAITS_POSITIONS, NEXT_POSITION } from './sql/positions.ts';
import { ENDED_RUNS, REMOVE_RUNS } from './sql/retention.ts';
import { COUNT_RUNS, FIND_RUN, FIND_RUNS, HAS_STREAM } from './sql/streams.ts';
import { COUNT_PEOPLE_TASKS, FIND_TASK, FIND_TASKS } from './sql/tasks.ts';
import { DUE_TIMERS, NEXT_TIMER } from './sql/timers.ts';
import * as tree from './sql/tree.ts';
import { tasksQuery } from './tasks-query.ts';
import { ChangeWriter, growth } from './write.ts';

/** How often a commit asks again when others are quicker each time. */
const ATTEMPTS = 20;
const SHARDS = 1_024;

/** The port over one PostgreSQL database, which other stores may be working on. */
export class PostgresStore implements port.Store {
  readonly #database: Database;
  readonly #readOnly: boolean;
  readonly #recent = new Recent();
  /** To which part of the counts of runs it adds. */
  readonly #shard = randomInt(SHARDS);
  readonly #writer = new ChangeWriter(this.#shard, this.#recent);
  readonly #positions: Positions;
  readonly #hints: Hints;
  #closing: Promise<void> | null = null;

  constructor(database: Database, options: { readonly readOnly: boolean; readonly pollMs: number }) {
    this.#database = database;
    this.#readOnly = options.readOnly;
    this.#positions = new Positions(database, this.#recent);
    this.#hints = new Hints(database, options.pollMs);
  }

  async commit(changes: readonly port.Change[]): Promise<readonly port.CommitResult[]> {
    this.#requireWritable();
    changes.forEach(requireSound);
    const steps = this.#writer.prepare(changes);
    const results = (steps && (await this.#commitAll(changes, steps))) ?? (await this.#commitEach(changes));
    const applied = changes.filter((_, at) => results[at]?.ok);
    if (applied.some(({ entries }) => entries.length > 0)) this.#positions.expect();
    this.#hints.announce(applied);
    return results;
  }

  async #commitAll(
    changes: readonly port.Change[],
    steps: readonly Step[],
  ): Promise<readonly port.CommitResult[] | null> {
    const isApplied = await this.#database.write((session) => this.#writer.hopeful(session, steps));
    return isApplied ? changes.map(() => ({ ok: true, position: null })) : null;
  }

  async #commitEach(changes: readonly port.Change[]): Promise<readonly port.CommitResult[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const results = await this.#database.write((session) => this.#writer.careful(session, changes));
      if (results) return results;
    }
    throw new StoreFault(
      'database_failed',
      `Other writers of ${this.#database.shown} were quicker ${ATTEMPTS} times.`,
      'Try again. Nothing of what failed was applied.',
    );
  }

  async loadRun(run: string): Promise<port.StoredRun | null> {
    if (!isStorable(run)) return null;
    const [loaded, known] = await this.#read(
      { sql: LOAD_RUN, values: [run] },
      { sql: HAS_STREAM, values: [run] },
    );
    if (known!.count === 0) return null;
    const rows = loaded!.rows as unknown as (port.NewEntry & { readonly snapshot: boolean })[];
    const first = rows[0]?.snapshot ? rows[0] : null;
    const entries = (first ? rows.slice(1) : rows).map(({ sequence, text, hash }) => ({
      sequence,
      text,
      hash,
    }));
    return { snapshot: first && { sequence: first.sequence, state: first.text }, entries };
  }

  async run(run: string): Promise<port.RunRow | null> {
    const row = await this.#one<StoredRunRow>(FIND_RUN, run);
    return row && readRun(row);
  }

  async runsNamed(ids: readonly string[]): Promise<readonly port.RunRow[]> {
    const rows = await this.#all<StoredRunRow>(FIND_RUNS, texts([...new Set(ids.filter(isStorable))]));
    return rows.map(readRun);
  }

  async runs(filter: port.RunFilter, page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    const rows = await this.#list<Numbered<StoredRunRow>>(runsQuery(filter, page));
    return runsPage(rows, page.limit);
  }

  async runCounts(): Promise<Readonly<Record<string, number>>> {
    return readCounts(await this.#all(COUNT_RUNS));
  }

  async endedRuns(page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    const after = readCursor<[number]>(page.cursor, [0])?.[0] ?? 0;
    const rows = await this.#all<Numbered<StoredRunRow>>(ENDED_RUNS, after, page.limit + 1);
    return runsPage(rows, page.limit);
  }

  async removeRuns(runs: readonly string[]): Promise<number> {
    const { rows } = await this.#write({ sql: REMOVE_RUNS, values: [texts(runs), this.#shard] });
    this.#recent.forget();
    return rows[0]?.['count'] as number;
  }

  async task(id: string): Promise<port.TaskRow | null> {
    const key = taskKey(id);
    const row = key && (await this.#one<StoredTaskRow>(FIND_TASK, ...key));
    return row && readTask(row);
  }

  async tasksNamed(ids: readonly string[]): Promise<readonly port.TaskRow[]> {
    const keys = taskKeys(ids.filter(isStorable));
    const rows = await this.#all<StoredTaskRow>(
      FIND_TASKS,
      texts(keys.map(([run]) => run)),
      texts(keys.map(([, name]) => name)),
    );
    return rows.map(readTask);
  }

  async tasks(filter: port.TaskFilter, page: port.PageRequest): Promise<port.StoredPage<port.TaskRow>> {
    const rows = await this.#list<Ranked<StoredTaskRow>>(tasksQuery(filter, page));
    const keyOf = ({ place, number }: Ranked<StoredTaskRow>): Key =>
      isQueue(filter) ? [place, number] : [number];
    return pageOf(rows, page.limit, keyOf, readTask);
  }

  async entries(filter: port.EntryFilter, limit: number): Promise<readonly port.StoredEntry[]> {
    return 'stream' in filter
      ? this.#entriesOf(filter.stream, filter.after, limit)
      : this.#entriesAfter(filter.position, limit);
  }

  async #entriesOf(stream: string, after: number, limit: number): Promise<readonly port.StoredEntry[]> {
    const read = (): Promise<readonly Placed[]> => this.#all<Placed>(ENTRIES_OF_STREAM, stream, after, limit);
    const rows = await read();
    if (rows.every(isPlaced)) return rows;
    if (this.#readOnly) return rows.filter(isPlaced);
    await this.#positions.give();
    return (await read()).filter(isPlaced);
  }

  async #entriesAfter(position: number, limit: number): Promise<readonly port.StoredEntry[]> {
    return (await this.#recentAfter(position, limit)) ?? this.#storedAfter(position, limit);
  }

  /** What this store has written itself; null where that is not all. */
  async #recentAfter(position: number, limit: number): Promise<readonly port.StoredEntry[] | null> {
    const first = position + 1;
    if (this.#closing || this.#readOnly || !this.#recent.reaches(first)) return null;
    const whole = this.#recent.read(first, first + limit);
    return whole ?? this.#recent.read(first, Math.min(first + limit, await this.entryCount()));
  }

  /** Whether positions are due is asked with the page, where that is not known: what has been read is not read again. */
  async #storedAfter(position: number, limit: number): Promise<readonly port.StoredEntry[]> {
    if (this.#positions.isDue) {
      await this.#positions.give();
      return this.#all(ENTRIES_AFTER, position, limit);
    }
    const page = { sql: ENTRIES_AFTER, values: [position, limit] };
    const [awaits, found] = await this.#read({ sql: AWAITS_POSITIONS }, page);
    const rows = found!.rows as unknown as readonly port.StoredEntry[];
    if (this.#readOnly || rows.length === limit || awaits!.rows[0]?.['awaits'] === false) return rows;
    await this.#positions.give();
    const more = await this.#all<port.StoredEntry>(
      ENTRIES_AFTER,
      rows.at(-1)?.position ?? position,
      limit - rows.length,
    );
    return [...rows, ...more];
  }

  async lastEntry(stream: string): Promise<{ readonly sequence: number; readonly hash: Uint8Array } | null> {
    return this.#one(LAST_ENTRY, stream);
  }

  async peopleTaskCount(): Promise<number> {
    return (await this.#one<{ count: number }>(COUNT_PEOPLE_TASKS))?.count ?? 0;
  }

  async entryCount(): Promise<number> {
    if (this.#positions.isDue) return this.#positions.give();
    const [awaits, next] = await this.#read({ sql: AWAITS_POSITIONS }, { sql: NEXT_POSITION });
    if (!this.#readOnly && awaits!.rows[0]?.['awaits'] === true) return this.#positions.give();
    return next!.rows[0]?.['next'] as number;
  }

  async timers(until: number, limit: number): Promise<readonly port.Timer[]> {
    const rows = await this.#all<Raw<port.Timer, 'what'>>(DUE_TIMERS, until, limit);
    return rows.map((row) => readBody(row, 'what'));
  }

  async nextTimer(): Promise<number | null> {
    return (await this.#one<{ due: number | null }>(NEXT_TIMER))?.due ?? null;
  }

  async outbox(after: number, limit: number): Promise<readonly port.OutboxMessage[]> {
    const rows = await this.#all<Raw<port.OutboxMessage, 'message'>>(MESSAGES_AFTER, after, limit);
    return rows.map((row) => readBody(row, 'message'));
  }

  async artifact(sha256: string): Promise<port.Artifact | null> {
    return this.#one(FIND_ARTIFACT, sha256);
  }

  async putArtifact({ sha256, mediaType, content }: port.Artifact): Promise<void> {
    await this.#write({
      sql: PUT_ARTIFACTS,
      values: [texts([sha256]), texts([mediaType]), bytes([content])],
    });
  }

  async idempotent(key: string): Promise<port.IdempotencyRecord | null> {
    const row = await this.#one<Raw<port.IdempotencyRecord, 'result'>>(FIND_IDEMPOTENCY, key);
    return row && readBody(row, 'result');
  }

  async forgetIdempotency(before: number, limit: number): Promise<number> {
    return (await this.#write({ sql: FORGET_IDEMPOTENCY, values: [before, limit] })).count;
  }

  async document(kind: port.DocumentKind, id: string): Promise<port.StoredDocument | null> {
    const row = await this.#one<Raw<port.StoredDocument, 'body'>>(FIND_DOCUMENT, kind, id);
    return row && readBody(row, 'body');
  }

  async documents(
    kind: port.DocumentKind,
    page: port.PageRequest,
  ): Promise<port.StoredPage<port.StoredDocument>> {
    const after = readCursor<[string]>(page.cursor, [''])?.[0];
    const limit = page.limit + 1;
    const rows: readonly Raw<port.StoredDocument, 'body'>[] =
      after === undefined
        ? await this.#all(DOCUMENTS, kind, limit)
        : await this.#all(DOCUMENTS_AFTER, kind, after, limit);
    return documentsPage(rows, page.limit);
  }

  async tile(level: number, index: number): Promise<Uint8Array | null> {
    return (await this.#one<{ hashes: Uint8Array }>(tree.FIND_TILE, level, index))?.hashes ?? null;
  }

  async treeSize(): Promise<number> {
    return (await this.#one<{ size: number }>(tree.TREE_SIZE))!.size;
  }

  async growTree(from: number, size: number, tiles: readonly port.Tile[]): Promise<boolean> {
    const { rows } = await this.#write({ sql: tree.GROW_TREE, values: growth(from, size, tiles) });
    return rows[0]?.['grown'] === 1;
  }

  async checkpoint(size?: number): Promise<port.StoredCheckpoint | null> {
    return size === undefined ? this.#one(tree.LATEST_CHECKPOINT) : this.#one(tree.FIND_CHECKPOINT, size);
  }

  async putCheckpoint({ size, note }: port.StoredCheckpoint): Promise<void> {
    await this.#write({ sql: tree.PUT_CHECKPOINT, values: [size, note] });
  }

  async checkpoints(after: number, limit: number): Promise<readonly port.StoredCheckpoint[]> {
    return this.#all(tree.CHECKPOINTS_AFTER, after, limit);
  }

  async now(): Promise<number> {
    return (await this.#one<{ now: number }>(NOW))!.now;
  }

  watch(listener: (news: port.News) => void): () => void {
    if (this.#closing) throw storeClosed();
    return this.#hints.watch(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#hints.close().then(() => this.#database.close());
    return this.#closing;
  }

  #requireWritable(): void {
    if (this.#closing) throw storeClosed();
    if (!this.#readOnly) return;
    throw new StoreFault(
      'read_only',
      `The database ${this.#database.shown} was opened for reading only.`,
      'Write through a server that has it open.',
    );
  }

  async #write(step: Step): Promise<Answer> {
    this.#requireWritable();
    const [answer] = await this.#database.write((session) => session.run([step]));
    return answer!;
  }

  #read(...steps: readonly Step[]): Promise<readonly Answer[]> {
    if (this.#closing) throw storeClosed();
    return this.#database.read(steps);
  }

  /** What is asked for by a text that is nowhere has no rows; in an array it is left out before. */
  async #all<Row>(sql: string, ...values: NonNullable<Step['values']>): Promise<readonly Row[]> {
    if (!values.every(isStorable)) return [];
    return (await this.#read({ sql, values }))[0]!.rows as unknown as readonly Row[];
  }

  async #one<Row>(sql: string, ...values: NonNullable<Step['values']>): Promise<Row | null> {
    return (await this.#all<Row>(sql, ...values))[0] ?? null;
  }

  async #list<Row>(query: ListQuery | null): Promise<readonly Row[]> {
    return query ? this.#all(query.sql, ...query.values) : [];
  }
}

/** PostgreSQL keeps no text with NUL, so that nothing is found by one. */
const isStorable = (value: unknown): boolean => typeof value !== 'string' || !value.includes('\0');

type Placed = Omit<port.StoredEntry, 'position'> & { readonly position: number | null };
const isPlaced = (entry: Placed): entry is port.StoredEntry => entry.position !== null;
