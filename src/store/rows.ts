import type { JsonObject } from '../definition/json.ts';
import { PACE_OF_PEOPLE, placeOf } from '../routing/queue-order.ts';
import { PERFORMER_CODES, RUN_STATUS_CODES, TASK_KIND_CODES, TASK_STATUS_CODES, wordsOf } from './codes.ts';
import { writeCursor } from './cursor.ts';
import type { Key } from './cursor.ts';
import type { RunRow, StoredDocument, StoredPage, TaskRow } from './port.ts';
import { readTaskBody } from './task-body.ts';

/** From the rows of a database to the port's. */

export interface StoredRunRow extends Omit<RunRow, 'id' | 'status' | 'summary'> {
  readonly name: string;
  readonly status: number;
  readonly summary: string;
}

export const RUN_STATUSES = wordsOf(RUN_STATUS_CODES);

export const readRun = (row: StoredRunRow): RunRow => ({
  id: row.name,
  definition: row.definition,
  definitionVersion: row.definitionVersion,
  status: RUN_STATUSES.get(row.status)!,
  sequence: row.sequence,
  priority: row.priority,
  startedBy: row.startedBy,
  parent: row.parent,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  endedAt: row.endedAt,
  summary: JSON.parse(row.summary) as JsonObject,
});

export interface StoredTaskRow extends Pick<
  TaskRow,
  'run' | 'step' | 'priority' | 'assignee' | 'token' | 'leaseUntil'
> {
  /** The id without the run. */
  readonly name: string;
  readonly status: number;
  readonly performer: number;
  readonly kind: number;
  readonly body: string;
}

const TASK_STATUSES = wordsOf(TASK_STATUS_CODES);
const TASK_KINDS = wordsOf(TASK_KIND_CODES);
const PERFORMERS = wordsOf(PERFORMER_CODES);

export const readTask = (row: StoredTaskRow): TaskRow => ({
  ...readTaskBody(row.body),
  id: `${row.run}:${row.name}`,
  run: row.run,
  step: row.step,
  kind: TASK_KINDS.get(row.kind)!,
  status: TASK_STATUSES.get(row.status)!,
  by: performerOf(row.performer),
  priority: row.priority,
  assignee: row.assignee,
  token: row.token,
  leaseUntil: row.leaseUntil,
});

function performerOf(code: number): TaskRow['by'] {
  const performer = PERFORMERS.get(code)!;
  return performer === 'any' ? null : performer;
}

/** A task's id without its run. */
export const nameOf = ({ id, run }: TaskRow): string => id.slice(run.length + 1);

/** A row whose JSON column is still text. */
export type Raw<Row, Column extends keyof Row> = Omit<Row, Column> & Readonly<Record<Column, string>>;

export const readBody = <Row, Column extends keyof Row>(row: Raw<Row, Column>, column: Column): Row =>
  ({ ...row, [column]: JSON.parse(row[column]) as unknown }) as Row;

/** A row with its place in the order in which rows came into the store. */
export type Numbered<Row> = Row & { readonly number: number };

/** A task's row with its place by urgency: a moment, the earliest first. It changes with what the task says, and not with time. */
export type Ranked<Row> = Numbered<Row> & { readonly place: number };

export const placeByUrgency = (task: TaskRow): number => placeOf(task, PACE_OF_PEOPLE);

/** A page of rows, of which more than the page have been read where there are more. */
export function pageOf<Stored, Row>(
  rows: readonly Stored[],
  limit: number,
  keyOf: (row: Stored) => Key,
  read: (row: Stored) => Row,
): StoredPage<Row> {
  const shown = rows.slice(0, limit);
  const behind = (at: number): string => writeCursor(keyOf(shown[at]!));
  return { rows: shown.map(read), next: rows.length > limit ? behind(limit - 1) : null, behind };
}

/** Runs in the order in which they came into the store, or the other way. */
export const runsPage = (rows: readonly Numbered<StoredRunRow>[], limit: number): StoredPage<RunRow> =>
  pageOf(rows, limit, ({ number }) => [number], readRun);

/** Documents by id. */
export const documentsPage = (
  rows: readonly Raw<StoredDocument, 'body'>[],
  limit: number,
): StoredPage<StoredDocument> =>
  pageOf(
    rows,
    limit,
    ({ id }) => [id],
    (row) => readBody(row, 'body'),
  );
