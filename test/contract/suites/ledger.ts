import assert from 'node:assert/strict';
import type { StoredEntry, Tile } from '../../../src/store/index.ts';
import { append, change, entry, hex, runRow } from '../fixtures.ts';
import type { Suite } from '../suite.ts';

const placeOf = ({ stream, sequence, position }: StoredEntry): unknown[] => [stream, sequence, position];

export const ledger: Suite = {
  name: 'ledger',
  cases: {
    'entries come back as they were sealed': async (store) => {
      const text = JSON.stringify({
        name: 'Ångström · 請求書 · 🧾 · \u0000',
        tab: '\t',
        big: 'x'.repeat(200_000),
      });
      const sealed = entry(1, text);
      await store.commit([change('run_ä🧾', { expected: 0, entries: [sealed] })]);
      const [stored] = await store.entries({ stream: 'run_ä🧾', after: 0 }, 9);
      assert.equal(stored?.text, text);
      assert.equal(stored?.stream, 'run_ä🧾');
      assert.equal(hex(stored?.hash), hex(sealed.hash));
    },

    'entries of a stream are read after a sequence, those of all after a position': async (store) => {
      await store.commit([append('run_a', 0, 3), append('run_b', 0, 1), append('run_a', 3, 1)]);
      const ofA = await store.entries({ stream: 'run_a', after: 1 }, 2);
      assert.deepEqual(ofA.map(placeOf), [
        ['run_a', 2, 1],
        ['run_a', 3, 2],
      ]);
      const all = await store.entries({ position: 2 }, 2);
      assert.deepEqual(all.map(placeOf), [
        ['run_b', 1, 3],
        ['run_a', 4, 4],
      ]);
      assert.deepEqual(await store.entries({ position: 4 }, 9), []);
      assert.deepEqual(await store.entries({ stream: 'run_a', after: 4 }, 9), []);
      assert.deepEqual(await store.entries({ stream: 'run_z', after: 0 }, 9), []);
      assert.deepEqual(await store.entries({ position: -1 }, 0), []);
    },

    'the last entry is where a chain goes on': async (store) => {
      assert.equal(await store.lastEntry('run_a'), null);
      await store.commit([append('run_a', 0, 3)]);
      const last = await store.lastEntry('run_a');
      assert.equal(last?.sequence, 3);
      assert.equal(hex(last?.hash), hex(entry(3).hash));
      await store.commit([change('run_b', { run: runRow('run_b') })]);
      assert.equal(await store.lastEntry('run_b'), null);
    },

    'a run is loaded from its latest snapshot and what came after': async (store) => {
      assert.equal(await store.loadRun('run_a'), null);
      await store.commit([append('run_a', 0, 3)]);
      const whole = await store.loadRun('run_a');
      assert.equal(whole?.snapshot, null);
      assert.deepEqual(
        whole?.entries.map(({ sequence, text }) => [sequence, text]),
        [1, 2, 3].map((sequence) => [sequence, entry(sequence).text]),
      );
      await store.commit([change('run_a', { snapshot: { sequence: 2, state: '{"at":2}' } })]);
      await store.commit([append('run_a', 3, 2, { snapshot: { sequence: 4, state: '{"at":4,"ü":"🧾"}' } })]);
      const tail = await store.loadRun('run_a');
      assert.deepEqual(tail?.snapshot, { sequence: 4, state: '{"at":4,"ü":"🧾"}' });
      assert.deepEqual(
        tail?.entries.map(({ sequence }) => sequence),
        [5],
      );
      assert.equal(hex(tail?.entries[0]?.hash), hex(entry(5).hash));
    },

    'the tree grows only from the size it has': async (store) => {
      const tile = (index: number, fill: number, hashes = 1): Tile => ({
        level: 0,
        index,
        hashes: new Uint8Array(32 * hashes).fill(fill),
      });
      assert.equal(await store.treeSize(), 0);
      assert.equal(await store.growTree(1, 2, [tile(0, 9)]), false);
      assert.equal(await store.tile(0, 0), null);
      assert.equal(await store.growTree(0, 2, [tile(0, 1), { ...tile(0, 2), level: 1 }]), true);
      assert.equal(await store.growTree(0, 3, [tile(0, 9)]), false);
      assert.equal(await store.growTree(2, 300, [tile(0, 3, 256), tile(1, 4, 44)]), true);
      assert.equal(await store.treeSize(), 300);
      assert.equal(hex(await store.tile(0, 0)), '03'.repeat(32 * 256));
      assert.equal(hex(await store.tile(0, 1)), '04'.repeat(32 * 44));
      assert.equal(hex(await store.tile(1, 0)), '02'.repeat(32));
      assert.equal(await store.tile(1, 1), null);
    },

    'checkpoints are found by size, and the latest without': async (store) => {
      assert.equal(await store.checkpoint(), null);
      await store.putCheckpoint({ size: 9, note: 'nine' });
      await store.putCheckpoint({ size: 10, note: 'ten' });
      await store.putCheckpoint({ size: 2, note: 'two' });
      assert.deepEqual(await store.checkpoint(), { size: 10, note: 'ten' });
      assert.deepEqual(await store.checkpoint(2), { size: 2, note: 'two' });
      assert.equal(await store.checkpoint(3), null);
      await store.putCheckpoint({ size: 2, note: 'two, signed by another' });
      assert.equal((await store.checkpoint(2))?.note, 'two, signed by another');
    },
  },
};
