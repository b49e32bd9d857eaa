import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyst, goal, openPlanBed as open, reader } from '../../test/e2e/plan-bed.ts';
import type { ModelAnswer } from '../planning/index.ts';

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
