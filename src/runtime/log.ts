import {
  appendLeaves,
  consistencyProof,
  inclusionProof,
  leafHash,
  rootAt,
  signCheckpoint,
  subtreeAt,
  type Sha256,
  type Signer,
  type Tile,
  type TileReader,
  verifyConsistency,
  verifyInclusion,
} from '../ledger/index.ts';
import { damaged, type Store, type StoredCheckpoint } from '../store/index.ts';
import { Loop, type Background } from './background.ts';
import type { Clock } from './clock.ts';

const BATCH = 4096;
/** Entries wait at most this long for their place in the tree. */
const LAG_MS = 100;
/** Hashes that wait in memory; those beyond are read from the store. */
const PENDING = 65_536;
const TILES_KEPT = 64;
const RETRY_MS = 1000;
/** How often it is looked whether another node still grows the tree. */
const YIELD_MS = 1000;

/**
 * The Merkle log over all entries: its tree grows in batches soon after the commits, and is signed when it is asked for.
 *
 * LOG-1  Entry at position n is leaf n; leaves are entry hashes.
 * LOG-3  On several nodes one grows the tree and the others leave it to that one, until it does not any more: the tree's size decides.
 * LOG-2  A checkpoint is stored before anybody sees it, and never signed for a size twice with different roots.
 * LOG-5  A proof is given out only if it holds: what is stored of the tree may have been damaged.
 * LOG-4  It is grown by one at a time, whoever asks for it: leaves that were read for one size are never appended at another.
 */
export class Log implements Background {
  #store: Store;
  #clock: Clock;
  #sha256: Sha256;
  #signer: Signer;
  #loop: Loop;
  #tiles = new Map<string, Uint8Array>();
  #size = 0;
  /** Hashes of the next entries, and the position of the one after them; -1 when the store is to be asked. */
  #pending: Uint8Array[] = [];
  #next = -1;
  /** Entries up to here have been committed, as far as was told since the store was last read. */
  #told = 0;
  #cancel: (() => void) | null = null;
  /** Another node has grown the tree. */
  #yields = false;
  #grows: boolean;
  #growing: Promise<void> = Promise.resolve();

