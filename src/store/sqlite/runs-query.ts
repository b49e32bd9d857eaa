import type { RunStatus } from '../../engine/lifecycle.ts';
import { readCursor } from '../cursor.ts';
import type { PageRequest, RunFilter } from '../port.ts';
import { RUN_STATUS_CODES } from './codes.ts';
import { among, equal, merge, narrow, term } from './list-query.ts';
import type { ListQuery, Range } from './list-query.ts';
import { RUN_COLUMNS } from './sql/streams.ts';

const RUN_STATUSES = Object.keys(RUN_STATUS_CODES) as RunStatus[];

/** Newest first: by descending number. Null when no run can match. */
export function runsQuery(filter: RunFilter, page: PageRequest): ListQuery | null {
  const before = readCursor<[number]>(page.cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER;
  const ranges = narrow(runRanges(filter), [[term('id < ?', before)]]);
  if (ranges.length === 0) return null;
  const from = { table: 'streams', columns: 'id', order: 'id DESC' };
  const { sql, parameters } = merge(from, ranges, page.limit + 1);
  return {
    sql: `SELECT id AS number, ${RUN_COLUMNS} FROM (${sql}) CROSS JOIN streams USING (id) ORDER BY id DESC`,
    parameters,
  };
}

function runRanges({ definition, parent, startedBy, status }: RunFilter): Range[] {
  if (status?.length === 0) return [];
  const terms = [
    ...equal('definition', definition),
    ...equal('parent', parent),
    ...equal('started_by', startedBy),
  ];
  const perStatus = (index: string): Range[] =>
    [...new Set(status ?? RUN_STATUSES)].map((one) => ({
      index,
      terms: [...terms, term(`status = ${RUN_STATUS_CODES[one]}`)],
    }));
  const inStatus = [...terms, ...among('status', status, RUN_STATUS_CODES)];
  if (parent !== undefined) return [{ index: 'streams_parent', terms: inStatus }];
  if (definition !== undefined) return perStatus('streams_definition');
  if (startedBy !== undefined) return perStatus('streams_started_by');
  if (status) return perStatus('streams_status');
  return [{ index: null, terms: [term('status IS NOT NULL')] }];
}
