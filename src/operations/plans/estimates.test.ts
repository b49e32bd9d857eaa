import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Testbed } from '../../../test/e2e/http-testbed.ts';
import { goal, openPlanBed as open } from '../../../test/e2e/plan-bed.ts';
import type { JsonObject } from '../../definition/index.ts';
import type { OutputOf } from '../schema/index.ts';

/** Readers take two seconds, analysts five. */
const workOff = async (bed: Testbed, usage: { readonly tokens: number; readonly cost: number }) => {
  for (const who of ['reader', 'reader', 'analyst']) {
    const { task } = (await bed.ok(who, 'task.claim_next', {})) as { task: { id: string; token: number } };
    bed.clock.move(who === 'reader' ? 2000 : 5000);
    await bed.ok(who, 'task.complete', { id: task.id, token: task.token, output: {}, usage });
  }
};

test('what a plan will take is by what such work took so far', async () => {
  const bed = await open();
  const first = await bed.ok('root', 'workflow.plan', { ...goal, start: true });
  const { time, cost, tokens } = first.estimates;
  assert.deepEqual([time, cost, tokens], [null, null, null]);
  await workOff(bed, { tokens: 10, cost: 3 });
  const input = { invoices: ['a', 'b', 'c', 'd', 'e', 'f'] };
  const { estimates } = await bed.ok('root', 'workflow.plan', { ...goal, input });
  assert.deepEqual(
    estimates.steps.map(({ items, samples }) => [items, samples]),
    [
      [6, 2],
      [1, 1],
    ],
  );
  const near = (value: number | null, wanted: number): void =>
    assert.ok(value !== null && Math.abs(value - wanted) <= wanted / 8, `${value} is about ${wanted}`);
  near(estimates.time, 2 * 2000 + 5000);
  assert.ok(Math.abs((estimates.tokens ?? 0) - (6 * 10 + 10)) < 1e-6);
  await bed.close();
});

test('what a plan will cost is in the currency of its budget, or not told', async () => {
  const bed = await open();
  const budget = (currency: string) => ({ ...goal, budget: { cost: { amount: 8, currency } } });
  await bed.ok('root', 'workflow.plan', { ...budget('JPY'), start: true });
  await workOff(bed, { tokens: 1, cost: 2.5 });
  const planned = async (currency: string) => {
    const { estimates, notices } = await bed.ok('root', 'workflow.plan', {
      ...budget(currency),
      input: { invoices: ['a', 'b', 'c'] },
    });
    return { cost: estimates.cost && Math.round(estimates.cost), notices };
  };
  const dear = 'By what such work cost so far, it will cost more than the budget.';
  assert.deepEqual(await planned('JPY'), { cost: 10, notices: [dear] });
  assert.deepEqual(await planned('EUR'), { cost: null, notices: [] });
  await bed.close();
});

test('an edited plan says anew how much there is to do, and what will not fit', async () => {
  const bed = await open();
  const budget = { tokens: 100 };
  await bed.ok('root', 'workflow.plan', { ...goal, start: true });
  await workOff(bed, { tokens: 10, cost: 3 });
  const { id, definition, notices, estimates } = await bed.ok('root', 'workflow.plan', { ...goal, budget });
  assert.deepEqual([notices, Math.round(estimates.tokens ?? 0)], [[], 30]);
  const itemsOf = (plan: OutputOf<'plan.edit'>) => plan.estimates.steps.map(({ items }) => items);
  const input = { invoices: Array.from({ length: 200 }, (_, at) => `invoice ${at}`) };
  const more = await bed.ok('root', 'plan.edit', { id, definition, input });
  assert.deepEqual([itemsOf(more), Math.round(more.estimates.tokens ?? 0)], [[200, 1], 2010]);
  assert.match(more.notices.join(), /more tokens than the budget/);
  const fewer = await bed.ok('root', 'plan.edit', { id, definition, input: goal.input });
  assert.deepEqual([itemsOf(fewer), fewer.notices], [[2, 1], []]);
  const other = JSON.parse(
    JSON.stringify(definition).replace(
      '${ input.invoices }',
      '${ input.invoices.filter(one, one != \\"a\\") }',
    ),
  ) as JsonObject;
  assert.deepEqual(itemsOf(await bed.ok('root', 'plan.edit', { id, definition: other })), [1, 1]);
  await bed.close();
});
