export const PUT_TIMERS = `
  INSERT INTO timers (id, run, due, what)
  SELECT id, run, due, what FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) AS given (id, run, due, what)
  ON CONFLICT (id) DO UPDATE SET run = excluded.run, due = excluded.due, what = excluded.what`;

export const CANCEL_TIMERS = `DELETE FROM timers WHERE id = ANY($1::text[])`;

/** Fails, by dividing by zero, unless all of them are set for these moments; holds them until the end of the transaction. */
export const REQUIRE_TIMERS = `
  SELECT 1 / (CASE WHEN count(*) = cardinality($1::text[]) THEN 1 ELSE 0 END) AS held
  FROM (
    SELECT timers.id FROM unnest($1::text[], $2::int8[]) AS given (id, due)
    JOIN timers ON timers.id = given.id AND timers.due = given.due ORDER BY timers.id FOR UPDATE OF timers
  ) AS there`;

export const LOCK_TIMERS = `SELECT id, due FROM timers WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE`;

export const DUE_TIMERS = `SELECT id, run, due, what FROM timers WHERE due <= $1 ORDER BY due, id LIMIT $2`;

export const NEXT_TIMER = `SELECT min(due) AS due FROM timers`;
