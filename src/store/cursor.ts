import { StoreFault } from './fault.ts';

/** The sort key of the last row of a page: the next page begins behind it, whatever has been inserted since. Numbers are whole. */
export type Key = readonly (number | string)[];

export const writeCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/**
 * The key in a cursor, of the same types as `like`; null without a cursor.
 * @throws StoreFault `invalid_cursor`
 */
export function readCursor<Like extends Key>(cursor: string | undefined, like: Like): Like | null {
  if (cursor === undefined) return null;
  const key = keyIn(cursor, like);
  if (key) return key;
  throw new StoreFault(
    'invalid_cursor',
    'The cursor is not one of this list.',
    'Begin again without a cursor.',
  );
}

/** The same, and null for what is no such cursor. */
export function keyIn<Like extends Key>(cursor: string, like: Like): Like | null {
  const key = parse(cursor);
  const fits =
    Array.isArray(key) &&
    key.length === like.length &&
    like.every((part, at) => (typeof part === 'number' ? Number.isSafeInteger(key[at]) : isId(key[at])));
  return fits ? (key as unknown as Like) : null;
}

const isId = (part: unknown): boolean => typeof part === 'string' && !part.includes('\0');

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}
