import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Goal } from './index.ts';
import { contract, goalOf, type Sample } from './samples/organisation.ts';
import { apart, because, invoices, made, read, refused, sum } from './samples/plans.ts';

describe('what cannot be planned', () => {
  const missing = (goal: Goal, sample: Sample, ...expected: [string, string]): void => {
    const [code, about, message] = refused(goal, sample);
    assert.deepEqual([code, about], expected);
    assert.ok(message.includes(about), message);
  };

  test('names the capability or the input that is missing', () => {
    missing(goalOf(['read', 'fly'], invoices), apart, 'capability_missing', 'fly');
    missing(goalOf(['sum']), { contracts: [sum], people: { a: ['sum'] } }, 'input_missing', 'facts');
    missing(goalOf(['read', 'sum']), apart, 'input_missing', 'invoice');
  });

  test('names what is ambiguous', () => {
    const other = contract('scan', ['invoice'], ['facts']);
    const people = { a: ['read'], b: ['scan'], c: ['sum'] };
    const sample = { contracts: [read, other, sum], people };
    missing(goalOf(['read', 'scan', 'sum'], invoices), sample, 'ambiguous', 'facts');
    missing(goalOf(['sum'], invoices), sample, 'ambiguous', 'facts');
    const refiners = ['clean', 'polish'].map((id) => contract(id, ['facts'], ['facts']));
    const four = ['read', 'clean', 'polish', 'sum'];
    const refined = { contracts: [read, ...refiners, sum], people: { a: four } };
    missing(goalOf(four, invoices), refined, 'ambiguous', 'facts');
    assert.deepEqual(
      made(goalOf(['sum'], invoices), { ...refined, contracts: [read, refiners[0]!, sum] }).executionPlan.map(
        ({ step }) => step,
      ),
      ['read.each', 'sum.work'],
      'what refines it does not make it',
    );
    const held = { ...sample, people: { a: ['read'], c: ['sum'] } };
    assert.deepEqual(
      made(goalOf(['sum'], invoices), held).executionPlan.map(({ step }) => step),
      ['read.each', 'sum.work'],
      'of those that make it, one is held',
    );
  });

  test('names how many there are, where they are too many', () => {
    const ids = Array.from({ length: 101 }, (_, at) => `c${at}`);
    const [code, , message] = refused(goalOf(ids), { people: { a: ids } });
    assert.deepEqual([code, message], ['too_large', 'That takes 101 capabilities; the most is 100.']);
    assert.equal(made(goalOf(ids.slice(1)), { people: { a: ids } }).executionPlan.length, 1);
  });

  test('names what goes round in a circle', () => {
    const sample = {
      contracts: [contract('a', ['y'], ['x']), contract('b', ['x'], ['y'])],
      people: { p: ['a'], q: ['b'] },
    };
    const [code, , message] = refused(goalOf(['a', 'b']), sample);
    assert.equal(code, 'cycle');
    assert.match(message, /a takes y from b and b takes x from a/);
  });

  test('names lists that do not belong together', () => {
    const sample = { contracts: [contract('pair', ['a', 'b'], ['c'])], people: { p: ['pair'] } };
    const [code] = refused(goalOf(['pair'], { input: { a: [1], b: [2] } }), sample);
    assert.equal(code, 'lists_unrelated');
  });
});

describe('the input', () => {
  test('holds a kind under its name, in the singular or plural', () => {
    for (const [member, value] of [
      ['invoices', []],
      ['Invoice', []],
      ['invoice-list', []],
    ] as const)
      assert.deepEqual(
        made(goalOf(['read'], { input: { [member]: value, other: 1 } }), apart).definition['input'],
        {
          type: 'object',
          required: [member],
          properties: { [member]: { type: 'array' } },
        },
      );
  });

  test('the only member that is left holds the only kind that is left, and that is said', () => {
    const one = made(goalOf(['read'], { input: { files: ['a'] } }), apart);
    assert.match(because(one, 'invoice'), /taken from `files`/);
    assert.equal(
      refused(goalOf(['read'], { input: { files: ['a'], urls: ['b'] } }), apart)[0],
      'input_missing',
    );
  });
});

describe('goals without capabilities', () => {
  const contracts = [
    contract('invoice_processing', ['invoice'], ['facts'], { description: 'Reads invoices and checks them' }),
    contract('financial_analysis', ['facts[]'], ['summary'], { description: 'Sums what invoices come to' }),
    contract('translation', ['document'], ['document'], { description: 'Translates documents' }),
  ];
  const people = { a: ['invoice_processing'], b: ['financial_analysis'], c: ['translation'] };

  test('find those that their words name, and say that this is a guess', () => {
    const goal = goalOf([], { ...invoices, goal: 'Process the invoices and do a financial analysis' });
    const one = made(goal, { contracts, people });
    assert.deepEqual(
      one.executionPlan.map(({ requiredCapabilities }) => requiredCapabilities),
      [['invoice_processing'], ['financial_analysis']],
    );
    assert.equal(one.guessed, true);
    assert.match(one.notices.join(), /guessed/);
    assert.equal(made(goalOf(['read'], invoices), apart).guessed, false);
  });

  test('find those that their descriptions tell of, and ten at most', () => {
    const sums = made(goalOf([], { ...invoices, goal: 'Sum what invoices come to' }), { contracts, people });
    assert.match(JSON.stringify(sums.executionPlan), /financial_analysis/);
    const many = Array.from({ length: 12 }, (_, at) => contract(`report_${String.fromCharCode(97 + at)}x`));
    const ids = many.map(({ id }) => id);
    const one = made(goalOf([], { goal: 'Write a report' }), { contracts: many, people: { d: ids } });
    const named = one.executionPlan.flatMap(({ requiredCapabilities }) => requiredCapabilities);
    assert.deepEqual(named, ids.slice(0, 10));
  });

  test('that find none say so', () => {
    const [code, , message] = refused(goalOf([], { goal: 'Bake bread' }), { contracts, people });
    assert.equal(code, 'nothing_matches');
    assert.match(message, /financial_analysis, invoice_processing and translation/);
    assert.equal(refused(goalOf([]), { people: {} })[0], 'nothing_matches');
  });
});
