/** Holds the documents until the end of the transaction. */
export const LOCK_DOCUMENTS = `
  SELECT documents.kind, documents.id, documents.revision
  FROM unnest($1::text[], $2::text[]) AS given (kind, id)
  JOIN documents ON documents.kind = given.kind AND documents.id = given.id
  ORDER BY documents.kind, documents.id FOR UPDATE OF documents`;

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

export const FIND_DOCUMENT = `SELECT id, revision, body FROM documents WHERE kind = $1 AND id = $2`;

export const DOCUMENTS = `SELECT id, revision, body FROM documents WHERE kind = $1 ORDER BY id LIMIT $2`;

export const DOCUMENTS_AFTER = `SELECT id, revision, body FROM documents WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3`;
