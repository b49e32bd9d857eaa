import { isTaskFinal } from '../../engine/lifecycle.ts';
import type { TaskStatus } from '../../engine/lifecycle.ts';
import { readCursor } from '../cursor.ts';
import type { PageRequest, TaskFilter } from '../port.ts';
import { PERFORMER_CODES, TASK_KIND_CODES, TASK_STATUS_CODES } from './codes.ts';
import type { Performer } from './codes.ts';
import { among, equal, merge, narrow, term } from './list-query.ts';
import type { ListQuery, Range, Term } from './list-query.ts';
import { TASK_COLUMNS } from './sql/tasks.ts';

const OPEN_STATUSES = (Object.keys(TASK_STATUS_CODES) as TaskStatus[]).filter(
  (status) => !isTaskFinal(status),
);
const PERFORMERS = Object.keys(PERFORMER_CODES) as Performer[];

const NEWEST = { columns: 'id', order: 'id DESC', outer: 'tasks.id DESC' };
const QUEUE = { columns: 'id, priority', order: 'priority DESC, id', outer: 'tasks.priority DESC, tasks.id' };

/** Null when no task can match. */
export function tasksQuery(filter: TaskFilter, page: PageRequest): ListQuery | null {
  const queue = filter.order === 'queue';
  const { columns, order, outer } = queue ? QUEUE : NEWEST;
  const behind = queue ? behindInQueue(page.cursor) : olderThan(page.cursor);
  const ranges = narrow(taskRanges(filter), behind);
  if (ranges.length === 0) return null;
  const { sql, parameters } = merge({ table: 'tasks', columns, order }, ranges, page.limit + 1);
  return {
    sql: `SELECT tasks.id AS number, ${TASK_COLUMNS}
      FROM (${sql}) AS found CROSS JOIN tasks ON tasks.id = found.id CROSS JOIN streams ON streams.id = tasks.run
      ORDER BY ${outer}`,
    parameters,
  };
}

const olderThan = (cursor: string | undefined): Term[][] => [
  [term('id < ?', readCursor<[number]>(cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER)],
];

/** Two ranges, since the rest of a priority and the priorities below it are two places in the index. */
function behindInQueue(cursor: string | undefined): Term[][] {
  const key = readCursor<[number, number]>(cursor, [0, 0]);
  if (!key) return [[]];
  const [priority, id] = key;
  return [[term('priority = ?', priority), term('id > ?', id)], [term('priority < ?', priority)]];
}

function taskRanges(filter: TaskFilter): Range[] {
  if ([filter.status, filter.by, filter.kind].some((words) => words?.length === 0)) return [];
  const { run, leaseBefore, assignee } = filter;
  const openOnly = filter.open === true || filter.order === 'queue' || leaseBefore !== undefined;
  const terms = [...taskTerms(filter), ...(openOnly ? [term('open = 1')] : [])];
  const inStatus = [...terms, ...among('status', filter.status, TASK_STATUS_CODES)];
  const inStatusAndPerformer = [...inStatus, ...among('performer', filter.by, PERFORMER_CODES)];
  if (run !== undefined) return [{ index: 'tasks_name', terms: inStatusAndPerformer }];
  if (leaseBefore !== undefined) return [{ index: 'tasks_open', terms: inStatusAndPerformer }];
  if (assignee !== undefined) {
    const whole = [{ index: 'tasks_assignee', terms: inStatusAndPerformer }];
    return openOnly || filter.open === false
      ? whole
      : narrow(whole, [[term('open = 0')], [term('open = 1')]]);
  }
  return filter.order === 'queue' ? queueRanges(filter, terms) : newestRanges(filter, inStatusAndPerformer);
}

function queueRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  const statuses = OPEN_STATUSES.filter((status) => filter.status?.includes(status) ?? true);
  const performers = [...new Set(filter.by ?? PERFORMERS)];
  return statuses.flatMap((status) =>
    performers.map((performer) => {
      const place = term(
        `status = ${TASK_STATUS_CODES[status]} AND performer = ${PERFORMER_CODES[performer]}`,
      );
      return { index: 'tasks_queue', terms: [...terms, place] };
    }),
  );
}

/**
 * Tasks are found by being open (those that nobody holds, which are in order, and those that somebody holds, which are few), or
 * by having ended otherwise than completed, which are few too. Most are completed, so these are found where they stand.
 */
function newestRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  const whole = { index: 'tasks_open', terms: [...terms, term('open = 1')] };
  const opened = narrow(
    [whole],
    [[term('lease_until IS NULL')], [term(`lease_until >= ${Number.MIN_SAFE_INTEGER}`)]],
  );
  if (filter.open) return opened;
  if (!filter.status || filter.status.includes('completed')) return [{ index: null, terms }];
  const final = [...new Set(filter.status)].filter(isTaskFinal);
  const unfinished = [...terms, term(`status > ${TASK_STATUS_CODES.completed}`)];
  const ranges = final.map((status) => ({
    index: 'tasks_unfinished',
    terms: [...unfinished, term(`status = ${TASK_STATUS_CODES[status]}`)],
  }));
  return filter.status.every(isTaskFinal) ? ranges : [...opened, ...ranges];
}

const taskTerms = (filter: TaskFilter): Term[] => [
  ...(filter.open === false ? [term('open = 0')] : []),
  ...(filter.run === undefined ? [] : [term('run = (SELECT id FROM streams WHERE name = ?)', filter.run)]),
  ...(filter.leaseBefore === undefined ? [] : [term('lease_until <= ?', filter.leaseBefore)]),
  ...equal('step', filter.step),
  ...equal('assignee', filter.assignee),
  ...among('kind', filter.kind, TASK_KIND_CODES),
];
