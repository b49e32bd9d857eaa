/** A value as JSON holds it. Run state, events and definitions consist of nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/**
 * Stands in run state for content of more than 64 KiB, which lives as an artifact.
 * `sha256` is over the content's canonical JSON (RFC 8785, UTF-8); `bytes` is its length.
 */
export interface ArtifactRef extends JsonObject {
  readonly $artifact: string;
  readonly bytes: number;
}

/** True for an object; false for null and for arrays. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isArtifactRef = (value: unknown): value is ArtifactRef =>
  isObject(value) && typeof value['$artifact'] === 'string' && typeof value['bytes'] === 'number';
