import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunRow, Store, StoredEntry, StoredPage } from '../../store/index.ts';
import { overTrees, type Tree } from './trees.ts';

const BOUNDS = { before: 10, position: Number.MAX_SAFE_INTEGER, busy: new Set<string>() };

const ended = (id: string, sequence: number, parent: string | null = null): RunRow => ({
  id,
  definition: 'd',
  definitionVersion: 1,
  status: 'completed',
  sequence,
  priority: 50,
  startedBy: 'passport_a',
  parent,
  createdAt: 1,
  updatedAt: 2,
  endedAt: 2,
  summary: {},
});

/** Ended runs, with so many entries as they say; and the runs whose entries have been read. */
function storeOf(runs: readonly RunRow[]) {
  const read = new Set<string>();
  const childrenOf = (wanted: string | null | undefined): StoredPage<RunRow> => ({
    rows: runs.filter(({ parent }) => parent === wanted),
    next: null,
    behind: (at) => String(at),
  });
  const part: Pick<Store, 'endedRuns' | 'runs' | 'entries'> = {
    endedRuns: async () => childrenOf(null),
    runs: async (filter) => childrenOf(filter.parent),
    entries: async (filter, limit) => {
      assert.ok('stream' in filter);
      const { stream, after } = filter;
      read.add(stream);
      const left = (runs.find(({ id }) => id === stream)?.sequence ?? 0) - after;
      return Array.from({ length: Math.min(left, limit) }, () => ENTRY);
    },
  };
  return { store: part as Store, read };
}
async function all(trees: AsyncIterable<Tree>): Promise<Tree[]> {
  const found: Tree[] = [];
  for await (const tree of trees) found.push(tree);
  return found;
}
const ENTRY: StoredEntry = { stream: '', sequence: 1, position: 0, text: '{}', hash: new Uint8Array(32) };

test('a run with any number of entries is taken', async () => {
  const { store } = storeOf([ended('run_large', 200_000), ended('run_small', 3)]);
  const trees = await all(overTrees(store, BOUNDS));
  assert.deepEqual(
    trees.map(({ entries }) => entries.length),
    [200_000, 3],
  );
});

test('small trees are read together, large ones one at a time, with what they have started', async () => {
  const small = storeOf(['a', 'b', 'c'].map((id) => ended(id, 5)));
  await overTrees(small.store, BOUNDS).next();
  assert.deepEqual([...small.read], ['a', 'b', 'c']);

  const large = storeOf(['a', 'b', 'c'].flatMap((id) => [ended(id, 5), ended(`${id}_child`, 15_000, id)]));
  const trees = overTrees(large.store, BOUNDS);
  await trees.next();
  assert.deepEqual([...large.read], ['a', 'a_child']);
  assert.equal((await all(trees)).length, 2);
});
