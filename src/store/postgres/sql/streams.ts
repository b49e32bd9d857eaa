/**
 * Inserts streams in the order given, which is how they are numbered, or replaces the rows of their runs; and counts how runs move
 * between statuses. A stream without a status stays as it is if it is there.
 */
export const PUT_STREAMS = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::int4[], $3::text[], $4::int4[], $5::int8[], $6::int4[], $7::text[], $8::text[], $9::int8[],
      $10::int8[], $11::int8[], $12::text[]) WITH ORDINALITY AS given (name, status, definition, definition_version, sequence, priority,
      started_by, parent, created_at, updated_at, ended_at, summary, at)
  ), before AS (
    SELECT streams.status FROM given JOIN streams ON streams.name = given.name
    WHERE given.status IS NOT NULL AND streams.status IS NOT NULL
  ), written AS (
    INSERT INTO streams (name, status, definition, definition_version, sequence, priority, started_by, parent, created_at, updated_at,
      ended_at, summary)
    SELECT name, status, definition, definition_version, sequence, priority, started_by, parent, created_at, updated_at, ended_at,
      summary
    FROM given ORDER BY at
    ON CONFLICT (name) DO UPDATE SET
      status = excluded.status, definition = excluded.definition, definition_version = excluded.definition_version,
      sequence = excluded.sequence, priority = excluded.priority, started_by = excluded.started_by, parent = excluded.parent,
      created_at = excluded.created_at, updated_at = excluded.updated_at, ended_at = excluded.ended_at, summary = excluded.summary
    WHERE excluded.status IS NOT NULL
  ), moves AS (
    SELECT status, 1 AS step FROM given WHERE status IS NOT NULL
    UNION ALL
    SELECT status, -1 FROM before
  )
  INSERT INTO run_counts (shard, status, count)
  SELECT $13::int4, status, sum(step) FROM moves GROUP BY status HAVING sum(step) <> 0 ORDER BY status
  ON CONFLICT (shard, status) DO UPDATE SET count = run_counts.count + excluded.count`;

export const HAS_STREAM = `SELECT 1 FROM streams WHERE name = $1`;

export const RUN_COLUMNS = `
  name, definition, definition_version AS "definitionVersion", status, sequence, priority, started_by AS "startedBy", parent,
  created_at AS "createdAt", updated_at AS "updatedAt", ended_at AS "endedAt", summary`;

export const FIND_RUN = `SELECT ${RUN_COLUMNS} FROM streams WHERE name = $1 AND status IS NOT NULL`;

export const FIND_RUNS = `SELECT ${RUN_COLUMNS} FROM streams WHERE name = ANY($1::text[]) AND status IS NOT NULL`;

export const COUNT_RUNS = `SELECT status, sum(count) AS count FROM run_counts GROUP BY status HAVING sum(count) <> 0`;

export const PUT_SNAPSHOTS = `
  INSERT INTO snapshots (run, sequence, state)
  SELECT run, sequence, state FROM unnest($1::text[], $2::int8[], $3::text[]) AS given (run, sequence, state)
  ON CONFLICT (run) DO UPDATE SET sequence = excluded.sequence, state = excluded.state`;
