export const INSERT_MESSAGES = `
  INSERT INTO outbox (run, message)
  SELECT run, message FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (run, message, at) ORDER BY at`;

export const DELETE_MESSAGES = `DELETE FROM outbox WHERE id = ANY($1::int8[])`;

/** Fails, by dividing by zero, unless all of them are there; holds them until the end of the transaction. */
export const REQUIRE_MESSAGES = `
  SELECT 1 / (CASE WHEN count(*) = cardinality($1::int8[]) THEN 1 ELSE 0 END) AS held
  FROM (SELECT id FROM outbox WHERE id = ANY($1::int8[]) ORDER BY id FOR UPDATE) AS there`;

export const LOCK_MESSAGES = `SELECT id FROM outbox WHERE id = ANY($1::int8[]) ORDER BY id FOR UPDATE`;

export const MESSAGES_AFTER = `SELECT id, run, message FROM outbox WHERE id > $1 ORDER BY id LIMIT $2`;
