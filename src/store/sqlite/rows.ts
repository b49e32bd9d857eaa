import type { Json, JsonObject } from '../../definition/json.ts';
import { isTaskFinal } from '../../engine/lifecycle.ts';
import type { RunRow, TaskRow } from '../port.ts';

/** Between the port's rows and the database's. */

export interface StoredRunRow extends Omit<RunRow, 'id' | 'summary'> {
  readonly name: string;
  readonly summary: string;
}

export const readRun = (row: StoredRunRow): RunRow => ({
  id: row.name,
  definition: row.definition,
  definitionVersion: row.definitionVersion,
  status: row.status,
  sequence: row.sequence,
  priority: row.priority,
  startedBy: row.startedBy,
  parent: row.parent,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  endedAt: row.endedAt,
  summary: parse<JsonObject>(row.summary),
});

const TASK_COLUMNS = ['status', 'priority', 'step', 'kind', 'assignee', 'token', 'leaseUntil'] as const;
const NOT_IN_BODY: ReadonlySet<string> = new Set(['id', 'run', 'by', ...TASK_COLUMNS]);

export interface StoredTaskRow extends Pick<TaskRow, (typeof TASK_COLUMNS)[number]> {
  /** The id without the run. */
  readonly name: string;
  readonly run: string;
  readonly performer: NonNullable<TaskRow['by']> | 'any';
  readonly body: string;
}

/** What a body leaves out when it is so, which is most of a task most of the time. */
const plainest = () => ({
  slot: 0,
  round: 1,
  attempt: 1,
  description: null,
  requires: [],
  from: [],
  excluded: [],
  deadline: null,
  input: null,
  output: null,
  failure: null,
  reason: null,
  skippable: false,
  losses: 0,
  progress: null,
  usage: { tokens: 0, cost: 0 },
  approval: null,
  startedAt: null,
  endedAt: null,
});
const PLAINEST: Readonly<Record<string, Json>> = plainest();

export const readTask = (row: StoredTaskRow): TaskRow => ({
  ...plainest(),
  ...parse<Pick<TaskRow, 'layer' | 'createdAt'>>(row.body),
  id: `${row.run}:${row.name}`,
  run: row.run,
  step: row.step,
  kind: row.kind,
  status: row.status,
  by: row.performer === 'any' ? null : row.performer,
  priority: row.priority,
  assignee: row.assignee,
  token: row.token,
  leaseUntil: row.leaseUntil,
});

/** The parameters of PUT_TASK; `run` is the stream's number. */
export const writeTask = (run: number, task: TaskRow): unknown[] => [
  run,
  task.id.slice(task.run.length + 1),
  isTaskFinal(task.status) ? 0 : 1,
  task.status,
  task.by ?? 'any',
  task.priority,
  task.step,
  task.kind,
  task.assignee,
  task.token,
  task.leaseUntil,
  bodyOf(task),
];

function bodyOf(task: TaskRow): string {
  const body: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(task)) {
    if (!NOT_IN_BODY.has(key) && !isPlain(value, PLAINEST[key])) body[key] = value;
  }
  return JSON.stringify(body);
}

function isPlain(value: unknown, plain: Json | undefined): boolean {
  if (typeof plain !== 'object' || plain === null) return value === plain;
  if (Array.isArray(plain)) return Array.isArray(value) && value.length === 0;
  return JSON.stringify(value) === JSON.stringify(plain);
}

export const parse = <Value>(text: string): Value => JSON.parse(text) as Value;
