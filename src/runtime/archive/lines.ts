import { exportEntry, exportPruned, subtreesOf } from '../../ledger/index.ts';
import type { Store, StoredEntry } from '../../store/index.ts';
import type { Log } from '../log.ts';

/** Checkpoints that a file can be compared with, beside the one at its end, at most. */
const CUTS = 500;
const PAGE = 500;

/** Lines of an export for positions whose entries are not in it: from `from` up to `to`. */
export async function* prunedLines(
  log: Log,
  from: number,
  to: number,
  cuts: readonly number[],
): AsyncGenerator<string, void, void> {
  for (const { index, count } of subtreesOf(from, to, cuts))
    yield exportPruned({ index, leaves: count, hash: await log.subtree(index, count) });
}

/** Lines for all positions up to `size`: the entries that are given, in the order of their positions, and hashes for the rest. */
export async function* linesOf(
  log: Log,
  entries: readonly StoredEntry[],
  size: number,
  cuts: readonly number[],
): AsyncGenerator<string, void, void> {
  let next = 0;
  for (const { position, text, hash } of entries) {
    yield* prunedLines(log, next, position, cuts);
    yield exportEntry({ index: position, text, hash });
    next = position + 1;
  }
  yield* prunedLines(log, next, size, cuts);
}

/** The sizes of the newest checkpoints over more than `after` entries, rising. */
export async function cutsOf(store: Store, after: number): Promise<number[]> {
  const sizes: number[] = [];
  for (let from = after; ;) {
    const page = await store.checkpoints(from, PAGE);
    sizes.push(...page.map(({ size }) => size));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return sizes.slice(-CUTS);
    from = last.size;
  }
}
