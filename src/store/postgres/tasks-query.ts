import { isTaskFinal } from '../../engine/lifecycle.ts';
import { equal, merge, narrow, term } from '../list-query.ts';
import type { ListQuery, Source, Term } from '../list-query.ts';
import type { PageRequest, TaskFilter } from '../port.ts';
import * as shared from '../tasks-query.ts';
import { HELD, NOT_HELD, OPEN_STATUSES, PERFORMERS } from '../tasks-query.ts';
import { numbered } from './numbered.ts';
import { TASK_COLUMNS } from './sql/tasks.ts';

const NEWEST = { columns: TASK_COLUMNS, order: 'number DESC' };
const QUEUE = { columns: TASK_COLUMNS, order: 'place, number' };

const OPEN = term('open');
const CLOSED = term('NOT open');

/** Null when no task can match. */
export function tasksQuery(filter: TaskFilter, page: PageRequest): ListQuery | null {
  const behind = shared.behind(filter, page, 'number');
  if (filter.inbox) return inboxQuery(filter.inbox, shared.isQueue(filter), behind, page.limit + 1);
  const sources = narrow(taskSources(filter), behind);
  const rows = shared.isQueue(filter) ? QUEUE : NEWEST;
  return sources.length === 0 ? null : numbered(merge(rows, sources, page.limit + 1));
}

function inboxQuery(
  { assignees, parties }: NonNullable<TaskFilter['inbox']>,
  byUrgency: boolean,
  behind: readonly (readonly Term[])[],
  limit: number,
): ListQuery {
  const held = assignees.map((one) => tasksWhere([term('assignee = ?', one), OPEN]));
  const rows = {
    columns: 'number, place',
    order: byUrgency ? 'place, number' : 'number DESC',
    overlap: true,
  };
  const { sql, values } = merge(rows, shared.inboxSources(held, parties, behind), limit);
  return numbered({
    // One by one: however little the planner knows of the table, it does not read all of it to join a page.
    sql: `SELECT ${TASK_COLUMNS}
      FROM (${sql}) AS found CROSS JOIN LATERAL (SELECT * FROM tasks WHERE tasks.number = found.number LIMIT 1) AS tasks
      ORDER BY ${byUrgency ? 'tasks.place, tasks.number' : 'tasks.number DESC'}`,
    values,
  });
}

const tasksWhere = (terms: readonly Term[]): Source => ({ from: 'tasks', terms });

function taskSources(filter: TaskFilter): Source[] {
  if (shared.isEmpty(filter)) return [];
  const { run, assignee, open } = filter;
  const openOnly = shared.isOpenOnly(filter);
  const whole = tasksWhere([
    ...(open === false ? [CLOSED] : []),
    ...equal('run', run),
    ...(openOnly ? [OPEN] : []),
    ...shared.termsOf(filter),
  ]);
  if (run !== undefined) return [whole];
  if (assignee !== undefined)
    return openOnly || open === false ? [whole] : narrow([whole], [[OPEN], [CLOSED]]);
  if (filter.order !== 'queue') return newestSources(filter, whole);
  return narrow(
    [whole],
    shared.places(filter, OPEN_STATUSES, PERFORMERS).map((place) => [place]),
  );
}

/**
 * Tasks are found by being open, or by having ended otherwise than completed, which are few. Most are completed, so these are found
 * where they stand. A task in progress is in few indexes, since most are so for a moment: not in the order of its age.
 */
function newestSources(filter: TaskFilter, whole: Source): Source[] {
  const opened = narrow(
    [whole],
    filter.open
      ? [[NOT_HELD], [HELD]]
      : [
          [OPEN, NOT_HELD],
          [OPEN, HELD],
        ],
  );
  if (filter.open) return opened;
  if (!filter.status || filter.status.includes('completed')) return [whole];
  const ended = narrow([whole], shared.unfinished(filter));
  return filter.status.every(isTaskFinal) ? ended : [...opened, ...ended];
}
