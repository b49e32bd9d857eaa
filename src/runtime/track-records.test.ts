import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { sha256 } from '../main/sha256.ts';
import { TrackRecords } from '../routing/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Store } from '../store/index.ts';
import { systemClock } from './clock.ts';
import { Committer } from './committer.ts';
import { sealEvent } from './entries.ts';
import { RoutingHistory } from './track-records.ts';

/** A store of which some members are others. */
const instead = (store: Store, members: Partial<Store>): Store =>
  new Proxy(store, {
    get: (target, name) => {
      const member = (members[name as keyof Store] ?? Reflect.get(target, name)) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

/** A store that has lost the document, so that all is folded anew. */
const withoutDocument = (store: Store): Store =>
  instead(store, {
    document: (kind, id) => (id === 'track_records' ? Promise.resolve(null) : store.document(kind, id)),
  });

const agents = ['one', 'two', 'three'].map((id) =>
  passport(id, { kind: 'agent', capabilities: ['read', 'write'], capacity: 9 }),
);
const clerks = ['ann', 'bo', 'carl'].map((id) => passport(id, { roles: ['clerk'], capacity: 999 }));
const JOB = {
  id: 'job',
  limits: { cost: { amount: 1000, currency: 'EUR' } },
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 'a',
          forEach: [1, 2, 3],
          retry: { attempts: 1 },
          onFailure: 'skip',
          task: { requires: ['read'], by: 'agent' },
        },
        { id: 'b', task: { requires: ['write'], by: 'agent' } },
        { id: 'c', task: { by: 'human', from: 'role:clerk', assign: 'round_robin' } },
      ],
    },
  ],
};

/** Work of every outcome: done, failed, doubted and looked at, given back, still held. */
const work = async (bed: Testbed, round: number): Promise<void> => {
  await bed.ok('root', 'workflow.start', { definition: 'job' });
  for (const [at, { name }] of agents.entries()) {
    const { task } = await bed.ok(name, 'task.claim_next', {});
    if (!task) continue;
    const held = { id: task.id, token: task.token };
    bed.clock.move(1000 * (at + 1) + round);
    const usage = { tokens: 1, cost: 0.1 * (at + 1) };
    if (at === round % 3)
      await bed.ok(name, 'task.fail', { ...held, code: 'broke', message: 'it broke', usage });
    else if (at === (round + 1) % 3)
      await bed.ok(name, 'task.complete', { ...held, output: { b: 1, a: 2 }, confidence: round / 10, usage });
    else if (round === 7) await bed.ok(name, 'task.release', held);
    else await bed.ok(name, 'task.complete', { ...held, output: 1, confidence: 0.9, usage });
  }
  const { rows } = await bed.ok('root', 'task.list', { kind: ['escalation'], open: true });
  for (const { id } of rows.slice(0, 1)) {
    await bed.ok('root', 'task.start', { id });
    await bed.ok('root', 'task.complete', {
      id,
      output: round % 2 === 0 ? { a: 2, b: 1 } : 'something else',
    });
  }
};

/** All that choices depend on: records, turns, and what routing says by each strategy. */
const known = async (bed: Testbed) => {
  const { history } = bed.runtime;
  const records = agents.flatMap(({ id }) =>
    ['read', 'write', '*'].map((capability) => history.record(id, capability)),
  );
  const turns = [...agents, ...clerks].map(({ id }) =>
    ['job/p.a', 'job/p.c'].map((key) => history.lastAssigned(key, id)),
  );
  const explained = [];
  for (const strategy of ['best_fit', 'round_robin', 'shortest_queue', 'random'] as const)
    for (const asked of [
      { requires: ['read'], by: 'agent' },
      { by: 'human', from: ['role:clerk'] },
    ] as const)
      explained.push(
        await bed.ok('root', 'routing.explain', {
          ...asked,
          requires: [...(('requires' in asked && asked.requires) || [])],
          from: [...(('from' in asked && asked.from) || [])],
          strategy,
          when: 'early',
          step: 'job/p.c',
        }),
      );
  return { position: history.position, records, turns, explained };
};

