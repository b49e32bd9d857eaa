import type { Database } from 'better-sqlite3';
import type { Artifact, Change, CommitResult, RunRow, TaskRow } from '../port.ts';
import { writeTask } from './rows.ts';
import { PUT_ARTIFACT } from './sql/artifacts.ts';
import { PUT_DOCUMENT, REVISION } from './sql/documents.ts';
import { INSERT_ENTRY, NEXT_POSITION } from './sql/entries.ts';
import { HAS_IDEMPOTENCY, INSERT_IDEMPOTENCY } from './sql/idempotency.ts';
import { DELETE_MESSAGE, INSERT_MESSAGE } from './sql/outbox.ts';
import * as streams from './sql/streams.ts';
import { EXTEND_LEASE, PUT_TASK } from './sql/tasks.ts';
import { CANCEL_TIMER, PUT_TIMER } from './sql/timers.ts';
import { prepareAll } from './statements.ts';
import type { Statements } from './statements.ts';
import { taskKeys } from './task-key.ts';

/** What a change found in the way of its stream. */
interface Stream {
  readonly id: number;
  readonly head: number;
  readonly status: string | null;
  readonly definition: string | null;
  readonly startedBy: string | null;
  readonly parent: string | null;
}

/** How the number of runs in a status changes: from one (null: there was none) to another. */
export type StatusMove = readonly [from: string | null, to: string];

/**
 * Applies changes inside a transaction of the caller's.
 *
 * WRITE-1  All preconditions of a change are checked before its first write, so a refusal leaves nothing to undo.
 * WRITE-2  `position` and `moves` are right only as long as the transaction is: whoever rolls it back calls `begin` again.
 */
export class ChangeWriter {
  readonly #sql: Writes;
  #position = 0;
  #moves: StatusMove[] = [];

  constructor(db: Database) {
    this.#sql = prepareWrites(db);
  }

  /** To be called at the start of each transaction. */
  begin(): void {
    this.#position = Number(this.#sql.nextPosition.get());
    this.#moves = [];
  }

  /** The moves since `begin`. */
  get moves(): readonly StatusMove[] {
    return this.#moves;
  }

  apply(change: Change): CommitResult {
    const sql = this.#sql;
    if (change.idempotency && sql.hasIdempotency.get(change.idempotency.key))
      return refused('idempotency_conflict');
    const stream = sql.findStream.get(change.stream) as Stream | undefined;
    if (change.expected !== null && change.expected !== (stream?.head ?? 0))
      return refused('sequence_conflict');
    for (const { kind, id, expected } of change.documents ?? []) {
      if ((sql.revision.get(kind, id) ?? 0) !== expected) return refused('document_conflict');
    }
    const position = this.#position;
    this.#writeStream(change, stream);
    this.#writeRest(change);
    return { ok: true, position };
  }

  putArtifact(artifact: Artifact): void {
    this.#sql.putArtifact.run(artifact.sha256, artifact.mediaType, artifact.content);
  }

