import type { ListQuery } from '../list-query.ts';

/**
 * As PostgreSQL writes values. These texts are not kept prepared: a plan made for any page could expect far more rows than a page
 * has.
 */
export function numbered({ sql, values }: ListQuery): ListQuery {
  let count = 0;
  return { sql: sql.replaceAll('?', () => `$${(count += 1)}`), values };
}
