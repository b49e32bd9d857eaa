export const INSERT_ENTRY = `INSERT INTO entries (position, stream, sequence, hash, text) VALUES (?, ?, ?, ?, ?)`;

export const NEXT_POSITION = `SELECT coalesce(max(position) + 1, 0) FROM entries`;

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
