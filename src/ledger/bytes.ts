/**
 * Bytes as text and back: hexadecimal, standard Base 64 (RFC 4648 section 4) and UTF-8. The ledger compiles
 * without a platform, so these are written out here. Decoding is strict: what encoding would not have produced is
 * `undefined`, so that one value has one spelling.
 */

const HEX_CODES: readonly number[] = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const MOST_AT_ONCE = 1024;

/**
 * Lower case. Made in one piece: a string that was joined from pieces keeps them all in memory, and hashes are kept
 * for every run.
 */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > MOST_AT_ONCE) {
    return toHex(bytes.subarray(0, MOST_AT_ONCE)) + toHex(bytes.subarray(MOST_AT_ONCE));
  }
  const codes: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    codes.push(HEX_CODES[byte >> 4]!, HEX_CODES[byte & 15]!);
  }
  return String.fromCharCode(...codes);
}

/** Lower case only. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += BASE64[group >> 18]! + BASE64[(group >> 12) & 63]!;
    text += left > 1 ? BASE64[(group >> 6) & 63]! : '=';
    text += left > 2 ? BASE64[group & 63]! : '=';
  }
  return text;
}

export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text.slice(0, text.length - padding)) {
    held = ((held << 6) | BASE64.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  const leftover = held & ((1 << bits) - 1);
  return leftover === 0 ? bytes : undefined;
}

/** Whether a text holds no half of a surrogate pair, so that it has a UTF-8 form. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** The text must be well formed; the callers check that first. */
export function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const letter of text) {
    const point = letter.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), continuation(point, 0));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), continuation(point, 6), continuation(point, 0));
    else
      bytes.push(
        0xf0 | (point >> 18),
        continuation(point, 12),
        continuation(point, 6),
        continuation(point, 0),
      );
  }
  return Uint8Array.from(bytes);
}

const continuation = (point: number, shift: number): number => 0x80 | ((point >> shift) & 0x3f);

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
