import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Attribution, Command } from '../../src/engine/index.ts';
import { parseCheckpoint, verifyConsistency } from '../../src/ledger/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import {
  agent,
  as,
  asBoss,
  claim,
  complete,
  FAN_OUT,
  openNode,
  openNodes,
  settle,
  sha256,
  startRun,
  statusOf,
  TWO_STEPS,
  until,
  type Node,
  type NodeOptions,
} from './kit.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const nodes = (t: TestContext, ...options: readonly NodeOptions[]): Promise<Node[]> =>
  openNodes(t, serverOf(postgres), ...options);

const rootIn = (note: string): Uint8Array => {
  const parsed = parseCheckpoint(note);
  assert.ok(parsed.ok);
  return parsed.value.root;
};

test('a task that becomes ready on one node goes to an agent that waits on another', needed, async (t) => {
  const [one, two] = (await nodes(t, {}, {})) as [Node, Node];
  await settle(one, [agent('x', 2)], [TWO_STEPS]);
  await until(() => two.runtime.organisation.passport('x') !== null);
  const waiting = claim(two, 'x', { waitMs: 30_000 });
  const run = await startRun(one, 'two');
  const task = await waiting;
  assert.equal(task?.run, run);
  const again = claim(two, 'x', { waitMs: 30_000 });
  assert.equal(await complete(one, task, 1), null, 'any node takes the result');
  const second = await again;
  assert.equal(await complete(two, second!, 2), null);
  await until(async () => (await statusOf(one, run)) === 'completed');
  assert.equal((await one.runtime.runs.state(run))?.state.status, 'completed');
});

test('without any hint it takes a second more, and no longer', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const one = await openNode(url);
  await settle(one, [agent('x')], [TWO_STEPS]);
  const two = await openNode(url, { deaf: true });
  t.after(() => Promise.all([one.stop(), two.stop()]));
  const waiting = claim(two, 'x', { waitMs: 30_000 });
  const run = await startRun(one, 'two');
  assert.equal((await waiting)?.run, run);
});

test('a task goes to one of many who want it, on whatever node; the others forget it', needed, async (t) => {
  const all = await nodes(t, {}, {}, {});
  const agents = ['a', 'b', 'c', 'd', 'e', 'f'];
  await settle(
    all[0]!,
    agents.map((id) => agent(id, 40)),
    [FAN_OUT],
  );
  await until(() => all.every(({ runtime }) => runtime.organisation.passport('f') !== null));
  const run = await startRun(all[0]!, 'fan', { items: Array.from({ length: 20 }, (_, at) => at) });
  await until(() => all.every(({ runtime }) => runtime.scheduler.backlog === 20));
  const claims = agents.flatMap((id, at) => Array.from({ length: 5 }, () => claim(all[at % 3]!, id)));
  const tasks = (await Promise.all(claims)).filter((task) => task !== null);
  assert.equal(new Set(tasks.map(({ id }) => id)).size, 20);
  assert.equal(tasks.length, 20);
  await until(() => all.every(({ runtime }) => runtime.scheduler.backlog === 0));
  const done = await Promise.all(tasks.map((task, at) => complete(all[(at + 1) % 3]!, task, at)));
  assert.deepEqual(new Set(done), new Set([null]));
  assert.equal(await statusOf(all[0]!, run), 'completed');
});

test(
  'a run that one node pauses and another resumes at once is paused for none of them',
  needed,
  async (t) => {
    const [one, two] = (await nodes(t, {}, {})) as [Node, Node];
    await settle(one, [], [FAN_OUT]);
    const runs: string[] = [];
    for (let at = 0; at < 20; at += 1) runs.push(await startRun(one, 'fan', { items: [1] }));
    const waiting = (count: number) =>
      until(() => [one, two].every(({ runtime }) => runtime.scheduler.backlog === count));
    await waiting(20);
    for (const run of runs) {
      assert.ok((await one.runtime.runs.execute(run, { type: 'pause' }, asBoss)).ok);
      assert.ok((await two.runtime.runs.execute(run, { type: 'resume' }, asBoss)).ok);
    }
    await startRun(one, 'fan', { items: [1] });
    await waiting(21);
    assert.ok((await two.runtime.runs.execute(runs[0]!, { type: 'pause' }, asBoss)).ok);
    await waiting(20);
  },
);

test('a participant holds no more than its capacity, whichever nodes it asks', needed, async (t) => {
  const all = await nodes(t, {}, {}, {});
  await settle(all[0]!, [agent('x', 3)], [FAN_OUT]);
  await until(() => all.every(({ runtime }) => runtime.organisation.passport('x') !== null));
  for (let round = 0; round < 3; round += 1)
    await startRun(all[round]!, 'fan', { items: [1, 2, 3, 4, 5, 6] });
  await until(() => all.every(({ runtime }) => runtime.scheduler.backlog === 18));
  const claims = await Promise.all(Array.from({ length: 9 }, (_, at) => claim(all[at % 3]!, 'x')));
  const held = claims.filter((task) => task !== null);
  assert.equal(held.length, 3);
  assert.equal((await all[0]!.store.tasks({ assignee: 'x', open: true }, { limit: 99 })).rows.length, 3);
  assert.equal(await complete(all[1]!, held[0]!), null);
  assert.ok(await claim(all[2]!, 'x', { waitMs: 5000 }), 'who has done something may take more');
});

