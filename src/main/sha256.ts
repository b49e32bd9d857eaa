import { hash } from 'node:crypto';
import type { Sha256 } from '../ledger/index.ts';

const BYTES = 32;

/**
 * SHA-256 of bytes, or of the UTF-8 of a text. The digest goes through a string, since a small array made here costs half of what
 * the buffer costs that the platform would make; each digest has memory of its own.
 */
export const sha256: Sha256 = (data) => {
  const digest = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(BYTES);
  for (let at = 0; at < BYTES; at += 1) bytes[at] = digest.charCodeAt(at);
  return bytes;
};
