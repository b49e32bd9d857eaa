import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTemplate } from './expression.ts';
import type { Json } from './json.ts';
import { ProblemList } from './problem.ts';

const INPUT = {
  items: [{ sku: 1 }],
  'sign-off': { by: 'ann' },
  at: 1_700_000_000.1234,
  high: '\u{1f600}',
  low: '\uff5e',
};

const value = (expression: string): Json => {
  const problems = new ProblemList();
  const names = { input: null, item: null, phases: new Map(), unavailable: () => null };
  const compiled = compileTemplate(`\${ ${expression} }`, [], names, problems);
  assert.ok(compiled, JSON.stringify(problems.all()));
  const run = { id: 'r', startedBy: 'ann', priority: 5 };
  const found = compiled.template.evaluate({ input: INPUT, phases: {}, run });
  assert.ok(found.ok, found.ok ? '' : found.message);
  return found.value;
};

for (const [expression, expected] of [
  ['has(input.items[0].sku)', true],
  ['has(input.items[0].name)', false],
  ['has(input["sign-off"].by) && !has(input["sign-off"].at)', true],
  ['has(input["sign-off"].by) ? 1 : 2.5', 1],
  ['timestamp(input.at)', '2023-11-14T22:13:20.123Z'],
  ['timestamp(1.001)', '1970-01-01T00:00:01.001Z'],
  ['timestamp(-1.5)', '1969-12-31T23:59:58.500Z'],
  ['input.low < input.high', true],
  ['input.high < input.low', false],
  ['"a" < "ab" && "ab" < "b" && !("a" < "a") && "a" <= "a"', true],
  ['string(-9223372036854775808)', '-9223372036854775808'],
  ['"AbÄ".lowerAscii() + "aBä".upperAscii()', 'abÄABä'],
] as const)
  test(expression, () => assert.equal(value(expression), expected));
