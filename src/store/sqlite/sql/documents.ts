export const REVISION = `SELECT revision FROM documents WHERE kind = ? AND id = ?`;

export const PUT_DOCUMENT = `
  INSERT INTO documents (kind, id, revision, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, body = excluded.body`;

export const DELETE_DOCUMENT = `DELETE FROM documents WHERE kind = ? AND id = ?`;

export const FIND_DOCUMENT = `SELECT id, revision, body FROM documents WHERE kind = ? AND id = ?`;

export const DOCUMENTS = `SELECT id, revision, body FROM documents WHERE kind = ? ORDER BY id LIMIT ?`;

export const DOCUMENTS_AFTER = `SELECT id, revision, body FROM documents WHERE kind = ? AND id > ? ORDER BY id LIMIT ?`;
