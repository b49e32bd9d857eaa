import type { Database } from 'better-sqlite3';
import { FIND_ARTIFACT } from './sql/artifacts.ts';
import { DOCUMENTS, DOCUMENTS_AFTER, FIND_DOCUMENT } from './sql/documents.ts';
import * as entries from './sql/entries.ts';
import { FIND_IDEMPOTENCY } from './sql/idempotency.ts';
import { MESSAGES_AFTER } from './sql/outbox.ts';
import * as streams from './sql/streams.ts';
import { COUNT_PEOPLE_TASKS, FIND_TASK, FIND_TASKS } from './sql/tasks.ts';
import { DUE_TIMERS, NEXT_TIMER } from './sql/timers.ts';
import { prepareAll } from './statements.ts';
import type { Statements } from './statements.ts';
import { FIND_CHECKPOINT, FIND_TILE, LATEST_CHECKPOINT, TREE_SIZE } from './sql/tree.ts';

export const READS = {
  findStreamId: streams.FIND_STREAM_ID,
  findRun: streams.FIND_RUN,
  findRuns: streams.FIND_RUNS,
  countRuns: streams.COUNT_RUNS,
  findSnapshot: streams.FIND_SNAPSHOT,
  findTask: FIND_TASK,
  findTasks: FIND_TASKS,
  countPeopleTasks: COUNT_PEOPLE_TASKS,
  entriesOfStream: entries.ENTRIES_OF_STREAM,
  entriesAfter: entries.ENTRIES_AFTER,
  entriesSinceSnapshot: entries.ENTRIES_SINCE_SNAPSHOT,
  lastEntry: entries.LAST_ENTRY,
  nextPosition: entries.NEXT_POSITION,
  dueTimers: DUE_TIMERS,
  nextTimer: NEXT_TIMER,
  messagesAfter: MESSAGES_AFTER,
  findArtifact: FIND_ARTIFACT,
  findIdempotency: FIND_IDEMPOTENCY,
  findDocument: FIND_DOCUMENT,
  documents: DOCUMENTS,
  documentsAfter: DOCUMENTS_AFTER,
  findTile: FIND_TILE,
  treeSize: TREE_SIZE,
  findCheckpoint: FIND_CHECKPOINT,
  latestCheckpoint: LATEST_CHECKPOINT,
} as const;

export type Reads = Statements<keyof typeof READS>;

export const prepareReads = (db: Database): Reads =>
  prepareAll(db, READS, [
    'findStreamId',
    'countPeopleTasks',
    'nextPosition',
    'nextTimer',
    'findTile',
    'treeSize',
  ]);
