/** What is kept of what policies refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const boss = passport('boss', { roles: ['boss'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };

test('what a policy refuses is in the ledger, also of one among many, with what it saw, which nobody is told', async () => {
  const bed = await Testbed.open(officer, passport('clerk', { roles: ['clerk'] }));
  await bed.adopt({
    policy: { id: 'not-now', on: 'task.start', effect: 'deny', when: 'participant.kind == "human"' },
  });
  const id = async () => (await bed.taskOf(await bed.start({ id: 'a', task: { from: 'role:clerk' } }))).id;
  const [alone, among] = [await id(), await id()];
  assert.equal(await bed.no('clerk', 'task.start', { id: alone }), 'policy_denied');
  const { results } = await bed.ok('clerk', 'task.batch', { act: 'start', items: [{ id: among }] });
  assert.deepEqual(Object.keys(results[0]?.refused ?? {}), ['code', 'message']);
  assert.equal(results[0]?.refused?.code, 'policy_denied');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const kept = events.filter(({ type }) => type === 'access.refused').map(({ payload }) => payload);
  assert.deepEqual(
    kept.map(({ operation, task }) => [operation, task]),
    [
      ['task.start', alone],
      ['task.start', among],
    ],
  );
  for (const { ruled } of kept)
    assert.deepEqual((ruled as unknown as { facts: object }).facts, { participant: { kind: 'human' } });
  await bed.close();
});

test('MANY-1 of one among many it is said what is wrong as if it were alone, with all that is', async () => {
  const bed = await Testbed.open(robot, passport('reader', { roles: ['viewer'] }));
  const { id } = await bed.taskOf(await bed.start(READ));
  const wrong = { id, token: 'one', outcome: 3 };
  const caller = bed.as('robot');
  const alone = await bed.operations.call('task.complete', wrong, caller);
  assert.ok(!alone.ok);
  const { results } = await bed.ok('robot', 'task.batch', { act: 'complete', items: [wrong as never] });
  assert.equal(results[0]?.refused?.message, alone.rejection.message);
  assert.match(alone.rejection.message, /task\.complete .*token: .*outcome/);
  await bed.close();
});

test('a refusal names what was tried by what it is: a task is a task (REFUSED-3)', async () => {
  const bed = await Testbed.open(officer, boss, robot);
  const definition = await bed.define(READ);
  await bed.adopt({
    policy: {
      id: 'no-runs',
      on: 'run.start',
      effect: 'deny',
      when: `definition.id == "${definition}"`,
    },
  });
  await bed.adopt({
    policy: { id: 'looked-at', on: 'delegate', effect: 'require_approval', from: 'role:compliance' },
  });
  const { id, proposal } = await bed.ok('boss', 'delegation.create', { to: 'passport_robot' });
  await bed.adopt({ policy: { id: 'no-rights', on: 'delegate', effect: 'deny' } });
  assert.equal(await bed.no('root', 'workflow.start', { definition }), 'policy_denied');
  assert.equal(await bed.no('boss', 'delegation.create', { to: 'passport_robot' }), 'policy_denied');
  const { digest = '' } = proposal ?? {};
  assert.equal(await bed.no('officer', 'delegation.approve', { id, digest }), 'policy_denied');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const tried = events
    .filter(({ type }) => type === 'access.refused')
    .map(
      ({ payload: { participant: _p, operation: _o, code: _c, message: _m, ruled: _r, ...rest } }) => rest,
    );
  assert.deepEqual(tried, [{ definition }, {}, { delegation: id }]);
  await bed.close();
});

test('who decides on their own work, or where others are named, or passes work on to somebody it is kept from, is in the ledger', async () => {
  const clerk = (id: string) => passport(id, { roles: ['clerk'] });
  const bed = await Testbed.open(clerk('ann'), clerk('bob'));
  const task = { by: 'human', from: 'role:clerk' };
  const run = await bed.start(
    { id: 'a', task },
    { id: 'b', task: { ...task, separateFrom: ['p0.a'] } },
    { id: 'c', approval: { subject: 1, from: 'role:clerk' } },
  );
  const next = async () => (await bed.taskOf(run)).id;
  const first = await next();
  await bed.ok('bob', 'task.start', { id: first });
  await bed.ok('bob', 'task.complete', { id: first, output: null });
  const second = await next();
  await bed.ok('ann', 'task.start', { id: second });
  const passing = { id: second, to: 'passport_bob' };
  for (const _ of [1, 2]) assert.equal(await bed.no('ann', 'task.delegate', passing), 'separation_of_duties');
  await bed.ok('ann', 'task.complete', { id: second, output: null });
  const third = await next();
  const subject = (await bed.taskOf(run)).approval?.subject ?? '';
  const saying = { id: third, outcome: 'approve', subject } as const;
  assert.equal(await bed.no('bob', 'task.decide', saying), 'separation_of_duties');
  assert.equal(await bed.no('root', 'task.decide', saying), 'not_eligible');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const kept = events.filter(({ type }) => type === 'access.refused').map(({ payload }) => payload);
  assert.deepEqual(
    kept.map(({ participant, operation, task: of, code }) => [participant, operation, of, code]),
    [
      ['passport_ann', 'task.delegate', second, 'separation_of_duties'],
      ['passport_bob', 'task.decide', third, 'separation_of_duties'],
      ['passport_root', 'task.decide', third, 'not_eligible'],
    ],
  );
  await bed.close();
});
