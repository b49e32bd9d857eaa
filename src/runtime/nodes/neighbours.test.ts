import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { asOwner, prepare, start } from '../../../test/archive/bed.ts';
import type { Graph } from '../../definition/index.ts';
import type { RunState } from '../../engine/index.ts';
import { archiveFolder } from '../../main/archive-folder.ts';
import { sha256 } from '../../main/sha256.ts';
import { newId } from '../../operations/index.ts';
import type { Store } from '../../store/index.ts';
import { memoryStore } from '../../store/memory/index.ts';
import { ChangeBuilder } from '../change.ts';
import { systemClock } from '../clock.ts';
import { newHot } from '../hot.ts';
import { basisOf, holders, Neighbours, type NeighbourParts } from './neighbours.ts';
import { Runtime } from '../runtime.ts';

const KEYS = generateKeyPairSync('ed25519');
const signer = {
  name: 'humanos/test',
  publicKey: KEYS.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  sign: (message: Uint8Array) => sign(null, message, KEYS.privateKey),
};

async function openNode(t: TestContext, store: Store): Promise<Runtime> {
  const onFault = (fault: unknown): void => {
    throw fault;
  };
  const runtime = new Runtime({ store, clock: systemClock, sha256, signer, newId, onFault, shared: true });
  await runtime.start();
  t.after(() => runtime.stop());
  return runtime;
}

test('NEXT-1 what another node has taken out of the store is current in no memory, and is dropped', async () => {
  const store = memoryStore();
  const neighbours = new Neighbours({
    store,
    capacityOf: () => undefined,
    heldBy: () => 0,
    recount: async () => {},
  });
  const hash = new Uint8Array(32);
  await store.commit([{ stream: 'run_a', expected: 0, entries: [{ sequence: 1, hash, text: '{}' }] }]);
  const [here, gone] = [1, 1].map((sequence) =>
    newHot({} as Graph, { sequence } as RunState, { sequence, hash }),
  );
  const dropped: unknown[] = [];
  const drop = (hot: unknown): void => void dropped.push(hot);

  assert.equal(await neighbours.isCurrent('run_a', here), true);
  assert.equal(neighbours.behind('run_a', here, drop), null);
  assert.equal(await neighbours.isCurrent('run_gone', gone), false);
  await neighbours.behind('run_gone', gone, drop);
  assert.deepEqual(dropped, [gone]);
});

test('NEXT-1 a refusal does not stand on memory that is brought forward while the store is asked', async () => {
  const hash = new Uint8Array(32);
  const hot = newHot({} as Graph, { sequence: 1 } as RunState, { sequence: 1, hash });
  const store: Store = {
    ...memoryStore(),
    lastEntry: async () => {
      hot.head = { sequence: 2, hash };
      return { sequence: 2, hash };
    },
  };
  const neighbours = new Neighbours({
    store,
    capacityOf: () => undefined,
    heldBy: () => 0,
    recount: async () => {},
  });
  assert.equal(await neighbours.upholds('run_a', basisOf(hot), hot), false);
});

/** Of a store that `more` says something else of. */
const neighboursOf = (more: Partial<NeighbourParts> = {}) =>
  new Neighbours({
    store: memoryStore(),
    capacityOf: (id) => (id === 'free' ? undefined : 2),
    heldBy: () => 2,
    recount: async () => {},
    ...more,
  });
const hotAt = (sequence: number) =>
  newHot({} as Graph, { sequence } as RunState, { sequence, hash: new Uint8Array(32) });

test('NEXT-1 a refusal stands on the memory it was decided on alone: not as it was brought forward, or read anew', async () => {
  const hot = hotAt(1);
  const last = { sequence: 1, hash: new Uint8Array(32) };
  const store = { ...memoryStore(), lastEntry: async () => last };
  const neighbours = neighboursOf({ store });
  const basis = basisOf(hot);
  assert.equal(await neighbours.upholds('run_a', basis, hot), true);
  assert.equal(await neighbours.upholds('run_a', basis, hotAt(1)), false);
  hot.followed = 1;
  assert.equal(await neighbours.upholds('run_a', basis, hot), false);
});

