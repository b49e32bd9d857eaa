import { isTaskFinal, RUN_COMMANDS, TASK_COMMANDS } from '../../engine/lifecycle.ts';
import type { TaskStatus } from '../../engine/lifecycle.ts';
import { readCursor } from '../cursor.ts';
import type { PageRequest, RunFilter, TaskFilter } from '../port.ts';
import { RUN_COLUMNS } from './sql/streams.ts';
import { TASK_COLUMNS } from './sql/tasks.ts';

/**
 * The lists that are filtered, as SQL. Each is a few ranges of one index, each range in the order of the list and cut to the
 * page, then merged: so a page costs the page and not the table, however long the list is.
 *
 * LIST-1  Every range names its index (INDEXED BY), so that a plan cannot change with the contents of the database.
 * LIST-2  One row more than the page is read, which tells whether there is a next page.
 */
export interface ListQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A range of an index: equalities on its columns, and what else the rows must be. */
interface Range {
  readonly index: string | null;
  readonly terms: readonly Term[];
}
interface Term {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}
const term = (sql: string, ...parameters: readonly unknown[]): Term => ({ sql, parameters });

const RUN_STATUSES = Object.keys(RUN_COMMANDS);
const OPEN_STATUSES = Object.keys(TASK_COMMANDS).filter((status) => !isTaskFinal(status as TaskStatus));
const PERFORMERS = ['agent', 'human', 'system', 'any'] as const;

