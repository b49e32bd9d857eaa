import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import {
  agent,
  AGENT_STEP,
  asBoss,
  claim,
  complete,
  openNodes,
  settle,
  startRun,
  TWO_STEPS,
  until,
  type Node,
  type NodeOptions,
} from './kit.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const two = async (t: TestContext, other: NodeOptions = {}): Promise<[Node, Node]> =>
  (await openNodes(t, serverOf(postgres), {}, other)) as [Node, Node];

const assigned = (id: string, assign: JsonObject | string): JsonObject => ({
  id,
  phases: [{ id: 'p', steps: [{ id: 'a', task: { ...AGENT_STEP.task, assign } }] }],
});

test('what one node reserves for an agent it gets at another, where it waits', needed, async (t) => {
  const [one, other] = await two(t);
  await settle(one, [agent('x', 2)], [assigned('turns', 'round_robin')]);
  await until(() => other.runtime.organisation.passport('x') !== null);
  const waiting = claim(other, 'x', { waitMs: 10_000 });
  const run = await startRun(one, 'turns');
  assert.equal((await waiting)?.run, run);
  const next = await startRun(one, 'turns');
  await until(async () => (await claim(other, 'x'))?.run === next);
});

test(
  'what is given to those alone who wait goes to one that waits where nothing is done unasked',
  needed,
  async (t) => {
    const [one, api] = await two(t, { background: false });
    const late = { strategy: 'round_robin', when: 'late' };
    await settle(one, [agent('x', 2)], [assigned('late', late)]);
    await until(() => api.runtime.organisation.passport('x') !== null);
    const [first, second] = [await startRun(api, 'late'), await startRun(one, 'late')];
    const runs = [await claim(api, 'x', { waitMs: 5000 }), await claim(api, 'x', { waitMs: 5000 })];
    assert.deepEqual(new Set(runs.map((task) => task?.run)), new Set([first, second]));
  },
);

test('who waits on a node gets what another holds for want of anybody', needed, async (t) => {
  const [one, other] = await two(t);
  await settle(one, [agent('x', 2)], [assigned('late', { strategy: 'round_robin', when: 'late' })]);
  await until(() => other.runtime.organisation.passport('x') !== null);
  const waiting = claim(other, 'x', { waitMs: 10_000 });
  await until(() => other.runtime.organisation.directory.isPresent('x'));
  const run = await startRun(one, 'late');
  assert.equal((await waiting)?.run, run);
});

test('of what another node holds for want of anybody all who wait get something', needed, async (t) => {
  const [one, other] = await two(t);
  const late = { strategy: 'round_robin', when: 'late' };
  const fan = { ...AGENT_STEP.task, assign: late };
  const step = { id: 'a', task: fan, forEach: '${ input.items }' };
  await settle(one, [agent('x'), agent('y')], [{ id: 'late', phases: [{ id: 'p', steps: [step] }] }]);
  await until(() => other.runtime.organisation.passport('y') !== null);
  const waiting = ['x', 'y'].map((id) => claim(other, id, { waitMs: 10_000 }));
  const { directory } = other.runtime.organisation;
  await until(() => directory.isPresent('x') && directory.isPresent('y'));
  const run = await startRun(one, 'late', { items: [1, 2] });
  assert.deepEqual(
    (await Promise.all(waiting)).map((task) => task?.run),
    [run, run],
  );
});

test(
  'what is offered goes past who holds as much as they can by another node, until they hold less',
  needed,
  async (t) => {
    const [one, other] = await two(t);
    await settle(one, [agent('x'), agent('y')], [assigned('open', 'offer')]);
    await until(() => other.runtime.organisation.passport('y') !== null);
    const { directory } = other.runtime.organisation;
    const first = claim(other, 'x', { waitMs: 20_000 });
    await until(() => directory.isPresent('x'));
    const behind = claim(other, 'y', { waitMs: 20_000 });
    await until(() => directory.isPresent('y'));
    await startRun(one, 'open');
    const held = await claim(one, 'x', { waitMs: 5000 });
    assert.ok(held);
    await until(() => other.runtime.leases.count('x') === 1);
    const second = await startRun(one, 'open');
    assert.equal((await behind)?.run, second);
    const third = await startRun(one, 'open');
    await until(() => other.runtime.scheduler.backlog === 1);
    assert.equal(await complete(one, held), null);
    assert.equal((await first)?.run, third);
  },
);

test('who waits on a node is given work once an emergency stop is lifted on another', needed, async (t) => {
  const [one, other] = await two(t);
  await settle(one, [agent('x')], [TWO_STEPS]);
  await startRun(one, 'two');
  const { stops } = one.runtime.organisation.policies;
  const others = other.runtime.organisation.policies.stops;
  assert.ok((await stops.pull('smoke', asBoss)).ok);
  await until(() => others.state.state === 'on' && other.runtime.scheduler.backlog === 1);
  const waiting = claim(other, 'x', { waitMs: 5000 });
  const person = { id: 'boss', kind: 'human', accountable: 'boss', actsFor: [] } as const;
  assert.ok((await stops.lift('no fire', { person, alone: true }, asBoss)).ok);
  assert.ok(await waiting);
});

test(
  'what somebody cannot do any more goes to another once, though every node knows it',
  needed,
  async (t) => {
    const [one, other] = await two(t);
    const both = [one, other];
    await settle(
      one,
      ['a', 'b', 'c', 'd'].map((id) => agent(id, 90)),
      [assigned('turns', 'round_robin')],
    );
    for (let at = 0; at < 60; at += 1) await startRun(one, 'turns');
    const { rows } = await one.store.tasks({ assignee: 'a', open: true }, { limit: 99 });
    assert.ok(rows.length > 0);
    await until(() => both.every(({ runtime }) => runtime.organisation.directory.open('a') === rows.length));
    assert.ok((await one.runtime.organisation.participants.update('a', { status: 'suspended' }, asBoss)).ok);
    await until(() => both.every(({ runtime }) => runtime.organisation.directory.open('a') === 0));
    for (const { runtime } of both) await runtime.scheduler.stop();
    for (const { run } of rows) {
      const entries = await one.store.entries({ stream: run, after: 0 }, 99);
      const released = entries.filter(({ text }) => text.includes('"task.released"'));
      assert.equal(released.length, 1, run);
    }
  },
);
