export const FIND_TILE = `SELECT hashes FROM tiles WHERE level = ? AND "index" = ?`;

export const PUT_TILE = `
  INSERT INTO tiles (level, "index", hashes) VALUES (?, ?, ?)
  ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes`;

export const TREE_SIZE = `SELECT size FROM tree WHERE id = 1`;

export const GROW_TREE = `UPDATE tree SET size = ? WHERE id = 1 AND size = ?`;

export const PUT_CHECKPOINT = `
  INSERT INTO checkpoints (size, note) VALUES (?, ?) ON CONFLICT (size) DO UPDATE SET note = excluded.note`;

export const FIND_CHECKPOINT = `SELECT size, note FROM checkpoints WHERE size = ?`;

export const CHECKPOINTS_AFTER = `SELECT size, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?`;

export const LATEST_CHECKPOINT = `SELECT size, note FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)`;
