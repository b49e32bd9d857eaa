import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import type { InputOf } from '../../src/operations/schema/index.ts';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';
import { agent, asBoss, claim, TWO_STEPS, until } from './kit.ts';
import { human, openTwo, type Server, type Two } from './servers.ts';

/**
 * What one node has acknowledged binds the others at once. The other node is deaf in all of these: it hears nothing of what is written,
 * and would look by itself only after a second.
 */
const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const REVIEW: JsonObject = {
  id: 'review',
  phases: [{ id: 'p', steps: [{ id: 'a', task: { requires: ['work'], by: 'human' } }] }],
};

const two = (t: TestContext): Promise<Two> =>
  openTwo(
    t,
    postgres,
    [agent('x', 9), human('second', ['administrator']), human('worker', ['operator']), human('friend', [])],
    [TWO_STEPS, REVIEW],
  );

const START = { definition: 'two' } as const;

test('an emergency stop that one node has acknowledged is in force on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  await other.ask(of('boss'), 'workflow.start', START);
  const held = await claim(other.node, 'x');
  assert.ok(held);
  await other.ask(of('boss'), 'workflow.start', START);
  await one.ask(of('boss'), 'organisation.emergency_stop', { reason: 'smoke' });
  const direct = await other.node.runtime.startRun({ definition: 'two', input: {} }, asBoss);
  assert.equal(!direct.ok && direct.rejection.code, 'emergency_stop', 'also without any look before it');
  assert.equal(await other.refused(of('boss'), 'workflow.start', START), 'emergency_stop');
  assert.equal(await claim(other.node, 'x'), null, 'nothing is given out');
  const { id, token } = held;
  await other.ask(of('x'), 'task.complete', { id, token, output: 1 });
});

test('a claim that is repeated at another node gets what the first has given for it', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const ask = (server: Server) =>
    server.ask(of('x'), 'task.claim_next', { leaseSeconds: 60 }, { idempotencyKey: 'one' });
  for (let at = 0; at < 2; at += 1) await one.ask(of('boss'), 'workflow.start', START);
  const { task } = await ask(one);
  const again = (await ask(other)).task;
  assert.ok(task);
  assert.deepEqual([again?.id, again?.token], [task.id, task.token]);
  await other.ask(of('x'), 'task.progress', { id: task.id, token: task.token, fraction: 0.5 });
  assert.equal((await ask(other)).task?.id, task.id, 'also when it has been written anew');
});

/** Looks of both nodes for what x holds: the first wait for each other, as those after them do where all are `together`. */
function looksMeet({ one, two: other }: Two, together: boolean): void {
  const meetings = [0, 1].map(() => ({ come: 0, met: Promise.withResolvers<void>() }));
  for (const { node } of [one, other]) {
    const { store } = node;
    const read = store.tasks.bind(store);
    let looks = 0;
    store.tasks = async (filter, page) => {
      const isLook = filter.assignee === 'x' && filter.status?.includes('in_progress');
      const meeting = isLook ? meetings[looks++] : undefined;
      if (!meeting || (meeting === meetings[1] && !together)) return read(filter, page);
      meeting.come += 1;
      if (meeting.come === 2) meeting.met.resolve();
      await meeting.met.promise;
      return read(filter, page);
    };
  }
}

for (const [how, { together = false, capacity = 9 }] of Object.entries({
  'and both then look': { together: true },
  'however they overlap': {},
  'and there is room for one alone': { capacity: 1 },
}))
  test(`a claim that two nodes carry out at once, ${how}, holds one task in the end`, needed, async (t) => {
    const nodes = await two(t);
    const { one, two: other, of } = nodes;
    const ask = async (server: Server) =>
      (await server.ask(of('x'), 'task.claim_next', {}, { idempotencyKey: 'one' })).task?.id;
    await other.ask(of('boss'), 'participant.update', { id: 'x', capacity });
    for (let at = 0; at < 4; at += 1) await one.ask(of('boss'), 'workflow.start', START);
    await until(async () => other.node.runtime.scheduler.backlog === 4);
    looksMeet(nodes, together);
    const given = await Promise.all([ask(one), ask(other)]);
    const { rows } = await one.node.store.tasks({ assignee: 'x', open: true }, { limit: 9 });
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['in_progress'],
    );
    const kept = rows[0]?.id;
    if (together || capacity === 1) assert.deepEqual(given, [kept, kept]);
    assert.ok(given.includes(kept));
    assert.deepEqual([await ask(other), await ask(one)], [kept, kept]);
    const entries = await one.node.store.entries({ position: -1 }, 1000);
    assert.ok(!entries.some(({ text }) => text.includes('"lost":true')), 'what is given back is not lost');
  });

