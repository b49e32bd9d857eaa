import type { RunStatus } from '../../engine/lifecycle.ts';
import { RUN_STATUS_CODES } from '../codes.ts';
import { readCursor } from '../cursor.ts';
import type { PageRequest, RunFilter } from '../port.ts';
import { among, equal, merge, narrow, term } from './list-query.ts';
import type { ListQuery, Range } from './list-query.ts';
import { RUN_COLUMNS } from './sql/streams.ts';

const RUN_STATUSES = Object.keys(RUN_STATUS_CODES) as RunStatus[];
const FROM = { table: 'streams', columns: `number, ${RUN_COLUMNS}`, order: 'number DESC' };

/** Newest first: by descending number. Null when no run can match. */
export function runsQuery(filter: RunFilter, page: PageRequest): ListQuery | null {
  const before = readCursor<[number]>(page.cursor, [0])?.[0];
  const behind = before === undefined ? [] : [term('number < ?', before)];
  const ranges = narrow(runRanges(filter), [behind]);
  return ranges.length === 0 ? null : merge(FROM, ranges, page.limit + 1);
}

function runRanges({ definition, parent, startedBy, status }: RunFilter): Range[] {
  if (status?.length === 0) return [];
  const range = [
    term('status IS NOT NULL'),
    ...equal('definition', definition),
    ...equal('parent', parent),
    ...equal('started_by', startedBy),
  ];
  if (parent !== undefined) return [[...range, ...among('status', status, RUN_STATUS_CODES)]];
  if (!status && definition === undefined && startedBy === undefined) return [range];
  const statuses = [...new Set(status ?? RUN_STATUSES)];
  return statuses.map((one) => [...range, term(`status = ${RUN_STATUS_CODES[one]}`)]);
}
