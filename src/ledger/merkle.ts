/**
 * The Merkle tree of RFC 9162 section 2.1 with SHA-256: hashes, a frontier that gives the root of a growing tree,
 * and the verification of inclusion and consistency proofs. Proofs are made from stored tiles (`tiles.ts`).
 *
 * Sizes and indexes are numbers up to 2^53 - 1; the arithmetic stays clear of 32-bit operators.
 */

import { sameBytes } from './bytes.ts';
import type { Sha256 } from './entry.ts';

export const HASH_BYTES = 32;

export interface TreeHasher {
  /** Hash of a leaf: SHA-256(0x00 || data). */
  leaf(data: Uint8Array): Uint8Array;
  /** Hash of an inner node: SHA-256(0x01 || left || right). */
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** Root of the empty tree: SHA-256 of nothing. */
  empty(): Uint8Array;
}

export function treeHasher(sha256: Sha256): TreeHasher {
  const leafInput = new Uint8Array(1 + HASH_BYTES);
  const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
  nodeInput[0] = 0x01;
  return {
    leaf: (data) => {
      const input = data.length === HASH_BYTES ? leafInput : new Uint8Array(1 + data.length);
      input.set(data, 1);
      return sha256(input);
    },
    node: (left, right) => {
      nodeInput.set(left, 1);
      nodeInput.set(right, 1 + HASH_BYTES);
      return sha256(nodeInput);
    },
    empty: () => sha256(new Uint8Array(0)),
  };
}

/** The hash under which a leaf with these data stands in the tree; what inclusion proofs start from. */
export const leafHash = (data: Uint8Array, sha256: Sha256): Uint8Array => treeHasher(sha256).leaf(data);

export interface Frontier {
  /** Appends a leaf; O(1) hashes on average. */
  append(leafData: Uint8Array): void;
  /**
   * Appends a perfect subtree by its root, which of a single leaf is its hash.
   * @throws RangeError unless `leaves` is a power of two that divides the size
   */
  appendTree(root: Uint8Array, leaves: number): void;
  size(): number;
  /** Root of the tree of all leaves so far; O(log n) hashes. */
  root(): Uint8Array;
}

/** A growing tree of which only the roots of its perfect subtrees are kept, the largest first: O(log n) memory. */
export function frontier(sha256: Sha256): Frontier {
  const hasher = treeHasher(sha256);
  const peaks: Uint8Array[] = [];
  let size = 0;
  const appendTree = (root: Uint8Array, leaves: number): void => {
    if (!isPowerOfTwo(leaves) || size % leaves !== 0)
      throw new RangeError(`A subtree of ${leaves} leaves cannot stand at ${size}.`);
    let peak = root;
    for (let left = size / leaves; left % 2 === 1; left = Math.floor(left / 2))
      peak = hasher.node(peaks.pop()!, peak);
    peaks.push(peak);
    size += leaves;
  };
  return {
    append: (leafData) => appendTree(hasher.leaf(leafData), 1),
    appendTree,
    size: () => size,
    root: () => (size === 0 ? hasher.empty() : peaks.reduceRight((right, left) => hasher.node(left, right))),
  };
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof shows that the leaf is at that index of the tree with that root (RFC 9162, 2.1.3.2). */
export function verifyInclusion(claim: InclusionClaim, sha256: Sha256): boolean {
  const { index, size, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![claim.leafHash, ...proof].every(isHash)) return false;
  const hasher = treeHasher(sha256);
  let node = index;
  let last = size - 1;
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = hasher.node(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = hasher.node(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameBytes(hash, claim.root);
}

export interface ConsistencyClaim {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the tree of size `to` starts with the whole tree of size `from` (RFC 9162, 2.1.4.2).
 * From an empty tree nothing can be shown, so `from` 0 is refused, also to itself.
 */
export function verifyConsistency(claim: ConsistencyClaim, sha256: Sha256): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim;
  if (!isSize(from) || !isSize(to) || from === 0 || from > to) return false;
  if (from === to) return proof.length === 0 && sameBytes(fromRoot, toRoot);
  if (proof.length === 0 || ![fromRoot, ...proof].every(isHash)) return false;
  return followConsistency(claim, treeHasher(sha256));
}

function followConsistency(
  { from, to, fromRoot, toRoot, proof }: ConsistencyClaim,
  hasher: TreeHasher,
): boolean {
  let node = from - 1;
  let last = to - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  const [start, ...path] = node === 0 ? [fromRoot, ...proof] : proof;
  let [oldHash, newHash] = [start!, start!];
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = hasher.node(sibling, oldHash);
      newHash = hasher.node(sibling, newHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = hasher.node(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameBytes(oldHash, fromRoot) && sameBytes(newHash, toRoot);
}

export const isPowerOfTwo = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 1 && 2 ** Math.round(Math.log2(value)) === value;

const half = (value: number): number => Math.floor(value / 2);
const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;
