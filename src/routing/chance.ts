/**
 * Chance that can be repeated: a number from 0 up to 1 for a text, the same everywhere. Two lanes of 32 bits, each multiplied by odd
 * constants and mixed at the end (the construction known as cyrb53); not for secrets.
 */
export function draw(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return ((b & 0x1fffff) * 0x1_0000_0000 + (a >>> 0)) / 0x20_0000_0000_0000;
}

/**
 * The lot of one participant: whoever draws the highest of all is chosen. Each is as likely as every other, whatever their order
 * and number, and when one leaves, a draw that fell on somebody else still does.
 */
export const lotOf = (seed: string, id: string): number => draw(`${seed}\n${id}`);
