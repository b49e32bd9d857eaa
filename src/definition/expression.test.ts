import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileTemplate, type Expected, type Names } from './expression.ts';
import type { Scope, StepScope } from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import { ProblemList } from './problem.ts';

const closed = (properties: JsonObject): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  properties,
});
const NAMES: Names = {
  input: null,
  item: { shape: null },
  phases: new Map([
    [
      'extract',
      new Map([
        ['one', { forEach: false, output: null }],
        ['many', { forEach: true, output: closed({ total: {} }) }],
      ]),
    ],
    ['sign-off', new Map([['approve', { forEach: false, output: null }]])],
    ['later', new Map([['step', { forEach: false, output: null }]])],
  ]),
  unavailable: (phase, _step, field) =>
    phase === 'later' && field !== 'feedback' ? 'it comes later.' : null,
};
const result = (output: Json, outputs: Json[] = []): StepScope => ({
  status: 'completed',
  output,
  outputs,
  failures: [],
  feedback: null,
});
const SCOPE: Scope = {
  input: {
    n: 5,
    half: 2.5,
    list: [1, 2, 3],
    names: ['b', 'a'],
    text: 'abc',
    face: '😀a😀b',
    none: null,
    map: { a: 1, 'due-date': 'x' },
    yes: true,
    due: '2026-03-01T10:00:00Z',
  },
  phases: {
    extract: { one: result({ x: [10, 20] }), many: result(null, [{ total: 1 }, null, { total: 3 }]) },
    'sign-off': { approve: result('ok') },
  },
  run: { id: 'run_1', startedBy: 'passport_ann', priority: 5 },
  item: { file: 'a.xml' },
  index: 2,
};

function compile(value: Json, names: Names = NAMES, expected?: Expected) {
  const problems = new ProblemList();
  const compiled = compileTemplate(value, ['at'], names, problems, expected);
  return { compiled, problems: problems.all() };
}
function evaluate(
  value: Json,
  scope: Scope = SCOPE,
): ReturnType<NonNullable<ReturnType<typeof compile>['compiled']>['template']['evaluate']> {
  const { compiled, problems } = compile(value);
  assert.ok(compiled, JSON.stringify(problems));
  return compiled.template.evaluate(scope);
}
const value = (expression: string, scope: Scope = SCOPE): Json => {
  const found = evaluate(`\${ ${expression} }`, scope);
  assert.ok(found.ok, found.ok ? '' : found.message);
  return found.value;
};
const failure = (expression: string, scope: Scope = SCOPE): string => {
  const found = evaluate(`\${ ${expression} }`, scope);
  assert.ok(!found.ok, `${expression} gives ${JSON.stringify(found)}`);
  assert.equal(found.code, 'expression_failed');
  return found.message;
};
const problem = (expression: string, names: Names = NAMES): string => {
  const { compiled, problems } = compile(`\${ ${expression} }`, names);
  assert.equal(compiled, null, expression);
  return problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
};

