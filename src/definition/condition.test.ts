import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileCondition, makeVocabulary, NUMBER, type Condition, type Gives } from './condition.ts';
import type { JsonObject } from './json.ts';
import { ProblemList } from './problem.ts';

const closed = (properties: JsonObject): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  properties,
});
const vocabulary = makeVocabulary({
  tool: closed({
    name: { type: 'string' },
    class: { type: 'string', enum: ['read_only', 'consequential'] },
    tags: { type: 'array', items: { type: 'string' } },
  }),
  confidence: { type: ['number', 'null'] },
  priority: { type: 'number' },
  arguments: {},
});

function compile(text: string, gives?: Gives) {
  const problems = new ProblemList();
  return {
    condition: compileCondition(text, ['when'], vocabulary, problems, gives),
    problems: problems.all(),
  };
}
function compiled(text: string, gives?: Gives): Condition {
  const { condition, problems } = compile(text, gives);
  assert.ok(condition, JSON.stringify(problems));
  return condition;
}
const FACTS: JsonObject = {
  tool: { name: 'refund', class: 'consequential', tags: ['money'] },
  confidence: null,
  priority: 5,
  arguments: { amount: 120, items: [1, 2] },
};

describe('conditions on facts', () => {
  const values: readonly (readonly [string, unknown])[] = [
    ['tool.name == "refund" && arguments.amount > 100', true],
    ['"money" in tool.tags', true],
    ['has(arguments.amount) && !has(arguments.reason)', true],
    ['arguments.items.exists(tool, tool == 2)', true],
    ['confidence == null', true],
    ['true', true],
    ['priority in [5, 10]', true],
    ['4 in [priority]', false],
    ['!(priority in [1, 2])', true],
    ['[priority] == [5]', true],
    ['[4, 5] != [priority]', true],
    ['[priority] + [6] == [5, 6]', true],
    ['{"at": priority} == {"at": 5}', true],
    ['{"at": 4} != {"at": priority}', true],
    ['[[priority]] == [[5]] && size(tool.tags) in [1] && priority in [5]', true],
    ['priority in [] || [] == [1] || [] == [priority]', false],
    ['4 != priority && 5 == priority', true],
  ];
  for (const [text, value] of values) {
    test(text, () => assert.deepEqual(compiled(text).evaluate(FACTS), { ok: true, value }));
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['tol.name == "x"', 'unknown_name', /'tol' is not known.*Did you mean 'tool'/],
    ['tool.nmae == "x"', 'unknown_name', /has no 'nmae'.*Did you mean 'name'/],
    ['input.x', 'unknown_name', /can name 'tool', 'confidence', 'priority', 'arguments'/],
    ['tool.class == "read-only"', 'unknown_name', /never 'read-only'.*Did you mean 'read_only'/],
    ['tool.class in ["read_only", "write"]', 'unknown_name', /never 'write'/],
    ['"write" != tool.class', 'unknown_name', /never 'write'/],
    ['tool.name > 3', 'invalid_expression', /does not work on string and int/],
    ['tool == "refund"', 'invalid_expression', /'==' does not work on an object and string/],
    ['priority in ["5"]', 'invalid_expression', /'in' does not work on double and list<string>/],
    [
      '{"at": priority} == {"at": "5"}',
      'invalid_expression',
      /'==' does not work on map<string, double> and/,
    ],
    ['priority in [5] && tool.name > 5', 'invalid_expression', /'>' does not work on string and int/],
    ['tool', 'wrong_result', /must give true or false, but it gives an object/],
    ['tool.name', 'wrong_result', /must give true or false, but it gives string/],
    ['tool.name ==', 'invalid_expression', /cannot be read/],
    ['${ tool.name == "x" }', 'invalid_expression', /without '\$\{'/],
    ['', 'invalid_expression', /empty/],
    ['tool.name.fold("x")', 'invalid_expression', /fold/],
  ];
  for (const [text, code, message] of refused) {
    test(`refused: ${text}`, () => {
      const { condition, problems } = compile(text);
      assert.equal(condition, null);
      assert.deepEqual([problems[0]?.code, problems[0]?.path], [code, 'when']);
      assert.match(problems[0]!.message, message);
    });
  }

  test('what it reads is told', () => {
    const { reads } = compiled('tool.name == "a" || arguments.items[0] > 1 && arguments.items.all(x, x > 0)');
    assert.deepEqual(reads, [
      ['tool', 'name'],
      ['arguments', 'items', 0],
      ['arguments', 'items'],
    ]);
  });

  test('a failure is an answer that says why', () => {
    const failed = (text: string): string => {
      const found = compiled(text).evaluate(FACTS);
      assert.ok(!found.ok);
      return found.message;
    };
    assert.match(failed('confidence < 0.5'), /null and a number/);
    assert.match(failed('arguments.missing > 1'), /has no 'missing'/);
    assert.match(failed('arguments'), /must give true or false, but it gives \{/);
  });

  test('evaluations share what they may spend', () => {
    const facts = { ...FACTS, arguments: { items: Array.from({ length: 100_000 }, () => 1) } };
    const condition = compiled('arguments.items.all(x, x == 1)');
    const work = { left: 600_000 };
    assert.equal(condition.evaluate(facts, work).ok, true);
    assert.ok(work.left < 300_000);
    assert.equal(condition.evaluate(facts, work).ok, false);
    assert.equal(compiled('true').evaluate(facts, work).ok, false, 'nothing is left');
  });

  test('a number where one is asked for', () => {
    assert.deepEqual(compiled('arguments.amount * 2', NUMBER).evaluate(FACTS), { ok: true, value: 240 });
    assert.equal(compile('tool.name', NUMBER).condition, null);
  });
});
