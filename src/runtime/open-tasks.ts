import type { Store, TaskFilter, TaskRow } from '../store/index.ts';

const PAGE = 1000;

/** The task that a participant holds by a claim. */
export async function claimedTask(store: Store, assignee: string, claim: string): Promise<string | null> {
  for await (const task of openTasks(store, { assignee, status: ['in_progress'] }))
    if (task.claim === claim) return task.id;
  return null;
}

/** All runs that are paused, page by page. */
export async function* pausedRuns(store: Store): AsyncGenerator<string, void, void> {
  let cursor: string | undefined;
  do {
    const page = await store.runs({ status: ['paused'] }, { limit: PAGE, ...(cursor && { cursor }) });
    for (const { id } of page.rows) yield id;
    cursor = page.next ?? undefined;
  } while (cursor);
}

/** All open tasks that the filter takes, page by page. */
export async function* openTasks(store: Store, filter: TaskFilter): AsyncGenerator<TaskRow, void, void> {
  let cursor: string | undefined;
  do {
    const page = await store.tasks({ ...filter, open: true }, { limit: PAGE, ...(cursor && { cursor }) });
    yield* page.rows;
    cursor = page.next ?? undefined;
  } while (cursor);
}
