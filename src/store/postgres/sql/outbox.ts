export const INSERT_MESSAGES = `
  INSERT INTO outbox (run, message)
  SELECT run, message FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (run, message, at) ORDER BY at`;

export const DELETE_MESSAGES = `DELETE FROM outbox WHERE id = ANY($1::int8[])`;

export const MESSAGES_AFTER = `SELECT id, run, message FROM outbox WHERE id > $1 ORDER BY id LIMIT $2`;
