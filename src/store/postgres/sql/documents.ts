/** Holds the documents until the end of the transaction. */
export const LOCK_DOCUMENTS = `
  SELECT documents.kind, documents.id, documents.revision
  FROM unnest($1::text[], $2::text[]) AS given (kind, id)
  JOIN documents ON documents.kind = given.kind AND documents.id = given.id
  ORDER BY documents.kind, documents.id FOR UPDATE OF documents`;

/** Holds the documents, so that nobody changes them before the end of the transaction. */
export const SHARE_DOCUMENTS = `
  SELECT documents.kind, documents.id, documents.revision
  FROM unnest($1::text[], $2::text[]) AS given (kind, id)
  JOIN documents ON documents.kind = given.kind AND documents.id = given.id
  ORDER BY documents.kind, documents.id FOR SHARE OF documents`;

/** Fails, by dividing by zero, unless all of them are at these revisions (0: not there); holds those that are there. */
export const REQUIRE_DOCUMENTS = `
  SELECT 1 / (CASE WHEN count(*) = cardinality(array_remove($3::int8[], 0)) AND NOT EXISTS (
    SELECT 1 FROM unnest($1::text[], $2::text[], $3::int8[]) AS given (kind, id, revision)
    JOIN documents ON documents.kind = given.kind AND documents.id = given.id AND given.revision = 0
  ) THEN 1 ELSE 0 END) AS held
  FROM (
    SELECT documents.id FROM unnest($1::text[], $2::text[], $3::int8[]) AS given (kind, id, revision)
    JOIN documents ON documents.kind = given.kind AND documents.id = given.id AND documents.revision = given.revision
    ORDER BY documents.kind, documents.id FOR SHARE OF documents
  ) AS there`;

/** Fails on its key when one of them is there already. */
export const INSERT_DOCUMENTS = `
  INSERT INTO documents (kind, id, revision, body)
  SELECT kind, id, revision, body
  FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) AS given (kind, id, revision, body)`;

/** Of documents that this transaction has locked. */
export const UPDATE_DOCUMENTS = `
  UPDATE documents SET revision = given.revision, body = given.body
  FROM unnest($1::text[], $2::text[], $3::int8[], $4::text[]) AS given (kind, id, revision, body)
  WHERE documents.kind = given.kind AND documents.id = given.id`;

/** Of documents that this transaction has locked. */
export const DELETE_DOCUMENTS = `
  DELETE FROM documents USING unnest($1::text[], $2::text[]) AS given (kind, id)
  WHERE documents.kind = given.kind AND documents.id = given.id`;

export const FIND_DOCUMENT = `SELECT id, revision, body FROM documents WHERE kind = $1 AND id = $2`;

export const DOCUMENTS = `SELECT id, revision, body FROM documents WHERE kind = $1 ORDER BY id LIMIT $2`;

export const DOCUMENTS_AFTER = `SELECT id, revision, body FROM documents WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3`;
