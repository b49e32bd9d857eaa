/**
 * The first statement of a commit: says what it writes, and fails on its constraint unless every stream ends where it is expected
 * to. Two commits that expect the same are told apart by the key of `entries`.
 */
export const INSERT_COMMIT = `
  INSERT INTO commits (token, runs, sequences, counts, expected)
  SELECT $6::int8, $1::text[], $2::int8[], $3::int8[], NOT EXISTS (
    SELECT 1 FROM unnest($4::text[], $5::int8[]) AS given (run, head)
    WHERE coalesce((SELECT max(entries.sequence) FROM entries WHERE entries.run = given.run), 0) <> given.head)`;

export const INSERT_ENTRIES = `
  INSERT INTO entries (run, sequence, hash, text)
  SELECT run, sequence, hash, text
  FROM unnest($1::text[], $2::int8[], $3::bytea[], $4::text[]) AS given (run, sequence, hash, text)`;

export const HEADS = `
  SELECT given.run, coalesce((SELECT max(entries.sequence) FROM entries WHERE entries.run = given.run), 0) AS head
  FROM unnest($1::text[]) AS given (run)`;

export const LAST_ENTRY = `SELECT sequence, hash FROM entries WHERE run = $1 ORDER BY sequence DESC LIMIT 1`;

/** The snapshot first, in one statement, since the next snapshot may come between two. */
export const LOAD_RUN = `
  SELECT true AS snapshot, sequence, NULL::bytea AS hash, state AS text FROM snapshots WHERE run = $1
  UNION ALL
  SELECT false, sequence, hash, text FROM entries
  WHERE run = $1 AND sequence > coalesce((SELECT snapshots.sequence FROM snapshots WHERE snapshots.run = $1), 0)
  ORDER BY snapshot DESC, sequence`;

/** The position is null where it has not been given yet. */
export const ENTRIES_OF_STREAM = `
  SELECT found.run AS stream, found.sequence, found.hash, found.text, (
    SELECT CASE WHEN found.sequence < log.sequence + log.count THEN log.position + found.sequence - log.sequence END FROM log
    WHERE log.run = found.run AND log.sequence <= found.sequence ORDER BY log.sequence DESC LIMIT 1) AS position
  FROM (SELECT run, sequence, hash, text FROM entries WHERE run = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) AS found
  ORDER BY found.sequence`;

/**
 * From the change that the position is in, or where that has been taken out, from the one before it, up to the change that fills the page: what
 * comes after the first one counts. The inner order makes it one look-up for each change, whatever the planner expects.
 */
export const ENTRIES_AFTER = `
  SELECT placed.position + found.sequence - placed.sequence AS position, found.run AS stream, found.sequence, found.hash, found.text
  FROM (
    SELECT near.*, sum(count::int4) OVER changes - count - first_value(count) OVER changes AS ahead
    FROM (
      SELECT position, run, sequence, count FROM log
      WHERE position >= coalesce((SELECT max(log.position) FROM log WHERE log.position <= $1::int8 + 1), 0)
      ORDER BY position LIMIT $2::int8 + 1
    ) AS near
    WINDOW changes AS (ORDER BY position)
  ) AS placed
  CROSS JOIN LATERAL (
    SELECT entries.run, entries.sequence, entries.hash, entries.text FROM entries
    WHERE entries.run = placed.run AND entries.sequence >= placed.sequence AND entries.sequence < placed.sequence + placed.count
    ORDER BY entries.sequence
  ) AS found
  WHERE placed.ahead < $2::int8 AND placed.position + found.sequence - placed.sequence > $1::int8
  ORDER BY position LIMIT $2::int8`;
