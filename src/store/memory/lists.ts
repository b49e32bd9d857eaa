import { isRunFinal, isTaskFinal } from '../../engine/lifecycle.ts';
import { readCursor } from '../cursor.ts';
import type { Key } from '../cursor.ts';
import type { PageRequest, RunFilter, RunRow, StoredPage, TaskFilter, TaskRow } from '../port.ts';
import { pageOf, placeByUrgency } from '../rows.ts';
import { partiesOf } from '../task-parties.ts';
import { isQueue } from '../tasks-query.ts';
import { compareText, copy } from './state.ts';
import type { Numbered, State } from './state.ts';

/** The types of the keys that lists are ordered by. */
const BY_NUMBER: Key = [0];
const BY_URGENCY: Key = [0, 0];
export const BY_ID: Key = [''];

export function listRuns(state: State, filter: RunFilter, request: PageRequest): StoredPage<RunRow> {
  const rows: Numbered<RunRow>[] = [];
  for (const { number, run } of state.streams.values()) {
    if (run && runMatches(run, filter)) rows.push({ number, row: run });
  }
  return pageFrom(rows, request, BY_NUMBER, ({ number }) => [-number]);
}

export function listEnded(state: State, request: PageRequest): StoredPage<RunRow> {
  const rows: Numbered<RunRow>[] = [];
  for (const { number, run } of state.streams.values())
    if (run && run.parent === null && isRunFinal(run.status)) rows.push({ number, row: run });
  return pageFrom(rows, request, BY_NUMBER, ({ number }) => [number]);
}

export function listTasks(state: State, filter: TaskFilter, request: PageRequest): StoredPage<TaskRow> {
  const candidates =
    filter.run === undefined ? state.tasks.values() : (state.streams.get(filter.run)?.tasks ?? []);
  const rows = filter.inbox
    ? inboxOf(state, filter.inbox)
    : [...candidates].filter(({ row }) => taskMatches(row, filter));
  if (isQueue(filter))
    return pageFrom(rows, request, BY_URGENCY, ({ number, row }) => [placeByUrgency(row), number]);
  return pageFrom(rows, request, BY_NUMBER, ({ number }) => [-number]);
}

function inboxOf(
  state: State,
  { assignees, parties }: NonNullable<TaskFilter['inbox']>,
): Numbered<TaskRow>[] {
  const mine = new Set(parties);
  return [...state.tasks.values()].filter(
    ({ row }) =>
      (row.assignee !== null && assignees.includes(row.assignee) && !isTaskFinal(row.status)) ||
      (partiesOf(row)?.some((party) => mine.has(party)) ?? false),
  );
}

const runMatches = (row: RunRow, filter: RunFilter): boolean =>
  among(filter.status, row.status) &&
  is(filter.definition, row.definition) &&
  is(filter.parent, row.parent) &&
  is(filter.startedBy, row.startedBy);

const taskMatches = (row: TaskRow, filter: TaskFilter): boolean =>
  is(filter.run, row.run) &&
  is(filter.step, row.step) &&
  is(filter.assignee, row.assignee) &&
  is(filter.open, !isTaskFinal(row.status)) &&
  (!isQueue(filter) || !isTaskFinal(row.status)) &&
  among(filter.status, row.status) &&
  among(filter.by, row.by ?? 'any') &&
  among(filter.kind, row.kind);

const is = <Value>(wanted: Value | undefined, value: Value | null): boolean =>
  wanted === undefined || wanted === value;
const among = <Value>(wanted: readonly Value[] | undefined, value: Value): boolean =>
  wanted === undefined || wanted.includes(value);

/** Rows in the ascending order of their keys, from behind the cursor's. */
export function pageFrom<Row>(
  rows: readonly { readonly row: Row; readonly number: number }[],
  request: PageRequest,
  like: Key,
  keyOf: (row: Numbered<Row>) => Key,
): StoredPage<Row> {
  const keyed = rows
    .map((row) => ({ key: keyOf(row), row: row.row }))
    .toSorted((a, b) => compareKeys(a.key, b.key));
  const after = readCursor(request.cursor, like);
  const from = after ? keyed.filter(({ key }) => compareKeys(key, after) > 0) : keyed;
  return pageOf(
    from,
    request.limit,
    ({ key }) => key,
    ({ row }) => copy(row),
  );
}

function compareKeys(left: Key, right: Key): number {
  for (const [at, part] of left.entries()) {
    const order = comparePart(part, right[at]!);
    if (order !== 0) return order;
  }
  return 0;
}

const comparePart = (left: number | string, right: number | string): number =>
  typeof left === 'string' ? compareText(left, String(right)) : left - Number(right);
