import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const ASK = { subject: 7, from: 'role:manager' };
const HOUR = 3_600_000;

/** What is seen of a step that asks for approvals, once its run was rejected. */
async function rejected(step: object, reject: (bed: Testbed, run: string) => Promise<unknown>) {
  const bed = await Testbed.open(passport('mia', { roles: ['manager'] }));
  const run = await bed.start({ id: 'sign', ...step });
  await reject(bed, run);
  await bed.until(async () => (await bed.ok('root', 'workflow.get_run', { id: run })).status === 'rejected');
  const { steps } = await bed.ok('root', 'workflow.get_run', { id: run });
  await bed.close();
  const [{ status, progress, failures, failure } = assert.fail('there is a step')] = steps;
  return { status, progress, failures, failure };
}

async function saysNo(bed: Testbed, run: string, slot = 0): Promise<void> {
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  const { id = '', approval } = rows.find((task) => task.slot === slot) ?? {};
  const said = { outcome: 'reject', reason: 'Too dear.', subject: approval?.subject ?? '' } as const;
  await bed.ok('mia', 'task.decide', { id, ...said });
}

test('a step that was rejected has failed, whether somebody said no or nobody said anything in time', async () => {
  const said = await rejected({ approval: ASK }, saysNo);
  const progress = { total: 1, active: 0, waiting: 0, succeeded: 0, failed: 1, skipped: 0 };
  const failure = { code: 'rejected', message: 'Too dear.', step: 'p0.sign', slot: 0, layer: 'decide' };
  assert.deepEqual(said, { status: 'failed', progress, failures: null, failure });
  const timed = { ...ASK, within: '1h', onTimeout: 'reject' };
  const late = await rejected({ approval: timed }, async (bed) => bed.clock.move(HOUR));
  const message = late.failure?.message ?? '';
  assert.deepEqual(late, { ...said, failure: { ...failure, message } });
});

test('of a list, the one that was rejected has failed, and with it the step', async () => {
  const each = { forEach: [1, 2], approval: ASK };
  const { status, progress, failures } = await rejected(each, (bed, run) => saysNo(bed, run, 1));
  assert.deepEqual([status, progress.failed, progress.succeeded], ['failed', 1, 0]);
  assert.deepEqual(failures, [{ slot: 1, code: 'rejected', message: 'Too dear.' }]);
});

test('what waited beside it is unfinished', async () => {
  const bed = await Testbed.open(passport('mia', { roles: ['manager'] }));
  const work = { id: 'work', task: { by: 'human' } };
  const { definition } = await bed.ok('root', 'workflow.save_definition', {
    document: { id: 'beside', phases: [{ id: 'p0', steps: [{ id: 'sign', approval: ASK }, work] }] },
  });
  const { id: run } = await bed.ok('root', 'workflow.start', { definition: definition.id, input: {} });
  const { rows } = await bed.ok('root', 'task.list', { run, open: true, kind: ['approval'] });
  const [{ id, approval } = assert.fail('it is asked')] = rows;
  await bed.ok('mia', 'task.decide', { id, outcome: 'reject', subject: approval?.subject ?? '' });
  const { steps } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.deepEqual(
    steps.map(({ status }) => status),
    ['failed', 'unfinished'],
  );
  await bed.close();
});

test('while what was done is undone, a step is seen as it is once its run has ended', async () => {
  const bed = await Testbed.open(
    passport('mia', { roles: ['manager'] }),
    passport('cy', { roles: ['clerk'] }),
  );
  const work = { task: { by: 'human', from: 'role:clerk' } };
  const steps = [
    { id: 'pay', ...work, compensate: work },
    { id: 'sign', approval: ASK },
    { id: 'long', ...work },
  ];
  const { definition } = await bed.ok('root', 'workflow.save_definition', {
    document: { id: 'undone', phases: [{ id: 'p0', steps }] },
  });
  const { id: run } = await bed.ok('root', 'workflow.start', { definition: definition.id, input: {} });
  const taskOf = async (step: string) =>
    (await bed.ok('root', 'task.list', { run, open: true })).rows.find((task) => task.step === step) ??
    assert.fail(step);
  const complete = async (step: string) => {
    const { id } = await taskOf(step);
    await bed.ok('cy', 'task.start', { id });
    await bed.ok('cy', 'task.complete', { id, output: null });
  };
  const seen = async () => {
    const view = await bed.ok('root', 'workflow.get_run', { id: run });
    return [
      view.status,
      ...view.steps.map(({ status, progress, failure }) => [status, progress.waiting, failure?.code]),
    ];
  };
  await complete('p0.pay');
  const { id, approval } = await taskOf('p0.sign');
  await bed.ok('mia', 'task.decide', { id, outcome: 'reject', subject: approval?.subject ?? '' });
  const ended = [
    ['completed', 0, undefined],
    ['failed', 0, 'rejected'],
    ['unfinished', 0, undefined],
  ];
  assert.deepEqual(await seen(), ['closing', ...ended, ['open', 0, undefined]]);
  await complete('p0.pay.compensate');
  assert.deepEqual(await seen(), ['rejected', ...ended, ['completed', 0, undefined]]);
  await bed.close();
});
