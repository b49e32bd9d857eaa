import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Testbed } from '../../test/e2e/http-testbed.ts';
import type { Store } from '../store/index.ts';
import { verifyStore } from './ledger-check.ts';

/** What somebody with full access to the database can do is found. */

const codesOf = async (store: Store, more: Partial<Store>, keys: readonly string[]): Promise<string[]> => {
  const changed = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(more, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return (await verifyStore(changed, { checkpoints: [], keys })).problems.map(({ code }) => code);
};

async function bedWithRuns(): Promise<Testbed> {
  const bed = await Testbed.open();
  for (let at = 0; at < 3; at += 1) await bed.start({ id: 'a', wait: { for: '1h' } });
  await bed.runtime.log.checkpoint();
  return bed;
}

test('an entry that is filed under another run, or another number, than its text says', async () => {
  const bed = await bedWithRuns();
  const { store, verifierKey } = bed;
  const size = await store.entryCount();
  const filed = (change: { stream?: string; sequence?: number }) =>
    codesOf(
      store,
      {
        entries: async (filter, limit) =>
          (await store.entries(filter, limit)).map((entry) =>
            entry.position === size - 1 ? { ...entry, ...change } : entry,
          ),
      },
      [verifierKey],
    );
  assert.deepEqual(await filed({}), []);
  assert.deepEqual(await filed({ stream: 'run_of_another' }), ['entry_out_of_order']);
  assert.deepEqual(await filed({ sequence: 999 }), ['entry_out_of_order']);
  await bed.close();
});

test('a tile that is too short, or is gone', async () => {
  const bed = await bedWithRuns();
  const { store, verifierKey } = bed;
  const tiled = (tile: Store['tile']) => codesOf(store, { tile }, [verifierKey]);
  assert.deepEqual(await tiled(async (...at) => (await store.tile(...at))?.slice(0, 64) ?? null), [
    'head_differs',
    'tile_differs',
  ]);
  assert.deepEqual(await tiled(async () => null), ['head_differs', 'tile_differs']);
  await bed.close();
});

test('a tile that another stands for in the tree above it', async () => {
  const bed = await Testbed.open();
  for (let at = 0; at < 200; at += 1) await bed.start({ id: 'a', wait: { for: '1h' } });
  const { size } = await bed.runtime.log.checkpoint();
  assert.ok(size > 512, 'two tiles are full, and a third has begun');
  const { store, verifierKey } = bed;
  const tiled = (level: number, index: number, change: (tile: Uint8Array) => Uint8Array | null) =>
    codesOf(
      store,
      {
        tile: async (...at) => {
          const tile = await store.tile(...at);
          return tile && at.join() === `${level},${index}` ? change(tile) : tile;
        },
      },
      [verifierKey],
    );
  const flipped = (tile: Uint8Array) => tile.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
  assert.deepEqual(await tiled(0, 0, flipped), ['tile_differs']);
  assert.deepEqual(await tiled(0, 1, (tile) => tile.slice(0, 100 * 32)), ['tile_differs']);
  assert.deepEqual(await tiled(0, 0, () => null), ['tile_differs']);
  assert.deepEqual(await tiled(1, 0, flipped), ['head_differs', 'tile_differs']);
  assert.deepEqual(await tiled(0, 0, (tile) => tile), []);
  await bed.close();
});
