import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goalOf } from './samples/organisation.ts';
import { apart, invoices, made } from './samples/plans.ts';

test('estimates are whole tokens, and amounts that are exactly what they are the sum of', () => {
  const budget = { cost: { amount: 0.4, currency: 'EUR' }, tokens: 41 };
  const { estimates, notices } = made(goalOf(['read', 'sum'], { ...invoices, budget }), {
    ...apart,
    experience: () => ({
      samples: 4,
      duration: 90,
      cost: { amount: 0.1 + 1e-12, currency: 'EUR' },
      tokens: 10.2,
    }),
  });
  assert.deepEqual([estimates.cost, estimates.tokens], [0.4, 41]);
  const each = estimates.steps.map(({ step, cost, tokens }) => [step, cost, tokens]);
  assert.deepEqual(each.slice(0, 2), [
    ['read.each', 0.3, 31],
    ['sum.work', 0.1, 10],
  ]);
  assert.deepEqual(notices, [], 'it is within the budget');
});
