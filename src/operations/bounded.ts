import type { Json } from '../definition/index.ts';
import type {
  EntryFilter,
  Page,
  PageRequest,
  Store,
  StoredEntry,
  TaskFilter,
  TaskRow,
} from '../store/index.ts';

/** Characters of one page, as nearly as it is worth knowing; a page has one row at least, however large that is. */
export const MOST_OF_PAGE = 8 * 1024 * 1024;
/** Rows that are read at once: what they hold beyond the page is all that is held in vain. */
const STEP = 200;

export interface Bounded<Row> {
  readonly rows: readonly Row[];
  /** Whether it ends before the limit of rows, though there is more. */
  readonly cut: boolean;
}

/** Rows looked at for one page, at most: what is filtered here is not found by an index. A query costs as much as some rows. */
const MOST_ROWS = 1000;
const ROWS_OF_A_QUERY = 100;

/** The next rows that are wanted; fewer than asked for where many others stand between them, and then there are more behind. */
export async function wantedRows<Row>(
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  read: (page: PageRequest) => Promise<Page<Row> & { readonly cut?: boolean }>,
  wanted: (row: Row) => boolean | Promise<boolean>,
): Promise<Page<Row>> {
  const rows: Row[] = [];
  let next = cursor ?? null;
  for (let seen = 0; seen < MOST_ROWS;) {
    const page = await read({ limit: limit - rows.length, ...(next !== null && { cursor: next }) });
    for (const row of page.rows) if (await wanted(row)) rows.push(row);
    seen += Math.max(page.rows.length, ROWS_OF_A_QUERY);
    next = page.next;
    if (page.cut || next === null || rows.length === limit) break;
  }
  return { rows, next };
}

/** The next entries, by number and by size. */
export async function entriesWithin(
  store: Store,
  filter: EntryFilter,
  limit: number,
): Promise<Bounded<StoredEntry>> {
  const rows: StoredEntry[] = [];
  let size = 0;
  while (rows.length < limit) {
    const wanted = Math.min(STEP, limit - rows.length);
    const found = await store.entries(after(filter, rows.at(-1)), wanted);
    for (const entry of found) {
      size += entry.text.length;
      if (rows.length > 0 && size > MOST_OF_PAGE) return { rows, cut: true };
      rows.push(entry);
    }
    if (found.length < wanted) break;
  }
  return { rows, cut: false };
}

const after = (filter: EntryFilter, last: StoredEntry | undefined): EntryFilter => {
  if (!last) return filter;
  return 'position' in filter ? { position: last.position } : { stream: filter.stream, after: last.sequence };
};

/** The next tasks, as many of them as there is room for; one where `room` is whole. */
export async function tasksWithin(
  store: Store,
  filter: TaskFilter,
  { limit, ...from }: PageRequest,
  room: number,
): Promise<Page<TaskRow> & { readonly size: number; readonly cut: boolean }> {
  const found = await store.tasks(filter, { limit: Math.min(STEP, limit), ...from });
  let [fit, size] = [0, 0];
  for (const { input } of found.rows) {
    const more = sizeOf(input);
    if (size + more > room && (fit > 0 || room < MOST_OF_PAGE)) break;
    size += more;
    fit += 1;
  }
  if (fit === found.rows.length) return { ...found, size, cut: false };
  if (fit === 0) return { rows: [], next: from.cursor ?? null, size, cut: true };
  return { ...(await store.tasks(filter, { limit: fit, ...from })), size, cut: true };
}

/** About as many characters as it has as JSON. */
export function sizeOf(value: Json | undefined): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item) + 1;
  else for (const [name, member] of Object.entries(value)) size += name.length + 4 + sizeOf(member);
  return size;
}
