/** Policies when a write to a system of record, or what has gone to people, begins: also when it has lain there for long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const operator = passport('operator', { roles: ['operator'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['work'], capacity: 9 });
const erp = passport('erp', { kind: 'system' });
const open = () => Testbed.open(officer, clerk, operator, robot);

const POST = { id: 'a', record: { system: 'erp', operation: 'post', input: { amount: 5 } } };
const WRITE = { id: 'writes', on: 'record.write' };

type Effect = object;
const ASK: Effect = { effect: 'require_approval', from: 'role:clerk' };
const LEAVE: Effect = { effect: 'route_to_human', to: 'role:operator' };

const approve = async (bed: Testbed, run: string, who = 'clerk'): Promise<void> => {
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  await bed.ok(who, 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
};
const status = async (bed: Testbed, id: string) => (await bed.ok('root', 'workflow.get_run', { id })).status;

/** A write that lies there while its system is away, and a policy that comes meanwhile. */
async function late(policy: object): Promise<{ bed: Testbed; run: string; id: string }> {
  const bed = await open();
  const run = await bed.start(POST);
  const { id } = await bed.taskOf(run);
  await bed.adopt({ policy } as never, 'running');
  await bed.add(erp);
  return { bed, run, id };
}

test('a write that is denied by the time its system comes is not made, and lies there', async () => {
  const { bed, run, id } = await late({ ...WRITE, effect: 'deny' });
  assert.equal(await bed.no('erp', 'task.start', { id }), 'policy_denied');
  assert.equal(await bed.no('erp', 'task.claim', { id }), 'policy_denied');
  assert.equal((await bed.taskOf(run)).id, id);
  const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.deepEqual([verdict.verdict, /The policy writes says so/.test(verdict.reason)], ['blocked', true]);
  await bed.close();
});

test('of several writes, those alone block their run that are denied', async () => {
  const bed = await open();
  const each = { id: 'a', forEach: [5, 50], record: { ...POST.record, input: { amount: '${ item }' } } };
  const run = await bed.start(each);
  const verdict = async () => (await bed.ok('root', 'workflow.get_run', { id: run })).verdict.verdict;
  await bed.add(erp);
  const dear = { ...WRITE, effect: 'deny', when: 'input.amount > 100.0' };
  await bed.adopt({ policy: dear }, 'running');
  assert.equal(await verdict(), 'running');
  await bed.adopt({ policy: { ...dear, when: 'input.amount > 10.0' } }, 'running');
  assert.equal(await verdict(), 'blocked');
  await bed.close();
});

test('nor is it handed to a system that waits for it', async () => {
  const { bed, run } = await late({ ...WRITE, effect: 'deny' });
  assert.equal((await bed.ok('erp', 'task.claim_next', {})).task, null);
  assert.deepEqual([(await bed.taskOf(run)).status, await status(bed, run)], ['ready', 'running']);
  await bed.close();
});

test('a write that is to be approved by then is asked about, and made as it was approved', async () => {
  const { bed, run, id } = await late({ ...WRITE, ...ASK });
  assert.equal(await bed.no('erp', 'task.start', { id }), 'policy_denied');
  await approve(bed, run);
  const again = await bed.taskOf(run);
  const { task } = await bed.ok('erp', 'task.start', { id: again.id });
  await bed.ok('erp', 'task.complete', { id: task.id, token: task.token, output: 'J1' });
  assert.equal(await status(bed, run), 'completed');
  await bed.close();
});

test('a write that is left to people by then goes to them', async () => {
  const { bed, run, id } = await late({ ...WRITE, ...LEAVE });
  assert.equal(await bed.no('erp', 'task.start', { id }), 'human_required');
  assert.equal((await bed.taskOf(run)).kind, 'escalation');
  await bed.close();
});

test('what is to be written is looked at also where it is kept as an artifact', async () => {
  const bed = await open();
  const text = 'x'.repeat(100_000);
  const run = await bed.start({ ...POST, record: { ...POST.record, input: { text, amount: 5 } } });
  const { id } = await bed.taskOf(run);
  await bed.adopt({ policy: { ...WRITE, when: 'input.amount > 4.0', effect: 'deny' } }, 'running');
  await bed.add(erp);
  assert.equal(await bed.no('erp', 'task.start', { id }), 'policy_denied');
  await bed.close();
});