describe('values', () => {
  const known: Record<string, Json> = {
    'input.n + 1': 6,
    'input.n * 2': 10,
    'input.n / 2': 2.5,
    'input.n % 2': 1,
    'input.n > 3': true,
    'input.half * input.n': 12.5,
    '7 / 2': 3,
    '7 % 2': 1,
    '-7 / 2': -3,
    '7.0 / 2': 3.5,
    '2 * 0.5': 1,
    'size(input.list) > 2': true,
    'size(input.list) == input.n - 2': true,
    '1 == 1.0': true,
    'input.n == 5': true,
    '5 in [input.n]': true,
    'input.list == [1, 2, 3]': true,
    'input.list[0]': 1,
    'input.list[input.n - 4]': 2,
    'input["text"]': 'abc',
    'input.map["due-date"]': 'x',
    'input.list.map(x, x * 2)': [2, 4, 6],
    'input.list.filter(x, x > 1)': [2, 3],
    'input.list.map(x, x > 1, x + 0.5)': [2.5, 3.5],
    'input.list.all(x, x > 0)': true,
    'input.list.exists(x, x == 3)': true,
    'input.list.exists_one(x, x > 1)': false,
    'input.map.map(k, k)': ['a', 'due-date'],
    'input.list.map(x, input.list.map(y, x * y))': [
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ],
    'input.list.map(x, input.list.map(x, x + 1)[0] + x)': [3, 4, 5],
    'input.list.map(item, item)': [1, 2, 3],
    'cel.bind(x, input.n, x + x)': 10,
    'has(input.none)': true,
    'has(input.nothing)': false,
    'has(input.text.x)': false,
    'input.none == null': true,
    'input.yes ? 1 : 2': 1,
    'input.yes ? 1 : "a"': 1,
    '!input.yes || false': false,
    'input.missing == 1 || true': true,
    'false && input.missing': false,
    '[1, "a", null, true]': [1, 'a', null, true],
    '{"a": input.n, "b": {"c": 1}}': { a: 5, b: { c: 1 } },
    '"a" + input.text': 'aabc',
    '[1] + input.list': [1, 1, 2, 3],
    'type(input.n) == double': true,
    'type(1) == int': true,
    'type(input.map) == map': true,
    'string(input.n) + "/" + string(3) + string(2.5)': '5/32.5',
    'int("42") + int(2.9)': 44,
    'double("1.5") * 2': 3,
    'bool("true")': true,
    '"a,b".split(",")': ['a', 'b'],
    '["a", "b"].join("-")': 'a-b',
    '"abc".substring(1)': 'bc',
    '"abc".indexOf("c")': 2,
    '"Ä a".upperAscii()': 'Ä A',
    '" x ".trim()': 'x',
    '"abc".startsWith("ab") && "abc".endsWith("bc") && "abc".contains("b")': true,
    'size("a😀")': 2,
    'input.face.substring(0, 1)': '😀',
    'input.face.substring(1)': 'a😀b',
    'input.face.substring(2, 3)': '😀',
    'input.face.split("")': ['😀', 'a', '😀', 'b'],
    '"".split("")': [],
    'input.face.split("", 3)': ['😀', 'a', '😀b'],
    'input.face.indexOf("b")': 3,
    'input.face.indexOf("😀", 1)': 2,
    'input.face.lastIndexOf("😀")': 2,
    'input.face.lastIndexOf("😀", 1)': 0,
    'input.face.lastIndexOf("")': 4,
    '[input.face.indexOf("x"), input.face.indexOf("")]': [-1, 0],
    '"INV-12".matches("^INV-[0-9]+$")': true,
    'input.text.matches("^" + input.names[1])': true,
    'timestamp(input.due) - duration("24h")': '2026-02-28T10:00:00Z',
    'timestamp(input.due) > timestamp("2026-01-01T00:00:00Z")': true,
    'timestamp(input.due).getFullYear()': 2026,
    'timestamp(input.due) - timestamp("2026-03-01T09:30:00Z")': '1800s',
    'duration("90m")': '5400s',
    'timestamp(input.due) - timestamp("2026-03-01T09:30:00Z") > duration("10m")': true,
    item: { file: 'a.xml' },
    'item.file': 'a.xml',
    index: 2,
    'index + 1': 3,
    'run.id': 'run_1',
    'phases.extract.one.output.x[1]': 20,
    'phases["sign-off"].approve.output': 'ok',
    'phases.extract.many.outputs': [{ total: 1 }, null, { total: 3 }],
    'phases.extract.many.outputs.filter(o, o != null).map(o, o.total)': [1, 3],
    'phases.extract.one.feedback': null,
    'phases.later.step.feedback': null,
    'has(phases.extract.one.output.x)': true,
    '"a}b{" + \'}\'': 'a}b{}',
    '{"a": {"b": 1}}.a.b': 1,
  };
  for (const [expression, expected] of Object.entries(known)) {
    test(expression, () => assert.deepEqual(value(expression), expected));
  }
});

