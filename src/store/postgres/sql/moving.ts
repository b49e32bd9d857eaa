/** Whether nothing has ever been written to the database. */
export const IS_EMPTY = `
  SELECT next = 0 AND NOT EXISTS (SELECT 1 FROM documents) AND NOT EXISTS (SELECT 1 FROM streams) AND NOT EXISTS (SELECT 1 FROM entries)
    AND NOT EXISTS (SELECT 1 FROM artifacts) AND NOT EXISTS (SELECT 1 FROM checkpoints) AS empty
  FROM sequencer WHERE id = 1`;

/** Which entries are at which positions. */
export const PLACE_ENTRIES = `
  INSERT INTO log (position, run, sequence, count)
  SELECT position, run, sequence, count
  FROM unnest($1::int8[], $2::text[], $3::int8[], $4::int8[]) AS given (position, run, sequence, count)`;

export const SET_NEXT_POSITION = `UPDATE sequencer SET next = $1 WHERE id = 1`;

export const SET_TREE_SIZE = `UPDATE tree SET size = $1 WHERE id = 1`;

export const COUNT_MOVED_RUNS = `
  INSERT INTO run_counts (shard, status, count)
  SELECT 0, status, count(*) FROM streams WHERE status IS NOT NULL GROUP BY status`;

/** Numbers go on behind the highest that has been given. */
export const SET_NUMBER = `SELECT setval(pg_get_serial_sequence($1, $2), greatest($3::int8, 1))`;