test('what is refused is held against the store, whatever becomes of memory meanwhile', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const one = await openNode(url);
  await settle(one, [agent('x', 9)], [FAN_OUT]);
  const run = await startRun(one, 'fan', { items: [1, 2] });
  const two = await openNode(url, { deaf: true, background: false });
  t.after(() => Promise.all([one.stop(), two.stop()]));
  assert.equal((await two.runtime.runs.state(run))?.state.status, 'running');
  const { id, token } = (await claim(one, 'x'))!;
  const find = two.store.idempotent.bind(two.store);
  const bothAsk = Promise.withResolvers<void>();
  let asked = 0;
  two.store.idempotent = async (key) => {
    const found = await find(key);
    asked += 1;
    if (asked === 2) bothAsk.resolve();
    await bothAsk.promise;
    return found;
  };
  const keyed = (command: Command, by: Attribution) =>
    two.runtime.runs.execute(run, command, by, {
      idempotency: { key: command.type, fingerprint: command.type },
    });
  const [stale, conflicting] = await Promise.all([
    keyed({ type: 'task.complete', task: id, token, output: 1 }, as('x')),
    keyed({ type: 'pause' }, asBoss),
  ]);
  assert.ok(stale.ok, 'it was started on the other node');
  assert.ok(conflicting.ok);
});

test(
  'what a dead node gave out is given out again by another, and the late answer is refused',
  needed,
  async (t) => {
    const url = await serverOf(postgres).newSchema();
    const one = await openNode(url);
    const two = await openNode(url);
    t.after(() => two.stop());
    await settle(one, [agent('x'), agent('y')], [TWO_STEPS]);
    await startRun(one, 'two');
    const task = (await claim(one, 'x', { leaseMs: 1000 }))!;
    await one.kill();
    const again = (await claim(two, 'y', { waitMs: 20_000 }))!;
    assert.equal(again.id, task.id);
    assert.ok(again.token > task.token);
    assert.equal(await complete(two, task), 'stale_token');
    assert.equal(await complete(two, again), null);
  },
);

test('a command that two nodes are given under one key is carried out once', needed, async (t) => {
  const [one, two] = (await nodes(t, {}, {})) as [Node, Node];
  await settle(one, [agent('x')], [TWO_STEPS]);
  const run = await startRun(one, 'two');
  const task = (await claim(one, 'x'))!;
  const finish = ({ runtime }: Node) =>
    runtime.runs.execute(
      run,
      { type: 'task.complete', task: task.id, token: task.token, output: 1 },
      as('x'),
      { idempotency: { key: 'k', fingerprint: 'f' } },
    );
  const [first, second] = await Promise.all([finish(one), finish(two)]);
  assert.ok(first.ok && second.ok);
  assert.deepEqual(JSON.parse(JSON.stringify(first)), JSON.parse(JSON.stringify(second)));
  const entries = await one.store.entries({ stream: run, after: 0 }, 99);
  assert.equal(entries.filter(({ text }) => text.includes('"type":"task.completed"')).length, 1);
});

test('many commands on one run through all nodes are all carried out', needed, async (t) => {
  const all = await nodes(t, {}, {}, {});
  await settle(all[0]!, [agent('x', 200)], [FAN_OUT]);
  await until(() => all.every(({ runtime }) => runtime.organisation.passport('x') !== null));
  const run = await startRun(all[0]!, 'fan', { items: Array.from({ length: 60 }, (_, at) => at) });
  await until(() => all.every(({ runtime }) => runtime.scheduler.backlog > 0));
  const work = async (node: Node): Promise<number> => {
    let done = 0;
    for (let task = await claim(node, 'x'); task; task = await claim(node, 'x')) {
      assert.equal(await complete(node, task), null);
      done += 1;
    }
    return done;
  };
  const done = await Promise.all(all.flatMap((node) => [work(node), work(node), work(node)]));
  assert.equal(
    done.reduce((sum, count) => sum + count, 0),
    60,
  );
  assert.equal(await statusOf(all[1]!, run), 'completed');
  assert.deepEqual(
    all.flatMap(({ faults }) => faults),
    [],
  );
});

