import { isRunFinal } from '../../../engine/lifecycle.ts';
import type { RunStatus } from '../../../engine/lifecycle.ts';
import { RUN_STATUS_CODES } from '../../codes.ts';
import { RUN_COLUMNS } from './streams.ts';

const FINAL = (Object.keys(RUN_STATUS_CODES) as RunStatus[])
  .filter(isRunFinal)
  .map((status) => RUN_STATUS_CODES[status]);

/** A range of an index for each status, so that a page costs the page. */
export const ENDED_RUNS = `
  ${FINAL.map(
    (code) => `(
    SELECT number, ${RUN_COLUMNS} FROM streams WHERE status IS NOT NULL AND status = ${code} AND parent IS NULL AND number > $1::int8
    ORDER BY number LIMIT $2)`,
  ).join(' UNION ALL ')}
  ORDER BY number LIMIT $2`;

/** Only of runs that have ended and whose entries are all in the tree. */
export const REMOVE_RUNS = `
  WITH gone AS (
    SELECT name FROM streams
    WHERE name = ANY($1::text[]) AND status IN (${FINAL.join(', ')}) AND (
      SELECT coalesce(max(entries.sequence), 0) FROM entries WHERE entries.run = streams.name
    ) = (
      SELECT coalesce(sum(log.count), 0) FROM log
      WHERE log.run = streams.name AND log.position + log.count <= (SELECT size FROM tree WHERE id = 1))
  ), parties AS (
    DELETE FROM task_parties USING gone WHERE task_parties.run = gone.name
  ), held AS (
    DELETE FROM tasks USING gone WHERE tasks.run = gone.name
  ), states AS (
    DELETE FROM snapshots USING gone WHERE snapshots.run = gone.name
  ), placed AS (
    DELETE FROM log USING gone WHERE log.run = gone.name
  ), recorded AS (
    DELETE FROM entries USING gone WHERE entries.run = gone.name
  ), removed AS (
    DELETE FROM streams USING gone WHERE streams.name = gone.name RETURNING streams.status
  ), counted AS (
    INSERT INTO run_counts (shard, status, count)
    SELECT $2::int4, status, -count(*) FROM removed GROUP BY status ORDER BY status
    ON CONFLICT (shard, status) DO UPDATE SET count = run_counts.count + excluded.count
  )
  SELECT count(*) AS count FROM removed`;
