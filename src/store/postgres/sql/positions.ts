/** One who gives positions at a time, on any node. The next statement sees what was committed before the lock was had. */
export const LOCK_SEQUENCER = `SELECT next FROM sequencer WHERE id = 1 FOR UPDATE`;

/**
 * Gives the next positions to what has been committed, in the order in which it was written: a commit that follows another in its
 * stream began after that was done, so its id is higher. What commits later is found by whoever comes next: nothing is passed over.
 * How many commits were taken is said also where none of them appends anything.
 */
export const GIVE_POSITIONS = `
  WITH taken AS (
    DELETE FROM commits WHERE id IN (SELECT id FROM commits ORDER BY id LIMIT 500)
    RETURNING id, token, runs, sequences, counts
  ), placed AS (
    SELECT taken.token, given.at, given.run, given.sequence, given.count,
      (SELECT next FROM sequencer WHERE id = 1) + sum(given.count) OVER (ORDER BY taken.id, given.at) - given.count AS position
    FROM taken CROSS JOIN LATERAL unnest(taken.runs, taken.sequences, taken.counts) WITH ORDINALITY
      AS given (run, sequence, count, at)
  ), logged AS (
    INSERT INTO log (position, run, sequence, count) SELECT position, run, sequence, count FROM placed
  ), moved AS (
    UPDATE sequencer SET next = greatest(next, (SELECT max(placed.position + placed.count) FROM placed)) WHERE id = 1
  )
  SELECT taken, token, at, position, count
  FROM (SELECT count(*)::int4 AS taken FROM taken) AS turn LEFT JOIN placed ON true ORDER BY position`;

export const NEXT_POSITION = `SELECT next FROM sequencer WHERE id = 1`;

export const AWAITS_POSITIONS = `SELECT EXISTS (SELECT 1 FROM commits) AS awaits`;
