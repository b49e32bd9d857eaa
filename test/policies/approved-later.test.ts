/** Work that takes an approval before somebody begins can be done all the same: it is passed on and escalated to them, over the operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const operator = passport('operator', { roles: ['operator'] });
const bob = passport('bob', { roles: ['bobs'] });
const agent = (name: string) => passport(name, { kind: 'agent', capabilities: ['work'], capacity: 9 });
const open = () => Testbed.open(officer, clerk, operator, bob, agent('robot'));

const HOUR = 3_600_000;
const ASK = { id: 'ask', on: 'task.start', effect: 'require_approval', from: 'role:clerk' };
const OF_BOB = { ...ASK, when: 'participant.id == "passport_bob"' };
const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const FOR_OPERATOR = { id: 'a', task: { by: 'human', from: ['role:operator'], delegates: 'anybody' } };
const ANOTHER = { retry: { attempts: 1 }, onFailure: { then: 'another_participant', finally: 'fail' } };

const approve = async (bed: Testbed, run: string): Promise<void> => {
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
};
const fail = async (bed: Testbed, retryable: boolean): Promise<void> => {
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('robot', 'task.fail', { ...held, code: 'broken', message: 'It broke.', retryable });
};

test('work that has failed goes to who answers for it, once that is approved', async () => {
  const bed = await open();
  await bed.adopt({ policy: ASK });
  const run = await bed.start({ ...WORK, onFailure: { finally: 'escalate' } });
  await approve(bed, run);
  await fail(bed, false);
  await approve(bed, run);
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  await bed.ok('root', 'task.start', { id });
  await bed.close();
});

test('of those it is escalated to, those who are asked about first are there', async () => {
  const bed = await open();
  await bed.adopt({ policy: { ...ASK, when: 'task.kind == "escalation"' } });
  const run = await bed.start({
    ...WORK,
    onFailure: { finally: 'escalate', to: ['role:nobody', 'role:operator'] },
  });
  await fail(bed, false);
  await approve(bed, run);
  await bed.ok('operator', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.close();
});

test('another participant who is asked about first is one', async () => {
  const bed = await open();
  await bed.add(agent('colleague'));
  await bed.adopt({ policy: { ...ASK, when: 'participant.id == "passport_colleague"' } });
  const run = await bed.start({ ...WORK, ...ANOTHER });
  await fail(bed, true);
  await approve(bed, run);
  await bed.ok('colleague', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.close();
});

/** Once that is approved, work that was passed on is theirs to whom it was. */
const comes = async (bed: Testbed, run: string): Promise<void> => {
  const before = await bed.taskOf(run);
  await approve(bed, run);
  const { id, from } = await bed.taskOf(run);
  assert.notEqual(id, before.id);
  assert.match(from.join(), /bob/);
  await bed.ok('bob', 'task.start', { id });
};

test('work that a deadline takes away is not given back because those who get it are asked about', async () => {
  const bed = await open();
  await bed.adopt({ policy: OF_BOB });
  const late = { on: 'start', within: '1h', then: { reassign: ['role:bobs'] } };
  const run = await bed.start({ ...FOR_OPERATOR, task: { ...FOR_OPERATOR.task, deadlines: [late] } });
  bed.clock.move(HOUR);
  await bed.until(async () => (await bed.taskOf(run)).from[0] === 'role:bobs');
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('bob', 'task.start', { id }), 'policy_denied');
  await comes(bed, run);
  await bed.close();
});

test('work that fails then is for those again whom its step names', async () => {
  const bed = await open();
  await bed.adopt({ policy: OF_BOB });
  const run = await bed.start({ ...FOR_OPERATOR, retry: { attempts: 2, backoff: 'none' } });
  const { id } = await bed.taskOf(run);
  await bed.ok('operator', 'task.forward', { id, to: 'role:bobs' });
  await bed.no('bob', 'task.start', { id });
  await approve(bed, run);
  const { task } = await bed.ok('bob', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.ok('bob', 'task.fail', { id: task.id, token: task.token, code: 'broken', message: 'It broke.' });
  assert.deepEqual((await bed.taskOf(run)).from, ['role:operator']);
  await bed.close();
});

for (const to of ['role:bobs', 'passport_bob'])
  test(`work is forwarded to ${to}, who are asked about first`, async () => {
    const bed = await open();
    await bed.adopt({ policy: OF_BOB });
    const run = await bed.start(FOR_OPERATOR);
    const { id } = await bed.taskOf(run);
    const { task } = await bed.ok('operator', 'task.claim', { id });
    await bed.ok('operator', 'task.forward', { id, token: task.token, to });
    assert.equal(await bed.no('bob', 'task.start', { id }), 'policy_denied', 'not before that');
    await comes(bed, run);
    await bed.close();
  });

test('what is denied to them is not, nor does anybody have it without the approval', async () => {
  const bed = await open();
  await bed.adopt({ policy: OF_BOB });
  const { id } = await bed.taskOf(await bed.start(FOR_OPERATOR));
  const { task } = await bed.ok('operator', 'task.claim', { id });
  assert.equal(
    await bed.no('root', 'task.delegate', { id, token: task.token, to: 'passport_bob' }),
    'not_eligible',
  );
  const { id: _, from: __, ...denial } = { ...OF_BOB, effect: 'deny' };
  await bed.adopt({ policy: { ...denial, id: 'no' } }, 'running');
  for (const to of ['role:bobs', 'passport_bob'])
    assert.equal(await bed.no('operator', 'task.forward', { id, token: task.token, to }), 'not_eligible');
  await bed.close();
});

test('what is left to people is no work of the agents that remain', async () => {
  const bed = await open();
  await bed.add(agent('colleague'));
  const left = {
    effect: 'route_to_human',
    to: 'role:operator',
    when: 'participant.id == "passport_colleague"',
  };
  const { from: _, ...route } = { ...ASK, ...left };
  await bed.adopt({ policy: route });
  const run = await bed.start({ ...WORK, ...ANOTHER });
  await fail(bed, true);
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'failed');
  await bed.close();
});
