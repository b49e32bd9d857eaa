import { isRunFinal } from '../../engine/index.ts';
import { entriesOf, pagesOf, type RunRow, type Store, type StoredEntry } from '../../store/index.ts';

/** A run and all that it has started, with every entry of theirs. */
export interface Tree {
  readonly runs: readonly RunRow[];
  readonly entries: readonly StoredEntry[];
}

/** What may be archived. */
export interface Bounds {
  /** Only what ended before this, ms since the epoch. */
  readonly before: number;
  /** Only entries before this position: those behind it are still to be read by somebody. */
  readonly position: number;
  /** Runs whose messages to others are under way. */
  readonly busy: ReadonlySet<string>;
}

const PAGE = 200;
const ENTRIES = 2000;
/** Trees that are read at the same time, and how many entries they may have together; one alone may have more. */
const AT_ONCE = 8;
const ENTRIES_AT_ONCE = 20_000;

/**
 * Runs that are over for good, oldest first.
 *
 * TREE-1  A run is taken with everything it has started, so that nothing that is left knows one that is gone.
 * TREE-2  A run that has been started after `before` has not ended before it: there the search ends. So it costs what can be archived,
 *         and what was started before and is not over.
 */
export async function* overTrees(store: Store, bounds: Bounds): AsyncGenerator<Tree, void, void> {
  for await (const rows of pagesOf(PAGE, (page) => store.endedRuns(page))) {
    const old = rows.filter((run) => isOver(run, bounds));
    for (let at = 0; at < old.length; at += AT_ONCE) {
      const some = old.slice(at, at + AT_ONCE);
      const families = await Promise.all(some.map((root) => withChildren(store, root, bounds)));
      for (const together of readTogether(families.filter((runs) => runs !== null)))
        for (const tree of await Promise.all(together.map((runs) => treeOf(store, runs, bounds))))
          if (tree) yield tree;
    }
    const last = rows.at(-1);
    if (!last || last.createdAt >= bounds.before) return;
  }
}

const isOver = ({ id, status, endedAt }: RunRow, { before, busy }: Bounds): boolean =>
  isRunFinal(status) && endedAt !== null && endedAt < before && !busy.has(id);

function readTogether(families: readonly RunRow[][]): RunRow[][][] {
  const groups: RunRow[][][] = [];
  let entries = Infinity;
  for (const runs of families) {
    const own = runs.reduce((sum, { sequence }) => sum + sequence, 0);
    if (entries + own > ENTRIES_AT_ONCE) {
      groups.push([]);
      entries = 0;
    }
    groups.at(-1)?.push(runs);
    entries += own;
  }
  return groups;
}

/** Null where some of it was written a moment ago. */
async function treeOf(store: Store, runs: readonly RunRow[], bounds: Bounds): Promise<Tree | null> {
  const entries: StoredEntry[] = [];
  for (const { id } of runs) for await (const some of entriesOf(store, id, ENTRIES)) entries.push(...some);
  return entries.every(({ position }) => position < bounds.position) ? { runs, entries } : null;
}

/** Null where some of it is not over. */
async function withChildren(store: Store, root: RunRow, bounds: Bounds): Promise<RunRow[] | null> {
  const runs = [root];
  for (const { id } of runs)
    for await (const rows of pagesOf(PAGE, (page) => store.runs({ parent: id }, page))) {
      if (!rows.every((run) => isOver(run, bounds))) return null;
      runs.push(...rows);
    }
  return runs;
}
