/**
 * From the bytes of a file to its text: the byte order mark first, then the encoding that the XML declaration names,
 * then UTF-8. Bytes that the encoding does not allow are a problem, never a replacement character.
 */

export type Decoded = { readonly text: string } | { readonly problem: string };

const HEAD = 400;

export function decode(bytes: Uint8Array): Decoded {
  const mark = markOf(bytes);
  if (mark === 'utf-32') return { problem: 'UTF-32 is not supported' };
  const declared = declaredEncoding(bytes, mark);
  const label = mark ?? declared ?? 'utf-8';
  if (!mark && /^utf-?16/i.test(label)) {
    return { problem: `the file declares ${label}, but its bytes are not UTF-16` };
  }
  if (/^(?:us-)?ascii$/i.test(label) && bytes.some((byte) => byte > 0x7f)) {
    return { problem: `the file declares ${label}, but holds other bytes` };
  }
  return decoded(bytes, label);
}

function decoded(bytes: Uint8Array, label: string): Decoded {
  const decoder = decoderOf(label);
  if (!decoder) return { problem: `encoding ${label} is not supported` };
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { problem: `the bytes are not valid ${label}` };
  }
}

function decoderOf(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return null;
  }
}

/** The Unicode form that a byte order mark, or the zero bytes of a `<` in UTF-16, give away. */
function markOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' | null {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0 && b === 0) return 'utf-32';
  if (a === 0x3c && b === 0) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  return a === 0 && b === 0x3c ? 'utf-16be' : null;
}

function declaredEncoding(bytes: Uint8Array, mark: string | null): string | undefined {
  if (mark) return undefined;
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, HEAD));
  return /^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["']/.exec(head)?.[1];
}
