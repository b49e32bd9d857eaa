export const INSERT_ENTRY = `INSERT INTO entries (position, stream, sequence, hash, text) VALUES (?, ?, ?, ?, ?)`;

/** Never one that an entry has had: what has been taken out is under the tree. */
export const NEXT_POSITION = `
  SELECT max(coalesce((SELECT max(position) + 1 FROM entries), 0), (SELECT size FROM tree WHERE id = 1))`;

export const LAST_ENTRY = `
  SELECT sequence, hash FROM entries WHERE stream = (SELECT id FROM streams WHERE name = ?) ORDER BY sequence DESC LIMIT 1`;

export const ENTRIES_OF_STREAM = `
  SELECT position, ? AS stream, sequence, hash, text FROM entries
  WHERE stream = (SELECT id FROM streams WHERE name = ?) AND sequence > ? ORDER BY sequence LIMIT ?`;

export const ENTRIES_AFTER = `
  SELECT position, streams.name AS stream, entries.sequence, hash, text
  FROM entries CROSS JOIN streams ON streams.id = entries.stream
  WHERE position > ? ORDER BY position LIMIT ?`;

export const ENTRIES_SINCE_SNAPSHOT = `SELECT sequence, hash, text FROM entries WHERE stream = ? AND sequence > ? ORDER BY sequence`;
