/** Policies that ask for an approval of what comes of work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const SECOND = 1_000;
const people = [
  passport('officer', { roles: ['compliance'] }),
  passport('mia', { roles: ['manager'] }),
  passport('max', { roles: ['manager'] }),
  passport('chief', { roles: ['chief'] }),
  passport('clerk', { roles: ['clerk'] }),
];
const robot = passport('robot', {
  kind: 'agent',
  capabilities: ['work'],
  capacity: 9,
  owner: 'passport_mia',
});

const ASK = { id: 'results', on: 'task.complete', effect: 'require_approval', from: 'role:manager' };
const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const NEXT = { id: 'b', task: { by: 'human', from: 'role:clerk', input: '${ phases.p0.a.output }' } };

async function open(policy: object): Promise<Testbed> {
  const bed = await Testbed.open(...people, robot);
  await bed.adopt({ policy } as never);
  return bed;
}

const handIn = async (bed: Testbed, output: unknown, said: object = {}): Promise<string> => {
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 600 });
  assert.ok(task);
  await bed.ok('robot', 'task.complete', { id: task.id, token: task.token, output, ...said } as never);
  return task.id;
};

const decide = async (
  bed: Testbed,
  run: string,
  who: string,
  outcome: 'approve' | 'reject' | 'abstain' = 'approve',
  reason?: string,
): Promise<string | null> => {
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  const said = { id, outcome, subject: approval?.subject ?? '', ...(reason !== undefined && { reason }) };
  const done = await bed.operations.call('task.decide', said, bed.as(who), {});
  return done.ok ? null : done.rejection.code;
};
const runOf = (bed: Testbed, id: string) => bed.ok('root', 'workflow.get_run', { id });

test('a result waits for the approval of exactly it, and nothing that follows has it before', async () => {
  const bed = await open(ASK);
  const run = await bed.start(WORK, NEXT);
  await handIn(bed, { amount: 5 });
  const asked = await bed.taskOf(run);
  assert.deepEqual([asked.kind, (asked.input as { result: unknown }).result], ['approval', { amount: 5 }]);
  assert.equal((await runOf(bed, run)).verdict.verdict, 'awaiting_approval');
  assert.equal(await decide(bed, run, 'mia'), 'separation_of_duties', 'she answers for the agent');
  assert.equal(await decide(bed, run, 'clerk'), 'not_eligible');
  assert.equal(await decide(bed, run, 'max'), null);
  const { step, input } = await bed.taskOf(run);
  assert.deepEqual([step, input], ['p1.b', { amount: 5 }]);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const { authority } = events.find(({ type }) => type === 'result.asked') ?? {};
  assert.deepEqual(authority, { kind: 'policy', id: 'results', version: '1' });
  await bed.close();
});

test('what waits for its approval is shown as no result of its step, also where the run ends before that', async () => {
  const bed = await open({ ...ASK, when: 'output != 2' });
  const listed = { id: 'b', forEach: [1, 2], task: WORK.task };
  const run = await bed.start(WORK, listed);
  const seen = async (step: string) => (await runOf(bed, run)).steps.find(({ id }) => id === step);
  await handIn(bed, 1);
  assert.equal((await seen('p0.a'))?.output, null);
  await decide(bed, run, 'max');
  assert.equal((await seen('p0.a'))?.output, 1);
  await handIn(bed, 1);
  await handIn(bed, 2);
  assert.deepEqual((await seen('p1.b'))?.outputs, [null, 2]);
  await bed.ok('root', 'workflow.cancel', { id: run });
  const ended = await seen('p1.b');
  assert.deepEqual([ended?.status, ended?.outputs], ['unfinished', [null, 2]]);
  await bed.close();
});

test('an abstention of the last who could say yes ends the approval', async () => {
  const bed = await open({ ...ASK, from: 'role:chief' });
  const run = await bed.start(WORK);
  await handIn(bed, 1);
  assert.equal(await decide(bed, run, 'chief', 'abstain'), null);
  const { status, failure } = await runOf(bed, run);
  assert.deepEqual([status, failure?.code], ['failed', 'approval_expired']);
  await bed.close();
});

test('its terms hold: how many, within what time, to whom it goes then, and with a reason', async () => {
  const terms = { quorum: 2, within: '8h', escalate: ['role:chief'], reasonRequired: true };
  const bed = await open({ ...ASK, ...terms, from: ['role:clerk', 'role:manager'] });
  const run = await bed.start(WORK);
  await handIn(bed, 1);
  assert.equal(await decide(bed, run, 'max'), 'reason_required');
  assert.equal(await decide(bed, run, 'max', 'approve', 'seen'), null);
  assert.equal((await runOf(bed, run)).status, 'running');
  bed.clock.move(8 * 3600 * SECOND);
  await bed.until(async () => (await bed.taskOf(run)).from.includes('role:chief'));
  assert.equal(await decide(bed, run, 'chief', 'approve', 'seen too'), null);
  assert.equal((await runOf(bed, run)).status, 'completed');
  await bed.close();
});

test('a no, or nobody in time, fails the step', async () => {
  const bed = await open({ ...ASK, within: '1h' });
  const [no, late] = [await bed.start(WORK), await bed.start(WORK)];
  await handIn(bed, 1);
  await handIn(bed, 2);
  assert.equal(await decide(bed, no, 'max', 'reject', 'wrong sum'), null);
  const { status, failure } = await runOf(bed, no);
  assert.deepEqual([status, failure?.code, failure?.message], ['failed', 'rejected', 'wrong sum']);
  bed.clock.move(3600 * SECOND);
  await bed.until(async () => (await runOf(bed, late)).status === 'failed');
  assert.equal((await runOf(bed, late)).failure?.code, 'approval_expired');
  await bed.close();
});

test('what a person hands in is approved as well, also in place of a result that was rejected', async () => {
  const bed = await open(ASK);
  const run = await bed.start({ ...WORK, onFailure: { finally: 'escalate', to: 'role:clerk' } });
  await handIn(bed, 1);
  assert.equal(await decide(bed, run, 'max', 'reject', 'wrong'), null);
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  await bed.ok('clerk', 'task.start', { id });
  await bed.ok('clerk', 'task.complete', { id, output: 2 });
  assert.equal(await decide(bed, run, 'clerk'), 'not_eligible');
  assert.equal(await decide(bed, run, 'max'), null);
  assert.equal((await runOf(bed, run)).status, 'completed');
  await bed.close();
});

test('a result that its maker doubts goes to a person first, and what they say of it is approved', async () => {
  const bed = await open(ASK);
  const run = await bed.start({ ...WORK, onFailure: { finally: 'escalate', to: 'role:clerk' } });
  await handIn(bed, 1, { confidence: 0.1 });
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  await bed.ok('clerk', 'task.start', { id });
  await bed.ok('clerk', 'task.complete', { id, output: 1 });
  assert.equal(await decide(bed, run, 'max'), null);
  assert.equal((await runOf(bed, run)).status, 'completed');
  await bed.close();
});

test('several policies are asked one after the other, and a stopped run asks again and not for the work', async () => {
  const bed = await open(ASK);
  await bed.adopt({ policy: { ...ASK, id: 'more', from: 'role:clerk' } });
  const run = await bed.start(WORK);
  await handIn(bed, 1);
  const [first, second] = (await bed.taskOf(run)).from.includes('role:manager')
    ? ['max', 'clerk']
    : ['clerk', 'max'];
  assert.equal(await decide(bed, run, first), null);
  await bed.ok('root', 'workflow.stop', { id: run });
  await bed.ok('root', 'workflow.resume', { id: run });
  assert.equal(await decide(bed, run, first), 'not_eligible');
  assert.equal(await decide(bed, run, second), null);
  assert.equal((await runOf(bed, run)).status, 'completed');
  assert.equal((await bed.ok('robot', 'task.claim_next', {})).task, null);
  await bed.close();
});

test('in a list each result is approved by itself', async () => {
  const bed = await open({ ...ASK, when: 'output > 1' });
  const next = { ...NEXT, task: { ...NEXT.task, input: '${ phases.p0.a.outputs }' } };
  const run = await bed.start({ ...WORK, forEach: [1, 2] }, next);
  await handIn(bed, 1);
  await handIn(bed, 2);
  assert.equal(await decide(bed, run, 'max'), null);
  assert.deepEqual((await bed.taskOf(run)).input, [1, 2]);
  await bed.close();
});

const PAY = {
  id: 'a',
  task: { by: 'human', from: 'role:clerk' },
  compensate: { task: { by: 'human', from: 'role:clerk', input: '${ phases.p0.a.output }' } },
};

for (const [what, end] of [
  ['the run is cancelled', (bed: Testbed, id: string) => bed.ok('root', 'workflow.cancel', { id })],
  ['it is sent back', (bed: Testbed, id: string) => bed.ok('root', 'workflow.rollback', { id, phase: 'p0' })],
  ['the answer is no', (bed: Testbed, id: string) => decide(bed, id, 'max', 'reject', 'wrong')],
] as const)
  test(`what waits to be approved has been done, and is undone where ${what} (RESULT-3)`, async () => {
    const bed = await open(ASK);
    const run = await bed.start(PAY, NEXT);
    const { id } = await bed.taskOf(run);
    await bed.ok('clerk', 'task.start', { id });
    await bed.ok('clerk', 'task.complete', { id, output: { payment: 7 } });
    await end(bed, run);
    const undoing = await bed.taskOf(run);
    assert.deepEqual([undoing.step, undoing.input], ['p0.a.compensate', { payment: 7 }]);
    await bed.close();
  });

test('approvals of results take no room, and none of the limits of their run', async () => {
  const bed = await open(ASK);
  const limits = { concurrency: 1, tasks: 1 };
  const document = { id: 'small', name: 'Small', limits, phases: [{ id: 'p', steps: [WORK] }] };
  await bed.ok('root', 'workflow.save_definition', { document });
  const { id: run } = await bed.ok('root', 'workflow.start', { definition: 'small' });
  await handIn(bed, 1);
  assert.equal(await decide(bed, run, 'max'), null);
  const { status, usage } = await runOf(bed, run);
  assert.deepEqual([status, usage.tasks], ['completed', 1]);
  await bed.close();
});

test('what is sent back while it waits says nothing of its maker', async () => {
  const bed = await open(ASK);
  const run = await bed.start(WORK);
  await handIn(bed, 1);
  await bed.ok('root', 'workflow.rollback', { id: run, phase: 'p0' });
  await handIn(bed, 2);
  assert.equal(bed.runtime.history.record('passport_robot', 'work'), null);
  assert.equal(await decide(bed, run, 'max'), null);
  const record = bed.runtime.history.record('passport_robot', 'work');
  assert.deepEqual([record?.successes, record?.failures], [1, 0]);
  await bed.close();
});

test('whoever is asked tells whether its maker was right', async () => {
  const bed = await open(ASK);
  const record = () => bed.runtime.history.record('passport_robot', 'work');
  const [yes, no] = [await bed.start(WORK), await bed.start(WORK)];
  await handIn(bed, 1);
  await handIn(bed, 2);
  assert.equal(record(), null);
  await decide(bed, yes, 'max');
  assert.deepEqual([record()?.successes, record()?.failures], [1, 0]);
  await decide(bed, no, 'max', 'reject', 'wrong');
  assert.deepEqual([record()?.successes, record()?.failures], [1, 1]);
  await bed.close();
});
