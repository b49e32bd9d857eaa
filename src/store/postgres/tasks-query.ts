import { isTaskFinal } from '../../engine/lifecycle.ts';
import type { TaskStatus } from '../../engine/lifecycle.ts';
import { PERFORMER_CODES, TASK_KIND_CODES, TASK_STATUS_CODES } from '../codes.ts';
import type { Performer } from '../codes.ts';
import { readCursor } from '../cursor.ts';
import type { PageRequest, TaskFilter } from '../port.ts';
import { among, equal, merge, narrow, numbered, term } from './list-query.ts';
import type { ListQuery, Range, Term } from './list-query.ts';
import { TASK_COLUMNS } from './sql/tasks.ts';

const OPEN_STATUSES = (Object.keys(TASK_STATUS_CODES) as TaskStatus[]).filter(
  (status) => !isTaskFinal(status),
);
const PERFORMERS = Object.keys(PERFORMER_CODES) as Performer[];

const NEWEST = { table: 'tasks', columns: TASK_COLUMNS, order: 'number DESC' };
const QUEUE = { ...NEWEST, order: 'priority DESC, number' };

/** Null when no task can match. */
export function tasksQuery(filter: TaskFilter, page: PageRequest): ListQuery | null {
  if (filter.inbox) return inboxQuery(filter.inbox, page);
  const queue = filter.order === 'queue';
  const behind = queue ? behindInQueue(page.cursor) : olderThan(page.cursor);
  const ranges = narrow(taskRanges(filter), behind);
  return ranges.length === 0 ? null : merge(queue ? QUEUE : NEWEST, ranges, page.limit + 1);
}

/** What somebody has, and what waits for each of their parties, merged; a task may wait for several of them. */
function inboxQuery({ assignee, parties }: NonNullable<TaskFilter['inbox']>, page: PageRequest): ListQuery {
  const behind = behindInQueue(page.cursor);
  const ranges = [
    ...behind.map((more) => ({
      from: 'tasks',
      terms: [term('assignee = ?', assignee), term('open'), ...more],
    })),
    ...parties.flatMap((party) =>
      behind.map((more) => ({ from: 'task_parties', terms: [term('party = ?', party), ...more] })),
    ),
  ];
  const limit = page.limit + 1;
  const selects = ranges.map(
    ({ from, terms }) =>
      `(SELECT number, priority FROM ${from} WHERE ${terms.map(({ sql }) => sql).join(' AND ')}
        ORDER BY priority DESC, number LIMIT ?)`,
  );
  const values = ranges.flatMap(({ terms }) => [...terms.flatMap((one) => one.values), limit]);
  return {
    sql: numbered(`SELECT ${TASK_COLUMNS}
      FROM (${selects.join(' UNION ')} ORDER BY priority DESC, number LIMIT ?) AS found
      JOIN tasks ON tasks.number = found.number ORDER BY tasks.priority DESC, tasks.number`),
    values: [...values, limit],
  };
}

function olderThan(cursor: string | undefined): Range[] {
  const before = readCursor<[number]>(cursor, [0])?.[0];
  return [before === undefined ? [] : [term('number < ?', before)]];
}

/** Two ranges, since the rest of a priority and the priorities below it are two places in the index. */
function behindInQueue(cursor: string | undefined): Range[] {
  const key = readCursor<[number, number]>(cursor, [0, 0]);
  if (!key) return [[]];
  const [priority, number] = key;
  return [[term('priority = ?', priority), term('number > ?', number)], [term('priority < ?', priority)]];
}

function taskRanges(filter: TaskFilter): Range[] {
  if ([filter.status, filter.by, filter.kind].some((words) => words?.length === 0)) return [];
  const { run, leaseBefore, assignee } = filter;
  const openOnly = filter.open === true || filter.order === 'queue' || leaseBefore !== undefined;
  const range = [...taskTerms(filter), ...(openOnly ? [term('open')] : [])];
  const whole = [
    ...range,
    ...among('status', filter.status, TASK_STATUS_CODES),
    ...among('performer', filter.by, PERFORMER_CODES),
  ];
  if (run !== undefined) return [whole];
  if (leaseBefore !== undefined) return narrow([whole], [[HELD], [NOT_HELD]]);
  if (assignee !== undefined)
    return openOnly || filter.open === false
      ? [whole]
      : narrow([whole], [[term('open')], [term('NOT open')]]);
  return filter.order === 'queue' ? queueRanges(filter, range) : newestRanges(filter, whole);
}

function queueRanges(filter: TaskFilter, range: Range): Range[] {
  const statuses = OPEN_STATUSES.filter((status) => filter.status?.includes(status) ?? true);
  const performers = [...new Set(filter.by ?? PERFORMERS)];
  return statuses.flatMap((status) =>
    performers.map((performer) => [
      ...range,
      term(`status = ${TASK_STATUS_CODES[status]}`),
      term(`performer = ${PERFORMER_CODES[performer]}`),
    ]),
  );
}

/**
 * Tasks are found by being open, or by having ended otherwise than completed, which are few. Most are completed, so these are found
 * where they stand. A task in progress is in few indexes, since most are so for a moment: not in the order of its age.
 */
function newestRanges(filter: TaskFilter, whole: Range): Range[] {
  const opened = narrow([[...whole, ...(filter.open ? [] : [term('open')])]], [[NOT_HELD], [HELD]]);
  if (filter.open) return opened;
  if (!filter.status || filter.status.includes('completed')) return [whole.length > 0 ? whole : EVERY];
  const ended = [...new Set(filter.status)]
    .filter(isTaskFinal)
    .map((status) => [
      ...whole,
      term(`status > ${TASK_STATUS_CODES.completed}`),
      term(`status = ${TASK_STATUS_CODES[status]}`),
    ]);
  return filter.status.every(isTaskFinal) ? ended : [...opened, ...ended];
}

const EVERY: Range = [term('true')];
const HELD = term(`status = ${TASK_STATUS_CODES.in_progress}`);
const NOT_HELD = term(`status <> ${TASK_STATUS_CODES.in_progress}`);

const taskTerms = (filter: TaskFilter): Term[] => [
  ...(filter.open === false ? [term('NOT open')] : []),
  ...(filter.leaseBefore === undefined ? [] : [term('lease_until <= ?', filter.leaseBefore)]),
  ...equal('run', filter.run),
  ...equal('step', filter.step),
  ...equal('assignee', filter.assignee),
  ...among('kind', filter.kind, TASK_KIND_CODES),
];
