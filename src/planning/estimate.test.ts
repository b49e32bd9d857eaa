import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, type Weighed } from './estimate.ts';
import type { Experience } from './index.ts';
import { contract, goalOf, viewOf, type Sample } from './samples/organisation.ts';
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

const known = (samples: number, duration: number): Experience => ({
  samples,
  duration,
  cost: null,
  tokens: 1,
});

test('a task of several capabilities is known as well as the one that is known least, or not at all', () => {
  const contracts = [contract('read', ['invoice'], ['facts']), contract('sum', ['facts'], ['summary'])];
  const estimated = (experience: NonNullable<Sample['experience']>) =>
    made(goalOf(['read', 'sum'], { input: { invoice: 'a' } }), {
      contracts,
      people: { both: ['read', 'sum'] },
      experience,
    }).estimates;
  const all = estimated((_, capability) => (capability === 'read' ? known(9, 10) : known(3, 70)));
  assert.deepEqual([all.steps[0]?.samples, all.time], [3, 70]);
  const half = estimated((_, capability) => (capability === 'read' ? known(9, 10) : null));
  assert.deepEqual([half.steps[0]?.samples, half.time, half.tokens], [0, null, null]);
});

test('steps of one phase go on at the same time, and the longest of them is waited for', () => {
  const step = (id: string, needs: readonly string[] = []): Weighed => ({
    step: id,
    phase: id.split('.')[0] as string,
    needs,
    requires: [id],
    items: 1,
    isDecision: false,
    isRun: false,
  });
  const steps = [step('p.long'), step('p.short'), step('q.last', ['p'])];
  const { isOneOf, contracts } = viewOf(apart);
  const ms: Readonly<Record<string, number>> = { 'p.long': 100, 'p.short': 10, 'q.last': 5 };
  const choice = { assignee: { id: 'a', name: 'a' }, reason: '', capacity: 1, approval: null };
  const { time } = estimate(
    steps,
    new Map(steps.map((one) => [one.step, choice])),
    {
      isOneOf,
      contracts,
      choose: () => choice,
      experience: (_, capability) => known(1, ms[capability] as number),
    },
    { cost: null, tokens: null },
  );
  assert.equal(time, 105);
});
