import type { Json, JsonObject } from '../definition/json.ts';
import type { RunStatus } from '../engine/lifecycle.ts';
import type { Task } from '../engine/state.ts';

/**
 * The port to storage, in the verbs of the domain. Adapters are `memory/`, `sqlite/` and `postgres/`; `test/contract/` is the suite
 * that every adapter passes.
 *
 * STORE-1  `commit` is the only write of run data. Each change in it is applied whole or not at all, at its expected sequence.
 * STORE-2  Changes given to one `commit` share a transaction, and yet one that is refused does not touch the others.
 * STORE-3  When `commit` has resolved, what it applied survives the loss of the process and of the machine's power.
 * STORE-4  Entries get positions 0, 1, 2, … without gaps, at the latest when they are read or counted after their commit. A
 *          position is given once and for ever, to no entry before its commit; one that is given later is higher. Along a stream
 *          positions rise with sequences.
 * STORE-5  A stream's entries have sequences 1, 2, 3, … without gaps.
 * STORE-6  Where an adapter lets several stores work on one database, all this holds among them; what another has overtaken is
 *          refused with `sequence_conflict`, never overwritten.
 * STORE-7  What was decided on top of a refused change of the same `commit` is refused with it: that a stream is as long as expected
 *          does not say that it is what was expected.
 * STORE-8  What has ended may be taken out, whole runs at a time: their entries leave gaps between the positions of the others, which
 *          stay as they are. The leaves of the tree stay too.
 */
export interface Store {
  commit(changes: readonly Change[]): Promise<readonly CommitResult[]>;

  /** Null when there is no such run. The snapshot is the latest; the entries are those after it. */
  loadRun(run: string): Promise<StoredRun | null>;
  run(run: string): Promise<RunRow | null>;
  /** Those of them that there are, in any order. */
  runsNamed(ids: readonly string[]): Promise<readonly RunRow[]>;
  /** Newest first, which is by the order in which they came into the store. */
  runs(filter: RunFilter, page: PageRequest): Promise<StoredPage<RunRow>>;
  /** How many runs there are in each status; a status without any is not in it. */
  runCounts(): Promise<Readonly<Record<string, number>>>;
  /** Runs that have ended and that no other has started, oldest first, which is by the order in which they came into the store. */
  endedRuns(page: PageRequest): Promise<StoredPage<RunRow>>;
  /**
   * Takes out all that there is of runs that have ended, in one transaction: rows, entries, tasks, snapshots. One that goes on, or that
   * has an entry which is not in the tree yet, is left alone. How many are gone that were there.
   */
  removeRuns(runs: readonly string[]): Promise<number>;

  task(id: string): Promise<TaskRow | null>;
  /** Those of them that there are, in any order. */
  tasksNamed(ids: readonly string[]): Promise<readonly TaskRow[]>;
  tasks(filter: TaskFilter, page: PageRequest): Promise<StoredPage<TaskRow>>;
  /** How many tasks for people have not ended. */
  peopleTaskCount(): Promise<number>;

  /** Entries of one stream after a sequence (0: from its first), or of all streams after a position (-1: from the first). */
  entries(filter: EntryFilter, limit: number): Promise<readonly StoredEntry[]>;
  /** The last entry of a stream: where its chain goes on. Null when it has none. */
  lastEntry(stream: string): Promise<{ readonly sequence: number; readonly hash: Uint8Array } | null>;
  /** The number of entries in all streams, which is the next position. */
  entryCount(): Promise<number>;

  /** Timers due at or before `until`, earliest first, and then by id. */
  timers(until: number, limit: number): Promise<readonly Timer[]>;
  /** When the earliest timer is due; null when there is none. */
  nextTimer(): Promise<number | null>;
  /** Messages not yet delivered, oldest first, after `after` (an id). */
  outbox(after: number, limit: number): Promise<readonly OutboxMessage[]>;

  artifact(sha256: string): Promise<Artifact | null>;
  putArtifact(artifact: Artifact): Promise<void>;

  idempotent(key: string): Promise<IdempotencyRecord | null>;
  /** Removes `limit` of the idempotency records made before `before` at most, the oldest first; returns how many. */
  forgetIdempotency(before: number, limit: number): Promise<number>;

  /** Documents of the organisation by kind: participants, tokens, definitions, settings. Pages are by id, as UTF-8 compares. */
  document(kind: DocumentKind, id: string): Promise<StoredDocument | null>;
  documents(kind: DocumentKind, page: PageRequest): Promise<StoredPage<StoredDocument>>;

