import { pagesOf, type Store, type TaskFilter, type TaskRow } from '../store/index.ts';

const PAGE = 1000;

/** The tasks that a participant holds by a claim, in the order in which it began with them. */
export async function claimedTasks(store: Store, assignee: string, claim: string): Promise<string[]> {
  const rows: TaskRow[] = [];
  for await (const task of openTasks(store, { assignee, status: ['in_progress'] }))
    if (task.claim === claim) rows.push(task);
  rows.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.id < b.id ? -1 : 1));
  return rows.map(({ id }) => id);
}

/** All runs that are paused, page by page. */
export async function* pausedRuns(store: Store): AsyncGenerator<string, void, void> {
  for await (const rows of pagesOf(PAGE, (page) => store.runs({ status: ['paused'] }, page)))
    for (const { id } of rows) yield id;
}

/** All open tasks that the filter takes, page by page. */
export async function* openTasks(store: Store, filter: TaskFilter): AsyncGenerator<TaskRow, void, void> {
  for await (const rows of pagesOf(PAGE, (page) => store.tasks({ ...filter, open: true }, page))) yield* rows;
}
