import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyst, goal, openPlanBed as open, reader } from '../../../test/e2e/plan-bed.ts';
import type { ModelAnswer } from '../../planning/index.ts';
import type { InputOf } from '../schema/index.ts';

describe('a model', () => {
  const said = (value: object): ModelAnswer => ({
    ok: true,
    value: value as never,
    text: JSON.stringify(value),
  });
  const step = (id: string, names: string[], more: object = {}) => ({
    id,
    description: `Please ${id}`,
    capabilities: names,
    after: [],
    by: 'any',
    ...more,
  });
  const good = said({ steps: [step('reading', ['read']), step('adding', ['sum'])] });

  test('proposes the steps; the rest is planned as always', async () => {
    const bed = await open([good]);
    const plan = await bed.ok('root', 'workflow.plan', goal);
    assert.equal(plan.plannedBy, 'small');
    assert.deepEqual(
      plan.executionPlan.map((one) => [one.step, one.description, one.assignedTo]),
      [
        ['reading.each', 'Please reading', reader.id],
        ['adding.work', 'Please adding', analyst.id],
      ],
    );
    assert.equal(bed.asked, 1);
    await bed.close();
  });

  test('chooses capabilities where nobody named any: the run of that waits for a yes', async () => {
    const bed = await open([good]);
    const { requiredCapabilities: _, ...words } = goal;
    const plan = await bed.ok('root', 'workflow.plan', { ...words, start: true });
    assert.deepEqual([plan.guessed, plan.run?.status], [false, 'pending_approval']);
    await bed.close();
  });

  test('has its choice waited for as well where the run is started later, or more was chosen than was named', async () => {
    const bed = await open([good, good, good]);
    const { requiredCapabilities: _, ...words } = goal;
    const startOf = async (asked: InputOf<'workflow.plan'>): Promise<string | undefined> => {
      const { id } = await bed.ok('root', 'workflow.plan', asked);
      return (await bed.ok('operator', 'plan.start', { id })).run?.status;
    };
    assert.equal(await startOf(words), 'pending_approval');
    const some = { ...goal, requiredCapabilities: ['sum'] };
    assert.equal(await startOf(some), 'pending_approval');
    assert.equal(await startOf(goal), 'running', 'all of it was named');
    await bed.close();
  });

  test('may correct its answer twice', async () => {
    const bed = await open([
      { ok: false, code: 'unreadable', text: 'no' },
      said({ steps: [step('reading', ['read']), step('flying', ['fly'])] }),
      good,
    ]);
    assert.equal((await bed.ok('root', 'workflow.plan', goal)).plannedBy, 'small');
    assert.equal(bed.asked, 3);
    await bed.close();
  });

  test('that cannot is left alone, and the plan says so', async () => {
    const wrong = said({ steps: 'none' });
    const bed = await open([wrong, wrong, wrong, wrong]);
    const plan = await bed.ok('root', 'workflow.plan', goal);
    assert.deepEqual([plan.plannedBy, plan.executionPlan.length, bed.asked], ['planner', 2, 3]);
    assert.match(
      plan.notices.join(),
      /The model small made no plan, because 3 answers of it could not be used/,
    );
    const other = await bed.ok('root', 'workflow.plan', { ...goal, planner: 'deterministic' });
    assert.deepEqual([other.notices, bed.asked], [[], 3]);
    await bed.close();
  });

  test('that does not answer is asked once', async () => {
    const bed = await open([{ ok: false, code: 'unavailable', reason: 'it did not answer in time' }]);
    const plan = await bed.ok('root', 'workflow.plan', goal);
    assert.match(plan.notices.join(), /because it did not answer in time/);
    assert.equal(bed.asked, 1);
    await bed.close();
  });
});
