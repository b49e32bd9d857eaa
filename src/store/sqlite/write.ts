import type { Database } from 'better-sqlite3';
import { applyChained } from '../chained.ts';
import { RUN_STATUS_CODES } from '../codes.ts';
import type {
  Artifact,
  Change,
  CommitResult,
  ConflictCode,
  DocumentWrite,
  Lease,
  Premises,
  RunRow,
  TaskRow,
} from '../port.ts';
import { taskKey } from '../task-key.ts';
import { partiesOf } from '../task-parties.ts';
import { placeByUrgency } from '../rows.ts';
import { writeTask } from './rows.ts';
import { PUT_ARTIFACT } from './sql/artifacts.ts';
import { DELETE_DOCUMENT, PUT_DOCUMENT, REVISION } from './sql/documents.ts';
import { INSERT_ENTRY, NEXT_POSITION } from './sql/entries.ts';
import { HAS_IDEMPOTENCY, INSERT_IDEMPOTENCY } from './sql/idempotency.ts';
import { DELETE_MESSAGE, HAS_MESSAGE, INSERT_MESSAGE } from './sql/outbox.ts';
import * as streams from './sql/streams.ts';
import {
  EXTEND_LEASE,
  FORGET_PARTIES,
  HAS_LONGER_LEASE,
  HELD_BY,
  PUT_PARTY,
  PUT_TASK,
  PUT_WAITING_TASK,
} from './sql/tasks.ts';
import { CANCEL_TIMER, HAS_TIMER, PUT_TIMER } from './sql/timers.ts';
import { prepareAll } from './statements.ts';
import type { Statements } from './statements.ts';
import { keysOf, NO_RUN, sameKeys, StreamCache } from './stream-cache.ts';
import type { Stream } from './stream-cache.ts';

/** How the number of runs in a status changes: from one (null: there was none) to another. */
export type StatusMove = readonly [from: number | null, to: number];

/**
 * Applies changes inside a transaction of the caller's.
 *
 * WRITE-1  All preconditions of a change are checked before its first write, so a refusal leaves nothing to undo.
 * WRITE-2  What it keeps of the database (streams, the next position) is right as long as no transaction is rolled back: whoever
 *          does so calls `forget`.
 */
export class ChangeWriter {
  readonly #sql: Writes;
  readonly #streams = new StreamCache();
  /** Of the next entry; null where it has to be read. */
  #position: number | null;
  #moves: StatusMove[] = [];

  constructor(db: Database) {
    this.#sql = prepareWrites(db);
    this.#position = this.#nextPosition();
  }

  /** All changes, each of which applies or is refused. */
  applyAll(changes: readonly Change[]): CommitResult[] {
    this.#moves = [];
    return applyChained(changes, (change) => this.#apply(change));
  }

  /** To be called after a rollback. It reads nothing: what made the transaction fail would let that fail too. */
  forget(): void {
    this.#streams.clear();
    this.#position = null;
    this.#moves = [];
  }

  /** How the last changes move runs between statuses. */
  get moves(): readonly StatusMove[] {
    return this.#moves;
  }

  #apply(change: Change): CommitResult {
    const stream = this.#find(change.stream);
    const refusal = this.#refusalOf(change, stream);
    if (refusal) return { ok: false, code: refusal };
    const position = this.#position ?? this.#nextPosition();
    this.#writeStream(change, stream, position);
    this.#position = position + change.entries.length;
    this.#writeRest(change);
    return { ok: true, position };
  }

  #refusalOf(change: Change, stream: Stream | undefined): ConflictCode | null {
    const { idempotency, expected, documents } = change;
    if (idempotency && this.#sql.hasIdempotency.get(idempotency.key)) return 'idempotency_conflict';
    if (expected !== null && expected !== (stream?.head ?? 0)) return 'sequence_conflict';
    const stale = ({ kind, id, expected: revision }: DocumentWrite): boolean =>
      (this.#sql.revision.get(kind, id) ?? 0) !== revision;
    if (documents?.some(stale)) return 'document_conflict';
    return change.premises ? this.#brokenOf(change, change.premises) : null;
  }

  #brokenOf(
    { tasks = [] }: Change,
    { messages = [], timers = [], leases = [], holds = [], documents = [] }: Premises,
  ): ConflictCode | null {
    const sql = this.#sql;
    const isThere = messages.every((id) => sql.hasMessage.get(id) !== undefined);
    if (!isThere || !timers.every(({ id, due }) => sql.hasTimer.get(id, due) !== undefined))
      return 'overtaken';
    if (leases.some((lease) => this.#isHeldLonger(lease))) return 'overtaken';
    const exceeds = ({ participant, most }: (typeof holds)[number]): boolean => {
      const held = new Set(sql.heldBy.all(participant) as string[]);
      for (const { id, assignee, status } of tasks)
        if (assignee === participant && status === 'in_progress') held.add(id);
        else held.delete(id);
      return held.size > most;
    };
    if (holds.some(exceeds)) return 'capacity_conflict';
    const isOutdated = ({ kind, id, revision }: (typeof documents)[number]): boolean =>
      (sql.revision.get(kind, id) ?? 0) !== revision;
    return documents.some(isOutdated) ? 'outdated' : null;
  }

  #isHeldLonger({ task, token, until }: Lease): boolean {
    const key = taskKey(task);
    const stream = key && this.#find(key[0]);
    return !!stream && this.#sql.hasLongerLease.get(stream.id, key[1], token, until) !== undefined;
  }

  #nextPosition(): number {
    return Number(this.#sql.nextPosition.get());
  }

  #find(name: string): Stream | undefined {
    return this.#streams.get(name) ?? (this.#sql.findStream.get(name) as Stream | undefined);
  }

