import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const open = () =>
  Testbed.open(
    passport('dee', { roles: ['worker', 'head'] }),
    passport('ann', { roles: ['manager'], manager: 'passport_dee' }),
    passport('cy', { roles: ['worker', 'clerk'], manager: 'passport_dee' }),
    passport('eve', { roles: ['worker'], groups: ['desk'] }),
  );
const started = async (bed: Testbed, input: object, ...steps: object[]): Promise<string> => {
  const definition = await bed.define(...steps);
  return (await bed.ok('root', 'workflow.start', { definition, input: input as never })).id;
};
const fail = async (bed: Testbed, who: string, run: string): Promise<void> => {
  const { id } = await bed.taskOf(run);
  await bed.ok(who, 'task.start', { id });
  await bed.ok(who, 'task.fail', { id, code: 'unclear', message: 'no idea' });
};

test('whom failed work goes to depends on the run: its data, its item, and who is whose manager', async () => {
  const bed = await open();
  const step = (to: unknown, more: object = {}) => ({
    id: 'a',
    task: { by: 'human', from: 'role:clerk' },
    onFailure: { finally: 'escalate', to },
    ...more,
  });
  const manager = await started(bed, { of: 'passport_cy' }, step('manager_of:${ input.of }'));
  await fail(bed, 'cy', manager);
  assert.deepEqual((await bed.taskOf(manager)).from, ['manager_of:passport_cy']);
  assert.equal((await bed.ok('dee', 'task.list', { mine: true })).rows.length, 1);
  const each = await started(
    bed,
    { desks: ['group:desk', 'role:head'] },
    step(['${ item }', 'role:head'], { forEach: '${ input.desks }' }),
  );
  for (const _ of [1, 2]) {
    const { rows } = await bed.ok('root', 'task.list', { run: each, open: true, kind: ['task'] });
    const { id = '' } = rows[0] ?? {};
    await bed.ok('cy', 'task.start', { id });
    await bed.ok('cy', 'task.fail', { id, code: 'unclear', message: 'no idea' });
  }
  const { rows } = await bed.ok('root', 'task.list', { run: each, open: true });
  assert.deepEqual(rows.map(({ from }) => from.join()).toSorted(), ['group:desk', 'role:head']);
  await bed.close();
});

test('an expression that gives nobody leaves failed work to the human who answers for the run', async () => {
  const bed = await open();
  const to = '${ input.to }';
  const step = { id: 'a', task: { by: 'human', from: 'role:clerk' }, onFailure: { finally: 'escalate', to } };
  for (const input of [{ to: [] }, { to: 'no party' }, {}]) {
    const run = await started(bed, input, step);
    await fail(bed, 'cy', run);
    assert.deepEqual((await bed.taskOf(run)).from, ['passport_root'], JSON.stringify(input));
  }
  await bed.close();
});

test('whom an approval is escalated to is worked out as it opens', async () => {
  const bed = await open();
  const approval = {
    subject: 1,
    from: 'role:manager',
    within: '1h',
    escalate: ['${ input.next }', 'role:head'],
  };
  const run = await started(bed, { next: 'manager_of:passport_ann' }, { id: 'a', approval });
  assert.deepEqual((await bed.taskOf(run)).approval?.escalate, ['manager_of:passport_ann', 'role:head']);
  bed.clock.move(3_600_000);
  await bed.until(async () => (await bed.taskOf(run)).from.length === 2);
  assert.deepEqual((await bed.taskOf(run)).from, ['role:manager', 'manager_of:passport_ann']);
  const wrong = await started(bed, { next: 'no party' }, { id: 'a', approval });
  const { failure } = await bed.ok('root', 'workflow.get_run', { id: wrong });
  assert.equal(failure?.code, 'expression_failed');
  await bed.close();
});

test('more than can be gone along one after the other is refused', async () => {
  const bed = await open();
  const many = Array.from({ length: 21 }, (_, at) => `group:g${at}`);
  const approval = { subject: 1, from: 'role:manager', within: '1h', escalate: '${ input.next }' };
  const run = await started(bed, { next: many }, { id: 'a', approval });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).failure?.code, 'expression_failed');
  await bed.close();
});
