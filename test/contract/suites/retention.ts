import assert from 'node:assert/strict';
import type { Store } from '../../../src/store/index.ts';
import { append, change, runRow, taskRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const ended = (run: string, parent: string | null = null) =>
  append(run, 0, 3, {
    run: runRow(run, { status: 'completed', sequence: 3, parent, endedAt: 1 }),
    tasks: [taskRow(run, 's:1', { status: 'completed', assignee: 'ann' })],
    snapshot: { sequence: 2, state: '{}' },
  });

/** As if the tree had leaves; what is in it is for others to look at. */
const grow = async (store: Store, size: number): Promise<void> =>
  assert.ok(await store.growTree(await store.treeSize(), size, []));

const positions = async (store: Store, after = -1, limit = 99): Promise<number[]> =>
  (await store.entries({ position: after }, limit)).map(({ position }) => position);

export const retention: Suite = {
  name: 'retention',
  cases: {
    'ended runs that nobody started come oldest first, page by page': async (store) => {
      const open = append('run_open', 0, 1, { run: runRow('run_open') });
      await store.commit([ended('run_b'), open, ended('run_a'), ended('run_child', 'run_a'), ended('run_c')]);
      const first = await store.endedRuns({ limit: 2 });
      assert.deepEqual(
        first.rows.map(({ id }) => id),
        ['run_b', 'run_a'],
      );
      assert.deepEqual(first.rows[0]?.summary, runRow('run_b').summary);
      const second = await store.endedRuns({ limit: 2, cursor: first.next ?? '' });
      assert.deepEqual(
        second.rows.map(({ id }) => id),
        ['run_c'],
      );
      assert.equal(second.next, null);
    },

    'of a run that is taken out nothing is left, and of the others all': async (store) => {
      await store.commit([
        ended('run_a'),
        ended('run_b'),
        append('run_open', 0, 1, { run: runRow('run_open') }),
      ]);
      await grow(store, await store.entryCount());
      assert.deepEqual(await store.runCounts(), { completed: 2, running: 1 });
      assert.equal(await store.removeRuns(['run_a', 'run_none']), 1);
      assert.equal(await store.removeRuns(['run_a']), 0, 'it is gone');
      assert.equal(await store.run('run_a'), null);
      assert.equal(await store.loadRun('run_a'), null);
      assert.equal(await store.lastEntry('run_a'), null);
      assert.equal(await store.task('run_a:s:1'), null);
      assert.deepEqual(await store.entries({ stream: 'run_a', after: 0 }, 9), []);
      const { rows } = await store.tasks({ assignee: 'ann' }, { limit: 9 });
      assert.deepEqual(
        rows.map(({ run }) => run),
        ['run_b'],
      );
      assert.deepEqual(await store.runCounts(), { completed: 1, running: 1 });
      assert.equal((await store.loadRun('run_b'))?.snapshot?.sequence, 2);
    },

    'positions stay as they are and are never given again': async (store, place) => {
      await store.commit([
        append('run_open', 0, 1, { run: runRow('run_open') }),
        ended('run_a'),
        ended('run_b'),
      ]);
      await grow(store, await store.entryCount());
      await store.removeRuns(['run_a', 'run_b']);
      assert.deepEqual(await positions(store), [0]);
      assert.equal(await store.entryCount(), 7);
      await store.commit([append('run_open', 1, 1), ended('run_c')]);
      assert.deepEqual(await positions(store), [0, 7, 8, 9, 10]);
      assert.deepEqual(await positions(store, 0, 2), [7, 8], 'a page is as full as without the gap');
      assert.deepEqual(await positions(store, 3, 2), [7, 8], 'and may begin in it');
      assert.equal(await store.entryCount(), 11);
      await store.close();
      const again = await place.open();
      await again.close();
    },

    'pages of any size begin anywhere, over changes of any size and gaps between them': async (store) => {
      let length = 0;
      for (let at = 0; at < 12; at += 1) {
        const count = 1 + (at % 4);
        await store.commit([append('run_open', length, count), ended(`run_${at}`)]);
        length += count;
      }
      await grow(store, await store.entryCount());
      assert.equal(await store.removeRuns(['run_0', 'run_3', 'run_4', 'run_11']), 4);
      const all = await positions(store);
      for (let after = -1; after <= (all.at(-1) ?? 0); after += 1)
        for (const limit of [1, 2, 3, 7, 20]) {
          const from = all.filter((position) => position > after);
          assert.deepEqual(await positions(store, after, limit), from.slice(0, limit), `${after}, ${limit}`);
        }
    },

    'what goes on, or is not in the tree, is left alone': async (store) => {
      await store.commit([ended('run_a'), append('run_open', 0, 2, { run: runRow('run_open') })]);
      assert.equal(await store.entryCount(), 5);
      await grow(store, 2);
      assert.equal(await store.removeRuns(['run_a', 'run_open']), 0);
      await grow(store, 5);
      assert.equal(await store.removeRuns(['run_a', 'run_open', 'organisation']), 1);
      assert.deepEqual(await positions(store), [3, 4]);
    },

    'an append to a run that was taken out is refused': async (store) => {
      await store.commit([ended('run_a')]);
      await grow(store, await store.entryCount());
      await store.removeRuns(['run_a']);
      const [result] = await store.commit([append('run_a', 3)]);
      assert.deepEqual(result, { ok: false, code: 'sequence_conflict' });
      const [other] = await store.commit([change('run_b', { expected: 0, entries: [] })]);
      assert.equal(other?.ok, true);
    },

    'checkpoints come by size': async (store) => {
      for (const size of [7, 3, 11]) await store.putCheckpoint({ size, note: `note ${size}` });
      assert.deepEqual(
        (await store.checkpoints(3, 9)).map(({ size }) => size),
        [7, 11],
      );
      assert.deepEqual(await store.checkpoints(0, 1), [{ size: 3, note: 'note 3' }]);
    },
  },
};
