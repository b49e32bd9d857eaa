import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { isArtifactRef, type JsonObject } from '../definition/index.ts';
import { sha256 } from '../main/sha256.ts';
import type { Passport } from '../routing/index.ts';
import type { Store } from '../store/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import { Random } from '../../test/simulation/random.ts';
import { World } from '../../test/simulation/world.ts';
import { attribute, Runtime } from './index.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const SIGNER = {
  name: 'humanos/test',
  publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  sign: (message: Uint8Array) => sign(null, message, privateKey),
};

const OWNER: Passport = {
  id: 'owner',
  kind: 'human',
  name: 'owner',
  owner: null,
  roles: ['administrator'],
  groups: [],
  capabilities: [],
  status: 'available',
  capacity: 9,
  publicKey: null,
  createdAt: 0,
};
const AGENT: Passport = {
  ...OWNER,
  id: 'agent',
  kind: 'agent',
  name: 'agent',
  owner: 'owner',
  roles: [],
  capabilities: ['work'],
  capacity: 3,
};
const asOwner = attribute(OWNER, { kind: 'role', id: 'administrator' });
const asAgent = attribute(AGENT, { kind: 'definition', id: 'd', version: '1' });

let ids = 0;

/** A runtime in simulated time. */
const open = async (store: Store = memoryStore(), world = new World(new Random(1))) => {
  const process = { alive: true };
  const runtime = new Runtime({
    store,
    clock: world.clockOf(process),
    sha256,
    signer: SIGNER,
    newId: () => String((ids += 1)).padStart(8, '0'),
    onFault: (fault) => {
      throw fault;
    },
  });
  const wait = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let done = false;
    const finished = promise.finally(() => {
      done = true;
    });
    finished.catch(() => {});
    assert.ok(
      await world.run(() => done, world.now + 60_000),
      'nothing more happens, and the promise is open',
    );
    return finished;
  };
  await wait(runtime.start());
  const pass = async (ms: number): Promise<void> => {
    const until = world.now + ms;
    await world.run(() => false, until);
    world.now = until;
  };
  const begin = async (document: JsonObject, input: JsonObject = {}): Promise<string> => {
    for (const passport of [OWNER, AGENT])
      if (!runtime.organisation.passport(passport.id))
        await wait(runtime.organisation.register(passport, asOwner));
    const saved = await wait(
      runtime.organisation.saveDefinition({ id: 'd', name: 'd', ...document }, asOwner),
    );
    assert.ok(saved.ok, JSON.stringify(saved));
    const started = await wait(runtime.startRun({ definition: 'd', input }, asOwner));
    assert.ok(started.ok);
    return started.value.run;
  };
  const claim = async (waitMs = 0) => {
    const answer = await wait(
      runtime.scheduler.claimNext({ passport: AGENT, until: world.now + waitMs, leaseMs: 10_000 }),
    );
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.value;
  };
  const complete = (task: { run: string; id: string; token: number }, output: JsonObject | number = 1) =>
    wait(
      runtime.runs.execute(
        task.run,
        { type: 'task.complete', task: task.id, token: task.token, output },
        asAgent,
      ),
    );
  const status = async (run: string) => (await store.run(run))?.status;
  return { process, runtime, world, store, wait, pass, begin, claim, complete, status };
};

/** Another on what the first left, as after a crash. */
const again = ({ process, store, world }: Awaited<ReturnType<typeof open>>) => {
  process.alive = false;
  return open(store, world);
};

const task = { requires: ['work'], by: 'agent', input: {} };
const fan: JsonObject = {
  phases: [
    { id: 'p', steps: [{ id: 's', forEach: '${ input.items }', task: { ...task, input: '${ item }' } }] },
  ],
};

test('a timer that fell due while nothing ran fires once at the start', async () => {
  const first = await open();
  const run = await first.begin({ phases: [{ id: 'p', steps: [{ id: 's', wait: { for: '1h' } }] }] });
  first.world.now += 2 * 3_600_000;
  const second = await again(first);
  await second.pass(1000);
  assert.equal(await second.status(run), 'completed');
  const entries = await second.store.entries({ stream: run, after: 0 }, 100);
  assert.equal(entries.filter(({ text }) => text.includes('"type":"wait.completed"')).length, 1);
  assert.equal(await second.store.nextTimer(), null);
});

test('after a crash in the middle of a phase only what is left is done, and the lost holder is refused', async () => {
  const first = await open();
  const run = await first.begin(fan, { items: [1, 2, 3] });
  const [done, lost] = [await first.claim(), await first.claim()];
  assert.ok(done && lost);
  await first.complete(done);
  const second = await again(first);
  await second.pass(15_000);
  const left = [await second.claim(), await second.claim()];
  assert.deepEqual(new Set(left.map((one) => one?.id)), new Set([lost.id, `${run}:p.s.2:1.1`]));
  const late = await second.complete(lost);
  assert.ok(!late.ok && late.rejection.code === 'stale_token');
  for (const one of left) if (one) await second.complete(one);
  assert.equal(await second.status(run), 'completed');
});