test('nothing begins between the acknowledgement of a stop and its end, on any node', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  let isOver = false;
  let begun = 0;
  let answered = Promise.withResolvers<void>();
  const begin = async ({ node }: Server, at: number): Promise<void> => {
    while (!isOver) {
      const started = await node.runtime.startRun({ definition: 'two', input: {} }, asBoss);
      if (started.ok) begun += 1;
      else await new Promise(setImmediate);
      attempts[at] = (attempts[at] ?? 0) + 1;
      answered.resolve();
      answered = Promise.withResolvers();
    }
  };
  const attempts = [0, 0, 0];
  const working = [one, other, other].map(begin);
  /** Resolves when everybody's attempt that was under way has been answered, and two that were made since. */
  const eachHasTried = async (): Promise<void> => {
    const before = [...attempts];
    while (attempts.some((count, at) => count < (before[at] ?? 0) + 3)) await answered.promise;
  };
  const runs = async (): Promise<number> =>
    Object.values(await one.node.store.runCounts()).reduce((sum, count) => sum + count, 0);
  for (let round = 0; round < 5; round += 1) {
    const before = begun;
    await until(() => begun > before + 3);
    await one.ask(of('boss'), 'organisation.emergency_stop', { reason: 'smoke' });
    const then = await runs();
    await eachHasTried();
    assert.equal(await runs(), then);
    await other.ask(of('boss'), 'organisation.lift_emergency_stop', { reason: 'over' });
    await one.ask(of('second'), 'organisation.lift_emergency_stop', { reason: 'over' });
  }
  isOver = true;
  await Promise.all(working);
});

test('a policy that one node has put in force binds what the other begins', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  await other.ask(of('boss'), 'workflow.start', START);
  const policy = { id: 'closed', on: 'run.start', effect: 'deny', code: 'closed' } as const;
  const { change } = await one.ask(of('boss'), 'policy.propose', { policy });
  const { id, digest } = change;
  await one.ask(of('second'), 'policy.approve', { id, digest });
  const direct = await other.node.runtime.startRun({ definition: 'two', input: {} }, asBoss);
  assert.equal(!direct.ok && direct.rejection.code, 'policy_denied');
});

test(
  'that a policy keeps runs inside of another from their start is told once, on whatever node',
  needed,
  async (t) => {
    const { one, two: other, of } = await two(t);
    const step = { id: 'a', forEach: '${ input.items }', workflow: { definition: 'two', input: {} } };
    const document = {
      id: 'parent',
      phases: [{ id: 'p', steps: [{ ...step, onFailure: { finally: 'skip' } }] }],
    };
    await one.ask(of('boss'), 'workflow.save_definition', { document });
    const policy = { id: 'none-inside', on: 'run.start', when: 'parent != null', effect: 'deny' } as const;
    const { change } = await one.ask(of('boss'), 'policy.propose', { policy });
    await one.ask(of('second'), 'policy.approve', { id: change.id, digest: change.digest });
    const input = { items: [1, 2, 3, 4, 5, 6] };
    const { id } = await other.ask(of('boss'), 'workflow.start', { definition: 'parent', input });
    await until(async () => (await one.node.store.run(id))?.status === 'completed');
    const entries = await one.node.store.entries({ stream: id, after: 0 }, 100);
    assert.equal(entries.filter(({ text }) => text.includes('"type":"child.failed"')).length, 6);
    assert.deepEqual(await one.node.store.outbox(0, 10), []);
    assert.deepEqual([...one.node.faults, ...other.node.faults], []);
  },
);

test('whoever is suspended on one node does nothing more on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  await other.ask(of('boss'), 'workflow.start', START);
  const caller = (await other.operations.authenticate(of('worker')))!;
  await one.ask(of('boss'), 'participant.suspend', { id: 'worker', reason: 'left' });
  assert.equal(await other.operations.authenticate(of('worker')), null);
  const late = await other.operations.call('workflow.start', START, caller);
  assert.equal(!late.ok && late.rejection.code, 'token_invalid', 'nor with what it was let in with before');
  const agent = (await other.operations.authenticate(of('x')))!;
  await one.ask(of('boss'), 'participant.suspend', { id: 'x', reason: 'odd results' });
  const claimed = await other.operations.call('task.claim_next', {}, agent);
  assert.equal(claimed.ok && claimed.value.task, null, 'what waits is not given to it');
});

test('a token that is revoked on one node is none on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const caller = (await other.operations.authenticate(of('worker')))!;
  await one.ask(of('boss'), 'token.revoke', { id: 'token_worker' });
  assert.equal(await other.operations.authenticate(of('worker')), null);
  const late = await other.operations.call('workflow.start', START, caller);
  assert.equal(!late.ok && late.rejection.code, 'token_invalid');
});

test('who has lost a role on one node does nothing by it on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const caller = (await other.operations.authenticate(of('worker')))!;
  await one.ask(of('boss'), 'participant.update', { id: 'worker', roles: [] });
  const late = await other.operations.call('workflow.start', START, caller);
  assert.equal(!late.ok && late.rejection.code, 'forbidden');
});

test('a claim that is narrowed on one node carries no other work on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const narrowed = async (terms: Partial<InputOf<'claim.grant'>>): Promise<string> => {
    const { id: run } = await other.ask(of('boss'), 'workflow.start', { definition: 'review' });
    const { rows } = await other.ask(of('boss'), 'task.list', { run, open: true });
    const grant = { participant: 'friend', capability: 'work', level: 1, constraints: [], ...terms };
    await one.ask(of('boss'), 'claim.grant', grant);
    return other.refused(of('friend'), 'task.start', { id: rows[0]?.id ?? '' });
  };
  assert.equal(await narrowed({}), 'done');
  assert.equal(await narrowed({ constraints: [{ fact: 'amount', atMost: 1 }] }), 'not_eligible');
});

