import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { compileTemplate, type Names } from './expression.ts';
import type { Scope, StepScope } from './graph.ts';
import type { Json } from './json.ts';
import { ProblemList } from './problem.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const closed = (properties: Json): Json =>
  ({ type: 'object', additionalProperties: false, properties }) as Json;
const NAMES: Names = {
  input: null,
  item: { shape: null },
  phases: new Map([
    [
      'extract',
      new Map([
        ['one', { forEach: false, output: null }],
        ['many', { forEach: true, output: closed({ total: {} }) as never }],
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

function compile(value: Json, names: Names = NAMES) {
  const problems = new ProblemList();
  const compiled = compileTemplate(value, ['at'], names, problems);
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
    const names: Names = { ...NAMES, input: closed({ orders: { items: closed({ id: {} }) } }) as never };
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

  test('every expression of a value reports its own problem at its own path', () => {
    const { problems } = compile({ a: '${ x }', b: ['${ y }'] });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['at.a', 'at.b[0]'],
    );
  });
});

describe('evaluation is bounded', () => {
  const list = Array.from({ length: 100_000 }, (_, at) => at);
  const text = 'a'.repeat(1 << 20);
  const scope: Scope = {
    ...SCOPE,
    input: { list, text, other: text.slice(1 << 19) + 'b', objects: list.map((at) => ({ at })) },
  };
  const expensive = [
    'input.list.map(x, input.list.map(y, x * y))',
    'input.list.exists(x, input.list.exists(y, y.z))',
    'input.list.map(x, input.list)',
    'input.list.filter(x, input.list == input.list.map(z, z))',
    'input.list.map(x, [x, x, x, [x, [x, [x]]]]).map(x, [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x])',
    'cel.bind(a, input.text + input.text, cel.bind(b, a + a, cel.bind(c, b + b, c + c)))',
    'cel.bind(a, input.list + input.list, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, e + e)))))',
    'input.list.map(x, input.text.contains(input.other))',
    'input.text.contains(input.other)',
    'input.list.map(x, input.text.matches("(a|a)*b"))',
    'input.list.map(x, input.text.split(""))',
    'input.list.map(x, size(input.text))',
    'input.list.map(x, input.text + "x")',
    'input.list.map(x, input.text.upperAscii())',
    'input.list.exists(x, x.y || x.z)',
    'input.objects.map(o, input.objects.filter(p, p.at == o.at))',
    'input.list.all(x, input.list.exists(y, input.missing.y))',
    'input.list.all(x, -x in input.list || true)',
    'input.list.map(x, input.text)',
    'input.list.map(x, "a".matches(string(x) + "(a|b)*"))',
    'input.list.exists(x, input.objects == input.objects.map(o, {"at": o.at}) && false)',
  ];
  for (const expression of expensive) {
    test(expression, (t) => {
      const start = performance.now();
      assert.match(failure(expression, scope), /too expensive/);
      t.diagnostic(`${Math.round(performance.now() - start)} ms`);
    });
  }

  test('going over the bound is not absorbed by || and exists', () => {
    assert.match(failure('input.list.map(x, input.list.map(y, y)) == [] || true', scope), /too expensive/);
  });

  test('what is reasonable on a large input is not', () => {
    assert.equal(
      (value('input.objects.filter(o, o.at % 2 == 0).map(o, o.at + 1)', scope) as Json[]).length,
      50_000,
    );
    assert.equal(value('input.list.all(x, x >= 0) && 99999 in input.list', scope), true);
  });

  test('a value nested deeper than the stack is an answer, not a crash', () => {
    let deep: Json = 1;
    for (let depth = 0; depth < 200_000; depth++) deep = [deep];
    assert.match(failure('[input.deep]', { ...SCOPE, input: { deep } }), /too expensive/);
  });

  test('expressions that are long, deep or of many parts are refused when saved', () => {
    assert.match(problem('1 + '.repeat(2000) + '1'), /longer than|more than/);
    assert.match(problem('('.repeat(200) + '1' + ')'.repeat(200)), /nested|more than/);
    assert.match(problem('!'.repeat(4000) + 'true'), /more than 500 parts/);
    assert.match(problem(`[${'1,'.repeat(300)}1]`), /more than 200 elements/);
  });
});

/** Expressions without the one thing that differs on purpose: arithmetic of ints with doubles. */
const { int, list, bool, text } = fc.letrec<{ int: string; list: string; bool: string; text: string }>(
  (tie) => ({
    int: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        '0',
        '1',
        '2',
        '7',
        '-3',
        'input.i',
        'size(input.list)',
        'input.o.k',
        'input.o.missing',
      ),
      fc
        .tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int'))
        .map((parts) => `(${parts.join(' ')})`),
      fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie('list').map((l) => `size(${l})`),
      tie('text').map((s) => `size(${s})`),
    ),
    list: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('input.list', '[1, 2]', '[input.i]'),
      fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`),
      fc.tuple(tie('list'), tie('int')).map(([l, i]) => `${l}.map(x, x + ${i})`),
      fc.tuple(tie('list'), tie('int')).map(([l, i]) => `${l}.filter(y, y > ${i})`),
    ),
    bool: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('true', 'false', 'input.b', 'has(input.i)', 'has(input.o.missing)', 'input.missing'),
      fc
        .tuple(tie('int'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('int'))
        .map((parts) => `(${parts.join(' ')})`),
      fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map((parts) => `(${parts.join(' ')})`),
      tie('bool').map((b) => `!${b}`),
      fc.tuple(tie('int'), tie('list')).map(([i, l]) => `(${i} in ${l})`),
      fc
        .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'), tie('int'))
        .map(([l, m, i]) => `${l}.${m}(z, z / ${i} > 1)`),
      fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} == ${b})`),
      fc
        .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
        .map(([a, m, b]) => `${a}.${m}(${b})`),
    ),
    text: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('"ab"', '""', 'input.s', '"é😀"', 'input.o.name'),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
      tie('int').map((i) => `string(${i})`),
    ),
  }),
);

