/** Whoever begins with work gets it with that: what policies say at both points holds, over the operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['work'], capacity: 9 });
const open = () => Testbed.open(officer, clerk, robot);

const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const CAP = { id: 'cap', on: 'task.start', effect: 'limit', tokens: 10 };
const MUCH = { tokens: 1000, cost: 0 };

type Told = { readonly ruled?: { readonly notify?: readonly string[] } };
const told = async (bed: Testbed, run: string, wanted: string): Promise<Told | undefined> => {
  const { events } = await bed.ok('root', 'run.events', { id: run });
  return events.find(({ type }) => type === wanted)?.payload;
};
const begin = async (bed: Testbed) => {
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 600 });
  assert.ok(task);
  return { id: task.id, token: task.token };
};

test('a cap at the start holds beside an approval of who gets it', async () => {
  const bed = await open();
  await bed.adopt({ policy: CAP });
  await bed.adopt({
    policy: { id: 'ask', on: 'task.assign', effect: 'require_approval', from: 'role:clerk' },
  });
  const run = await bed.start(WORK);
  const { id, approval } = await bed.taskOf(run);
  await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  await bed.ok('robot', 'task.complete', { ...(await begin(bed)), output: 1, usage: MUCH });
  assert.match(JSON.stringify(await bed.ok('root', 'workflow.get_run', { id: run })), /limit_tokens/);
  await bed.close();
});

test('a cap holds while all work is stopped', async () => {
  const bed = await open();
  await bed.adopt({ policy: CAP });
  const run = await bed.start(WORK);
  const held = await begin(bed);
  await bed.ok('officer', 'organisation.emergency_stop', { reason: 'smoke' });
  await bed.ok('robot', 'task.complete', { ...held, output: 1, usage: MUCH });
  assert.match(JSON.stringify(await bed.ok('root', 'workflow.get_run', { id: run })), /limit_tokens/);
  await bed.close();
});

for (const [on, to] of [
  ['task.assign', 'role:clerk'],
  ['task.start', 'role:security'],
] as const)
  test(`whom a policy names at ${on} is told, however an agent gets the work`, async () => {
    const bed = await open();
    await bed.adopt({ policy: { id: 'tell', on, effect: 'notify', to } });
    const waiting = bed.ok('robot', 'task.claim_next', { leaseSeconds: 600, waitSeconds: 20 });
    await bed.until(() => bed.runtime.organisation.directory.isPresent('passport_robot'));
    const given = await bed.start(WORK);
    assert.ok((await waiting).task);
    assert.deepEqual((await told(bed, given, 'task.created'))?.ruled?.notify, [to]);
    const claimed = await bed.start(WORK);
    await begin(bed);
    assert.deepEqual((await told(bed, claimed, 'task.started'))?.ruled?.notify, [to]);
    await bed.close();
  });

test('what a task has used is all that was reported of it, also where policies are tried on the past', async () => {
  const bed = await open();
  const dear = {
    id: 'dear',
    on: 'task.complete',
    when: 'usage.tokens > 100.0',
    effect: 'route_to_human',
    to: 'role:clerk',
  };
  await bed.adopt({ policy: dear });
  const run = await bed.start(WORK);
  const held = await begin(bed);
  await bed.ok('robot', 'task.progress', { ...held, usage: { tokens: 5000, cost: 0 } });
  await bed.ok('robot', 'task.complete', { ...held, output: 1, usage: { tokens: 1, cost: 0 } });
  assert.equal((await bed.taskOf(run)).kind, 'escalation');
  const exact = { ...dear, when: 'usage.tokens == 5001.0', effect: 'deny' };
  const { to: _, ...denial } = exact;
  const tried = await bed.ok('root', 'policy.simulate', { policies: [denial], runs: [run] });
  assert.deepEqual(
    tried.differences.map(({ point, after }) => [point, after.verdict]),
    [['task.complete', 'deny']],
  );
  await bed.close();
});

test('an approval in the place of work is no attempt at it', async () => {
  const bed = await open();
  await bed.adopt({ policy: { id: 'once', on: 'task.start', when: 'task.attempt > 1.0', effect: 'deny' } });
  await bed.adopt({
    policy: { id: 'ask', on: 'task.start', effect: 'require_approval', from: 'role:clerk' },
  });
  const run = await bed.start({ ...WORK, retry: { attempts: 2, backoff: 'none' } });
  const { id, approval } = await bed.taskOf(run);
  await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  const held = await begin(bed);
  await bed.ok('robot', 'task.fail', { ...held, code: 'broken', message: 'It broke.' });
  const again = await bed.taskOf(run);
  assert.equal(again.kind, 'task', 'nobody is asked about what is denied');
  assert.equal(await bed.no('robot', 'task.start', { id: again.id }), 'policy_denied');
  await bed.close();
});

test('who is told that somebody gets work is told once, also where they begin later', async () => {
  const bed = await open();
  await bed.adopt({ policy: { id: 'tell', on: 'task.assign', effect: 'notify', to: 'role:security' } });
  const run = await bed.start({ id: 'a', task: { by: 'human', from: ['role:clerk', 'role:compliance'] } });
  const { id } = await bed.taskOf(run);
  await bed.ok('clerk', 'task.claim', { id });
  await bed.ok('clerk', 'task.start', { id });
  assert.deepEqual((await told(bed, run, 'task.reserved'))?.ruled?.notify, ['role:security']);
  assert.equal((await told(bed, run, 'task.started'))?.ruled?.notify, undefined);
  await bed.close();
});

for (const how of ['by name', 'by a claim'] as const)
  test(`who is told that somebody begins with work is told when they do, also where they got it before ${how}`, async () => {
    const bed = await open();
    await bed.adopt({ policy: { id: 'tell', on: 'task.start', effect: 'notify', to: 'role:security' } });
    const from = how === 'by name' ? ['passport_clerk'] : ['role:clerk', 'role:compliance'];
    const run = await bed.start({ id: 'a', task: { by: 'human', from } });
    const { id, status } = await bed.taskOf(run);
    if (status === 'ready') await bed.ok('clerk', 'task.claim', { id });
    await bed.ok('clerk', 'task.start', { id });
    for (const before of ['task.created', 'task.reserved'])
      assert.equal((await told(bed, run, before))?.ruled?.notify, undefined, before);
    assert.deepEqual((await told(bed, run, 'task.started'))?.ruled?.notify, ['role:security']);
    await bed.close();
  });

test('policies are tried on the limits with which a run was asked for', async () => {
  const bed = await open();
  await bed.adopt({ policy: { id: 'few', on: 'run.start', effect: 'limit', tasks: 5 } });
  const run = await bed.start(WORK);
  const many = { id: 'many', on: 'run.start', when: 'limits.tasks > 5.0', effect: 'deny' };
  const tried = await bed.ok('root', 'policy.simulate', { policies: [many], runs: [run] });
  assert.deepEqual(
    tried.differences.map(({ point, after }) => [point, after.verdict]),
    [['run.start', 'deny']],
  );
  await bed.close();
});

test('work that people are asked about when somebody comes for it is no attempt either', async () => {
  const bed = await Testbed.open(officer, clerk);
  await bed.adopt({ policy: { id: 'once', on: 'task.start', when: 'task.attempt > 1.0', effect: 'deny' } });
  await bed.adopt({
    policy: { id: 'ask', on: 'task.start', effect: 'require_approval', from: 'role:clerk' },
  });
  const run = await bed.start(WORK);
  const first = (await bed.taskOf(run)).id;
  await bed.add(robot);
  assert.equal(await bed.no('robot', 'task.start', { id: first }), 'policy_denied');
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  await bed.ok('robot', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.close();
});
