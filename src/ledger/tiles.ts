/**
 * The Merkle tree as it is stored: in tiles of 256 hashes (the layout of C2SP tlog-tiles, height 8). Tile `index` of
 * level 0 holds the hashes of the leaves from `256 * index`; each hash of level n + 1 is the root of one full tile
 * of level n.
 *
 * Invariants:
 * - TIL-1 Only the last tile of a level is ever written again, and only to become longer; so readers of an older
 *   size read the same hashes.
 * - TIL-2 Appending n leaves costs O(n) hashes and touches O(n / 256 + log size) tiles; a proof or a root reads
 *   O(log size) tiles.
 *
 * A tile that the size promises and the storage does not have is a fault and is thrown.
 */

import { joinBytes } from './bytes.ts';
import type { Sha256 } from './entry.ts';
import { HASH_BYTES, treeHasher } from './merkle.ts';
import type { TreeHasher } from './merkle.ts';

export const TILE_HASHES = 256;

/** The hashes of a tile, 32 bytes each; possibly more than the size at hand needs. */
export type TileReader = (level: number, index: number) => Uint8Array | undefined;

export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

export interface Appended {
  readonly size: number;
  /** Every tile that is new or has become longer, whole. */
  readonly tiles: readonly Tile[];
  readonly root: Uint8Array;
}

/** Appends leaves (their data: the entry hashes) to a tree of `size` leaves. */
export function appendLeaves(
  size: number,
  leaves: readonly Uint8Array[],
  readTile: TileReader,
  sha256: Sha256,
): Appended {
  const hasher = treeHasher(sha256);
  const tiles: Tile[] = [];
  let added: readonly Uint8Array[] = leaves.map((data) => hasher.leaf(data));
  let before = size;
  for (let level = 0; added.length > 0; level++) {
    const changed = extendLevel(level, before, added, readTile);
    tiles.push(...changed);
    const full = changed.filter((tile) => tile.hashes.length === TILE_HASHES * HASH_BYTES);
    added = full.map((tile) => perfectRoot(splitHashes(tile.hashes), hasher));
    before = Math.floor(before / TILE_HASHES);
  }
  const grown = size + leaves.length;
  const fresh = new Map(tiles.map((tile) => [tileKey(tile.level, tile.index), tile.hashes]));
  const reader: TileReader = (level, index) => fresh.get(tileKey(level, index)) ?? readTile(level, index);
  return { size: grown, tiles, root: rootAt(grown, reader, sha256) };
}

function extendLevel(
  level: number,
  before: number,
  added: readonly Uint8Array[],
  readTile: TileReader,
): Tile[] {
  const first = Math.floor(before / TILE_HASHES);
  const held = before % TILE_HASHES;
  const start = held === 0 ? new Uint8Array(0) : storedHashes(readTile, level, first, held);
  const hashes = joinBytes(start, ...added);
  const tiles: Tile[] = [];
  for (let at = 0; at < hashes.length; at += TILE_HASHES * HASH_BYTES) {
    tiles.push({
      level,
      index: first + tiles.length,
      hashes: hashes.slice(at, at + TILE_HASHES * HASH_BYTES),
    });
  }
  return tiles;
}

/**
 * The tiles of a tree whose leaves come one after another by their hashes: each is given once, when it is full, and at the end what is
 * left. One tile of each level is held.
 */
export function tilesAnew(give: (tile: Tile) => void, sha256: Sha256) {
  const hasher = treeHasher(sha256);
  const open: { index: number; hashes: Uint8Array[] }[] = [];
  const append = (hash: Uint8Array, level: number): void => {
    const tile = (open[level] ??= { index: 0, hashes: [] });
    tile.hashes.push(hash);
    if (tile.hashes.length < TILE_HASHES) return;
    give({ level, index: tile.index, hashes: joinBytes(...tile.hashes) });
    open[level] = { index: tile.index + 1, hashes: [] };
    append(perfectRoot(tile.hashes, hasher), level + 1);
  };
  return {
    append: (leaf: Uint8Array): void => append(leaf, 0),
    finish: (): void => {
      for (const [level, { index, hashes }] of open.entries())
        if (hashes.length > 0) give({ level, index, hashes: joinBytes(...hashes) });
    },
  };
}

/** The Merkle tree hash of the first `size` leaves. */
export function rootAt(size: number, readTile: TileReader, sha256: Sha256): Uint8Array {
  requireSize(size);
  return size === 0 ? treeHasher(sha256).empty() : storedTree(readTile, sha256).range(0, size);
}

/** The root over the leaves of a perfect subtree: `leaves` is a power of two that divides `index`. */
export const subtreeAt = (index: number, leaves: number, readTile: TileReader, sha256: Sha256): Uint8Array =>
  perfect(index, leaves, readTile, treeHasher(sha256));

