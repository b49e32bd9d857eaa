import { isTaskFinal } from '../../engine/lifecycle.ts';
import { PERFORMER_CODES, RUN_STATUS_CODES, TASK_KIND_CODES, TASK_STATUS_CODES } from '../codes.ts';
import type { NewEntry, RunRow, TaskRow } from '../port.ts';
import { nameOf, placeByUrgency, RUN_STATUSES } from '../rows.ts';
import { taskBody } from '../task-body.ts';
import { booleans, bytes, integers, longs, texts } from './binary.ts';

/** From the port's rows to the database's: columns of many rows, as they are written. */

export const readCounts = (rows: readonly { readonly status: number; readonly count: number }[]) =>
  Object.fromEntries(rows.map(({ status, count }) => [RUN_STATUSES.get(status), count]));

/** The parameters of PUT_TASKS. */
export const taskColumns = (tasks: readonly TaskRow[]): Buffer[] => [
  texts(tasks.map(({ run }) => run)),
  texts(tasks.map(nameOf)),
  booleans(tasks.map(({ status }) => !isTaskFinal(status))),
  integers(tasks.map(({ status }) => TASK_STATUS_CODES[status])),
  integers(tasks.map(({ by }) => PERFORMER_CODES[by ?? 'any'])),
  integers(tasks.map(({ priority }) => priority)),
  longs(tasks.map(placeByUrgency)),
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