const reopen = async (store: Store, at: number): Promise<Testbed> => {
  const bed = new Testbed(store);
  bed.clock.move(at - bed.clock.now());
  await bed.runtime.start();
  return bed;
};

test('records and turns are the same numbers after a restart, and after they are folded anew (TRACKED-1, TRACKED-2)', async () => {
  const store = memoryStore();
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'], capacity: 99 }), ...agents, ...clerks);
  await bed.ok('root', 'workflow.save_definition', { document: JOB });
  for (let round = 0; round < 9; round += 1) await work(bed, round);
  const before = await known(bed);
  const all = before.records.flatMap((record) => record ?? []);
  assert.ok(
    all.length >= 6 && all.some(({ successes }) => successes > 0) && all.some(({ failures }) => failures > 0),
  );
  assert.ok(all.some(({ cost, brier }) => cost?.currency === 'EUR' && brier !== null));
  const now = bed.clock.now();
  await bed.close();
  assert.ok(await store.document('setting', 'track_records'), 'it is written down at the end');

  const again = await reopen(store, now);
  assert.deepEqual(await known(again), before);
  await work(again, 10);
  const after = await known(again);
  const later = again.clock.now();
  await again.close();

  const anew = await reopen(withoutDocument(store), later);
  assert.deepEqual(await known(anew), after, 'all of the ledger gives the same');
  await anew.runtime.scheduler.stop();
});

test('entries that another process wrote, or whose commit is in doubt, are read from the store', async () => {
  const store = memoryStore();
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }), ...agents);
  const { history } = bed.runtime;
  const { position } = history;
  assert.equal(position, await store.entryCount());
  history.follow(position + 5, 'run', [{ type: 'task.created' } as never]);
  await bed.ok('root', 'participant.update', { id: 'passport_one', groups: ['x'] });
  assert.equal(history.position, await store.entryCount());
  await bed.close();
});

/** The history of one node on a store, what it reads of the ledger, and when it is first written down. */
const node = (store: Store) => {
  const { promise: written, resolve: onCommitted } = Promise.withResolvers<unknown>();
  const read: number[] = [];
  const onFault = (fault: unknown): never => {
    throw fault;
  };
  const seen = instead(store, {
    entries: async (...asked: Parameters<Store['entries']>) => {
      const entries = await store.entries(...asked);
      read.push(...entries.map(({ position }) => position));
      return entries;
    },
  });
  const parts = { store, clock: systemClock, sha256, onCommitted, onDoubt: () => {} };
  return {
    history: new RoutingHistory({ store: seen, committer: new Committer(parts), onFault }),
    read,
    written,
  };
};

/** Entries of a run, in which nothing is told. */
const grow = async (store: Store, run: string, count: number): Promise<void> => {
  const by = { actor: 'a', onBehalfOf: null, authority: { kind: 'role' as const, id: 'r' } };
  const entries = Array.from({ length: count }, (_, at) =>
    sealEvent(
      run,
      { sequence: at, hash: new Uint8Array(32) },
      { type: 'run.paused', version: 1, at, by, layer: 'decide', data: {} },
      sha256,
    ),
  );
  assert.ok((await store.commit([{ stream: run, expected: 0, entries }])).every(({ ok }) => ok));
};

test(
  'a start reads what has come since it was written down, which is little where what is written is (TRACKED-2)',
  { timeout: 60_000 },
  async () => {
    const store = memoryStore();
    const first = node(store);
    await first.history.start();
    for (const run of ['a', 'b', 'c', 'd', 'e']) await grow(store, run, 999);
    first.history.follow(null, 'e', [{}] as never);
    await first.written;
    const killed = node(store);
    await grow(store, 'f', 10);
    await killed.history.start();
    assert.equal(killed.history.position, await store.entryCount());
    assert.ok(killed.read.length <= 10, `${killed.read.length} entries were read`);
  },
);

