export const PUT_TIMERS = `
  INSERT INTO timers (id, run, due, what)
  SELECT id, run, due, what FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) AS given (id, run, due, what)
  ON CONFLICT (id) DO UPDATE SET run = excluded.run, due = excluded.due, what = excluded.what`;

export const CANCEL_TIMERS = `DELETE FROM timers WHERE id = ANY($1::text[])`;

export const DUE_TIMERS = `SELECT id, run, due, what FROM timers WHERE due <= $1 ORDER BY due, id LIMIT $2`;

export const NEXT_TIMER = `SELECT min(due) AS due FROM timers`;
