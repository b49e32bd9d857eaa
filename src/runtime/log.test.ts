import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { rootAt } from '../ledger/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Store } from '../store/index.ts';
import { systemClock } from './clock.ts';
import { Log } from './log.ts';

const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer');
const KEYS = generateKeyPairSync('ed25519');
const signer = {
  name: 'humanos/test',
  publicKey: KEYS.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  sign: (message: Uint8Array) => sign(null, message, KEYS.privateKey),
};

const slowed = <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) => {
  let calls = 0;
  return async (...args: Args): Promise<Answer> => {
    calls += 1;
    for (let turns = (calls * 7) % 5; turns > 0; turns -= 1) await turn();
    const answer = await ask(...args);
    for (let turns = (calls * 3) % 4; turns > 0; turns -= 1) await turn();
    return answer;
  };
};

/** A log on a store that takes its time, as one on another machine does: now longer, now shorter. */
async function bench(t: TestContext) {
  const store: Store = memoryStore();
  Object.assign(store, {
    entries: slowed(store.entries.bind(store)),
    treeSize: slowed(store.treeSize.bind(store)),
    growTree: slowed(store.growTree.bind(store)),
  });
  const faults: unknown[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault);
  const log = new Log({ store, clock: systemClock, sha256, signer, grows: true, onFault });
  await log.start();
  t.after(() => log.stop());
  let sequence = 0;
  const append = async (count: number): Promise<void> => {
    const expected = sequence;
    const entries = Array.from({ length: count }, () => {
      const text = `${(sequence += 1)}`;
      return { sequence, text, hash: sha256(text) };
    });
    const [result] = await store.commit([{ stream: 'run_a', expected, entries }]);
    log.follow(
      result?.ok ? result.position : null,
      entries.map((entry) => entry.hash),
    );
  };
  return { store, log, append, faults };
}

/** The root that the stored tiles give is that of the entries. */
async function assertSound(store: Store): Promise<void> {
  const size = await store.treeSize();
  const entries = await store.entries({ position: -1 }, 10_000);
  const fresh = memoryStore();
  const again = new Log({ store: fresh, clock: systemClock, sha256, signer, grows: true, onFault: () => {} });
  await fresh.commit([{ stream: 'run_a', expected: 0, entries: entries.slice(0, size) }]);
  await again.settle();
  assert.equal(again.size, size);
  const rootOf = async (one: Store): Promise<string> => {
    const tiles = new Map<string, Uint8Array>();
    for (let level = 0; level < 3; level += 1)
      for (let index = 0; index * 256 ** (level + 1) < size; index += 1) {
        const tile = await one.tile(level, index);
        if (tile) tiles.set(`${level}/${index}`, tile);
      }
    return Buffer.from(rootAt(size, (level, index) => tiles.get(`${level}/${index}`), sha256)).toString(
      'hex',
    );
  };
  assert.equal(await rootOf(store), await rootOf(fresh));
}

test('LOG-4 heads that are asked for at the same moment leave one tree', async (t) => {
  const { store, log, append, faults } = await bench(t);
  for (let round = 0; round < 60; round += 1) {
    const asked = [log.checkpoint()];
    await append(1 + (round % 3));
    asked.push(log.checkpoint(), log.checkpoint());
    await turn();
    await append(2);
    asked.push(log.checkpoint());
    await Promise.all(asked);
  }
  assert.equal((await log.checkpoint()).size, await store.entryCount());
  await assertSound(store);
  assert.deepEqual(faults, []);
});

test('what is doubted while the store is read is read again', { timeout: 10_000 }, async (t) => {
  const { store, log } = await bench(t);
  const entry = (sequence: number) => ({ sequence, text: `${sequence}`, hash: sha256(`${sequence}`) });
  const all = Promise.withResolvers<void>();
  const { entries, growTree } = { entries: store.entries.bind(store), growTree: store.growTree.bind(store) };
  store.entries = async (...asked) => {
    store.entries = entries;
    const page = await entries(...asked);
    await store.commit([{ stream: 'run_a', expected: 1, entries: [entry(2)] }]);
    log.doubt();
    return page;
  };
  store.growTree = async (before, size, tiles) => {
    const isGrown = await growTree(before, size, tiles);
    if (size === 2) all.resolve();
    return isGrown;
  };
  await store.commit([{ stream: 'run_a', expected: 0, entries: [entry(1)] }]);
  log.doubt();
  await all.promise;
});

test('LOG-4 growth whose outcome nobody knows is neither lost nor repeated, and growing goes on', async (t) => {
  const { store, log, append } = await bench(t);
  await append(3);
  await log.settle();
  const grow = store.growTree.bind(store);
  for (const isApplied of [true, false]) {
    store.growTree = async (...args) => {
      store.growTree = grow;
      if (isApplied) await grow(...args);
      throw new Error('no answer');
    };
    await append(2);
    const asked = log.settle();
    await append(2);
    await assert.rejects(asked, /no answer/);
    await append(2);
    await log.settle();
    assert.equal(await store.treeSize(), await store.entryCount());
    await assertSound(store);
  }
  await append(1);
  while ((await store.treeSize()) < (await store.entryCount())) await turn();
  await assertSound(store);
});

