/** The emergency stop: nothing begins, what is under way ends, and it is there after a restart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const robot = passport('robot', { kind: 'agent', capabilities: ['read'], capacity: 3 });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const TWO = [READ, { id: 'b', task: { requires: ['read'], by: 'agent' } }];

test('nothing begins, what is under way ends, and all goes on when it is lifted', async () => {
  const bed = await Testbed.open(robot);
  const run = await bed.start(...TWO);
  const other = await bed.start(READ);
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  assert.equal((await bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' })).state, 'on');
  const definition = await bed.define(READ);
  assert.equal(await bed.no('root', 'workflow.start', { definition }), 'emergency_stop');
  assert.equal((await bed.ok('robot', 'task.claim_next', {})).task, null);
  const { rows } = await bed.ok('root', 'task.list', { run: other, open: true });
  assert.equal(await bed.no('robot', 'task.claim', { id: rows[0]?.id ?? '' }), 'emergency_stop');
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const ask = { ...held, call: '1', tool: 'look', class: 'read_only' as const };
  assert.equal((await bed.ok('robot', 'tool.request', ask)).code, 'emergency_stop');
  await bed.ok('robot', 'task.complete', { ...held, output: 1 });
  const next = await bed.taskOf(run);
  assert.deepEqual([next.step, next.status], ['p1.b', 'created']);
  assert.match((await bed.ok('root', 'workflow.get_run', { id: run })).verdict.reason, /a leak/);
  assert.equal(bed.operations.isReady, true);
  assert.equal((await bed.ok('root', 'organisation.lift_emergency_stop', { reason: 'closed' })).state, 'off');
  const claimed = [
    (await bed.ok('robot', 'task.claim_next', { waitSeconds: 1 })).task?.run,
    (await bed.ok('robot', 'task.claim_next', { waitSeconds: 1 })).task?.run,
  ];
  assert.deepEqual(new Set(claimed), new Set([run, other]));
  assert.equal(await bed.no('root', 'organisation.lift_emergency_stop', { reason: 'again' }), 'not_stopped');
  await bed.close();
});

test('it survives a restart, and two people lift it where there are two', async () => {
  const bed = await Testbed.open(robot, passport('officer', { roles: ['compliance'] }));
  await bed.start(READ);
  await bed.ok('officer', 'organisation.emergency_stop', { reason: 'a leak' });
  await bed.runtime.stop();
  const next = new Testbed(bed.store);
  await next.runtime.start();
  assert.equal((await next.ok('robot', 'task.claim_next', {})).task, null);
  const proposed = await next.ok('root', 'organisation.lift_emergency_stop', { reason: 'closed' });
  assert.deepEqual([proposed.state, proposed.liftProposedBy], ['on', 'passport_root']);
  assert.equal((await next.ok('root', 'organisation.lift_emergency_stop', { reason: 'closed' })).state, 'on');
  assert.equal(
    (await next.ok('officer', 'organisation.lift_emergency_stop', { reason: 'yes' })).state,
    'off',
  );
  assert.notEqual((await next.ok('robot', 'task.claim_next', {})).task, null);
  await next.close();
});

test('a setting that cannot be read stops work as well', async () => {
  const bed = await Testbed.open(robot);
  await bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' });
  await bed.runtime.stop();
  const body = { state: 'perhaps' };
  const [done] = await bed.store.commit([
    {
      stream: 'organisation',
      expected: null,
      entries: [],
      documents: [{ kind: 'emergency_stop', id: 'organisation', expected: 1, body }],
    },
  ]);
  assert.ok(done?.ok);
  const next = new Testbed(bed.store);
  await next.runtime.start();
  assert.equal((await next.ok('root', 'organisation.get_emergency_stop', {})).state, 'unknown');
  const definition = await next.define(READ);
  assert.equal(await next.no('root', 'workflow.start', { definition }), 'emergency_stop_unknown');
  await next.close();
});
