import { isUtf8 } from 'node:buffer';

/** Stands before the two hex digits of a byte that is none of a UTF-8 text. */
const MARK = '\uFFFD';
const MARKED = /\uFFFD([0-9A-F]{2})/;

/**
 * The name of a file as text that tells it from every other: of one that is UTF-8 the name itself, and otherwise with each byte that
 * does not belong as `�E9`. A name in which a `�` stands has that escaped as well.
 */
export const fileNameOf = (bytes: Buffer): string => {
  const text = isUtf8(bytes) ? bytes.toString() : MARK;
  if (!text.includes(MARK)) return text;
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((length) => isUtf8(bytes.subarray(at, at + length))) ?? 0;
    const character = bytes.toString('utf8', at, at + size);
    const isPlain = size > 0 && character !== MARK;
    name += isPlain ? character : MARK + bytes.toString('hex', at, at + 1).toUpperCase();
    at += isPlain ? size : 1;
  }
  return name;
};

/** The bytes of the file that `fileNameOf` has named so. */
export const bytesOfFileName = (name: string): Buffer =>
  Buffer.concat(
    name.split(MARKED).map((part, at) => (at % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))),
  );
