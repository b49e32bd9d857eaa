import type { JsonObject } from '../../definition/json.ts';
import { isTaskFinal } from '../../engine/lifecycle.ts';
import type { RunRow, TaskRow } from '../port.ts';
import { readTaskBody, taskBody } from '../task-body.ts';
import { partiesText } from '../task-parties.ts';
import { PERFORMER_CODES, RUN_STATUS_CODES, TASK_KIND_CODES, TASK_STATUS_CODES, wordsOf } from './codes.ts';

/** Between the port's rows and the database's. */

export interface StoredRunRow extends Omit<RunRow, 'id' | 'status' | 'summary'> {
  readonly name: string;
  readonly status: number;
  readonly summary: string;
}

const RUN_STATUSES = wordsOf(RUN_STATUS_CODES);

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
  summary: parse(row.summary) as JsonObject,
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

/** The parameters of PUT_TASK; `run` is the stream's number. */
export const writeTask = (run: number, task: TaskRow) =>
  [
    run,
    task.id.slice(task.run.length + 1),
    isTaskFinal(task.status) ? 0 : 1,
    TASK_STATUS_CODES[task.status],
    PERFORMER_CODES[task.by ?? 'any'],
    task.priority,
    task.step,
    TASK_KIND_CODES[task.kind],
    task.assignee,
    task.token,
    task.leaseUntil,
    partiesText(task),
    taskBody(task),
  ] as const;

export const parse = (text: string): unknown => JSON.parse(text);
