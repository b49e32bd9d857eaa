import type { Page, PageRequest, Store, StoredEntry } from './port.ts';

/** All there is, page by page: `read` gives the page behind a cursor, and is asked for the next when the last one has been dealt with. */
export async function* pagesOf<Row>(
  limit: number,
  read: (page: PageRequest) => Promise<Page<Row>>,
): AsyncGenerator<readonly Row[], void, void> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { rows, next }: Page<Row> = await read({ limit, ...(cursor && { cursor }) });
    yield rows;
    cursor = next;
  }
}

/** All entries of a stream, so many at a time: their sequences go from 1 without gaps. */
export async function* entriesOf(
  store: Pick<Store, 'entries'>,
  stream: string,
  limit: number,
): AsyncGenerator<readonly StoredEntry[], void, void> {
  for (let after = 0; ; after += limit) {
    const entries = await store.entries({ stream, after }, limit);
    yield entries;
    if (entries.length < limit) return;
  }
}