  /** Hash tiles of the Merkle tree and the signed heads over it. One writer at a time. */
  tile(level: number, index: number): Promise<Uint8Array | null>;
  treeSize(): Promise<number>;
  /** Stores tiles and the new size in one transaction; refused (false) unless the tree has `from` leaves now. */
  growTree(from: number, size: number, tiles: readonly Tile[]): Promise<boolean>;
  checkpoint(size?: number): Promise<StoredCheckpoint | null>;
  putCheckpoint(checkpoint: StoredCheckpoint): Promise<void>;
  /** Those over more than `after` entries, the smallest first. */
  checkpoints(after: number, limit: number): Promise<readonly StoredCheckpoint[]>;

  /** The time, ms since the epoch, as the database sees it: the same for every store on it. */
  now(): Promise<number>;

  /**
   * Calls `listener` when another store has written to the same database; never where no other can. Only a hint: it may come late,
   * twice or not at all, and what it says is read again. Returns what ends it.
   */
  watch(listener: (news: News) => void): () => void;

  close(): Promise<void>;
}

/**
 * All that one command writes, in one stream (a run, or `organisation`). What no state of the store could make right is not refused
 * but thrown (`invalid_change`): entries that do not follow `expected`, the row of another run, a task whose id is not that
 * of its run and a name in it (TASKID-1), a timer at no time that a whole number can tell.
 */
export interface Change {
  readonly stream: string;
  /** The sequence of the stream's last entry before this change; null where the change has no entries and does not depend on one. */
  readonly expected: number | null;
  readonly entries: readonly NewEntry[];
  readonly run?: RunRow;
  /** Whole rows, inserted or replaced; but the lease of a task that stays in progress under its token becomes no shorter (HELD-1). */
  readonly tasks?: readonly TaskRow[];
  /** Sets (inserts or moves) timers; `cancelled` removes them by id, before that. */
  readonly timers?: readonly Timer[];
  readonly cancelled?: readonly string[];
  readonly outbox?: readonly NewOutboxMessage[];
  /** Ids of messages that this change has dealt with. */
  readonly delivered?: readonly number[];
  readonly artifacts?: readonly Artifact[];
  readonly snapshot?: { readonly sequence: number; readonly state: string };
  readonly idempotency?: IdempotencyRecord;
  readonly documents?: readonly DocumentWrite[];
  /** Extends leases of tasks that are still in progress under this token; others are left alone, and none becomes shorter. */
  readonly leases?: readonly Lease[];
  readonly premises?: Premises;
}
/** What a change rests on beside its stream, where several stores may work on one database. */
export interface Premises {
  /** Ids of messages that nobody has delivered yet; else the change is refused with `overtaken`. */
  readonly messages?: readonly number[];
  /** Timers that are set, for that moment; else the change is refused with `overtaken`. */
  readonly timers?: readonly { readonly id: string; readonly due: number }[];
  /** Tasks that nobody holds under this token for longer than that; else the change is refused with `overtaken`. */
  readonly leases?: readonly Lease[];
  /**
   * Tasks in progress that a participant has at most once the change is applied; else it is refused with `capacity_conflict`. Holds
   * among all changes that name the participant here.
   */
  readonly holds?: readonly { readonly participant: string; readonly most: number }[];
  /**
   * Documents that are as the change knew them: by their revision, 0 where there was none; else it is refused with `outdated`. Whoever
   * writes one of them waits for a commit that rests on it, and is heard by all that come later.
   */
  readonly documents?: readonly DocumentRevision[];
}
/** How long a task is held under a token: until this moment, ms since the epoch. */
export interface Lease {
  readonly task: string;
  readonly token: number;
  readonly until: number;
}
export interface DocumentRevision {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly revision: number;
}
/**
 * `position` is that of the change's first entry; without entries it is where the next one will be. Null where positions are given
 * after the commit. Preconditions are checked in the order idempotency, sequence, documents, premises, against what the changes before it in
 * the same commit have left.
 */
export type CommitResult =
  | { readonly ok: true; readonly position: number | null }
  | { readonly ok: false; readonly code: ConflictCode };
export type ConflictCode =
  | 'sequence_conflict'
  | 'idempotency_conflict'
  | 'document_conflict'
  | 'overtaken'
  | 'capacity_conflict'
  | 'outdated';

