import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change, PageRequest, RunFilter, Store, TaskFilter } from '../../src/store/index.ts';
import { ADAPTERS } from './adapters.ts';
import type { Place } from './adapters.ts';
import { entriesFrom, everyPage, hex, runRow, taskRow } from './fixtures.ts';

/**
 * Whatever is written, in whatever order, every adapter gives the same answers: the contract's cases show what the answers are,
 * this shows that there is nothing between them. A failure prints the seed; STORE_SEED runs that one again.
 */

const RUNS = ['run_a', 'run_b', 'run_a~step~1.1', 'run_ü🧾', 'organisation'] as const;
const NAMES = ['extract.0:1.1', 'extract.1:1.1', 'approve:1.1', 'approve:2.1'] as const;
const STATUSES = [
  'created',
  'ready',
  'reserved',
  'in_progress',
  'suspended',
  'completed',
  'failed',
  'obsolete',
] as const;
const PASSPORTS = ['passport_a', 'passport_b'] as const;

const stream = fc.constantFrom(...RUNS);
const small = fc.integer({ min: 0, max: 20 });
const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('-0'));

const task = (run: string) =>
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      status: fc.constantFrom(...STATUSES),
      by: fc.constantFrom(null, 'agent' as const, 'human' as const, 'system' as const),
      kind: fc.constantFrom('task' as const, 'approval' as const, 'record' as const),
      priority: fc.integer({ min: 1, max: 3 }),
      assignee: fc.constantFrom(null, ...PASSPORTS),
      token: fc.integer({ min: 0, max: 2 }),
      leaseUntil: fc.option(small),
      input: json,
      usage: fc.record({ tokens: small, cost: small }),
      requires: fc.array(fc.string(), { maxLength: 2 }),
      skippable: fc.boolean(),
    })
    .map(({ name, ...more }) => taskRow(run, name, { ...more, input: more.input as null }));

const row = (id: string) =>
  fc
    .record({
      status: fc.constantFrom('running' as const, 'paused' as const, 'completed' as const, 'failed' as const),
      definition: fc.constantFrom('invoices', 'claims'),
      startedBy: fc.constantFrom(...PASSPORTS),
      parent: fc.constantFrom(null, 'run_a', 'run_b'),
      sequence: small,
      endedAt: fc.option(small),
    })
    .map((more) => runRow(id, more));

const timer = fc.record({
  id: fc.constantFrom('t', 'u', 'v'),
  run: stream,
  due: small,
  what: fc.constant({ kind: 'wait' }),
});
const lease = fc.record({
  task: fc.tuple(stream, fc.constantFrom(...NAMES)).map(([run, name]) => `${run}:${name}`),
  token: fc.integer({ min: 0, max: 2 }),
  until: small,
});
const write = fc.record({
  kind: fc.constantFrom('participant' as const, 'token' as const),
  id: fc.constantFrom('x', 'y', '🧾'),
  expected: fc.integer({ min: 0, max: 2 }),
  body: fc.option(fc.constant({ some: 'thing' }), { freq: 3 }),
});
const record = fc.record({
  key: fc.constantFrom('k', 'l', 'm', 'n'),
  fingerprint: fc.constant('f'),
  result: json,
  at: small,
});
const artifact = fc.record({
  sha256: fc.constantFrom('aa', 'bb'),
  mediaType: fc.constantFrom('text/plain', 'image/png'),
  content: fc.uint8Array({ maxLength: 8 }),
});

/** Mostly what a run does next; sometimes what comes too late, twice or in the wrong place. */
interface Step {
  readonly change: Change;
  /** How far the expected sequence is off; null leaves it open. */
  readonly off: number | null;
  readonly entries: number;
}

const rarely = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined, freq: 4 });

const step: fc.Arbitrary<Step> = stream.chain((name) =>
  fc.record({
    off: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 1, null) },
    ),
    entries: fc.integer({ min: 0, max: 3 }),
    change: fc
      .record({
        run: fc.option(row(name), { nil: undefined }),
        tasks: fc.array(task(name), { maxLength: 3 }),
        timers: rarely(fc.array(timer, { maxLength: 2 })),
        cancelled: rarely(fc.array(fc.constantFrom('t', 'u'), { maxLength: 1 })),
        outbox: rarely(
          fc.array(fc.record({ run: stream, message: fc.constant({ n: 1 }) }), { maxLength: 2 }),
        ),
        delivered: rarely(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 })),
        artifacts: rarely(fc.array(artifact, { maxLength: 2 })),
        snapshot: rarely(fc.record({ sequence: fc.integer({ min: 0, max: 4 }), state: fc.string() })),
        idempotency: rarely(record),
        documents: rarely(fc.uniqueArray(write, { maxLength: 2, selector: ({ kind, id }) => kind + id })),
        leases: rarely(fc.array(lease, { maxLength: 3 })),
      })
      .map((parts) => ({
        ...(Object.fromEntries(
          Object.entries(parts).filter(([, part]) => part !== undefined),
        ) as Partial<Change>),
        stream: name,
        expected: null,
        entries: [],
      })),
  }),
);

