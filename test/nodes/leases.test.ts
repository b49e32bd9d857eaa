import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, Task } from '../../src/engine/index.ts';
import type { Store } from '../../src/store/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import {
  agent,
  asBoss,
  claim,
  complete,
  openNode,
  openNodes,
  settle,
  startRun,
  statusOf,
  TWO_STEPS,
  until,
  type Node,
} from './kit.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

test(
  'a lease is prolonged through any node, and ended by none that has not heard of it',
  needed,
  async (t) => {
    const [one, two] = (await openNodes(t, serverOf(postgres), {}, {})) as [Node, Node];
    await settle(one, [agent('x')], [TWO_STEPS]);
    const run = await startRun(one, 'two');
    const task = (await claim(one, 'x', { leaseMs: 1500 }))!;
    await until(() => two.runtime.leases.get(task.id) !== undefined);
    for (const leaseMs of [3000, 60_000]) {
      const looked = one.looked();
      const prolonged = await two.runtime.heartbeat(task.id, task.token, 'x', leaseMs);
      assert.ok(prolonged.ok);
      await looked;
    }
    assert.equal(await complete(one, task), null, 'it has been held beyond two leases');
    assert.equal(await statusOf(two, run), 'running');
    const late = await two.runtime.heartbeat(task.id, task.token, 'x', 1500);
    assert.equal(!late.ok && late.rejection.code, 'task_closed');
  },
);

test('a lease that is prolonged at one node just as another ends it is held on', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const two = await openNode(url, { background: false });
  let task: Task | null = null;
  const beaten = Promise.withResolvers<boolean>();
  const opened = (store: Store): void => {
    const commit = store.commit.bind(store);
    store.commit = async (changes) => {
      const ends = changes.some((one) =>
        one.tasks?.some(({ id, status }) => id === task?.id && status === 'ready'),
      );
      if (ends) beaten.resolve((await two.runtime.heartbeat(task!.id, task!.token, 'x', 60_000)).ok);
      return commit(changes);
    };
  };
  const one = await openNode(url, { opened });
  t.after(() => Promise.all([one.stop(), two.stop()]));
  await settle(one, [agent('x')], [TWO_STEPS]);
  await startRun(one, 'two');
  task = await claim(one, 'x', { leaseMs: 1000 });
  assert.ok(await beaten.promise, 'the holder is told that it holds the task');
  const prolonged = two.runtime.leases.get(task!.id)?.until;
  await until(() => one.runtime.leases.get(task!.id)?.until === prolonged);
  assert.equal(await complete(one, task!), null);
});

test('a lease stays as long as any node has made it, whichever writes the task next', needed, async (t) => {
  const url = await serverOf(postgres).newSchema();
  const one = await openNode(url);
  const two = await openNode(url, { deaf: true });
  t.after(() => Promise.all([one.stop(), two.stop()]));
  await settle(one, [agent('x')], [TWO_STEPS]);
  const run = await startRun(one, 'two');
  const { id, token } = (await claim(one, 'x', { leaseMs: 60_000 }))!;
  await until(() => two.runtime.leases.get(id) !== undefined);
  const prolonged = await one.runtime.heartbeat(id, token, 'x', 660_000);
  assert.ok(prolonged.ok);
  const comment: Command = { type: 'task.comment', task: id, text: 'still at it', mentions: [] };
  assert.ok((await two.runtime.runs.execute(run, comment, asBoss)).ok);
  assert.equal((await one.store.task(id))?.leaseUntil, prolonged.value.leaseUntil);
});
