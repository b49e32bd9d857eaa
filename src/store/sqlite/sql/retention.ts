import { isRunFinal } from '../../../engine/lifecycle.ts';
import type { RunStatus } from '../../../engine/lifecycle.ts';
import { RUN_STATUS_CODES } from '../../codes.ts';
import { RUN_COLUMNS } from './streams.ts';

const FINAL = (Object.keys(RUN_STATUS_CODES) as RunStatus[])
  .filter(isRunFinal)
  .map((status) => RUN_STATUS_CODES[status]);

/**
 * A range of an index for each status, so that a page costs the page. Takes the number and the limit once for each of them. The
 * index is partial: SQLite takes it only for a query that says word for word what it leaves out.
 */
export const ENDED_RUNS = `
  ${FINAL.map(
    (code) => `SELECT * FROM (
    SELECT id AS number, ${RUN_COLUMNS} FROM streams INDEXED BY streams_ended
    WHERE status = ${code} AND parent IS NULL AND status >= ${RUN_STATUS_CODES.completed} AND id > ? ORDER BY id LIMIT ?)`,
  ).join(' UNION ALL ')}
  ORDER BY number LIMIT ?`;

export const endedParameters = (after: number, limit: number): number[] => [
  ...FINAL.flatMap(() => [after, limit]),
  limit,
];

/** Only of a run that has ended and whose entries are all in the tree. */
export const FIND_ENDED = `
  SELECT id, status FROM streams
  WHERE name = ? AND status IN (${FINAL.join(', ')}) AND (
    SELECT coalesce(max(position), -1) FROM entries WHERE stream = streams.id) < (SELECT size FROM tree WHERE id = 1)`;

/** What there is of a run, by its number. */
export const REMOVE_RUN = [
  `DELETE FROM task_parties WHERE id IN (SELECT id FROM tasks WHERE run = ?)`,
  `DELETE FROM tasks WHERE run = ?`,
  `DELETE FROM snapshots WHERE stream = ?`,
  `DELETE FROM entries WHERE stream = ?`,
  `DELETE FROM streams WHERE id = ?`,
] as const;
