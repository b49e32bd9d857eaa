import { merge } from '../list-query.ts';
import type { ListQuery } from '../list-query.ts';
import type { PageRequest, RunFilter } from '../port.ts';
import { runRanges } from '../runs-query.ts';
import { sourceOf } from './source.ts';
import { RUN_COLUMNS } from './sql/streams.ts';

/** Null when no run can match. */
export function runsQuery(filter: RunFilter, page: PageRequest): ListQuery | null {
  const ranges = runRanges(filter, page, 'id');
  if (ranges.length === 0) return null;
  const found = merge({ columns: 'id', order: 'id DESC' }, ranges.map(sourceOf('streams')), page.limit + 1);
  return {
    sql: `SELECT id AS number, ${RUN_COLUMNS} FROM (${found.sql}) CROSS JOIN streams USING (id) ORDER BY id DESC`,
    values: found.values,
  };
}