/**
 * The proof (RFC 9162, 2.1.3.1) that leaf `index` is in the tree of the first `size` leaves.
 * @throws RangeError unless 0 <= index < size
 */
export function inclusionProof(
  index: number,
  size: number,
  readTile: TileReader,
  sha256: Sha256,
): Uint8Array[] {
  requireSize(size);
  requireSize(index);
  if (index >= size) throw new RangeError(`Leaf ${index} is outside a tree of ${size} leaves.`);
  const isLeaf = (start: number, end: number): boolean => end - start === 1;
  return wayTo(index, size, storedTree(readTile, sha256), isLeaf).beside.reverse();
}

/**
 * The proof (RFC 9162, 2.1.4.1) that the tree of `to` leaves starts with the tree of `from` leaves.
 * @throws RangeError unless 1 <= from <= to
 */
export function consistencyProof(
  from: number,
  to: number,
  readTile: TileReader,
  sha256: Sha256,
): Uint8Array[] {
  requireSize(from);
  requireSize(to);
  if (from < 1 || from > to)
    throw new RangeError(`There is no consistency proof from size ${from} to size ${to}.`);
  const tree = storedTree(readTile, sha256);
  const isLast = (_: number, end: number): boolean => end === from;
  const { beside, start, end } = wayTo(from - 1, to, tree, isLast);
  return [...(start === 0 ? [] : [tree.range(start, end)]), ...beside.reverse()];
}

interface Way {
  /** The hashes of the subtrees that it leaves aside, from the root down. */
  readonly beside: Uint8Array[];
  /** The leaves below its end: from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
}

/** The way from the root down to a leaf, as far as a subtree that is its end. */
function wayTo(
  leaf: number,
  size: number,
  tree: StoredTree,
  isEnd: (start: number, end: number) => boolean,
): Way {
  const beside: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (!isEnd(start, end)) {
    const middle = start + splitPoint(end - start);
    if (leaf < middle) {
      beside.push(tree.range(middle, end));
      end = middle;
    } else {
      beside.push(tree.range(start, middle));
      start = middle;
    }
  }
  return { beside, start, end };
}

interface StoredTree {
  /** Hash of the leaves from `start` up to `end`, a subtree as RFC 9162 divides the tree. */
  range(start: number, end: number): Uint8Array;
}

/** Reads each tile once. */
function storedTree(readTile: TileReader, sha256: Sha256): StoredTree {
  const hasher = treeHasher(sha256);
  const tiles = new Map<string, Uint8Array | undefined>();
  const cached: TileReader = (level, index) => {
    const key = tileKey(level, index);
    if (!tiles.has(key)) tiles.set(key, readTile(level, index));
    return tiles.get(key);
  };
  const range = (start: number, end: number): Uint8Array => {
    const left = splitPoint(end - start);
    if (left * 2 === end - start || end - start === 1) return perfect(start, end - start, cached, hasher);
    return hasher.node(perfect(start, left, cached, hasher), range(start + left, end));
  };
  return { range };
}

/** The root over `width` leaves from `start`, where `width` is a power of two that divides `start`. */
function perfect(start: number, width: number, readTile: TileReader, hasher: TreeHasher): Uint8Array {
  let [level, first, count] = [0, start, width];
  for (; count >= TILE_HASHES; level++) [first, count] = [first / TILE_HASHES, count / TILE_HASHES];
  const offset = first % TILE_HASHES;
  const hashes = storedHashes(readTile, level, Math.floor(first / TILE_HASHES), offset + count);
  return perfectRoot(splitHashes(hashes.subarray(offset * HASH_BYTES)), hasher);
}

function perfectRoot(hashes: readonly Uint8Array[], hasher: TreeHasher): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(hasher.node(row[at]!, row[at + 1]!));
    row = above;
  }
  return row[0]!;
}

function storedHashes(readTile: TileReader, level: number, index: number, count: number): Uint8Array {
  const hashes = readTile(level, index);
  if (hashes === undefined || hashes.length < count * HASH_BYTES) {
    const held =
      hashes === undefined ? 'is missing' : `holds ${Math.floor(hashes.length / HASH_BYTES)} hashes`;
    throw new Error(
      `Tile ${index} of level ${level} of the ledger's tree must hold ${count} hashes and ${held}.`,
    );
  }
  return hashes.subarray(0, count * HASH_BYTES);
}

function splitHashes(hashes: Uint8Array): Uint8Array[] {
  const split: Uint8Array[] = [];
  for (let at = 0; at < hashes.length; at += HASH_BYTES) split.push(hashes.subarray(at, at + HASH_BYTES));
  return split;
}

/** The largest power of two below `size`; 1 for sizes up to 2. */
function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new RangeError(`${size} is not a size or index of a tree.`);
}

const tileKey = (level: number, index: number): string => `${level}/${index}`;
