export const HAS_IDEMPOTENCY = `SELECT 1 FROM idempotency WHERE key = ?`;

export const INSERT_IDEMPOTENCY = `INSERT INTO idempotency (key, fingerprint, result, at) VALUES (?, ?, ?, ?)`;

export const FIND_IDEMPOTENCY = `SELECT key, fingerprint, result, at FROM idempotency WHERE key = ?`;

export const FORGET_IDEMPOTENCY = `
  DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < ? ORDER BY at LIMIT ?)`;
