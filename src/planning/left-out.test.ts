import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../definition/index.ts';
import type { Plan } from './index.ts';
import { contract, goalOf } from './samples/organisation.ts';
import { invoices, made, read } from './samples/plans.ts';

interface Shown {
  readonly id: string;
  readonly steps: readonly { readonly forEach?: string; readonly task?: { readonly input: Json } }[];
}
const stepOf = ({ definition }: Plan, id: string): Shown['steps'][number] =>
  (definition['phases'] as unknown as readonly Shown[]).find((one) => one.id === id)?.steps[0] ??
  assert.fail(`there is no phase ${id}`);

/** It is left out as a whole, or done for each. */
const perhaps = { ...read, step: { if: '${ size(input.invoices) > 1 }' } };
const people = { a: ['read'], b: ['check'], c: ['judge'] };
const AT = 'phases.read.each.outputs';

test('what goes over a list that is there is done for each of it, whatever else may be left out', () => {
  const check = contract('check', ['facts', 'invoice'], ['verdict']);
  const one = made(goalOf(['read', 'check'], invoices), { contracts: [perhaps, check], people });
  const { forEach, task } = stepOf(one, 'check');
  assert.equal(forEach, '${ input.invoices }');
  assert.deepEqual(task?.input, {
    facts: `\${ (index < size(${AT}) ? ${AT}[index] : null) }`,
    invoice: '${ item }',
  });
});

test('what is made of what may be left out may be left out as well', () => {
  const contracts = [
    perhaps,
    contract('judge', ['facts'], ['verdict']),
    contract('check', ['verdict', 'invoice'], ['result']),
  ];
  const one = made(goalOf(['read', 'judge', 'check'], invoices), { contracts, people });
  const { forEach, task } = stepOf(one, 'check');
  assert.equal(forEach, '${ input.invoices }');
  const verdicts = 'phases.judge.each.outputs';
  assert.deepEqual(task?.input, {
    invoice: '${ item }',
    verdict: `\${ (index < size(${verdicts}) ? ${verdicts}[index] : null) }`,
  });
});

test('a list that one step makes is a product, also where it is worked on', () => {
  const contracts = [contract('lines', ['invoice'], ['line[]']), contract('price', ['line'], ['amount'])];
  const one = made(goalOf(['lines', 'price'], { input: { invoice: 'a' } }), {
    contracts,
    people: { a: ['lines'], b: ['price'] },
  });
  assert.deepEqual(one.definition['output'], {
    line: '${ phases.lines.work.output }',
    amount: '${ phases.price.each.outputs }',
  });
});

test('the approval at the end has a name of its own, whatever capabilities are called', () => {
  const goal = goalOf(['approval'], { input: { invoice: 'a' }, humanInLoop: true, approvers: ['role:boss'] });
  const one = made(goal, {
    contracts: [contract('approval', ['invoice'], ['opinion'])],
    people: { a: ['approval'] },
  });
  assert.deepEqual(
    one.executionPlan.map(({ step }) => step),
    ['approval.work', 'approval_2.decision'],
  );
});
