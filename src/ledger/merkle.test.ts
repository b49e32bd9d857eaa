import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';

import { frontier, leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import { random, sha256, vectors } from './sample.test.ts';
import { naiveConsistency, naiveInclusion, naiveRoot } from './rfc9162.test.ts';

const bytes = (text: string | null) => new Uint8Array(Buffer.from(text ?? '', 'base64'));

interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  desc: string;
  wantErr: boolean;
}

const inclusion = vectors('merkle/inclusion');

test('agrees with the 98 published inclusion vectors', { skip: inclusion.skip }, () => {
  for (const file of inclusion.files) {
    const vector = JSON.parse(readFileSync(file, 'utf8')) as InclusionVector;
    const claim = {
      index: vector.leafIdx,
      size: vector.treeSize,
      leafHash: bytes(vector.leafHash),
      proof: (vector.proof ?? []).map(bytes),
      root: bytes(vector.root),
    };
    assert.equal(verifyInclusion(claim, sha256), !vector.wantErr, `${file}: ${vector.desc}`);
  }
  assert.equal(inclusion.files.length, 98);
});

interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  desc: string;
  wantErr: boolean;
}

const consistency = vectors('merkle/consistency');

test('agrees with the 98 published consistency vectors', { skip: consistency.skip }, () => {
  for (const file of consistency.files) {
    const vector = JSON.parse(readFileSync(file, 'utf8')) as ConsistencyVector;
    const claim = {
      from: vector.size1,
      to: vector.size2,
      fromRoot: bytes(vector.root1),
      toRoot: bytes(vector.root2),
      proof: (vector.proof ?? []).map(bytes),
    };
    assert.equal(verifyConsistency(claim, sha256), !vector.wantErr, `${file}: ${vector.desc}`);
  }
  assert.equal(consistency.files.length, 98);
});

test('a consistency proof from the empty tree is refused, also to the empty tree', () => {
  const root = sha256('');
  assert.ok(!verifyConsistency({ from: 0, to: 0, fromRoot: root, toRoot: root, proof: [] }, sha256));
  assert.ok(!verifyConsistency({ from: 0, to: 1, fromRoot: root, toRoot: root, proof: [] }, sha256));
});

const leaves = (size: number) => Array.from({ length: size }, (_, index) => sha256(`leaf ${index}`));

test('the frontier has the root of RFC 9162 at every size', () => {
  const tree = frontier(sha256);
  const all = leaves(70);
  assert.deepEqual(tree.root(), naiveRoot([]));
  for (const [index, leaf] of all.entries()) {
    tree.append(leaf);
    assert.equal(tree.size(), index + 1);
    assert.deepEqual(tree.root(), naiveRoot(all.slice(0, index + 1)));
  }
});

test('leaves need not be hashes', () => {
  const tree = frontier(sha256);
  const all = ['', 'a', 'long '.repeat(20)].map((text) => new Uint8Array(Buffer.from(text)));
  for (const leaf of all) tree.append(leaf);
  assert.deepEqual(tree.root(), naiveRoot(all));
});

test('accepts the proof of every leaf of every small tree, and no other claim', () => {
  for (let size = 1; size <= 20; size++) {
    const all = leaves(size);
    const root = naiveRoot(all);
    for (let index = 0; index < size; index++) {
      const claim = {
        index,
        size,
        leafHash: leafHash(all[index]!, sha256),
        proof: naiveInclusion(index, all),
        root,
      };
      assert.ok(verifyInclusion(claim, sha256));
      for (const other of [-1, 0.5, Number.NaN, index + 1, index - 1, size]) {
        assert.ok(!verifyInclusion({ ...claim, index: other }, sha256));
      }
      assert.ok(!verifyInclusion({ ...claim, proof: [...claim.proof, root] }, sha256));
      assert.ok(!verifyInclusion({ ...claim, leafHash: root.slice(1) }, sha256));
      if (size > 1) assert.ok(!verifyInclusion({ ...claim, proof: claim.proof.slice(1) }, sha256));
    }
  }
});

test('accepts every consistency proof, and none that was changed', () => {
  const sizes = fc
    .integer({ min: 1, max: 300 })
    .chain((to) => fc.tuple(fc.integer({ min: 1, max: to }), fc.constant(to)));
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(255), ([from, to], which, bit) => {
      const all = leaves(to);
      const proof = naiveConsistency(from, all);
      const claim = { from, to, fromRoot: naiveRoot(all.slice(0, from)), toRoot: naiveRoot(all), proof };
      assert.ok(verifyConsistency(claim, sha256));
      const flip = (hash: Uint8Array) =>
        hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      assert.ok(!verifyConsistency({ ...claim, toRoot: flip(claim.toRoot) }, sha256));
      assert.ok(!verifyConsistency({ ...claim, fromRoot: flip(claim.fromRoot) }, sha256));
      if (proof.length === 0) return;
      const at = which % proof.length;
      assert.ok(!verifyConsistency({ ...claim, proof: proof.with(at, flip(proof[at]!)) }, sha256));
      assert.ok(!verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) }, sha256));
    }),
    random,
  );
});