test('NEXT-1 what this node has committed while it read what others have is not followed twice', async () => {
  const hot = hotAt(1);
  const hash = new Uint8Array(32);
  const store: Store = {
    ...memoryStore(),
    entries: async () => {
      hot.head = { sequence: 2, hash };
      return [{ stream: 'run_a', position: 1, sequence: 2, hash, text: 'not to be read' }];
    },
  };
  await neighboursOf({ store }).catchUp('run_a', hot, () => assert.fail());
  assert.equal(hot.followed, 0);
});

test('NEXT-2 whoever holds as much as they may begins nothing, and what is begun is counted by the store', () => {
  const start = (assignee: string) => ({ type: 'task.start', task: 't', assignee }) as const;
  const held = neighboursOf();
  assert.equal(held.objection(start('full'))?.code, 'capacity_reached');
  assert.equal(held.objection(start('free')), null);
  assert.equal(neighboursOf({ heldBy: () => 1 }).objection(start('full')), null);
  const claims = new Map([
    ['given', { holder: 'next' }],
    ['reserved', {}],
  ]);
  const begin = holders(start('full'), { leaseUntil: 1 }, claims);
  assert.deepEqual(begin.toSorted(), ['full', 'next']);
  assert.deepEqual(holders(start('full'), {}, new Map()), [], 'a person begins without a lease');
  const change = new ChangeBuilder('run_a', hotAt(1).head, sha256);
  held.hold(change, [...begin, 'free']);
  assert.deepEqual(Object.fromEntries(change.holds), { full: 2, next: 2 });
});

test('NEXT-1 a run that was archived is on no node any more, whoever has it in memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-neighbours-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = memoryStore();
  const one = await openNode(t, store);
  await prepare(one);
  const other = await openNode(t, store);
  const run = await start(one, 'waiting');
  const cancelled = await one.runs.execute(run, { type: 'cancel', reason: '' }, asOwner);
  assert.ok(cancelled.ok);
  for (const node of [one, other]) assert.equal((await node.runs.state(run))?.state.status, 'cancelled');

  const { runs } = await one.archiver.archive(archiveFolder(folder), Number.MAX_SAFE_INTEGER);
  assert.equal(runs, 1);
  for (const node of [other, one]) {
    const stopped = await node.runs.execute(run, { type: 'stop', reason: '' }, asOwner);
    assert.equal(stopped.ok ? null : stopped.rejection.code, 'run_unknown');
    assert.equal(await node.runs.state(run), null);
  }
});

test('NEXT-1 where a moment ago will do the store is not asked about what is in memory, until another node is heard', async (t) => {
  const store = memoryStore();
  const one = await openNode(t, store);
  await prepare(one);
  const other = await openNode(t, store);
  const run = await start(one, 'waiting');
  await other.runs.state(run);
  const lastEntry = store.lastEntry.bind(store);
  let asked = 0;
  store.lastEntry = (stream) => ((asked += Number(stream === run)), lastEntry(stream));
  const lately = async () => (await other.runs.state(run, { lately: true }))?.state.status;
  assert.equal(await lately(), 'running');
  assert.equal(asked, 0);
  const stopped = await one.runs.execute(run, { type: 'stop', reason: '' }, asOwner);
  assert.ok(stopped.ok);
  other.runs.overtaken(run, stopped.value.sequence);
  assert.equal(await lately(), 'stopped');
});

test('COMMIT-3 what was decided and never written is not read, also by whoever was asking the store meanwhile', async (t) => {
  const store = memoryStore();
  const node = await openNode(t, store);
  await prepare(node);
  const run = await start(node, 'waiting');
  await node.runs.state(run);
  const [asked, answered, gate] = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const { lastEntry, commit } = { lastEntry: store.lastEntry.bind(store), commit: store.commit.bind(store) };
  store.lastEntry = async (stream) => {
    const found = await lastEntry(stream);
    asked!.resolve();
    await answered!.promise;
    return found;
  };
  store.commit = async (changes) => (await gate!.promise, commit(changes));
  const reading = node.runs.state(run).then((found) => found?.state.status);
  await asked!.promise;
  const paused = node.runs.execute(run, { type: 'pause' }, asOwner);
  const broken = node.runs.execute(run, { type: 'resume' }, () => {
    answered!.resolve();
    throw new Error('it breaks off');
  });
  await assert.rejects(broken, /breaks off/);
  const read = await reading;
  gate!.resolve();
  assert.equal(read, 'running');
  assert.ok((await paused).ok);
});