test('what it has read it passes over when it is told of that, and what it is told of it does not read (TRACKED-1)', async () => {
  const store = memoryStore();
  const { history, read } = node(store);
  await history.start();
  await grow(store, 'a', 3);
  await history.save();
  await grow(store, 'b', 2);
  read.length = 0;
  const tell = (position: number, stream: string, count: number): void =>
    history.follow(
      position,
      stream,
      Array.from({ length: count }, () => ({ type: 'run.paused' }) as never),
    );
  tell(0, 'a', 2);
  tell(2, 'a', 1);
  tell(2, 'b', 3);
  await history.stop();
  assert.equal(history.position, 5);
  assert.deepEqual(read, []);
});

test('of several nodes each goes on writing it down, whichever has done so before (TRACKED-2)', async () => {
  const store = memoryStore();
  const nodes = [node(store), node(store)];
  for (const { history } of nodes) await history.start();
  for (const run of ['a', 'b', 'c', 'd'])
    for (const [at, { history }] of nodes.entries()) {
      await grow(store, `${run}${at}`, 3);
      // Where another has written, that is heard of now; then it is written.
      await history.save();
      assert.equal(await history.save(), await store.entryCount());
    }
});

/** What is committed of a run of `job` that rests on somebody's approval. */
const told = (authority: object, at: number, data: object, type = 'task.created'): never => {
  const by = { actor: 'a', onBehalfOf: 'b', authority };
  return { type, version: 1, at, by, layer: 'decide', data } as never;
};
const created = (task: string, kind: string): object => ({
  task,
  kind,
  step: 'p.a',
  slot: 0,
  assignee: 'one',
});
const turnsOf = (history: RoutingHistory) => history.toJSON()['turns'] as { last: [string, unknown][] };

test('turns are counted by the step; writes to systems are nobody\u2019s turn', async () => {
  const { history } = node(memoryStore());
  await history.start();
  for (let n = 0; n < 5; n += 1) {
    const run = `run${n}`;
    const definition = { kind: 'definition', id: 'job', version: '1' };
    const approval = { kind: 'approval', id: `${run}:p.agree.0:1.1`, version: 'digest' };
    history.follow(history.position, run, [
      told(definition, n, { limits: {} }, 'run.created'),
      told(definition, n, created(`${run}:task`, 'task')),
      told(approval, n, created(`${run}:approved`, 'record')),
      told(definition, n, created(`${run}:record`, 'record')),
      told(definition, n, created(`${run}:verification`, 'verification')),
    ]);
    assert.equal(history.lastAssigned('job/p.a', 'one'), n + 1);
    history.follow(history.position, run, [told(definition, n, {}, 'run.completed')]);
  }
  assert.deepEqual(
    turnsOf(history).last.map(([key]) => key),
    ['job/p.a'],
  );
  await history.stop();
});

test('what an earlier release has written down is read', async () => {
  const store = memoryStore();
  const turns = { count: 7, last: [['job/p.a', [['one', 7]]]] };
  const open = [['t', { key: 'job/p.a', requires: [], place: 'r/p.a/0', holder: null, startedAt: null }]];
  const body = {
    position: 0,
    records: new TrackRecords().toJSON(),
    turns,
    open,
    doubted: [],
    currencies: [],
  };
  const document = { kind: 'setting', id: 'track_records', expected: 0, body } as never;
  assert.ok(
    (await store.commit([{ stream: 'x', expected: null, entries: [], documents: [document] }])).every(
      ({ ok }) => ok,
    ),
  );
  const { history } = node(store);
  await history.start();
  assert.equal(history.lastAssigned('job/p.a', 'one'), 7);
  const by = { actor: 'a', onBehalfOf: 'b', authority: { kind: 'definition', id: 'job', version: '1' } };
  const event = (type: string, data: object) =>
    ({ type, version: 1, at: 1, by, layer: 'decide', data }) as never;
  history.follow(0, 'r', [
    event('task.reserved', { task: 't', assignee: 'two' }),
    event('task.created', { ...created('u', 'task'), assignee: 'three' }),
  ]);
  assert.deepEqual(
    ['two', 'three'].map((who) => history.lastAssigned('job/p.a', who)),
    [8, 9],
  );
  await history.stop();
});
