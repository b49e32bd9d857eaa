import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { frontier, leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import { naiveConsistency, naiveInclusion, naiveRoot } from './rfc9162.test.ts';
import { random, sha256 } from './sample.test.ts';
import { appendLeaves, consistencyProof, inclusionProof, rootAt, TILE_HASHES } from './tiles.ts';
import type { TileReader } from './tiles.ts';

const leaf = (index: number): Uint8Array => sha256(`leaf ${index}`);
const leaves = (size: number) => Array.from({ length: size }, (_, index) => leaf(index));

/** A tile store that counts. */
function storage() {
  const tiles = new Map<string, Uint8Array>();
  const counted = { reads: 0, hashes: 0 };
  const read: TileReader = (level, index) => {
    counted.reads += 1;
    return tiles.get(`${level}/${index}`);
  };
  let size = 0;
  const append = (batch: readonly Uint8Array[]) => {
    const appended = appendLeaves(size, batch, read, sha256);
    for (const { level, index, hashes } of appended.tiles) {
      const before = tiles.get(`${level}/${index}`) ?? new Uint8Array(0);
      assert.deepEqual(hashes.slice(0, before.length), before, 'TIL-1: a tile only becomes longer');
      assert.ok(hashes.length > before.length, 'only changed tiles are given');
      tiles.set(`${level}/${index}`, hashes);
    }
    size = appended.size;
    return appended;
  };
  return { tiles, read, append, counted, size: () => size };
}

test('appending in any batches gives the tree of RFC 9162', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 }), (batches) => {
      const store = storage();
      const all: Uint8Array[] = [];
      for (const size of batches) {
        const batch = Array.from({ length: size }, (_, at) => leaf(all.length + at));
        all.push(...batch);
        const { root, size: grown } = store.append(batch);
        assert.equal(grown, all.length);
        assert.deepEqual(root, naiveRoot(all));
      }
    }),
    { numRuns: 30, ...random },
  );
});

const big = storage();
const bigLeaves = leaves(1300);
for (let at = 0; at < bigLeaves.length; at += 100) big.append(bigLeaves.slice(at, at + 100));

test('proofs at every size are those of RFC 9162 and are verified', () => {
  const sizes = fc
    .integer({ min: 1, max: 1300 })
    .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  fc.assert(
    fc.property(sizes, ([size, index]) => {
      const then = bigLeaves.slice(0, size);
      const root = rootAt(size, big.read, sha256);
      assert.deepEqual(root, naiveRoot(then));
      const proof = inclusionProof(index, size, big.read, sha256);
      assert.deepEqual(proof, naiveInclusion(index, then));
      assert.ok(
        verifyInclusion({ index, size, leafHash: leafHash(leaf(index), sha256), proof, root }, sha256),
      );
      const from = index + 1;
      const fromRoot = rootAt(from, big.read, sha256);
      const consistent = consistencyProof(from, size, big.read, sha256);
      assert.deepEqual(consistent, naiveConsistency(from, then));
      assert.ok(verifyConsistency({ from, to: size, fromRoot, toRoot: root, proof: consistent }, sha256));
    }),
    { numRuns: 60, ...random },
  );
});

test('three levels of tiles, TIL-2: few reads and writes however large the tree', () => {
  const store = storage();
  const tree = frontier(sha256);
  const size = TILE_HASHES * TILE_HASHES + 300;
  const all = leaves(size);
  store.append(all);
  for (const data of all) tree.append(data);
  assert.deepEqual(rootAt(size, store.read, sha256), tree.root());
  assert.equal(store.tiles.size, 258 + 2 + 1);
  const readsOf = (action: () => void) => {
    store.counted.reads = 0;
    action();
    return store.counted.reads;
  };
  const root = tree.root();
  for (const index of [0, 255, 256, 65_535, 65_536, size - 1]) {
    const reads = readsOf(() => {
      const proof = inclusionProof(index, size, store.read, sha256);
      assert.ok(
        verifyInclusion({ index, size, leafHash: leafHash(leaf(index), sha256), proof, root }, sha256),
      );
    });
    assert.ok(reads <= 7, `${reads} reads for leaf ${index}`);
  }
  for (const from of [1, 255, 65_536, size]) {
    const fromRoot = rootAt(from, store.read, sha256);
    const proof = consistencyProof(from, size, store.read, sha256);
    assert.ok(verifyConsistency({ from, to: size, fromRoot, toRoot: root, proof }, sha256));
  }
  const reads = readsOf(() => {
    const { tiles } = store.append([leaf(size)]);
    assert.deepEqual(
      tiles.map(({ level, index }) => [level, index]),
      [[0, 257]],
    );
  });
  assert.ok(reads <= 6, `${reads} reads to append one leaf`);
});

test('what is asked for must be in the tree', () => {
  assert.throws(() => inclusionProof(5, 5, big.read, sha256), RangeError);
  assert.throws(() => inclusionProof(-1, 5, big.read, sha256), RangeError);
  assert.throws(() => inclusionProof(0.5, 5, big.read, sha256), RangeError);
  assert.throws(() => consistencyProof(0, 5, big.read, sha256), RangeError);
  assert.throws(() => consistencyProof(6, 5, big.read, sha256), RangeError);
  assert.throws(() => rootAt(-1, big.read, sha256), RangeError);
  assert.deepEqual(consistencyProof(5, 5, big.read, sha256), []);
  assert.deepEqual(
    rootAt(0, () => undefined, sha256),
    naiveRoot([]),
  );
});

test('a tile that is missing or too short is a fault that names it', () => {
  assert.throws(() => rootAt(5, () => undefined, sha256), /Tile 0 of level 0 .* is missing/);
  assert.throws(
    () => appendLeaves(5, [leaf(5)], () => new Uint8Array(64), sha256),
    /must hold 5 hashes and holds 2/,
  );
});