/** A sealed ledger entry: `text` is its canonical JSON, `hash` the SHA-256 of that. */
export interface NewEntry {
  readonly sequence: number;
  readonly text: string;
  readonly hash: Uint8Array;
}
export interface StoredEntry extends NewEntry {
  readonly stream: string;
  readonly position: number;
}

export interface StoredRun {
  readonly snapshot: { readonly sequence: number; readonly state: string } | null;
  readonly entries: readonly NewEntry[];
}

/** What lists of runs show and filter by, as of the change that wrote it: `sequence` and `updatedAt` are of that. */
export interface RunRow {
  readonly id: string;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly status: RunStatus;
  readonly sequence: number;
  readonly priority: number;
  readonly startedBy: string;
  readonly parent: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  /** The rest of the summary; see `runtime/rows.ts`. */
  readonly summary: JsonObject;
}
/** A task, and how it is held. */
export interface TaskRow extends Task, Held {}
export interface Held {
  /** When the lease of its holder ends, ms since the epoch; null while nobody holds it. */
  readonly leaseUntil: number | null;
  /** The claim that it was given for, while it is held; absent where that claim cannot be repeated. */
  readonly claim?: string;
}

export interface RunFilter {
  readonly status?: readonly RunStatus[];
  readonly definition?: string;
  readonly parent?: string;
  readonly startedBy?: string;
}
/**
 * `open` takes tasks that have not ended (false: those that have). Order: newest first; with `order: 'queue'`, which takes open
 * tasks only, by urgency: age, priority and deadlines (see `routing/queue-order.ts`). `by: ['any']` takes those that anybody may do. Which of them a
 * participant's capabilities allow is for the caller to see.
 */
export interface TaskFilter {
  readonly run?: string;
  readonly step?: string;
  readonly status?: readonly Task['status'][];
  readonly open?: boolean;
  readonly assignee?: string;
  readonly by?: readonly ('agent' | 'human' | 'system' | 'any')[];
  readonly kind?: readonly Task['kind'][];
  readonly order?: 'newest' | 'queue';
  /**
   * Takes what any of `assignees` has, and what waits for any of the parties that a person is (see `task-parties.ts`), in the order of
   * the queue, or newest first, which costs as much as waits for them; all else in the filter is left aside.
   */
  readonly inbox?: { readonly assignees: readonly string[]; readonly parties: readonly string[] };
}
export type EntryFilter = { readonly stream: string; readonly after: number } | { readonly position: number };

/** `cursor` is opaque and comes from the page before. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}
/** A page as a store gives it: it can be cut anywhere. */
export interface StoredPage<Row> extends Page<Row> {
  /** The cursor behind one of its rows. */
  readonly behind: (at: number) => string;
}

export interface Timer {
  readonly id: string;
  readonly run: string;
  readonly due: number;
  /** What it means to the engine. */
  readonly what: JsonObject;
}
export interface NewOutboxMessage {
  readonly run: string;
  readonly message: JsonObject;
}
export interface OutboxMessage extends NewOutboxMessage {
  readonly id: number;
}
/** Content by the SHA-256 (hex) of its bytes. */
export interface Artifact {
  readonly sha256: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}
/** `key` is the caller's passport and key; `fingerprint` tells apart a repetition from another request under the same key. */
export interface IdempotencyRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly result: Json;
  readonly at: number;
}

export type DocumentKind =
  | 'participant'
  | 'token'
  | 'definition'
  | 'definition_version'
  | 'capability'
  | 'plan'
  | 'delegation'
  | 'webhook'
  | 'webhook_secret'
  | 'channel'
  | 'dead_letter'
  | 'contact'
  | 'decision_link'
  | 'policy_change'
  | 'policy_set'
  | 'standing_grant'
  | 'emergency_stop'
  | 'calendar'
  | 'archive'
  | 'archived_run'
  | 'pile'
  | 'edition'
  | 'setting';
export interface StoredDocument {
  readonly id: string;
  readonly revision: number;
  readonly body: JsonObject;
}
/**
 * Written only if the stored revision is `expected` (0: there is none); then the revision is `expected + 1`. Without a body it is
 * removed, and its revision is 0: whoever removes documents does not give their ids to others.
 */
export interface DocumentWrite {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly expected: number;
  readonly body: JsonObject | null;
}

export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}
export interface StoredCheckpoint {
  readonly size: number;
  readonly note: string;
}

/** What another store has written to; null where that is not known, so that anything may have changed. */
export interface News {
  readonly streams: readonly string[] | null;
  /** Ids of tasks. */
  readonly tasks: readonly string[] | null;
}
