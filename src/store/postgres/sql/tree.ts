export const FIND_TILE = `SELECT hashes FROM tiles WHERE level = $1 AND "index" = $2`;

export const TREE_SIZE = `SELECT size FROM tree WHERE id = 1`;

/** Tiles are written only where the tree has the size it is to grow from. */
export const GROW_TREE = `
  WITH grown AS (
    UPDATE tree SET size = $2 WHERE id = 1 AND size = $1 RETURNING id
  ), written AS (
    INSERT INTO tiles (level, "index", hashes)
    SELECT given.level, given.at, given.hashes
    FROM grown CROSS JOIN unnest($3::int4[], $4::int8[], $5::bytea[]) AS given (level, at, hashes)
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes
  )
  SELECT count(*) AS grown FROM grown`;

export const PUT_CHECKPOINT = `
  INSERT INTO checkpoints (size, note) VALUES ($1, $2) ON CONFLICT (size) DO UPDATE SET note = excluded.note`;

export const FIND_CHECKPOINT = `SELECT size, note FROM checkpoints WHERE size = $1`;

export const CHECKPOINTS_AFTER = `SELECT size, note FROM checkpoints WHERE size > $1 ORDER BY size LIMIT $2`;

export const LATEST_CHECKPOINT = `SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1`;