const history = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });

/** Expected sequences as the model of a stream has them; a refused change does not move it, so the model asks the results. */
async function play(store: Store, batches: readonly (readonly Step[])[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const batch of batches) {
    const heads = new Map<string, number>();
    const changes: Change[] = [];
    const there = new Set((await store.outbox(0, 1_000)).map(({ id }) => id));
    for (const { change: wanted, off, entries } of batch) {
      const change = known(wanted, there);
      const head = heads.get(change.stream) ?? (await store.lastEntry(change.stream))?.sequence ?? 0;
      if (off === null) changes.push(change);
      else {
        const expected = Math.max(0, head + off);
        changes.push({ ...change, expected, entries: entriesFrom(expected, entries) });
        heads.set(change.stream, head + (off === 0 ? entries : 0));
      }
    }
    results.push((await store.commit(changes)).map((result) => (result.ok ? 'applied' : result.code)));
  }
  return results;
}

/** Only messages that somebody has read are delivered. */
const known = (change: Change, there: ReadonlySet<number>): Change =>
  change.delivered ? { ...change, delivered: change.delivered.filter((id) => there.has(id)) } : change;

const RUN_FILTERS: RunFilter[] = [
  {},
  { status: ['running', 'failed'] },
  { definition: 'claims' },
  { definition: 'claims', status: ['paused'] },
  { startedBy: 'passport_a' },
  { parent: 'run_a' },
];
const TASK_FILTERS: TaskFilter[] = [
  {},
  { run: 'run_a' },
  { open: true },
  { open: false },
  { status: ['ready', 'completed'] },
  { status: ['ready', 'failed'] },
  { status: ['failed', 'obsolete'] },
  { assignee: 'passport_a' },
  { assignee: 'passport_b', open: true },
  { order: 'queue' },
  { order: 'queue', status: ['ready'], by: ['agent', 'any'] },
  { order: 'queue', run: 'run_a', kind: ['task'] },
];

/** Every answer of every question that the port has. */
async function answers(store: Store): Promise<unknown> {
  const plain = (bytes: { readonly hash: Uint8Array }): unknown => ({ ...bytes, hash: hex(bytes.hash) });
  const runs = RUN_FILTERS.map((filter) => everyPage((page: PageRequest) => store.runs(filter, page), 2));
  const tasks = TASK_FILTERS.map((filter) => everyPage((page: PageRequest) => store.tasks(filter, page), 3));
  const streams = RUNS.map(async (name) => {
    const [loaded, last] = [await store.loadRun(name), await store.lastEntry(name)];
    const entries = (await store.entries({ stream: name, after: 1 }, 5)).map(plain);
    return [
      await store.run(name),
      loaded && { ...loaded, entries: loaded.entries.map(plain) },
      last && plain(last),
      entries,
    ];
  });
  const found = ['aa', 'bb'].map(async (name) => {
    const artifact = await store.artifact(name);
    return artifact && { ...artifact, content: hex(artifact.content) };
  });
  return {
    runs: await Promise.all(runs),
    counts: await store.runCounts(),
    tasks: await Promise.all(tasks),
    one: await Promise.all(RUNS.flatMap((run) => NAMES.map((name) => store.task(`${run}:${name}`)))),
    streams: await Promise.all(streams),
    entries: (await store.entries({ position: 1 }, 100)).map(plain),
    timers: [await store.timers(12, 2), await store.nextTimer()],
    outbox: await store.outbox(1, 10),
    artifacts: await Promise.all(found),
    idempotency: await Promise.all(['k', 'l', 'm', 'n'].map((key) => store.idempotent(key))),
    documents: [
      await everyPage((page) => store.documents('participant', page), 2),
      await store.document('token', 'x'),
    ],
    forgotten: await store.forgetIdempotency(10, 100),
  };
}

async function inPlace<Result>(place: Place, work: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await place.open();
  try {
    return await work(store);
  } finally {
    await store.close();
    await place.remove();
  }
}

const here = ADAPTERS.filter(({ missing }) => missing === undefined);

test('all adapters give the same answers to the same history', { timeout: 120_000 }, async (t) => {
  for (const { name, missing } of ADAPTERS) if (missing) t.diagnostic(`without ${name}: ${missing}`);
  const seed = process.env['STORE_SEED'];
  await fc.assert(
    fc.asyncProperty(history, async (batches) => {
      const [first, ...others] = await Promise.all(
        here.map(async (adapter) =>
          inPlace(await adapter.place(), async (store) => {
            await store.runCounts();
            return { results: await play(store, batches), ...((await answers(store)) as object) };
          }),
        ),
      );
      for (const other of others) assert.deepEqual(other, first);
    }),
    {
      numRuns: Number(process.env['STORE_RUNS'] ?? 40),
      ...(seed !== undefined && { seed: Number(seed) }),
      endOnFailure: true,
    },
  );
});
