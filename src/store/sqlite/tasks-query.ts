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
  if (filter.inbox) return inboxQuery(filter.inbox, page);
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

/** What somebody has, and what waits for each of their parties, merged; a task may wait for several of them. */
function inboxQuery({ assignee, parties }: NonNullable<TaskFilter['inbox']>, page: PageRequest): ListQuery {
  const behind = behindInQueue(page.cursor);
  const held = [
    term('open = 1'),
    term(`performer <> ${PERFORMER_CODES.agent}`),
    term('assignee = ?', assignee),
  ];
  const ranges = [
    ...behind.map((more) => ({ from: 'tasks INDEXED BY tasks_held', terms: [...held, ...more] })),
    ...parties.flatMap((party) =>
      behind.map((more) => ({ from: 'task_parties', terms: [term('party = ?', party), ...more] })),
    ),
  ];
  const selects = ranges.map(
    ({ from, terms }) =>
      `SELECT * FROM (SELECT id, priority FROM ${from} WHERE ${terms.map(({ sql }) => sql).join(' AND ')}
        ORDER BY priority DESC, id LIMIT ?)`,
  );
  const limit = page.limit + 1;
  return {
    sql: `SELECT tasks.id AS number, ${TASK_COLUMNS}
      FROM (${selects.join(' UNION ')} ORDER BY priority DESC, id LIMIT ?) AS found
      CROSS JOIN tasks ON tasks.id = found.id CROSS JOIN streams ON streams.id = tasks.run
      ORDER BY tasks.priority DESC, tasks.id`,
    parameters: [...ranges.flatMap(({ terms }) => [...terms.flatMap((one) => one.parameters), limit]), limit],
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

/**
 * A task in progress is in few indexes, since most are so for a moment only: by its status, and not by its age or, where agents
 * do it, by its holder.
 */
function taskRanges(filter: TaskFilter): Range[] {
  if ([filter.status, filter.by, filter.kind].some((words) => words?.length === 0)) return [];
  const openOnly = filter.open === true || filter.order === 'queue' || filter.leaseBefore !== undefined;
  const terms = taskTerms(filter);
  if (filter.run !== undefined)
    return [{ index: 'tasks_name', terms: [...terms, ...(openOnly ? [OPEN] : [])] }];
  if (openOnly) return filter.open === false ? [] : openRanges(filter, terms);
  if (filter.open === false) return closedRanges(filter, [...terms, CLOSED]);
  if (takesMost(filter)) return [{ index: null, terms }];
  return [...openRanges(filter, terms), ...closedRanges(filter, [...terms, CLOSED])];
}

/** Most tasks are completed, so these are found where they stand. */
const takesMost = ({ status, assignee }: TaskFilter): boolean =>
  assignee === undefined && (!status || status.includes('completed'));

function openRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  if (filter.order === 'queue' && filter.assignee === undefined)
    return queueRanges(filter, OPEN_STATUSES, PERFORMERS, terms);
  const agents = queueRanges(filter, OPEN_STATUSES, ['agent'], terms);
  if (filter.assignee !== undefined)
    return [{ index: 'tasks_held', terms: [...terms, OPEN, NO_AGENTS] }, ...agents];
  return [
    { index: 'tasks_open', terms: [...terms, OPEN, NOT_IN_PROGRESS] },
    ...queueRanges(filter, ['in_progress'], PERFORMERS, terms),
  ];
}

/** Those of the statuses and performers that the filter takes, each in its own place of the index. */
function queueRanges(
  filter: TaskFilter,
  statuses: readonly TaskStatus[],
  performers: readonly Performer[],
  terms: readonly Term[],
): Range[] {
  const wanted = statuses.filter((status) => filter.status?.includes(status) ?? true);
  const doers = performers.filter((performer) => filter.by?.includes(performer) ?? true);
  return wanted.flatMap((status) =>
    doers.map((performer) => {
      const place = term(
        `status = ${TASK_STATUS_CODES[status]} AND performer = ${PERFORMER_CODES[performer]}`,
      );
      return { index: 'tasks_queue', terms: [...terms, OPEN, place] };
    }),
  );
}

function closedRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  if (filter.assignee !== undefined) return [{ index: 'tasks_done', terms }];
  if (takesMost(filter)) return [{ index: null, terms }];
  const unfinished = [...terms, term(`status > ${TASK_STATUS_CODES.completed}`)];
  return [...new Set(filter.status)].filter(isTaskFinal).map((status) => ({
    index: 'tasks_unfinished',
    terms: [...unfinished, term(`status = ${TASK_STATUS_CODES[status]}`)],
  }));
}

const OPEN = term('open = 1');
const CLOSED = term('open = 0');
const NOT_IN_PROGRESS = term(`status <> ${TASK_STATUS_CODES.in_progress}`);
const NO_AGENTS = term(`performer <> ${PERFORMER_CODES.agent}`);

const taskTerms = (filter: TaskFilter): Term[] => [
  ...(filter.run === undefined ? [] : [term('run = (SELECT id FROM streams WHERE name = ?)', filter.run)]),
  ...(filter.run !== undefined && filter.open === false ? [CLOSED] : []),
  ...(filter.leaseBefore === undefined ? [] : [term('lease_until <= ?', filter.leaseBefore)]),
  ...equal('step', filter.step),
  ...equal('assignee', filter.assignee),
  ...among('kind', filter.kind, TASK_KIND_CODES),
  ...among('status', filter.status, TASK_STATUS_CODES),
  ...among('performer', filter.by, PERFORMER_CODES),
];
