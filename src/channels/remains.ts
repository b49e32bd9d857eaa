import { ORGANISATION } from '../runtime/index.ts';
import { pagesOf, type Change, type DocumentKind, type Store, type StoredDocument } from '../store/index.ts';

const PAGE = 500;

/**
 * Removes the documents of a kind that are over, a page at a time; how many are gone. One that changes meanwhile stays: it is looked
 * at again the next time.
 */
export async function removeRemains(
  store: Store,
  kind: DocumentKind,
  isOver: (body: StoredDocument['body']) => boolean,
): Promise<number> {
  let removed = 0;
  for await (const rows of pagesOf(PAGE, (page) => store.documents(kind, page))) {
    const over = rows.filter(({ body }) => isOver(body));
    const results = over.length === 0 ? [] : await store.commit(over.map((one) => removal(kind, one)));
    removed += results.filter(({ ok }) => ok).length;
  }
  return removed;
}

const removal = (kind: DocumentKind, { id, revision }: StoredDocument): Change => ({
  stream: ORGANISATION,
  expected: null,
  entries: [],
  documents: [{ kind, id, expected: revision, body: null }],
});
