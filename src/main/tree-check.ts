import {
  problemList,
  tileProblem,
  tilesAnew,
  type Found,
  type LedgerCode,
  type Tile,
} from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { sha256 } from './sha256.ts';

/**
 * The tree as it is stored, held against its leaves: it is made anew from them, and each tile compared.
 *
 * STORED-1  All tiles are: proofs read those that no root hangs on, since a tile above stands for them there.
 */
export class TreeCheck {
  readonly #store: Store;
  readonly #due: Tile[] = [];
  readonly #tiles = tilesAnew((tile) => this.#due.push(tile), sha256);
  readonly #problems = problemList<LedgerCode>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The next leaf, by its hash in the tree. */
  add(leaf: Uint8Array): void {
    this.#tiles.append(leaf);
  }

  /** The tiles that have been filled by now. */
  async compare(): Promise<void> {
    for (const tile of this.#due.splice(0)) {
      const problem = tileProblem(tile, await this.#store.tile(tile.level, tile.index));
      if (problem) this.#problems.report(problem);
    }
  }

  async finish(): Promise<Found<LedgerCode>> {
    this.#tiles.finish();
    await this.compare();
    return this.#problems.found();
  }
}
