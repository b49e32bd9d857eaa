import type { JsonObject } from '../../definition/json.ts';
import { isTaskFinal } from '../../engine/lifecycle.ts';
import { PERFORMER_CODES, RUN_STATUS_CODES, TASK_KIND_CODES, TASK_STATUS_CODES, wordsOf } from '../codes.ts';
import type { NewEntry, RunRow, TaskRow } from '../port.ts';
import { readTaskBody, taskBody } from '../task-body.ts';
import { booleans, bytes, integers, longs, texts } from './binary.ts';

/** Between the port's rows and the database's: rows as they are read, and columns of many rows as they are written. */

export interface StoredRunRow extends Omit<RunRow, 'id' | 'status' | 'summary'> {
  readonly name: string;
  readonly number: number;
  readonly status: number;
  readonly summary: string;
}

const RUN_STATUSES = wordsOf(RUN_STATUS_CODES);

export const readRun = ({ name, number: _, ...row }: StoredRunRow): RunRow => ({
  ...row,
  id: name,
  status: RUN_STATUSES.get(row.status)!,
  summary: parse(row.summary) as JsonObject,
});

export const readCounts = (rows: readonly { readonly status: number; readonly count: number }[]) =>
  Object.fromEntries(rows.map(({ status, count }) => [RUN_STATUSES.get(status), count]));

export interface StoredTaskRow extends Pick<
  TaskRow,
  'run' | 'step' | 'priority' | 'assignee' | 'token' | 'leaseUntil'
> {
  /** The id without the run. */
  readonly name: string;
  readonly number: number;
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

/** Its id without the run. */
export const nameOf = ({ id, run }: TaskRow): string => id.slice(run.length + 1);

/** The parameters of PUT_TASKS. */
export const taskColumns = (tasks: readonly TaskRow[]): Buffer[] => [
  texts(tasks.map(({ run }) => run)),
  texts(tasks.map(nameOf)),
  booleans(tasks.map(({ status }) => !isTaskFinal(status))),
  integers(tasks.map(({ status }) => TASK_STATUS_CODES[status])),
  integers(tasks.map(({ by }) => PERFORMER_CODES[by ?? 'any'])),
  integers(tasks.map(({ priority }) => priority)),
  texts(tasks.map(({ step }) => step)),
  integers(tasks.map(({ kind }) => TASK_KIND_CODES[kind])),
  texts(tasks.map(({ assignee }) => assignee)),
  longs(tasks.map(({ token }) => token)),
  longs(tasks.map(({ leaseUntil }) => leaseUntil)),
  texts(tasks.map(taskBody)),
];

/** The parameters of PUT_STREAMS, but for the shard; a stream without a run's row has nothing but its name. */
export function streamColumns(streams: ReadonlyMap<string, RunRow | null>): Buffer[] {
  const rows = [...streams.values()];
  const of = <Value>(read: (row: RunRow) => Value): (Value | null)[] => rows.map((row) => row && read(row));
  return [
    texts([...streams.keys()]),
    integers(of(({ status }) => RUN_STATUS_CODES[status])),
    texts(of(({ definition }) => definition)),
    integers(of(({ definitionVersion }) => definitionVersion)),
    longs(of(({ sequence }) => sequence)),
    integers(of(({ priority }) => priority)),
    texts(of(({ startedBy }) => startedBy)),
    texts(of(({ parent }) => parent)),
    longs(of(({ createdAt }) => createdAt)),
    longs(of(({ updatedAt }) => updatedAt)),
    longs(of(({ endedAt }) => endedAt)),
    texts(of(({ summary }) => JSON.stringify(summary))),
  ];
}

/** The parameters of INSERT_ENTRIES. */
export const entryColumns = (entries: readonly (NewEntry & { readonly run: string })[]): Buffer[] => [
  texts(entries.map(({ run }) => run)),
  longs(entries.map(({ sequence }) => sequence)),
  bytes(entries.map(({ hash }) => hash)),
  texts(entries.map(({ text }) => text)),
];

export const parse = (text: string): unknown => JSON.parse(text);