test('a delegation that is revoked on one node carries nothing on the other', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const { id } = await one.ask(of('worker'), 'delegation.create', { to: 'friend' });
  const under = { delegation: id };
  await until(() => other.node.runtime.organisation.delegations.get(id) !== null);
  await other.ask(of('friend'), 'workflow.start', START, under);
  const caller = (await other.operations.authenticate(of('friend')))!;
  await one.ask(of('worker'), 'delegation.revoke', { id });
  const late = await other.operations.call('workflow.start', START, caller, under);
  assert.equal(!late.ok && late.rejection.code, 'delegation_inactive');
  assert.equal(await other.refused(of('friend'), 'workflow.start', START, under), 'delegation_inactive');
});

const lent = (more: JsonObject = {}): JsonObject => ({
  id: 'lent',
  on: 'delegate',
  effect: 'require_approval',
  from: 'role:administrator',
  ...more,
});

/** A policy that wants delegations approved is in force, and the worker has let the friend act: both nodes know it. */
async function proposedOn({ one, two: other, of }: Two, policy: JsonObject) {
  const { change } = await one.ask(of('boss'), 'policy.propose', { policy });
  await one.ask(of('second'), 'policy.approve', { id: change.id, digest: change.digest });
  const { id, status, proposal } = await one.ask(of('worker'), 'delegation.create', { to: 'friend' });
  assert.equal(status, 'proposed');
  await until(() => other.node.runtime.organisation.delegations.get(id) !== null);
  return { id, digest: proposal?.digest ?? '' };
}

test('what one node has decided on a delegation that is proposed binds the other', needed, async (t) => {
  const nodes = await two(t);
  const { one, two: other, of } = nodes;
  const first = await proposedOn(nodes, lent());
  await one.ask(of('boss'), 'delegation.reject', { id: first.id });
  assert.equal(await other.refused(of('second'), 'delegation.approve', first), 'delegation_status');
  const next = await proposedOn(nodes, lent());
  await one.ask(of('worker'), 'delegation.narrow', { id: next.id, scope: { definitions: [] } });
  assert.equal(await other.refused(of('second'), 'delegation.approve', next), 'approval_stale');
  const last = await proposedOn(nodes, lent());
  const { change } = await one.ask(of('boss'), 'policy.propose', { policy: lent({ id: 'more' }) });
  await one.ask(of('second'), 'policy.approve', { id: change.id, digest: change.digest });
  assert.equal(await other.refused(of('second'), 'delegation.approve', last), 'approval_insufficient');
});

test('approvals of two nodes add up, each person once, and it holds on both', needed, async (t) => {
  const nodes = await two(t);
  const { one, two: other, of } = nodes;
  const given = await proposedOn(nodes, lent({ quorum: 2 }));
  const under = { delegation: given.id };
  const half = await one.ask(of('boss'), 'delegation.approve', given);
  assert.equal(half.status, 'proposed');
  assert.equal(await other.refused(of('boss'), 'delegation.approve', given), 'already_decided');
  assert.equal(await other.refused(of('friend'), 'workflow.start', START, under), 'delegation_inactive');
  const whole = await other.ask(of('second'), 'delegation.approve', given);
  assert.equal(whole.status, 'active');
  await other.ask(of('friend'), 'workflow.start', START, under);
  await until(() => one.node.runtime.organisation.delegations.get(given.id)?.status === 'active');
  await one.ask(of('friend'), 'workflow.start', START, under);
});

test('the time of what is proposed is over once, whichever node is first', needed, async (t) => {
  const nodes = await two(t);
  const { one, two: other, of } = nodes;
  const { id } = await proposedOn(nodes, lent({ within: '1s' }));
  for (const { node } of [one, other])
    await until(() => node.runtime.organisation.delegations.get(id)?.status === 'expired');
  const { events } = await one.ask(of('boss'), 'event.list', { limit: 1000 });
  assert.equal(events.filter(({ type }) => type === 'delegation.expired').length, 1);
});

test('where it cannot be read how things are, nobody is let in and nothing begins', needed, async (t) => {
  const { one, two: other, of } = await two(t);
  const { store, runtime } = other.node;
  const read = store.document.bind(store);
  store.document = (kind, id) =>
    kind === 'edition' ? Promise.reject(new Error('the database does not answer')) : read(kind, id);
  await assert.rejects(other.operations.authenticate(of('boss')), /does not answer/);
  await one.ask(of('boss'), 'organisation.emergency_stop', { reason: 'smoke' });
  await assert.rejects(runtime.startRun({ definition: 'two', input: {} }, asBoss), /does not answer/);
  store.document = read;
  const late = await runtime.startRun({ definition: 'two', input: {} }, asBoss);
  assert.equal(!late.ok && late.rejection.code, 'emergency_stop');
});