/** Newest first: by descending number. */
export function runsQuery(filter: RunFilter, page: PageRequest): ListQuery {
  const before = readCursor(page.cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER;
  const ranges = runRanges(filter).map(({ index, terms }) => ({
    index,
    terms: [...terms, term('id < ?', before)],
  }));
  const ids = merge('streams', 'id', 'id DESC', ranges, page.limit + 1);
  return {
    sql: `SELECT id AS number, ${RUN_COLUMNS} FROM (${ids.sql}) CROSS JOIN streams USING (id) ORDER BY id DESC`,
    parameters: ids.parameters,
  };
}

function runRanges(filter: RunFilter): Range[] {
  const { definition, parent, startedBy, status } = filter;
  const terms = [
    ...equal('definition', definition),
    ...equal('parent', parent),
    ...equal('started_by', startedBy),
    ...among('status', status),
  ];
  if (parent !== undefined) return [{ index: 'streams_parent', terms }];
  if (definition !== undefined) {
    return (status ?? RUN_STATUSES).map((one) => ({
      index: 'streams_definition',
      terms: [...terms, term('status = ?', one)],
    }));
  }
  if (startedBy !== undefined) return [{ index: 'streams_started_by', terms }];
  if (status) return status.map((one) => ({ index: 'streams_status', terms: [term('status = ?', one)] }));
  return [{ index: null, terms: [term('status IS NOT NULL')] }];
}

export function tasksQuery(filter: TaskFilter, page: PageRequest): ListQuery {
  const queue = filter.order === 'queue';
  const behind = queue ? behindInQueue(page.cursor) : olderThan(page.cursor);
  const ranges = taskRanges(filter).map(({ index, terms }) => ({ index, terms: [...terms, ...behind] }));
  const order = queue ? 'priority DESC, id' : 'id DESC';
  const ids = merge('tasks', 'id, priority', order, ranges, page.limit + 1);
  const outer = queue ? 'tasks.priority DESC, tasks.id' : 'tasks.id DESC';
  return {
    sql: `SELECT tasks.id AS number, ${TASK_COLUMNS}
      FROM (${ids.sql}) AS found CROSS JOIN tasks ON tasks.id = found.id CROSS JOIN streams ON streams.id = tasks.run
      ORDER BY ${outer}`,
    parameters: ids.parameters,
  };
}

const olderThan = (cursor: string | undefined): Term[] => [
  term('id < ?', readCursor(cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER),
];

function behindInQueue(cursor: string | undefined): Term[] {
  const key = readCursor(cursor, [0, 0]);
  if (!key) return [];
  const [priority, id] = key;
  return [term('priority <= ?', priority), term('(priority < ? OR id > ?)', priority, id)];
}

function taskRanges(filter: TaskFilter): Range[] {
  const { run, leaseBefore, assignee } = filter;
  const terms = taskTerms(filter);
  if (run !== undefined) return [{ index: 'tasks_run', terms }];
  if (leaseBefore !== undefined) return [{ index: 'tasks_lease', terms }];
  const open = filter.order === 'queue' ? true : filter.open;
  if (assignee !== undefined) {
    const sides = open === undefined ? [0, 1] : [Number(open)];
    return sides.map((side) => ({ index: 'tasks_assignee', terms: [...terms, term('open = ?', side)] }));
  }
  if (filter.order === 'queue') return queueRanges(filter, terms);
  return newestRanges(filter, terms, open);
}

function queueRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  const ranges: Range[] = [];
  for (const status of OPEN_STATUSES.filter((one) => filter.status?.includes(one as TaskStatus) ?? true)) {
    for (const performer of filter.by ?? PERFORMERS) {
      const place = term('open = 1 AND status = ? AND performer = ?', status, performer);
      ranges.push({ index: 'tasks_queue', terms: [...terms, place] });
    }
  }
  return ranges;
}

/** Completed tasks are most tasks, so they are found where they stand; the others are few, and each kind has its index. */
function newestRanges(filter: TaskFilter, terms: readonly Term[], open: boolean | undefined): Range[] {
  const everything = { index: null, terms };
  const opened = { index: 'tasks_open', terms: [...terms, term('open = 1')] };
  const unfinished = {
    index: 'tasks_unfinished',
    terms: [...terms, term(`status IN ('failed', 'exited', 'obsolete')`)],
  };
  if (open) return [opened];
  if (!filter.status || filter.status.includes('completed')) return [everything];
  const final = filter.status.filter(isTaskFinal);
  return [
    ...(final.length < filter.status.length ? [opened] : []),
    ...final.map((status) => ({ ...unfinished, terms: [...unfinished.terms, term('status = ?', status)] })),
  ];
}

const taskTerms = (filter: TaskFilter): Term[] => [
  ...(filter.run === undefined ? [] : [term('run = (SELECT id FROM streams WHERE name = ?)', filter.run)]),
  ...(filter.leaseBefore === undefined ? [] : [term('lease_until <= ?', filter.leaseBefore)]),
  ...(filter.open === undefined ? [] : [term(`open = ${filter.open ? 1 : 0}`)]),
  ...(filter.order === 'queue' ? [term('open = 1')] : []),
  ...equal('step', filter.step),
  ...equal('assignee', filter.assignee),
  ...among('status', filter.status),
  ...among('performer', filter.by),
  ...among('kind', filter.kind),
];

const equal = (column: string, value: string | undefined): Term[] =>
  value === undefined ? [] : [term(`${column} = ?`, value)];

const among = (column: string, values: readonly string[] | undefined): Term[] =>
  values === undefined ? [] : [term(`${column} IN (${values.map(() => '?').join(', ')})`, ...values)];

function merge(table: string, columns: string, order: string, ranges: readonly Range[], limit: number): Term {
  const selects = ranges.map(({ index, terms }) => {
    const from = index === null ? `${table} NOT INDEXED` : `${table} INDEXED BY ${index}`;
    const where = terms.map(({ sql }) => sql).join(' AND ');
    return `SELECT * FROM (SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ?)`;
  });
  if (selects.length === 0) selects.push(`SELECT ${columns} FROM ${table} WHERE 0 AND ? IS NULL`);
  const bound = ranges.flatMap(({ terms }) => [...terms.flatMap(({ parameters }) => parameters), limit]);
  const parameters = ranges.length === 0 ? [limit] : bound;
  if (selects.length === 1) return { sql: selects[0]!, parameters };
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY ${order} LIMIT ?`,
    parameters: [...parameters, limit],
  };
}
