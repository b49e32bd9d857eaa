import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goal, openPlanBed as open } from '../../../test/e2e/plan-bed.ts';
import { passport } from '../../../test/e2e/http-testbed.ts';
import type { Json } from '../../definition/index.ts';
import type { InputOf } from '../schema/index.ts';

const DAY = 24 * 3_600_000;

describe('the run of a plan', () => {
  test('has until its deadline, and no longer, however late it is started', async () => {
    const bed = await open();
    const deadline = bed.clock.now() + 4 * DAY;
    const { id, digest } = await bed.ok('root', 'workflow.plan', { ...goal, deadline });
    bed.clock.move(3 * DAY);
    const plan = await bed.ok('root', 'plan.start', { id, digest });
    const found = await bed.runtime.runs.state(plan.run?.id ?? '');
    assert.equal(found?.state.deadline, deadline);
    assert.deepEqual([found?.state.definition.digest, plan.deadline], [digest, deadline]);
    await bed.close();
  });

  test('whose start was refused is not started after its deadline', async () => {
    const bed = await open();
    const { id } = await bed.ok('root', 'workflow.plan', { ...goal, deadline: bed.clock.now() + DAY });
    await bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' });
    assert.equal(await bed.no('root', 'plan.start', { id }), 'emergency_stop');
    for (const who of ['root', 'operator'])
      await bed.ok(who, 'organisation.lift_emergency_stop', { reason: 'closed' });
    bed.clock.move(DAY);
    assert.equal(await bed.no('root', 'plan.start', { id }), 'plan_impossible');
    assert.deepEqual((await bed.ok('root', 'workflow.list_runs', {})).rows, []);
    await bed.close();
  });
});

type Claimed = {
  readonly task: { readonly id: string; readonly token: number; readonly input: Json } | null;
};

/** What a run has come to whose first capability is left out; the second gives back what it was given. */
const withoutTheFirst = async (
  first: InputOf<'capability.save'>,
  second: InputOf<'capability.save'>,
  input: Json,
) => {
  const bed = await open();
  const agent = (id: string) => passport(id, { kind: 'agent', capabilities: [id], capacity: 9 });
  await bed.add(agent(first.id), agent(second.id));
  for (const capability of [first, second]) await bed.ok('root', 'capability.save', capability);
  const requiredCapabilities = [first.id, second.id];
  const { run } = await bed.ok('root', 'workflow.plan', {
    ...goal,
    requiredCapabilities,
    input,
    start: true,
  });
  for (;;) {
    const { task } = (await bed.ok(second.id, 'task.claim_next', {})) as Claimed;
    if (!task) break;
    await bed.ok(second.id, 'task.complete', { id: task.id, token: task.token, output: task.input });
  }
  const { status, output, failure } = await bed.ok('root', 'workflow.get_run', { id: run?.id ?? '' });
  await bed.close();
  return { status, output, failure };
};
const never = { step: { if: '${ consumes.invoice == null }' } };

describe('what an ended run leaves of a step', () => {
  test('is not open, and waits for nothing; a stopped one may go on with it', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', { ...goal, start: true });
    const id = plan.run?.id ?? '';
    const shown = async () => {
      const [{ status, progress } = {}] = (await bed.ok('root', 'workflow.get_run', { id })).steps;
      const { executionPlan } = await bed.ok('root', 'plan.get', { id: plan.id });
      return [status, executionPlan[0]?.status, progress?.active, progress?.waiting];
    };
    assert.deepEqual(await shown(), ['open', 'in_progress', 2, 0]);
    await bed.ok('root', 'workflow.stop', { id });
    assert.deepEqual((await shown()).slice(0, 2), ['open', 'in_progress']);
    await bed.ok('root', 'workflow.cancel', { id });
    assert.deepEqual(await shown(), ['unfinished', 'unfinished', 0, 0]);
    await bed.close();
  });
});

describe('a step that is left out fails nobody', () => {
  test('with several results', async () => {
    const split = { id: 'split', consumes: ['invoice'], produces: ['head', 'body'], ...never };
    const join = { id: 'join', consumes: ['head', 'body[]'], produces: ['whole'] };
    assert.deepEqual(await withoutTheFirst(split, join, { invoice: 'a' }), {
      status: 'completed',
      output: { head: null, body: null, whole: { head: null, body: [] } },
      failure: null,
    });
  });

  test('with a list', async () => {
    const lines = { id: 'lines', consumes: ['invoice'], produces: ['line[]'], ...never };
    const price = { id: 'price', consumes: ['line'], produces: ['amount'] };
    assert.deepEqual(await withoutTheFirst(lines, price, { invoice: 'a' }), {
      status: 'completed',
      output: { line: [], amount: [] },
      failure: null,
    });
  });

  test('that is done for each of a list', async () => {
    const facts = {
      id: 'facts',
      consumes: ['invoice'],
      produces: ['fact'],
      step: { if: '${ size(consumes.invoice) > 9 }' },
    };
    const check = { id: 'check', consumes: ['fact', 'invoice'], produces: ['verdict'] };
    assert.deepEqual(await withoutTheFirst(facts, check, { invoices: ['a'] }), {
      status: 'completed',
      output: { verdict: [{ invoice: 'a', fact: null }] },
      failure: null,
    });
  });
});
