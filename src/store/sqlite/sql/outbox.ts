export const INSERT_MESSAGE = `INSERT INTO outbox (run, message) VALUES (?, ?)`;

export const DELETE_MESSAGE = `DELETE FROM outbox WHERE id = ?`;

export const HAS_MESSAGE = `SELECT 1 FROM outbox WHERE id = ?`;

export const MESSAGES_AFTER = `SELECT id, run, message FROM outbox WHERE id > ? ORDER BY id LIMIT ?`;
