import type { Store, TaskFilter, TaskRow } from '../store/index.ts';

const PAGE = 1000;

/** All open tasks that the filter takes, page by page. */
export async function* openTasks(store: Store, filter: TaskFilter): AsyncGenerator<TaskRow, void, void> {
  let cursor: string | undefined;
  do {
    const page = await store.tasks({ ...filter, open: true }, { limit: PAGE, ...(cursor && { cursor }) });
    yield* page.rows;
    cursor = page.next ?? undefined;
  } while (cursor);
}
