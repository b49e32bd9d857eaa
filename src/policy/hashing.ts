import type { Json } from '../definition/json.ts';

/** What the outside lends to name content. */
export interface Hashing {
  /** Canonical JSON (RFC 8785). */
  canonical(value: Json): string;
  /** SHA-256 of the UTF-8 text, hex. */
  sha256(text: string): string;
}
