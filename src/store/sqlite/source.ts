import type { Range, Source } from '../list-query.ts';

/** Every range names its index, so that a plan cannot change with the contents of the database. */
export const sourceOf =
  (table: string) =>
  ({ index, terms }: Range): Source => ({
    from: index === null ? `${table} NOT INDEXED` : `${table} INDEXED BY ${index}`,
    terms,
  });
