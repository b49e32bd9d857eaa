import type { Json } from '../definition/index.ts';
import type { EntryFilter, Page, PageRequest, Store, StoredEntry, StoredPage } from '../store/index.ts';

/** Characters of one page, as nearly as it is worth knowing; a page has one row at least, however large that is. */
export const MOST_OF_PAGE = 8 * 1024 * 1024;
/** Rows that are read at once: what they hold beyond the page is all that is held in vain. */
const STEP = 200;

export interface Bounded<Row> {
  readonly rows: readonly Row[];
  /** Whether it ends before the limit of rows, though there is more. */
  readonly cut: boolean;
}

/** Rows looked at for one page, at most: what is filtered here is not found by an index. */
const MOST_ROWS = 1000;

/**
 * The next rows that are wanted; fewer than asked for where they are large, many others stand between them, or `isEnough` has been looked at to
 * choose them, and then there are more behind.
 */
export async function wantedRows<Row>(
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  read: (page: PageRequest) => Promise<StoredPage<Row>>,
  choose: (rows: readonly Row[]) => readonly Row[] | Promise<readonly Row[]>,
  sizeOfRow: (row: Row) => number = () => 0,
  isEnough: () => boolean = () => false,
): Promise<Page<Row>> {
  const rows: Row[] = [];
  let next = cursor ?? null;
  let size = 0;
  for (
    let seen = 0, step = Math.min(limit, STEP);
    seen < MOST_ROWS && !isEnough();
    seen += step, step = Math.min(STEP, MOST_ROWS - seen)
  ) {
    const page = await read({ limit: step, ...(next !== null && { cursor: next }) });
    const chosen = new Set(await choose(page.rows));
    for (const [at, row] of page.rows.entries()) {
      if (!chosen.has(row)) continue;
      size += sizeOfRow(row);
      if (rows.length > 0 && size > MOST_OF_PAGE) return { rows, next: at > 0 ? page.behind(at - 1) : next };
      rows.push(row);
      if (rows.length < limit) continue;
      return { rows, next: at + 1 < page.rows.length ? page.behind(at) : page.next };
    }
    next = page.next;
    if (next === null) break;
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

/** About as many characters as it has as JSON. */
export function sizeOf(value: Json | undefined): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item) + 1;
  else for (const [name, member] of Object.entries(value)) size += name.length + 4 + sizeOf(member);
  return size;
}