test('agrees with cel-js where no double meets an int', (t) => {
  t.diagnostic(`SEED=${seed}`);
  const environment = new Environment({ homogeneousAggregateLiterals: false }).registerVariable(
    'input',
    'dyn',
  );
  const theirs = { input: { i: 4n, b: true, s: 'xé', list: [1n, 2n, 3n, 4n], o: { k: 9n, name: 'n' } } };
  const ours = { ...SCOPE, input: theirs.input as unknown as Json };
  const plain = (found: unknown): unknown =>
    JSON.parse(
      JSON.stringify(found, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) ?? 'null',
    );
  let both = 0;
  fc.assert(
    fc.property(fc.oneof(int, list, bool, text), (expression) => {
      let expected: unknown;
      let throws: string | null = null;
      try {
        expected = plain(environment.evaluate(expression, theirs));
      } catch (error) {
        throws = (error as { code: string }).code;
      }
      // Theirs looks for an operator by the type of the first element, and finds none for an empty list; so `[]` is left out, too.
      fc.pre(throws !== 'no_such_overload');
      const { compiled } = compile(`\${ ${expression} }`);
      const found = compiled?.template.evaluate(ours);
      if (throws !== null)
        return assert.notEqual(
          found?.ok,
          true,
          `${expression} (${throws}) gives ${JSON.stringify(plain(found))}`,
        );
      if (compiled === null)
        return assert.ok(
          /\d{4}|map|filter|all|exists/.test(expression) || expression.length > 200,
          expression,
        );
      assert.ok(found?.ok, `${expression}: ${JSON.stringify(plain(found))}, not ${JSON.stringify(expected)}`);
      assert.deepEqual(plain(found.value), expected, expression);
      both++;
    }),
    { seed, numRuns: 3000 },
  );
  t.diagnostic(`${both} of 3000 gave a value on both sides`);
});
