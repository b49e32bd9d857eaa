/** The same name is the same content. */
export const PUT_ARTIFACT = `
  INSERT INTO artifacts (sha256, media_type, content) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING`;

export const FIND_ARTIFACT = `SELECT sha256, media_type AS mediaType, content FROM artifacts WHERE sha256 = ?`;
