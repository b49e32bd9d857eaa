/** What a write has to know of a stream: where its chain is, and which indexed columns its row has. */
export const FIND_STREAM = `
  SELECT id, (SELECT coalesce(max(sequence), 0) FROM entries WHERE entries.stream = streams.id) AS head, status, definition,
    started_by AS startedBy, parent
  FROM streams WHERE name = ?`;

export const FIND_STREAM_ID = `SELECT id FROM streams WHERE name = ?`;

export const INSERT_STREAM = `INSERT INTO streams (name) VALUES (?)`;

/** Leaves the indexed columns alone, which is what most transitions do; see UPDATE_RUN_KEYS. */
export const UPDATE_RUN = `
  UPDATE streams SET definition_version = ?, sequence = ?, priority = ?, created_at = ?, updated_at = ?,
    ended_at = ?, summary = ?
  WHERE id = ?`;

export const UPDATE_RUN_KEYS = `UPDATE streams SET status = ?, definition = ?, started_by = ?, parent = ? WHERE id = ?`;

export const INSERT_RUN = `
  INSERT INTO streams (definition_version, sequence, priority, created_at, updated_at, ended_at, summary,
    status, definition, started_by, parent, name)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const RUN_COLUMNS = `
  name, definition, definition_version AS definitionVersion, status, sequence, priority, started_by AS startedBy, parent,
  created_at AS createdAt, updated_at AS updatedAt, ended_at AS endedAt, summary`;

export const FIND_RUN = `SELECT ${RUN_COLUMNS} FROM streams WHERE name = ? AND status IS NOT NULL`;

/** By their names, as JSON. */
export const FIND_RUNS = `
  SELECT ${RUN_COLUMNS} FROM streams WHERE name IN (SELECT value FROM json_each(?) AS given) AND status IS NOT NULL`;

/** Reads the whole index; a writer asks once and keeps count from then on. */
export const COUNT_RUNS = `
  SELECT status, count(*) AS count FROM streams INDEXED BY streams_status WHERE status IS NOT NULL GROUP BY status`;

export const PUT_SNAPSHOT = `
  INSERT INTO snapshots (stream, sequence, state) VALUES (?, ?, ?)
  ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence, state = excluded.state`;

export const FIND_SNAPSHOT = `SELECT sequence, state FROM snapshots WHERE stream = ?`;
