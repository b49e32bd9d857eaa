import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from '../../../test/e2e/calls.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 100; at += 1) await new Promise(setImmediate);
};
const assigneeOf = async (bed: Testbed, run: string) => (await bed.taskOf(run)).assignee;

test('whoever gives back what goes to somebody else in the same commit is given what waits for them (REROUTE-1)', async () => {
  const ann = passport('ann', { roles: ['clerk', 'expert'], capacity: 1 });
  const bed = await Testbed.open(ann, passport('bob', { roles: ['clerk'] }));
  const turns = (role: string) => ({
    id: 'a',
    task: { by: 'human', from: `role:${role}`, assign: 'round_robin' },
  });
  const first = await bed.taskOf(await bed.start(turns('clerk')));
  assert.equal(first.assignee, 'passport_ann');
  const second = await bed.start(turns('expert'));
  assert.equal(await assigneeOf(bed, second), null);
  await bed.ok('ann', 'task.decline', { id: first.id, reason: 'not mine' });
  await settled();
  assert.equal(await assigneeOf(bed, first.run), 'passport_bob');
  assert.equal(await assigneeOf(bed, second), 'passport_ann');
  await bed.close();
});

test('whoever was refused for all that they have looks again when some of it goes straight to another (CLAIMING-5)', async () => {
  const agent = (id: string) => passport(id, { kind: 'agent', capabilities: ['read', 'sign'], capacity: 5 });
  const bed = await Testbed.open(agent('one'), agent('two'));
  const step = (requires: string, assign: object) => ({
    task: { by: 'agent', requires: [requires], assign },
  });
  const reads = (who: string) => bed.ok(who, 'task.claim_next', { waitSeconds: 60, capabilities: ['read'] });
  const signed = await bed.taskOf(await bed.start({ id: 'a', ...step('sign', { strategy: 'round_robin' }) }));
  assert.equal(signed.assignee, 'passport_one');
  const [first] = [reads('two'), await settled()];
  const late = { strategy: 'offer', when: 'late', load: 1 };
  const run = await bed.start({ id: 'b', forEach: [1, 2], ...step('read', late) });
  assert.equal((await first).task?.run, run);
  const second = reads('one');
  await settled();
  await bed.ok('root', 'task.release', { id: signed.id, reason: 'for somebody else' });
  assert.equal(await assigneeOf(bed, signed.run), 'passport_two');
  assert.equal((await second).task?.run, run);
  await bed.close();
});

test('what was held since its taker claimed something else goes to them once that is refused (REROUTE-1)', async () => {
  const one = passport('one', { kind: 'agent', capabilities: ['read', 'write'], capacity: 1 });
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), one);
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const no = { id: 'no', on: 'task.start', effect: 'deny', reason: 'not now' };
  await bed.adopt({ policy: { ...no, when: 'task.requires == ["read"]' } }, 'running');
  const writing = { id: 'a', task: { requires: ['write'], by: 'agent', assign: 'round_robin' } };
  const definition = await bed.define(writing);
  const claimed = bed.ok('one', 'task.claim_next', { capabilities: ['read'] });
  const { id } = await bed.ok('root', 'workflow.start', { definition });
  assert.equal((await claimed).task, null);
  await settled();
  assert.equal(await assigneeOf(bed, id), 'passport_one');
  await bed.close();
});

test('what is reserved for an agent that is suspended while it claims it goes to another (REROUTE-2)', async () => {
  const agent = (id: string) => passport(id, { kind: 'agent', capabilities: ['read'] });
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent', assign: 'round_robin' } });
  assert.equal(await assigneeOf(bed, run), 'passport_one');
  const suspended = bed.ok('root', 'participant.suspend', { id: 'passport_one', reason: 'audit' });
  assert.equal(await bed.no('one', 'task.claim_next', {}), 'token_invalid');
  await suspended;
  await settled();
  assert.equal(await assigneeOf(bed, run), 'passport_two');
  await bed.close();
});

test('however many cannot move, one behind them that can does, and each of them is asked about once (REROUTE-3)', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'], capacity: 2 }));
  const turns = (assign: unknown) => ({ id: 'a', task: { by: 'human', from: 'role:clerk', assign } });
  const [first] = [await bed.start(turns('round_robin')), await bed.start(turns('round_robin'))];
  const stuck = turns({ strategy: 'round_robin', when: 'late', load: 1 });
  for (let at = 0; at < 50; at += 1) await bed.start(stuck);
  const run = await bed.start(turns('round_robin'));
  const asked = calls(bed.runtime.runs, 'execute');
  await bed.ok('root', 'workflow.cancel', { id: first });
  await settled();
  assert.equal(await assigneeOf(bed, run), null);
  for (let at = 0; at < 10; at += 1) {
    bed.clock.move(1000);
    await settled();
  }
  assert.equal(await assigneeOf(bed, run), 'passport_ann');
  assert.equal(asked.count, 52);
  await bed.close();
});

test('what lies reserved for whoever may not do it any more goes on when its run does (REROUTE-2)', async () => {
  const clerks = [passport('ann', { roles: ['clerk'] }), passport('bob', { roles: ['clerk'] })];
  const bed = await Testbed.open(...clerks);
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', assign: 'round_robin' } });
  assert.equal(await assigneeOf(bed, run), 'passport_ann');
  await bed.ok('root', 'workflow.pause', { id: run, reason: 'audit' });
  await bed.ok('root', 'participant.suspend', { id: 'passport_ann', reason: 'audit' });
  await settled();
  await bed.ok('root', 'workflow.resume', { id: run });
  await settled();
  assert.equal(await assigneeOf(bed, run), 'passport_bob');
  await bed.close();
});