  #writeStream(change: Change, stream: Stream | undefined): void {
    const { entries, run, snapshot, tasks } = change;
    const head = (stream?.head ?? 0) + entries.length;
    let id = stream?.id;
    if (run) id = this.#writeRun(run, head, stream);
    else if (entries.length > 0) id = this.#writeHead(change.stream, head, id);
    else if (snapshot) id ??= this.#writeHead(change.stream, head, id);
    for (const { sequence, hash, text } of entries) {
      this.#sql.insertEntry.run(this.#position, id, sequence, hash, text);
      this.#position += 1;
    }
    if (snapshot) this.#sql.putSnapshot.run(id, snapshot.sequence, snapshot.state);
    for (const task of tasks ?? []) this.#writeTask(task, task.run === change.stream ? id : undefined);
  }

  #writeHead(name: string, head: number, id: number | undefined): number {
    if (id === undefined) return Number(this.#sql.insertStream.run(name, head).lastInsertRowid);
    this.#sql.advanceStream.run(head, id);
    return id;
  }

  #writeRun(run: RunRow, head: number, stream: Stream | undefined): number {
    const { definitionVersion, sequence, priority, createdAt, updatedAt, endedAt } = run;
    const row = [
      head,
      definitionVersion,
      sequence,
      priority,
      createdAt,
      updatedAt,
      endedAt,
      JSON.stringify(run.summary),
    ];
    const keys = [run.status, run.definition, run.startedBy, run.parent];
    if (run.status !== stream?.status) this.#moves.push([stream?.status ?? null, run.status]);
    if (!stream) return Number(this.#sql.insertRun.run(row, keys, run.id).lastInsertRowid);
    this.#sql.updateRun.run(row, stream.id);
    if (!hasKeys(stream, run)) this.#sql.updateRunKeys.run(keys, stream.id);
    return stream.id;
  }

  #writeTask(task: TaskRow, stream: number | undefined): void {
    const run = stream ?? (this.#sql.findStreamId.get(task.run) as number | undefined);
    this.#sql.putTask.run(writeTask(run ?? this.#writeHead(task.run, 0, undefined), task));
  }

  #writeRest(change: Change): void {
    const sql = this.#sql;
    for (const id of change.cancelled ?? []) sql.cancelTimer.run(id);
    for (const { id, run, due, what } of change.timers ?? [])
      sql.putTimer.run(id, run, due, JSON.stringify(what));
    for (const id of change.delivered ?? []) sql.deleteMessage.run(id);
    for (const { run, message } of change.outbox ?? []) sql.insertMessage.run(run, JSON.stringify(message));
    for (const artifact of change.artifacts ?? []) this.putArtifact(artifact);
    if (change.idempotency) {
      const { key, fingerprint, result, at } = change.idempotency;
      sql.insertIdempotency.run(key, fingerprint, JSON.stringify(result), at);
    }
    for (const { kind, id, expected, body } of change.documents ?? []) {
      sql.putDocument.run(kind, id, expected + 1, JSON.stringify(body));
    }
    for (const lease of change.leases ?? []) this.#extendLease(lease);
  }

  #extendLease({ task, token, until }: NonNullable<Change['leases']>[number]): void {
    for (const [run, name] of taskKeys(task)) {
      const stream = this.#sql.findStreamId.get(run);
      if (stream !== undefined) this.#sql.extendLease.run(until, stream, name, token);
    }
  }
}

const refused = (code: (CommitResult & { ok: false })['code']): CommitResult => ({ ok: false, code });

const hasKeys = (stream: Stream, run: RunRow): boolean =>
  stream.status === run.status &&
  stream.definition === run.definition &&
  stream.startedBy === run.startedBy &&
  stream.parent === run.parent;

export const WRITES = {
  nextPosition: NEXT_POSITION,
  hasIdempotency: HAS_IDEMPOTENCY,
  insertIdempotency: INSERT_IDEMPOTENCY,
  findStream: streams.FIND_STREAM,
  findStreamId: streams.FIND_STREAM_ID,
  insertStream: streams.INSERT_STREAM,
  advanceStream: streams.ADVANCE_STREAM,
  insertRun: streams.INSERT_RUN,
  updateRun: streams.UPDATE_RUN,
  updateRunKeys: streams.UPDATE_RUN_KEYS,
  putSnapshot: streams.PUT_SNAPSHOT,
  insertEntry: INSERT_ENTRY,
  putTask: PUT_TASK,
  extendLease: EXTEND_LEASE,
  putTimer: PUT_TIMER,
  cancelTimer: CANCEL_TIMER,
  insertMessage: INSERT_MESSAGE,
  deleteMessage: DELETE_MESSAGE,
  putArtifact: PUT_ARTIFACT,
  revision: REVISION,
  putDocument: PUT_DOCUMENT,
} as const;

type Writes = Statements<keyof typeof WRITES>;

const prepareWrites = (db: Database): Writes =>
  prepareAll(db, WRITES, ['nextPosition', 'hasIdempotency', 'findStreamId', 'revision']);
