import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
import { explainEdited, STEPS } from './explained.ts';
import { describeEdited } from './edited.ts';
import { goalOf, viewOf } from './samples/organisation.ts';
import { apart, invoices, made, MOMENT } from './samples/plans.ts';

const phase = (id: string, requires: readonly string[], more: object = {}) => ({
  id,
  steps: [{ id: 'work', task: { requires, ...more } }],
});
const document = (...phases: readonly object[]) => ({ phases }) as unknown as JsonObject;

test('what was said of a phase stands while it is as it was, and of a capability while a step asks for it', () => {
  const explanation = [STEPS, 'a', 'b', 'read', 'sum', 'facts'].map((about) => ({
    about,
    because: `as ${about}`,
  }));
  const before = { definition: document(phase('a', ['read']), phase('b', ['sum'])), explanation };
  const told = (after: JsonObject) => explainEdited(before, after, new Map()).map(({ because }) => because);
  assert.deepEqual(told(before.definition), ['as steps', 'as a', 'as b', 'as read', 'as sum', 'as facts']);
  const changed = document(phase('a', ['read'], { by: 'human' }), phase('b', ['sum']));
  assert.deepEqual(told(changed), ['as b', 'as read', 'as sum', 'as facts']);
  assert.deepEqual(told(document(phase('a', ['read']))), ['as a', 'as read', 'as facts']);
});

test('a list of the same words is as long as before only where what it is made of is', () => {
  const plan = made(goalOf(['read', 'sum'], invoices), apart);
  const [first, last] = plan.definition['phases'] as unknown as readonly object[];
  const audit = {
    id: 'audit',
    needs: ['read'],
    steps: [{ id: 'each', forEach: '${ phases.read.each.outputs }', task: { requires: ['sum'], input: {} } }],
  };
  const definition = { ...plan.definition, phases: [first, audit, last] } as unknown as JsonObject;
  const known = { samples: 0, time: null, cost: null, tokens: null };
  const steps = [
    { ...known, step: 'read.each', items: 3 },
    { ...known, step: 'audit.each', items: 2 },
  ];
  const before = { ...plan, definition, estimates: { ...plan.estimates, steps } };
  const items = (given: readonly string[]) => {
    const goal = goalOf([], { input: { invoices: given } });
    const told = describeEdited(definition, viewOf(apart), before, { goal, now: MOMENT.now });
    return told?.estimates.steps.slice(0, 2).map((step) => step.items);
  };
  assert.deepEqual(items(['a', 'b', 'c']), [3, 2]);
  assert.deepEqual(items(['a']), [1, null]);
});