describe('faults name the place and what exists', () => {
  const known: Record<string, RegExp> = {
    'input.nme': /\$\{ input\.nme \} failed: input has no 'nme' \(it has 'n', 'half'/,
    'input.none.x': /input\.none is null, so it has no 'x'/,
    'input.list[9]': /3 elements, so there is none at 9/,
    'input.list.x': /is a list, so it has no 'x'/,
    'input.text.length': /is a text/,
    'input.constructor': /has no 'constructor'/,
    'input.__proto__': /has no '__proto__'/,
    'input["__proto__"].x': /has no '__proto__'/,
    'input.list["length"]': /is a list/,
    'input.map[input.text + "x"]': /has no 'abcx'/,
    'input.text + 1': /'\+' does not work on a text and a number/,
    'input.n && true': /must be true or false, not a number/,
    '1 / (size(input.list) - 3)': /divides by zero/,
    'int(input.n) * 9007199254740993': /2\^53/,
    '9223372036854775807 + size(input.list)': /64 bits/,
    'double(size(input.list)) / 0.0': /Infinity/,
    'input.list.map(x, x.y)': /x is a number/,
    'input.missing == 1 || false': /has no 'missing'/,
    'input.list.exists(x, x.y)': /x is a number/,
    'timestamp(input.text)': /needs a time like/,
    'input.text.matches(input.text + "(")': /cannot use the pattern/,
    'size(input.n)': /needs a text, a list/,
    'input.face.substring(5)': /needs a position from 0 to 4/,
    '{input.text + "": 1, input.n: 2}': /keys of an object are texts/,
  };
  for (const [expression, message] of Object.entries(known)) {
    test(expression, () => assert.match(failure(expression), message));
  }
});

describe('problems are found when the definition is saved', () => {
  const known: Record<string, RegExp> = {
    'size(input': /invalid_expression: .*Expected '\)', got the end/,
    '': /empty/,
    'inptu.x': /unknown_name: .*Did you mean 'input'/,
    'phases.extrakt.one.output': /unknown_phase: .*Did you mean 'extract'/,
    'phases.extract.on.output': /unknown_step: .*'one'/,
    'phases.extract.one.outptu': /unknown_name: .*Did you mean 'output'/,
    'phases.extract.one.total': /Is 'phases\.extract\.one\.output\.total' meant/,
    'phases.extract.many.output': /write phases\.extract\.many\.outputs/,
    'phases.extract.one.outputs': /write phases\.extract\.one\.output/,
    'phases.extract.many.outputs[0].totl': /Did you mean 'total'/,
    'phases.extract.many.outputs.map(o, o.totl)': /Did you mean 'total'/,
    'phases.extract': /Name one step/,
    'phases[input.n].x': /Name one step|not known|path/,
    'phases.extract.one': /Say what of the step is meant/,
    'phases.later.step.output': /not_upstream: .*cannot exist yet/,
    'run.nme': /'run' has no 'nme'/,
    'phases.sign-off.approve.output':
      /A name with a hyphen is written in brackets: phases\["sign-off"\]\.approve\.output/,
    'phases.sign.approve.output': /phases\["sign-off"\]/,
    'input.due-date': /input\["due-date"\]/,
    'input.a-b-c.x': /input\["a-b-c"\]\.x/,
    'foo(1)': /there is no function 'foo/,
    'input.x.foo()': /there is no function/,
    '"a" - 1': /'-' does not work on string and int/,
    '1 + "a"': /does not work/,
    '3u': /unsigned numbers are not available/,
    'b"x"': /bytes/,
    'bytes("x")': /not available/,
    'timestamp(input.due).getHours("CET")': /UTC/,
    '1 / 0': /divides by zero/,
    '9007199254740993': /2\^53/,
    '99999999999999999999': /64 bits/,
    'input.text.matches("(?=a)")': /looking ahead/,
    '[1].map(a, [1].map(b, [1].map(c, c)))': /nested more than 2 deep/,
  };
  for (const [expression, message] of Object.entries(known)) {
    test(expression || '(nothing)', () => assert.match(problem(expression), message));
  }

  test('item and index exist only inside forEach', () => {
    assert.match(problem('item.x', { ...NAMES, item: null }), /only inside a step that has 'forEach'/);
  });

  test('a closed input schema names what exists, an open one allows anything', () => {
    const names: Names = { ...NAMES, input: closed({ orders: { items: closed({ id: {} }) } }) };
    assert.match(
      problem('input.ordrs', names),
      /'input' has no 'ordrs': its schema allows only 'orders'\. Did you mean 'orders'/,
    );
    assert.match(problem('input.orders.filter(o, o.idd == 1)', names), /'o' has no 'idd'/);
    assert.ok(
      compile('${ input.anything.at.all }', { ...NAMES, input: { properties: { orders: {} } } }).compiled,
    );
    assert.ok(
      compile('${ input.x }', { ...NAMES, input: { allOf: [{}], additionalProperties: false } }).compiled,
    );
  });
});

describe('templates', () => {
  test('a text that is only an expression gives the value, otherwise it becomes part of the text', () => {
    assert.deepEqual(evaluate('${ input.list }'), { ok: true, value: [1, 2, 3] });
    assert.deepEqual(evaluate('${input.n} of ${ input.map.a }: ${ input.list } ${ input.none }'), {
      ok: true,
      value: '5 of 1: [1,2,3] null',
    });
    assert.deepEqual(evaluate(' ${ input.n }'), { ok: true, value: ' 5' });
    assert.deepEqual(evaluate('a $${ input.n } ${ input.n } $$'), { ok: true, value: 'a ${ input.n } 5 $$' });
    assert.deepEqual(evaluate('$${'), { ok: true, value: '${' });
  });

  test('expressions stand anywhere in a value, and constants stay as they are', () => {
    const template = { a: ['${ item.file }', 1, { b: '${ index }' }], c: null, d: 'text' };
    assert.deepEqual(evaluate(template), {
      ok: true,
      value: { a: ['a.xml', 1, { b: 2 }], c: null, d: 'text' },
    });
    const { compiled } = compile({ a: [1, 'x'] });
    assert.deepEqual(compiled?.constant, { value: { a: [1, 'x'] } });
  });

  test('reads names every step once, in order', () => {
    const { compiled } = compile({
      b: '${ phases["sign-off"].approve.output }',
      a: '${ phases.extract.many.outputs.map(o, phases.extract.one.output) }',
      c: '${ phases.extract.one.status }',
    });
    assert.deepEqual(compiled?.template.reads, ['extract.many', 'extract.one', 'sign-off.approve']);
  });

  test('an expression in a key, and one without an end, are problems', () => {
    assert.match(compile({ '${ input.n }': 1 }).problems[0]!.message, /Keys are not evaluated/);
    assert.match(compile('${ input.n').problems[0]!.message, /has no '}'/);
  });

  test('quotes in a comment are none', () => {
    assert.equal(value("1 // it's\n + 2"), 3);
    assert.equal(value('1 // the "first'), 1);
  });

  test('braces in quotes in a comment are none', () => {
    assert.equal(value('1 // not "{"\n'), 1);
    assert.equal(value("1 // not '}'\n"), 1);
  });

  test('every expression of a value reports its own problem at its own path', () => {
    const { problems } = compile({ a: '${ x }', b: ['${ y }'] });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['at.a', 'at.b[0]'],
    );
  });
});

test('half of a character is no value, and no part of a message', () => {
  const input = { half: '\ud83d', key: { '\ude00': 1 }, long: `${'a'.repeat(78)}😀😀` };
  const scope = { ...SCOPE, input };
  for (const expression of ['input.half + "x"', '[input.half + ""]', '{input.half: 1}', 'dyn(input.key)'])
    assert.match(failure(expression, scope), /half of a character/);
  assert.match(failure('input.key[input.long]', scope), /'a{78}…'/);
  assert.doesNotMatch(failure('input.key[input.half]', scope), /\p{Surrogate}/u);
});

test('several evaluations share the work that they are given, and each takes its part of it', () => {
  const list: Expected = { as: 'a list', types: ['list'], read: (value) => value };
  for (const expected of [undefined, list]) {
    const expression = '${ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(x, input.n + x) }';
    const { compiled } = compile(expression, NAMES, expected);
    assert.ok(compiled);
    const { template } = compiled;
    const work = { left: 300 };
    const answers = Array.from({ length: 20 }, () => template.evaluate(SCOPE, work).ok);
    assert.equal(answers[0], true);
    assert.equal(answers.at(-1), false);
    assert.equal(template.evaluate(SCOPE).ok, true);
  }
});