  putArtifact(artifact: Artifact): void {
    this.#sql.putArtifact.run(artifact.sha256, artifact.mediaType, artifact.content);
  }

  #writeStream(change: Change, before: Stream | undefined, position: number): void {
    const { entries, run, snapshot, tasks } = change;
    if (!run && !snapshot && entries.length === 0 && !tasks?.length) return;
    const stream = this.#writeHead(change, before);
    entries.forEach(({ sequence, hash, text }, at) =>
      this.#sql.insertEntry.run(position + at, stream.id, sequence, hash, text),
    );
    if (snapshot) this.#sql.putSnapshot.run(stream.id, snapshot.sequence, snapshot.state);
    for (const task of tasks ?? []) {
      const run = task.run === change.stream ? stream.id : this.#streamId(task.run);
      this.#putTask(run, task);
    }
  }

  #putTask(run: number, task: TaskRow): void {
    const parties = partiesOf(task);
    if (!parties) return void this.#sql.putTask.run(...writeTask(run, task));
    const id = this.#sql.putWaitingTask.get(...writeTask(run, task));
    this.#sql.forgetParties.run(id);
    const place = placeByUrgency(task);
    for (const party of parties) this.#sql.putParty.run(party, place, id);
  }

  #writeHead({ stream: name, entries, run }: Change, before: Stream | undefined): Stream {
    const head = (before?.head ?? 0) + entries.length;
    const stream = run
      ? this.#writeRun(run, head, before)
      : { ...(before ?? { id: this.#insertStream(name), ...NO_RUN }), head };
    this.#streams.put(name, stream);
    return stream;
  }

  #writeRun(run: RunRow, head: number, before: Stream | undefined): Stream {
    const status = RUN_STATUS_CODES[run.status];
    const keys = keysOf(run, status);
    const indexed = [status, run.definition, run.startedBy, run.parent] as const;
    const row = [
      run.definitionVersion,
      run.sequence,
      run.priority,
      run.createdAt,
      run.updatedAt,
      run.endedAt,
      JSON.stringify(run.summary),
    ] as const;
    if (before?.status !== status) this.#moves.push([before?.status ?? null, status]);
    if (!before)
      return {
        id: Number(this.#sql.insertRun.run(...row, ...indexed, run.id).lastInsertRowid),
        head,
        ...keys,
      };
    this.#sql.updateRun.run(...row, before.id);
    if (!sameKeys(before, keys)) this.#sql.updateRunKeys.run(...indexed, before.id);
    return { id: before.id, head, ...keys };
  }

  /** Of a stream that may not be there yet. */
  #streamId(name: string): number {
    const stream = this.#find(name);
    return stream?.id ?? this.#insertStream(name);
  }

  #insertStream(name: string): number {
    return Number(this.#sql.insertStream.run(name).lastInsertRowid);
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
      if (body) sql.putDocument.run(kind, id, expected + 1, JSON.stringify(body));
      else sql.deleteDocument.run(kind, id);
    }
    for (const lease of change.leases ?? []) this.#extendLease(lease);
  }

  #extendLease({ task, token, until }: Lease): void {
    const key = taskKey(task);
    const stream = key && this.#find(key[0]);
    if (stream) this.#sql.extendLease.run(until, stream.id, key[1], token, until);
  }
}

export const WRITES = {
  nextPosition: NEXT_POSITION,
  hasIdempotency: HAS_IDEMPOTENCY,
  insertIdempotency: INSERT_IDEMPOTENCY,
  findStream: streams.FIND_STREAM,
  insertStream: streams.INSERT_STREAM,
  insertRun: streams.INSERT_RUN,
  updateRun: streams.UPDATE_RUN,
  updateRunKeys: streams.UPDATE_RUN_KEYS,
  putSnapshot: streams.PUT_SNAPSHOT,
  insertEntry: INSERT_ENTRY,
  putTask: PUT_TASK,
  putWaitingTask: PUT_WAITING_TASK,
  forgetParties: FORGET_PARTIES,
  putParty: PUT_PARTY,
  extendLease: EXTEND_LEASE,
  putTimer: PUT_TIMER,
  cancelTimer: CANCEL_TIMER,
  insertMessage: INSERT_MESSAGE,
  deleteMessage: DELETE_MESSAGE,
  putArtifact: PUT_ARTIFACT,
  hasMessage: HAS_MESSAGE,
  hasTimer: HAS_TIMER,
  hasLongerLease: HAS_LONGER_LEASE,
  heldBy: HELD_BY,
  revision: REVISION,
  putDocument: PUT_DOCUMENT,
  deleteDocument: DELETE_DOCUMENT,
} as const;

type Writes = Statements<keyof typeof WRITES>;

const prepareWrites = (db: Database): Writes =>
  prepareAll(db, WRITES, ['nextPosition', 'hasIdempotency', 'revision', 'heldBy', 'putWaitingTask']);
