/** Fails on its key when one of the keys is used already. */
export const INSERT_IDEMPOTENCY = `
  INSERT INTO idempotency (key, fingerprint, result, at)
  SELECT key, fingerprint, result, at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[]) AS given (key, fingerprint, result, at)`;

export const USED_KEYS = `SELECT key FROM idempotency WHERE key = ANY($1::text[])`;

export const FIND_IDEMPOTENCY = `SELECT key, fingerprint, result, at FROM idempotency WHERE key = $1`;

/** Several nodes do it at the same time: nobody waits for what another removes. The array is made once, whatever the planner expects. */
export const FORGET_IDEMPOTENCY = `
  DELETE FROM idempotency WHERE key = ANY(ARRAY(
    SELECT key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))`;