test('a task that becomes ready goes to whoever waits, in the commit that makes it ready', async () => {
  const { runtime, world, wait, begin } = await open();
  await begin({ phases: [{ id: 'p', steps: [{ id: 's', wait: { signal: 'never' } }] }] });
  const waiting = runtime.scheduler.claimNext({
    passport: AGENT,
    until: world.now + 30_000,
    leaseMs: 10_000,
  });
  const run = await begin(fan, { items: ['a'] });
  const claimed = await wait(waiting);
  assert.ok(claimed.ok);
  assert.equal(claimed.value?.run, run);
  assert.equal(claimed.value?.assignee, AGENT.id);
  const entries = await runtime.store.entries({ stream: run, after: 0 }, 10);
  assert.deepEqual(
    entries.map(({ text }) => (JSON.parse(text) as { type: string; actor: string }).actor),
    ['owner', 'system:humanos', 'system:humanos'],
  );
});

test('nobody holds more than their capacity', async () => {
  const { runtime, world, begin, claim, wait } = await open();
  await begin(fan, { items: [1, 2, 3, 4] });
  for (let held = 0; held < AGENT.capacity; held += 1) assert.ok(await claim());
  const refused = await wait(
    runtime.scheduler.claimNext({ passport: AGENT, until: world.now, leaseMs: 10_000 }),
  );
  assert.ok(!refused.ok && refused.rejection.code === 'capacity_reached');
});

test('a lease that is prolonged in time does not run out', async () => {
  const { runtime, begin, claim, complete, pass, wait } = await open();
  await begin(fan, { items: [1] });
  const held = await claim();
  assert.ok(held);
  for (let beat = 0; beat < 3; beat += 1) {
    await pass(8000);
    const answer = await wait(runtime.heartbeat(held.id, held.token, AGENT.id, 10_000));
    assert.ok(answer.ok);
  }
  assert.ok((await complete(held)).ok);
});

test('results over 64 KiB become artifacts, and expressions see what is in them', async () => {
  const { begin, claim, complete, status, runtime } = await open();
  const run = await begin({
    phases: [
      { id: 'p', steps: [{ id: 's', task }] },
      {
        id: 'q',
        needs: ['p'],
        steps: [{ id: 's', task: { ...task, input: { size: '${ phases.p.s.output.size }' } } }],
      },
    ],
  });
  const first = await claim();
  assert.ok(first);
  await complete(first, { size: 3, text: 'x'.repeat(70_000) });
  const state = await runtime.runs.state(run);
  assert.ok(isArtifactRef(state?.state.steps[0]?.output));
  const second = await claim();
  assert.deepEqual(second?.input, { size: 3 });
  if (second) await complete(second);
  assert.equal(await status(run), 'completed');
});

test('an artifact that is no longer in memory is read again when an expression needs it', async () => {
  const first = await open();
  const run = await first.begin({
    phases: [
      { id: 'p', steps: [{ id: 's', task }] },
      { id: 'g', needs: ['p'], steps: [{ id: 's', wait: { signal: 'go' } }] },
      {
        id: 'q',
        needs: ['g'],
        steps: [{ id: 's', task: { ...task, input: { size: '${ phases.p.s.output.size }' } } }],
      },
    ],
  });
  const claimed = await first.claim();
  assert.ok(claimed);
  await first.complete(claimed, { size: 7, text: 'x'.repeat(70_000) });
  const second = await again(first);
  const go = { type: 'signal', signal: 'go', payload: 1 } as const;
  assert.ok((await second.wait(second.runtime.runs.execute(run, go, asOwner))).ok);
  assert.deepEqual((await second.claim())?.input, { size: 7 });
});

test('under one idempotency key a command is carried out once, also when it is given twice at a time', async () => {
  const { runtime, wait, begin, store } = await open();
  await begin(fan, { items: [] });
  const start = (fingerprint: string) =>
    wait(runtime.startRun({ definition: 'd', input: { items: [1] } }, asOwner, { key: 'k', fingerprint }));
  const [one, two] = await Promise.all([start('f'), start('f')]);
  const three = await start('f');
  assert.deepEqual(one, two);
  assert.deepEqual(JSON.parse(JSON.stringify(three)), JSON.parse(JSON.stringify(one)));
  const other = await start('g');
  assert.ok(!other.ok && other.rejection.code === 'idempotency_mismatch');
  assert.equal((await store.runs({}, { limit: 10 })).rows.length, 2);
});

test('a holder whose lease ran out while nothing ran may still come back with the result', async () => {
  const first = await open();
  await first.begin(fan, { items: [1] });
  const held = await first.claim();
  first.world.now += 3_600_000;
  const second = await again(first);
  assert.ok(held);
  assert.ok((await second.complete(held)).ok);
});