test(
  'a timer that is due fires once, though every node looks, and also when the node that set it is dead',
  needed,
  async (t) => {
    const url = await serverOf(postgres).newSchema();
    const first = await openNode(url);
    const waits = { id: 'w', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1s' } }] }] };
    await settle(first, [], [waits]);
    const two = await openNode(url);
    const three = await openNode(url);
    t.after(() => Promise.all([two.stop(), three.stop()]));
    const runs = await Promise.all(Array.from({ length: 8 }, () => startRun(first, 'w')));
    await first.kill();
    await until(async () => {
      const all = await Promise.all(runs.map((run) => statusOf(two, run)));
      return all.every((status) => status === 'completed');
    });
    for (const run of runs) {
      const types = (await two.store.entries({ stream: run, after: 0 }, 99)).map(
        ({ text }) => (JSON.parse(text) as { type: string }).type,
      );
      assert.equal(types.filter((type) => type === 'run.completed').length, 1, types.join());
    }
    assert.equal(await two.store.nextTimer(), null);
  },
);

test('messages between runs arrive once, also when the node that sent them is dead', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const first = await openNode(url);
  const parent = {
    id: 'parent',
    phases: [
      {
        id: 'p',
        steps: [{ id: 'a', workflow: { definition: 'two', input: {} }, forEach: '${ input.items }' }],
      },
    ],
  };
  await settle(first, [agent('x', 50)], [TWO_STEPS, parent]);
  const two = await openNode(url);
  const three = await openNode(url);
  t.after(() => Promise.all([two.stop(), three.stop()]));
  const run = await startRun(first, 'parent', { items: [1, 2, 3, 4, 5, 6] });
  await first.kill();
  const work = async (node: Node): Promise<void> => {
    while ((await statusOf(node, run)) !== 'completed') {
      const task = await claim(node, 'x', { waitMs: 500 });
      if (task) assert.equal(await complete(node, task), null);
    }
  };
  await Promise.all([work(two), work(three)]);
  assert.equal((await two.store.runs({ parent: run }, { limit: 99 })).rows.length, 6);
  await until(async () => (await two.store.outbox(0, 1)).length === 0);
  assert.deepEqual([...two.faults, ...three.faults], []);
});

test('what is changed in the organisation on one node counts on the others', needed, async (t) => {
  const [one, two] = (await nodes(t, {}, {})) as [Node, Node];
  await settle(one, [agent('x')], [TWO_STEPS]);
  const token = { id: 'token_1', passport: 'x', label: '', createdAt: 0, revokedAt: null };
  await one.runtime.organisation.tokens.issue('secret', token, asBoss);
  const isKnown = async () => (await two.runtime.organisation.tokens.authenticate('secret')) !== null;
  await until(isKnown);
  await one.runtime.organisation.tokens.revoke('token_1', asBoss);
  await until(async () => !(await isKnown()));
  await two.runtime.organisation.saveDefinition({ ...TWO_STEPS, name: 'second' }, asBoss);
  await until(async () => (await one.runtime.organisation.definition('two'))?.version === 2);
  await Promise.all(
    [one, two].map(({ runtime }, at) => runtime.organisation.register(agent(`z${at}`), asBoss)),
  );
  await until(() =>
    [one, two].every(({ runtime }) => ['z0', 'z1'].every((id) => runtime.organisation.passport(id))),
  );
});

test('a node whose clock is a minute off does no harm', needed, async (t) => {
  const [one, fast, slow] = (await nodes(t, {}, { skew: 60_000 }, { skew: -60_000 })) as [Node, Node, Node];
  const waits = { id: 'w', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1s' } }] }] };
  await settle(one, [agent('x', 5)], [TWO_STEPS, waits]);
  await until(() => [fast, slow].every(({ runtime }) => runtime.organisation.passport('x') !== null));
  await startRun(one, 'two');
  const task = (await claim(slow, 'x', { waitMs: 5000, leaseMs: 5000 }))!;
  await until(() => fast.runtime.leases.get(task.id) !== undefined);
  const began = await one.store.now();
  const run = await startRun(slow, 'w');
  await until(async () => (await statusOf(one, run)) === 'completed');
  const took = (await one.store.now()) - began;
  assert.ok(took >= 1000 && took < 20_000, `the second took ${took} ms`);
  assert.equal((await one.store.task(task.id))?.status, 'in_progress', 'the lease has not been ended');
  assert.equal(await complete(fast, task), null);
  const [row] = (await one.store.runs({ definition: 'w' }, { limit: 1 })).rows;
  assert.ok(Math.abs((row?.createdAt ?? 0) - began) < 10_000);
});

test(
  'the tree has one writer at a time, and every checkpoint follows from the one before',
  needed,
  async (t) => {
    const all = await nodes(t, {}, {}, {});
    await settle(all[0]!, [agent('x', 99)], [TWO_STEPS]);
    await until(() => all.every(({ runtime }) => runtime.organisation.passport('x') !== null));
    const sizes: number[] = [];
    const notes = new Map<number, string>();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(all.map((node) => startRun(node, 'two')));
      for (const { size, note } of await Promise.all(all.map(({ runtime }) => runtime.log.checkpoint()))) {
        assert.equal(notes.get(size) ?? note, note, 'a size is signed once');
        notes.set(size, note);
        sizes.push(size);
      }
    }
    assert.equal(await all[0]!.store.treeSize(), await all[0]!.store.entryCount());
    const sorted = [...new Set(sizes)].toSorted((a, b) => a - b);
    for (const [at, to] of sorted.entries()) {
      const from = sorted[at - 1];
      if (from === undefined) continue;
      const proof = await all[at % 3]!.runtime.log.consistency(from, to);
      const claim = { from, to, fromRoot: rootIn(notes.get(from)!), toRoot: rootIn(notes.get(to)!), proof };
      assert.ok(verifyConsistency(claim, sha256), `${from} is no beginning of ${to}`);
    }
  },
);
