import type { Page, PageRequest } from './port.ts';

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