test('a claim whose claimer has gone is given back, on the authority of the definition', async () => {
  const { runtime, world, begin, wait, store } = await open();
  const run = await begin(fan, { items: [1] });
  const gone = new AbortController();
  const request = { passport: AGENT, until: world.now + 1000, leaseMs: 10_000, signal: gone.signal };
  const claiming = runtime.scheduler.claimNext(request);
  gone.abort();
  assert.deepEqual(await wait(claiming), { ok: true, value: null });
  const entries = await store.entries({ stream: run, after: 0 }, 10);
  const last = JSON.parse(entries.at(-1)?.text ?? '') as { type: string; authority: object };
  assert.equal(last.type, 'task.released');
  assert.deepEqual(last.authority, { kind: 'definition', id: 'd', version: '1' });
});

test('a claim that fails after its time is answered, not forgotten', async () => {
  const world = new World(new Random(1));
  const memory = memoryStore();
  let fails = false;
  const commit = memory.commit.bind(memory);
  const slow = Object.assign(memory, {
    commit: (changes: Parameters<Store['commit']>[0]) =>
      fails ? world.pause(40_000).then(() => Promise.reject(new Error('disk full'))) : commit(changes),
  });
  const { runtime, begin, wait } = await open(slow, world);
  await begin(fan, { items: [] });
  const waiting = runtime.scheduler.claimNext({
    passport: AGENT,
    until: world.now + 30_000,
    leaseMs: 10_000,
  });
  fails = true;
  const starting = runtime.startRun({ definition: 'd', input: { items: [1] } }, asOwner);
  await assert.rejects(wait(starting), /disk full/);
  assert.deepEqual(await wait(waiting), { ok: true, value: null });
});

for (const [what, keyed] of [
  ['', {}],
  [' under a key', { idempotency: { key: 'k', fingerprint: 'f' } }],
] as const)
  test(`a lease is not lost to a comment${what} that is written with the start of its task (HELD-1, ROWS-2)`, async () => {
    const { runtime, world, begin, wait, store } = await open();
    const run = await begin(fan, { items: [1] });
    const { rows } = await store.tasks({ run }, { limit: 1 });
    const id = rows[0]?.id ?? '';
    const leaseUntil = world.now + 10_000;
    const { commit } = store;
    let batches = 0;
    store.commit = (changes) => {
      batches += 1;
      return commit.call(store, changes);
    };
    const [started, noted] = await wait(
      Promise.all([
        runtime.runs.execute(run, { type: 'task.start', task: id, assignee: AGENT.id }, asAgent, {
          leaseUntil,
          claim: 'c',
        }),
        runtime.runs.execute(
          run,
          { type: 'task.comment', task: id, text: 'Soon.', mentions: [] },
          asOwner,
          keyed,
        ),
      ]),
    );
    assert.ok(started.ok && noted.ok);
    assert.equal(batches, 1);
    const row = await store.task(id);
    assert.deepEqual([row?.leaseUntil, row?.claim], [leaseUntil, 'c']);
    const answer = await wait(runtime.heartbeat(id, row?.token ?? 0, AGENT.id, 20_000));
    assert.ok(answer.ok, JSON.stringify(answer));
  });

test('a short lease runs out in its own time, beside a long one that was given first', async () => {
  const { runtime, world, begin, wait, pass } = await open();
  await begin(fan, { items: [1, 2] });
  const claim = (leaseMs: number) =>
    runtime.scheduler.claimNext({ passport: AGENT, until: world.now, leaseMs });
  await wait(claim(3_600_000));
  await wait(claim(5000));
  await pass(7000);
  assert.equal(runtime.leases.count(AGENT.id), 1);
});

test('every lease of a run that is read again is kept, however many there are', async () => {
  const { runtime, world, begin, wait } = await open();
  const many = { ...AGENT, capacity: 5000 };
  const items = Array.from({ length: 1100 }, (_, index) => index);
  const run = await begin({ ...fan, limits: { concurrency: 2000 } }, { items });
  const claim = () => runtime.scheduler.claimNext({ passport: many, until: world.now, leaseMs: 10_000 });
  await wait(Promise.all(items.map(claim)));
  assert.equal(runtime.leases.count(many.id), 1100);
  await wait(runtime.scheduler.reread(run));
  assert.equal(runtime.leases.count(many.id), 1100);
});

test('a graceful stop answers those who wait, and leaves what is held to its lease', async () => {
  const first = await open();
  await first.begin(fan, { items: [1] });
  const held = await first.claim();
  const waiting = first.runtime.scheduler.claimNext({
    passport: AGENT,
    until: first.world.now + 30_000,
    leaseMs: 10_000,
  });
  await first.wait(first.runtime.stop());
  assert.deepEqual(await first.wait(waiting), { ok: true, value: null });
  const second = await again(first);
  assert.ok(held);
  assert.ok((await second.complete(held)).ok);
});

test('a run whose definition is changed meanwhile goes on with its own', async () => {
  const { begin, claim, complete, status, runtime, wait } = await open();
  const run = await begin(fan, { items: [1, 2] });
  await wait(
    runtime.organisation.saveDefinition(
      { id: 'd', name: 'd', phases: [{ id: 'x', steps: [{ id: 'y', task }] }] },
      asOwner,
    ),
  );
  for (let left = await claim(); left; left = await claim()) await complete(left);
  assert.equal(await status(run), 'completed');
});
