import { sameBytes } from './bytes.ts';
import { HASH_BYTES } from './merkle.ts';
import type { LedgerProblem } from './problem.ts';
import { TILE_HASHES } from './tiles.ts';
import type { Tile } from './tiles.ts';

/**
 * What is wrong with a stored tile, beside the same tile made anew from the leaves; null where nothing is. The stored one may hold
 * more, of a tree that has grown since.
 */
export function tileProblem({ level, index, hashes }: Tile, stored: Uint8Array | null): LedgerProblem | null {
  const name = `Tile ${index} of level ${level} of the stored tree`;
  const differs = (at: number, message: string): LedgerProblem => ({
    code: 'tile_differs',
    message: `${name} ${message} ${ADVICE}`,
    index: (index * TILE_HASHES + at) * TILE_HASHES ** level,
  });
  if (stored === null) return differs(0, 'is missing.');
  const held = Math.floor(stored.length / HASH_BYTES);
  for (let at = 0; at * HASH_BYTES < hashes.length; at += 1) {
    const [from, to] = [at * HASH_BYTES, (at + 1) * HASH_BYTES];
    if (at >= held) return differs(at, `holds ${held} hashes and must hold ${hashes.length / HASH_BYTES}.`);
    if (sameBytes(hashes.subarray(from, to), stored.subarray(from, to))) continue;
    const below = index * TILE_HASHES + at;
    const what = level === 0 ? `entry ${below}` : `tile ${below} of level ${level - 1}`;
    return differs(
      at,
      `has another hash for ${what} than what stands there gives: one of the two was changed.`,
    );
  }
  return null;
}

const ADVICE = 'Proofs over it do not hold. Compare with a backup, and archive nothing before.';
