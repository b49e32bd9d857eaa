/** The same name is the same content. */
export const PUT_ARTIFACTS = `
  INSERT INTO artifacts (sha256, media_type, content)
  SELECT sha256, media_type, content FROM unnest($1::text[], $2::text[], $3::bytea[]) AS given (sha256, media_type, content)
  ON CONFLICT (sha256) DO NOTHING`;

export const FIND_ARTIFACT = `SELECT sha256, media_type AS "mediaType", content FROM artifacts WHERE sha256 = $1`;
