import { exportEntry, exportPruned, subtreesOf } from '../../ledger/index.ts';
import type { Store, StoredEntry } from '../../store/index.ts';
import type { Log } from '../log.ts';

/** Checkpoints that a file can be compared with, beside the one at its end, at most. */
const CUTS = 500;
const PAGE = 500;

/** Lines of an export for positions whose entries are not in the database: it can be compared with every checkpoint that is stored. */
export async function* prunedLines(
  { log, store }: { readonly log: Log; readonly store: Store },
  from: number,
  to: number,
): AsyncGenerator<string, void, void> {
  yield* hashLines(log, from, to, await checkpointsBetween(store, from, to));
}

/** Lines for positions whose entries are not in the file: from `from` up to `to`. */
async function* hashLines(
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
    yield* hashLines(log, next, position, cuts);
    yield exportEntry({ index: position, text, hash });
    next = position + 1;
  }
  yield* hashLines(log, next, size, cuts);
}

/** The sizes of the newest checkpoints over fewer entries, rising; also of those from before the first entry of a file. */
export const cutsOf = async (store: Store, size: number): Promise<number[]> =>
  (await checkpointsBetween(store, 0, size)).slice(-CUTS);

/** The sizes of checkpoints over more than `from` entries and fewer than `to`, rising. */
async function checkpointsBetween(store: Store, from: number, to: number): Promise<number[]> {
  const sizes: number[] = [];
  for (let after = from; after + 1 < to;) {
    const page = await store.checkpoints(after, Math.min(PAGE, to - after - 1));
    sizes.push(...page.map(({ size }) => size).filter((size) => size < to));
    after = page.at(-1)?.size ?? to;
  }
  return sizes;
}
