import type { TaskStatus } from '../../engine/lifecycle.ts';
import type { Performer } from '../codes.ts';
import { merge, narrow, term } from '../list-query.ts';
import type { ListQuery, Range, Source, Term } from '../list-query.ts';
import type { PageRequest, TaskFilter } from '../port.ts';
import * as shared from '../tasks-query.ts';
import { NO_AGENTS, NOT_HELD, OPEN_STATUSES, PERFORMERS } from '../tasks-query.ts';
import { sourceOf } from './source.ts';
import { TASK_COLUMNS } from './sql/tasks.ts';

const NEWEST = { columns: 'id', order: 'id DESC', outer: 'tasks.id DESC' };
const QUEUE = { columns: 'id, place', order: 'place, id', outer: 'tasks.place, tasks.id' };

const OPEN = term('open = 1');
const CLOSED = term('open = 0');
const IN_HELD = term(`(${NO_AGENTS.sql} OR ${NOT_HELD.sql})`);

/** Null when no task can match. */
export function tasksQuery(filter: TaskFilter, page: PageRequest): ListQuery | null {
  const { columns, order, outer } = shared.isQueue(filter) ? QUEUE : NEWEST;
  const sources = sourcesOf(filter, shared.behind(filter, page, 'id'));
  if (sources.length === 0) return null;
  const overlap = filter.inbox !== undefined;
  const { sql, values } = merge({ columns, order, overlap }, sources, page.limit + 1);
  return {
    sql: `SELECT tasks.id AS number, ${TASK_COLUMNS}
      FROM (${sql}) AS found CROSS JOIN tasks ON tasks.id = found.id CROSS JOIN streams ON streams.id = tasks.run
      ORDER BY ${outer}`,
    values,
  };
}

function sourcesOf(filter: TaskFilter, behind: readonly (readonly Term[])[]): Source[] {
  const source = sourceOf('tasks');
  if (!filter.inbox) return narrow(taskRanges(filter), behind).map(source);
  const { assignees, parties } = filter.inbox;
  const held = assignees.map((one) =>
    source({ index: 'tasks_held', terms: [OPEN, NO_AGENTS, term('assignee = ?', one)] }),
  );
  return shared.inboxSources(held, parties, behind);
}

/**
 * A task in progress is in few indexes, since most are so for a moment only: by its status, and not by its age or, where agents
 * do it, by its holder.
 */
function taskRanges(filter: TaskFilter): Range[] {
  if (shared.isEmpty(filter)) return [];
  const openOnly = shared.isOpenOnly(filter);
  const terms = shared.termsOf(filter);
  if (filter.run !== undefined) return [rangeOfRun(filter.run, filter, terms)];
  if (openOnly) return filter.open === false ? [] : openRanges(filter, terms);
  if (filter.open === false) return closedRanges(filter, [...terms, CLOSED]);
  if (takesMost(filter)) return [{ index: null, terms }];
  return [...openRanges(filter, terms), ...closedRanges(filter, [...terms, CLOSED])];
}

function rangeOfRun(run: string, filter: TaskFilter, terms: readonly Term[]): Range {
  const state = [...(filter.open === false ? [CLOSED] : []), ...(shared.isOpenOnly(filter) ? [OPEN] : [])];
  const ofRun = term('run = (SELECT id FROM streams WHERE name = ?)', run);
  return { index: 'tasks_name', terms: [ofRun, ...state, ...terms] };
}

/** Most tasks are completed, so these are found where they stand. */
const takesMost = ({ status, assignee }: TaskFilter): boolean =>
  assignee === undefined && (!status || status.includes('completed'));

function openRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  const queue = (...of: [statuses: readonly TaskStatus[], performers: readonly Performer[]]): Range[] =>
    shared.places(filter, ...of).map((place) => ({ index: 'tasks_queue', terms: [...terms, OPEN, place] }));
  if (filter.order === 'queue' && filter.assignee === undefined) return queue(OPEN_STATUSES, PERFORMERS);
  if (filter.assignee !== undefined)
    return [{ index: 'tasks_held', terms: [...terms, OPEN, IN_HELD] }, ...queue(['in_progress'], ['agent'])];
  return [{ index: 'tasks_open', terms: [...terms, OPEN, NOT_HELD] }, ...queue(['in_progress'], PERFORMERS)];
}

function closedRanges(filter: TaskFilter, terms: readonly Term[]): Range[] {
  if (filter.assignee !== undefined) return [{ index: 'tasks_done', terms }];
  if (takesMost(filter)) return [{ index: null, terms }];
  return narrow([{ index: 'tasks_unfinished', terms }], shared.unfinished(filter));
}
