import type { RunStatus } from '../engine/lifecycle.ts';
import { RUN_STATUS_CODES } from './codes.ts';
import { readCursor } from './cursor.ts';
import { among, equal, narrow, term } from './list-query.ts';
import type { Range } from './list-query.ts';
import type { PageRequest, RunFilter } from './port.ts';

const RUN_STATUSES = Object.keys(RUN_STATUS_CODES) as RunStatus[];

/** Where runs of a page stand, newest first: by descending `number`. None when no run can match. */
export function runRanges(filter: RunFilter, page: PageRequest, number: string): Range[] {
  const before = readCursor<[number]>(page.cursor, [0])?.[0] ?? Number.MAX_SAFE_INTEGER;
  return narrow(rangesOf(filter), [[term(`${number} < ?`, before)]]);
}

function rangesOf({ definition, parent, startedBy, status }: RunFilter): Range[] {
  if (status?.length === 0) return [];
  const terms = [
    term('status IS NOT NULL'),
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
  return [{ index: null, terms }];
}
