import { isRunFinal } from '../../engine/index.ts';
import type { RunRow, Store, StoredEntry } from '../../store/index.ts';

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
/** Read at the same time. */
const AT_ONCE = 8;

/**
 * Runs that are over for good, oldest first.
 *
 * TREE-1  A run is taken with everything it has started, so that nothing that is left knows one that is gone.
 * TREE-2  A run that has been started after `before` has not ended before it: there the search ends. So it costs what can be archived,
 *         and what was started before and is not over.
 */
export async function* overTrees(store: Store, bounds: Bounds): AsyncGenerator<Tree, void, void> {
  for (let cursor: string | undefined; ;) {
    const page = await store.endedRuns({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
    const old = page.rows.filter((run) => isOver(run, bounds));
    for (let at = 0; at < old.length; at += AT_ONCE) {
      const trees = await Promise.all(old.slice(at, at + AT_ONCE).map((root) => treeOf(store, root, bounds)));
      for (const tree of trees) if (tree) yield tree;
    }
    const last = page.rows.at(-1);
    if (page.next === null || !last || last.createdAt >= bounds.before) return;
    cursor = page.next;
  }
}

const isOver = ({ id, status, endedAt }: RunRow, { before, busy }: Bounds): boolean =>
  isRunFinal(status) && endedAt !== null && endedAt < before && !busy.has(id);

/** Null where some of it is not over, or was written a moment ago. */
async function treeOf(store: Store, root: RunRow, bounds: Bounds): Promise<Tree | null> {
  const runs = await withChildren(store, root, bounds);
  if (!runs) return null;
  const entries: StoredEntry[] = [];
  for (const { id } of runs) entries.push(...(await entriesOf(store, id)));
  return entries.every(({ position }) => position < bounds.position) ? { runs, entries } : null;
}

async function withChildren(store: Store, root: RunRow, bounds: Bounds): Promise<RunRow[] | null> {
  const runs = [root];
  for (const { id } of runs) {
    let cursor: string | null | undefined;
    do {
      const page = await store.runs({ parent: id }, { limit: PAGE, ...(cursor && { cursor }) });
      if (!page.rows.every((run) => isOver(run, bounds))) return null;
      runs.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null);
  }
  return runs;
}

async function entriesOf(store: Store, stream: string): Promise<StoredEntry[]> {
  const all: StoredEntry[] = [];
  for (;;) {
    const page = await store.entries({ stream, after: all.length }, ENTRIES);
    all.push(...page);
    if (page.length < ENTRIES) return all;
  }
}
