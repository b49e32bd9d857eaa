/** RFC 9162 section 2.1 written out as its definitions stand, over the data of all leaves; for comparison. */

import { sha256 } from './sample.test.ts';

const hash = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  sha256(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));

const split = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

/** MTH(D_n), 2.1.1 */
export function naiveRoot(data: readonly Uint8Array[]): Uint8Array {
  if (data.length === 0) return hash();
  if (data.length === 1) return hash([0], data[0]!);
  const k = split(data.length);
  return hash([1], naiveRoot(data.slice(0, k)), naiveRoot(data.slice(k)));
}

/** PATH(m, D_n), 2.1.3.1 */
export function naiveInclusion(m: number, data: readonly Uint8Array[]): Uint8Array[] {
  if (data.length === 1) return [];
  const k = split(data.length);
  return m < k
    ? [...naiveInclusion(m, data.slice(0, k)), naiveRoot(data.slice(k))]
    : [...naiveInclusion(m - k, data.slice(k)), naiveRoot(data.slice(0, k))];
}

/** PROOF(m, D_n), 2.1.4.1 */
export const naiveConsistency = (m: number, data: readonly Uint8Array[]): Uint8Array[] =>
  subproof(m, data, true);

function subproof(m: number, data: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === data.length) return whole ? [] : [naiveRoot(data)];
  const k = split(data.length);
  return m <= k
    ? [...subproof(m, data.slice(0, k), whole), naiveRoot(data.slice(k))]
    : [...subproof(m - k, data.slice(k), false), naiveRoot(data.slice(0, k))];
}