test('a head that is asked for while entries keep coming is over those that there were', async (t) => {
  const { store, log, append } = await bench(t);
  await append(3);
  const grow = store.growTree.bind(store);
  let rounds = 0;
  store.growTree = async (...args) => {
    rounds += 1;
    if (rounds < 50) await append(1);
    return grow(...args);
  };
  const { size } = await log.checkpoint();
  assert.ok(size >= 3 && size < 10, `${size} leaves after ${rounds} rounds`);
  store.growTree = grow;
  await log.settle();
  assert.equal(await store.treeSize(), await store.entryCount());
  await assertSound(store);
});

test('what it is told of late it has read already, and what it is told of in its turn it does not read', async (t) => {
  const { store, log, append } = await bench(t);
  await append(3);
  await log.settle();
  const [entries, grow] = [store.entries.bind(store), store.growTree.bind(store)];
  let reads = 0;
  store.entries = (...args) => {
    reads += 1;
    return entries(...args);
  };
  const grown = new Promise((resolve) => {
    store.growTree = async (...args) => {
      const done = await grow(...args);
      resolve(args[1]);
      return done;
    };
  });
  const fresh = [4, 5].map((sequence) => ({ sequence, text: `${sequence}`, hash: sha256(`${sequence}`) }));
  await store.commit([{ stream: 'run_a', expected: 3, entries: fresh }]);
  log.follow(0, [sha256('1')]);
  log.follow(2, [sha256('3'), ...fresh.map((entry) => entry.hash)]);
  assert.equal(await grown, 5);
  assert.equal(reads, 0);
  store.entries = entries;
  await assertSound(store);
});

test('what is committed while it reads comes into the tree by itself', { timeout: 10_000 }, async (t) => {
  const { store, append } = await bench(t);
  const [entries, grow] = [store.entries.bind(store), store.growTree.bind(store)];
  store.entries = async (...args) => {
    const found = await entries(...args);
    store.entries = entries;
    await append(2);
    return found;
  };
  const grown = new Promise<void>((resolve) => {
    store.growTree = async (...args) => {
      const done = await grow(...args);
      if (args[1] === 5) resolve();
      return done;
    };
  });
  await append(3);
  await grown;
  await assertSound(store);
});

test('LOG-1 an entry that is not at the next position is a fault, and never a leaf', async (t) => {
  const { store, log, append } = await bench(t);
  await append(3);
  await log.settle();
  await append(3);
  const entries = store.entries.bind(store);
  store.entries = async (...args) => (await entries(...args)).filter(({ position }) => position !== 3);
  await assert.rejects(log.settle(), /position 3/);
  await assert.rejects(log.checkpoint(), /position 3/);
  assert.deepEqual([log.size, await store.treeSize()], [3, 3]);
  store.entries = entries;
  await log.settle();
  assert.equal(await store.treeSize(), 6);
  await assertSound(store);
});

test('LOG-3 what another node has put into the tree, and taken out of the database, is not looked for', async (t) => {
  const { store, log, append } = await bench(t);
  await append(3);
  const other = new Log({ store, clock: systemClock, sha256, signer, grows: true, onFault: () => {} });
  await other.start();
  await other.settle();
  await append(2);
  const entries = store.entries.bind(store);
  store.entries = async (...args) => (await entries(...args)).filter(({ position }) => position >= 3);
  assert.equal((await log.checkpoint()).size, 5);
  store.entries = entries;
  await assertSound(store);
});

test('LOG-5 no proof is given that does not hold', async (t) => {
  const { store, log, append } = await bench(t);
  await append(600);
  await log.settle();
  const tile = store.tile.bind(store);
  const prove = async (change: (stored: Uint8Array) => Uint8Array): Promise<void> => {
    const damaged: Store = Object.assign(Object.create(store) as Store, {
      tile: async (...at: [number, number]) => {
        const stored = await tile(...at);
        return stored && at.join() === '0,0' ? change(stored) : stored;
      },
    });
    const other = new Log({ store: damaged, clock: systemClock, sha256, signer, grows: false, onFault() {} });
    await other.inclusion(4, 600, sha256('5'));
    await other.consistency(3, 600);
  };
  await prove((stored) => stored);
  const isDamaged = { code: 'database_damaged' };
  await assert.rejects(
    prove((stored) => stored.map((byte, at) => (at === 5 * 32 ? byte ^ 1 : byte))),
    isDamaged,
  );
  await assert.rejects(
    prove((stored) => stored.slice(0, 10 * 32)),
    isDamaged,
  );
  await assert.rejects(log.inclusion(4, 600, sha256('6')), isDamaged, 'the entry was changed');
  await assert.rejects(log.inclusion(600, 600, sha256('6')), RangeError);
  await assert.rejects(log.consistency(5, 4), RangeError);
});
