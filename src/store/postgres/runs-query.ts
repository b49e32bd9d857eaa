import { merge } from '../list-query.ts';
import type { ListQuery } from '../list-query.ts';
import type { PageRequest, RunFilter } from '../port.ts';
import { runRanges } from '../runs-query.ts';
import { numbered } from './numbered.ts';
import { RUN_COLUMNS } from './sql/streams.ts';

const ROWS = { columns: `number, ${RUN_COLUMNS}`, order: 'number DESC' };

/** Null when no run can match. */
export function runsQuery(filter: RunFilter, page: PageRequest): ListQuery | null {
  const sources = runRanges(filter, page, 'number').map(({ terms }) => ({ from: 'streams', terms }));
  return sources.length === 0 ? null : numbered(merge(ROWS, sources, page.limit + 1));
}