test('whom a policy on a write names is told when it begins', async () => {
  const { bed, run, id } = await late({ ...WRITE, effect: 'notify', to: 'role:security' });
  await bed.ok('erp', 'task.start', { id });
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const begun = events.find(({ type }) => type === 'task.started')?.payload as {
    ruled?: { notify?: string[] };
  };
  assert.deepEqual(begun.ruled?.notify, ['role:security']);
  await bed.close();
});

const START = { id: 'begins', on: 'task.start' };

test('work that has failed and gone to people is asked about too, and begun then', async () => {
  const bed = await open();
  await bed.adopt({ policy: { ...START, ...ASK } });
  const run = await bed.start({
    id: 'a',
    task: { requires: ['work'], by: 'agent' },
    onFailure: { finally: 'escalate', to: 'role:operator' },
  });
  await approve(bed, run);
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('robot', 'task.fail', { ...held, code: 'broken', message: 'It broke.', retryable: false });
  await approve(bed, run);
  const escalation = await bed.taskOf(run);
  assert.equal(escalation.kind, 'escalation');
  await bed.ok('operator', 'task.start', { id: escalation.id });
  await bed.close();
});

test('a write whose system could begin with an approval alone is asked about, and then about what is written', async () => {
  const bed = await open();
  await bed.add(erp);
  await bed.adopt({ policy: { ...START, ...ASK } });
  await bed.adopt({ policy: { ...WRITE, ...ASK, from: 'role:operator' } });
  const run = await bed.start({ ...POST, record: { ...POST.record, verify: true } });
  await approve(bed, run, 'operator');
  await approve(bed, run);
  for (const kind of ['record', 'verification']) {
    if (kind === 'verification') await approve(bed, run);
    const { id, kind: found } = await bed.taskOf(run);
    assert.equal(found, kind);
    const { task } = await bed.ok('erp', 'task.start', { id });
    await bed.ok('erp', 'task.complete', { id, token: task.token, output: true });
  }
  assert.equal(await status(bed, run), 'completed');
  await bed.close();
});

test('a no to the beginning of a write fails it, and nothing is written', async () => {
  const bed = await open();
  await bed.add(erp);
  await bed.adopt({ policy: { ...START, ...ASK } });
  const run = await bed.start(POST);
  const { id, approval } = await bed.taskOf(run);
  await bed.ok('clerk', 'task.decide', {
    ...{ id, outcome: 'reject', subject: approval?.subject ?? '', reason: 'no' },
  });
  assert.equal(await status(bed, run), 'failed');
  await bed.close();
});

test('a write whose system must leave it to people goes to them', async () => {
  const bed = await open();
  await bed.add(erp);
  await bed.adopt({ policy: { ...START, ...LEAVE } });
  const run = await bed.start(POST);
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  const { task } = await bed.ok('operator', 'task.start', { id });
  await bed.ok('operator', 'task.complete', { id, token: task.token, output: 'J1' });
  assert.equal(await status(bed, run), 'completed');
  await bed.close();
});

test('a write that nobody could make when its turn came is asked about when its system is there', async () => {
  const bed = await open();
  await bed.adopt({ policy: { ...START, ...ASK } });
  const run = await bed.start(POST);
  const { id } = await bed.taskOf(run);
  await bed.add(erp);
  assert.equal(await bed.no('erp', 'task.start', { id }), 'policy_denied');
  await approve(bed, run);
  await bed.ok('erp', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.close();
});

test('people who are left to confirm a write see that it has been made, and what came of it', async () => {
  const bed = await open();
  await bed.add(erp);
  const run = await bed.start({ ...POST, record: { ...POST.record, verify: true } });
  const { task } = await bed.ok('erp', 'task.start', { id: (await bed.taskOf(run)).id });
  await bed.ok('erp', 'task.complete', { id: task.id, token: task.token, output: 'J1' });
  const { id } = await bed.taskOf(run);
  await bed.adopt({ policy: { ...START, ...LEAVE } }, 'running');
  assert.equal(await bed.no('erp', 'task.start', { id }), 'human_required');
  const left = await bed.ok('operator', 'task.get', { id: (await bed.taskOf(run)).id });
  assert.deepEqual([left.kind, left.description], ['escalation', 'Confirm post in erp']);
  const { written, input } = left.input as { written?: unknown; input: unknown };
  assert.deepEqual([written, input], ['J1', { amount: 5 }]);
  await bed.close();
});
