import canonicalize from 'canonicalize';
import type { Json } from './json.ts';

/** Canonical JSON (RFC 8785): one text for all ways to write the same value. Throws for what JSON cannot hold. */
export function canonicalText(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('not a JSON value');
  return text;
}

/**
 * The text that a definition's digest is the SHA-256 of, over its UTF-8 bytes: the canonical JSON of the document as
 * authored, without defaults filled in. JSON and YAML of the same document, in any order of keys, have the same text.
 */
export const definitionText = (document: Json): string => canonicalText(document);