  constructor(parts: {
    store: Store;
    clock: Clock;
    sha256: Sha256;
    signer: Signer;
    /** Whether the tree grows by itself here; asked for, it always does. */
    grows: boolean;
    onFault(fault: unknown): void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#sha256 = parts.sha256;
    this.#signer = parts.signer;
    this.#grows = parts.grows;
    this.#loop = new Loop(
      () => this.#turn(),
      (fault) => {
        parts.onFault(fault);
        if (!this.#cancel) this.#later(RETRY_MS);
      },
    );
  }

  async start(): Promise<void> {
    this.#size = await this.#store.treeSize();
    this.#loop.start();
  }

  /** Leaves in the tree now. */
  get size(): number {
    return this.#size;
  }

  /** Entries have been committed: these are their hashes, from `position` on. Where some before them are not known the store is read. */
  follow(position: number | null, hashes: readonly Uint8Array[]): void {
    this.#told = Math.max(this.#told, position === null ? Infinity : position + hashes.length);
    if (position === null || position > this.#next || this.#pending.length >= PENDING) this.#next = -1;
    else {
      const fresh = hashes.slice(this.#next - position);
      this.#pending.push(...fresh);
      this.#next += fresh.length;
      if (fresh.length === 0) return;
    }
    this.wake();
  }

  /** Nobody knows what has been committed: it is read from the store. */
  doubt(): void {
    this.#told = Infinity;
    this.#next = -1;
    this.wake();
  }

  wake(): void {
    if (!this.#cancel) this.#later(this.#yields || !this.#grows ? YIELD_MS : LAG_MS);
  }

  #later(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = null;
      this.#loop.wake();
    });
  }

  /** LOG-4. After a fault nobody knows what was stored, and leaves that were on their way are read again. */
  #oneAtATime(work: () => Promise<void>): Promise<void> {
    const done = this.#growing.then(work).catch((fault: unknown) => {
      this.#forget();
      throw fault;
    });
    this.#growing = done.catch(() => {});
    return done;
  }

  #turn(): Promise<void> {
    return this.#oneAtATime(() => this.#look());
  }

  async #look(): Promise<void> {
    if (!this.#yields && this.#grows) return this.#grow(this.#next);
    const before = this.#size;
    this.#size = await this.#store.treeSize();
    if (this.#size === before && this.#grows) {
      this.#yields = false;
      return this.#grow();
    }
    this.#forget();
    if (this.#size < (await this.#store.entryCount())) this.wake();
  }

  /** To `known`, or by what is committed when it begins: what keeps coming is for the next turn, so that whoever waits comes to theirs. */
  async #grow(known = -1): Promise<void> {
    const end = known < 0 ? await this.#store.entryCount() : known;
    while (this.#size < end) {
      const leaves = await this.#nextLeaves();
      if (leaves.length === 0) return;
      const grown = await this.#withTiles((read) => appendLeaves(this.#size, leaves, read, this.#sha256));
      if (!(await this.#store.growTree(this.#size, grown.size, grown.tiles))) {
        await this.#yield();
        continue;
      }
      this.#remember(grown.tiles);
      this.#size = grown.size;
    }
  }

  /** @throws Error where there is a gap: what follows it are leaves of no tree (LOG-1). */
  async #nextLeaves(): Promise<readonly Uint8Array[]> {
    if (this.#pending.length > 0) return this.#pending.splice(0, BATCH);
    const from = this.#size;
    this.#told = 0;
    const entries = await this.#store.entries({ position: from - 1 }, BATCH);
    const gap = entries.findIndex(({ position }, at) => position !== from + at);
    if (gap >= 0) {
      // Entries that another node has put into the tree may have been archived since.
      await this.#yield();
      if (this.#size === from) throw gapAt(from + gap);
      return this.#nextLeaves();
    }
    this.#pending = [];
    const next = from + entries.length;
    this.#next = this.#told > next ? -1 : next;
    return entries.map(({ hash }) => hash);
  }

  /** To another node, which has grown the tree. */
  async #yield(): Promise<void> {
    this.#size = await this.#store.treeSize();
    this.#forget();
    this.#yields = true;
  }

  /** Memory may be ahead of the store, or behind it. */
  #forget(): void {
    this.#tiles.clear();
    this.#pending = [];
    this.#next = -1;
  }

  #remember(tiles: readonly Tile[]): void {
    for (const { level, index, hashes } of tiles) this.#tiles.set(`${level}/${index}`, hashes);
    for (const key of this.#tiles.keys()) {
      if (this.#tiles.size <= TILES_KEPT) return;
      this.#tiles.delete(key);
    }
  }

  /**
   * Runs a computation that reads tiles, again and again until every tile that it asks for is at hand.
   * @throws StoreFault `database_damaged` where they do not give what it is to
   */
  async #withTiles<Value>(compute: (read: TileReader) => Value): Promise<Value> {
    const read = new Map<string, Uint8Array>();
    for (;;) {
      const missing: { level: number; index: number }[] = [];
      const reader: TileReader = (level, index) => {
        const key = `${level}/${index}`;
        const tile = read.get(key) ?? this.#tiles.get(key);
        if (!tile) missing.push({ level, index });
        return tile;
      };
      try {
        return compute(reader);
      } catch (fault) {
        if (fault instanceof RangeError) throw fault;
        const [first] = missing;
        const tile = first && (await this.#store.tile(first.level, first.index));
        if (!tile) throw damaged((fault as Error).message, fault);
        const { level, index } = first;
        read.set(`${level}/${index}`, tile);
      }
    }
  }

  /** Puts every entry into the tree that has been committed before. */
  settle(): Promise<void> {
    return this.#oneAtATime(() => {
      this.#forget();
      return this.#grow();
    });
  }

  /** A signed head over all entries that have been committed so far. */
  async checkpoint(): Promise<StoredCheckpoint> {
    await this.settle();
    const size = this.#size;
    const stored = await this.#store.checkpoint(size);
    if (stored) return stored;
    const root = await this.#withTiles((read) => rootAt(size, read, this.#sha256));
    const note = signCheckpoint({ origin: this.#signer.name, size, root }, this.#signer, this.#sha256);
    const checkpoint = { size, note };
    await this.#store.putCheckpoint(checkpoint);
    return checkpoint;
  }

  /**
   * That the entry with this hash is there.
   * @throws RangeError unless 0 <= index < size <= the size of the tree; StoreFault `database_damaged`
   */
  inclusion(index: number, size: number, entry: Uint8Array): Promise<Uint8Array[]> {
    const sha256 = this.#sha256;
    return this.#withTiles((read) => {
      const proof = inclusionProof(index, size, read, sha256);
      const root = rootAt(size, read, sha256);
      const claim = { index, size, leafHash: leafHash(entry, sha256), proof, root };
      return verifyInclusion(claim, sha256) ? proof : noProof(`entry ${index}`, size);
    });
  }

  /** The root over a perfect subtree: `leaves` is a power of two that divides `index`, and all of it is in the tree. */
  subtree(index: number, leaves: number): Promise<Uint8Array> {
    return this.#withTiles((read) => subtreeAt(index, leaves, read, this.#sha256));
  }

  /** @throws RangeError unless 1 <= from <= to <= the size of the tree; StoreFault `database_damaged` */
  consistency(from: number, to: number): Promise<Uint8Array[]> {
    const sha256 = this.#sha256;
    return this.#withTiles((read) => {
      const proof = consistencyProof(from, to, read, sha256);
      const [fromRoot, toRoot] = [rootAt(from, read, sha256), rootAt(to, read, sha256)];
      const claim = { from, to, fromRoot, toRoot, proof };
      return verifyConsistency(claim, sha256) ? proof : noProof(`its first ${from} leaves`, to);
    });
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#loop.stop();
  }
}

const noProof = (what: string, size: number): never => {
  throw new Error(
    `The stored tree of ${size} leaves gives no proof of ${what} that holds: it was damaged, or an entry was.`,
  );
};

const gapAt = (position: number): Error =>
  new Error(
    `The ledger has no entry at position ${position}, and has entries behind it: its tree cannot grow over that. ` +
      'Restore the database from a backup, and compare the two with humanos ledger verify.',
  );
