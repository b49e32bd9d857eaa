import { HASH_BYTES, TILE_HASHES } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';

/** The hash of a leaf as the tree has it, which is not that of its entry; null where the tile is gone. The last tile is kept. */
export function leafReader(store: Pick<Store, 'tile'>): (index: number) => Promise<Uint8Array | null> {
  let known = -1;
  let tile: Uint8Array | null = null;
  return async (index) => {
    const at = Math.floor(index / TILE_HASHES);
    if (at !== known) tile = await store.tile(0, at);
    known = at;
    const from = (index % TILE_HASHES) * HASH_BYTES;
    return tile && tile.length >= from + HASH_BYTES ? tile.slice(from, from + HASH_BYTES) : null;
  };
}
