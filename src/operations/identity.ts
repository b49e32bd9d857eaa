import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** A new id, never given before, rising with time. */
export const newId = (): string => uuidv7().replaceAll('-', '');

/** 256 bits that nobody can guess, of letters, digits, `-` and `_`. */
export const newSecret = (): string => randomBytes(32).toString('base64url');
