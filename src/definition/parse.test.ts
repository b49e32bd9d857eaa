import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { MAX_DEFINITION_BYTES, MAX_YAML_BYTES, parseDefinition } from './parse.ts';
import { MAX_YAML_MARKS } from './yaml-text.ts';
import type { Json } from './json.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

function document(text: string, format?: 'json' | 'yaml'): Json {
  const parsed = parseDefinition(text, format);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.document;
}
function refusal(text: string, format?: 'json' | 'yaml') {
  const parsed = parseDefinition(text, format);
  assert.ok(!parsed.ok, JSON.stringify(parsed).slice(0, 200));
  const [first] = parsed.problems;
  assert.ok(first);
  return { ...first, where: `${first.line}:${first.column}` };
}

const keys = fc.string({ maxLength: 6 }).filter((key) => key !== '__proto__');
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, 0, -1.5, 1e21, 2 ** 53 - 1),
    fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/\p{Surrogate}/u.test(text)),
    fc.integer(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(keys, tie('json'), { maxKeys: 4 }).map((object) => ({ ...object })),
  ),
}));

test('JSON and YAML give what was written', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(json, (value) => {
      assert.deepEqual(document(JSON.stringify(value), 'json'), value);
      assert.deepEqual(document(JSON.stringify({ value }, null, 2)), { value });
      assert.deepEqual(document(stringify({ value }, { version: '1.2' }), 'yaml'), { value });
    }),
    { seed, numRuns: 500 },
  );
});

test('any text gives a document or problems with a place, and never throws', (t) => {
  t.diagnostic(`SEED=${seed}`);
  const scraps = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    "'",
    '\n',
    '  ',
    '- ',
    'a',
    '1',
    '&a ',
    '*a',
    '!x ',
    '#',
    '|',
    '>',
    '?',
    '%',
    '---\n',
    '\\',
    '\t',
    'null',
    '\u0000',
    '\ud800',
  );
  fc.assert(
    fc.property(
      fc.array(scraps, { maxLength: 20 }).map((parts) => parts.join('')),
      fc.constantFrom(undefined, 'json' as const, 'yaml' as const),
      (text, format) => {
        const parsed = parseDefinition(text, format);
        if (parsed.ok) return;
        assert.ok(parsed.problems.length > 0);
        for (const problem of parsed.problems) {
          assert.ok(problem.line! >= 1 && problem.column! >= 1);
          assert.ok(problem.line! <= text.split('\n').length);
        }
      },
    ),
    { seed, numRuns: 2000 },
  );
});

test('the format is found out where it is not given', () => {
  assert.deepEqual(document(' \n{"a": 1}'), { a: 1 });
  assert.deepEqual(document('a: 1 # one'), { a: 1 });
  assert.deepEqual(document('{a: 1}'), { a: 1 });
  assert.deepEqual(document('\uFEFF{"a": 1}'), { a: 1 });
  assert.equal(refusal('{a: 1}', 'json').where, '1:2');
});

test('YAML is 1.2: words and dates stay texts', () => {
  assert.deepEqual(document('{a: yes, b: 2001-12-14, c: 0o17, d: ~, e: 1_000, 1: x}'), {
    a: 'yes',
    b: '2001-12-14',
    c: 15,
    d: null,
    e: '1_000',
    1: 'x',
  });
  assert.deepEqual(document('a: &x {b: [1]}\nc: *x'), { a: { b: [1] }, c: { b: [1] } });
  assert.deepEqual(document('&k id: p\nname: *k'), { id: 'p', name: 'id' });
  assert.deepEqual(document('"<<": 1'), { '<<': 1 });
});

test('malformed text is refused with line, column and plain words', () => {
  const known: [string, string, RegExp][] = [
    ['{\n  "a": 1\n  "b": 2\n}', '3:3', /',' or '}' is expected/],
    ['{"a": 1,\n "a": 2}', '2:2', /"a" stands twice/],
    ['{"a" 1}', '1:6', /':' is expected/],
    ['{"a": "x', '1:7', /no closing quote/],
    ['{"a": tru "', '1:7', /value is expected/],
    ['[1, 2', '1:6', /the text ends/],
    ['{"a": 1e999}', '1:7', /cannot be held exactly/],
    ['{"a": 12345678901234567890}', '1:7', /write it as a text/],
    ['{"__proto__": 1}', '1:2', /'__proto__' is not allowed/],
    ['{"a": "\\q"}', '1:7', /backslash/],
    ['a: 1\na: 2', '2:1', /"a" stands twice/],
    ['a: [1\nb: 2', '2:1', /./],
    ['a: 1\n---\nb: 2', '2:1', /several documents/],
    ['a: !!js/function "x"', '1:4', /Tags .* are not supported/],
    ['a: !!binary aGk=', '1:4', /Tags .* are not supported/],
    ['a: *b', '1:4', /names nothing before it/],
    ['&a [*a]', '1:5', /names nothing before it/],
    ['a: .inf', '1:4', /cannot be held exactly/],
    ['a: &x {b: 1}\nc: {<<: *x}', '2:5', /write the entries out/],
    ['? [a]\n: 1', '1:3', /key must be a plain text/],
    ['__proto__: 1', '1:1', /'__proto__' is not allowed/],
    ['%YAML 1.1\n---\na: yes', '1:1', /Only YAML 1\.2/],
    ['\ta: 1', '1:1', /tab/],
    ['', '1:1', /empty/],
    ['# nothing', '1:1', /empty/],
  ];
  for (const [text, where, message] of known) {
    const problem = refusal(text);
    assert.match(problem.message, message, text);
    assert.equal(problem.where, where, text);
  }
});

test('numbers are read as they are written, or refused', () => {
  const kept = [
    '0.1',
    '1.10',
    '0.30000000000000004',
    '0.10000000000000001',
    '6.0678213940430074e+22',
    '1e21',
    '-0.0',
    '9007199254740991',
  ];
  for (const number of [...kept, '5e-324', '1.7976931348623157e308', '0e999', '100000000000000000000'])
    for (const format of ['json', 'yaml'] as const)
      assert.deepEqual(document(`[${number}]`, format), [Number(number)], number);
  assert.deepEqual(document('[.5, +1., 0xff]', 'yaml'), [0.5, 1, 255]);
  const lost = ['9007199254740993', '9007199254740993.0', '9007199254740993e0', '123456789012345678.5'];
  for (const number of [...lost, '0.123456789012345678', '1e-400', '-1e400', `0.${'1'.repeat(500)}`])
    for (const format of ['json', 'yaml'] as const)
      assert.equal(refusal(`[${number}]`, format).code, 'invalid_value', number);
  assert.equal(refusal('[0x20000000000001]', 'yaml').code, 'invalid_value');
});

test('of a text whose form is right, the problems have their path, and the document can be checked', () => {
  for (const [text, format, code, path, read] of [
    ['{"a":[{"b":1,"b":2}]}', 'json', 'duplicate_key', 'a[0].b', { a: [{ b: 2 }] }],
    ['a: [{b: 1, b: 2}]', 'yaml', 'duplicate_key', 'a[0].b', { a: [{ b: 2 }] }],
    ['{"a":[0,1e999]}', 'json', 'invalid_value', 'a[1]', { a: [0, 0] }],
    ['a: [0, .nan]', 'yaml', 'invalid_value', 'a[1]', { a: [0, 0] }],
    ['{"a":{"__proto__":1}}', 'json', 'reserved_name', 'a.__proto__', { a: {} }],
  ] as const) {
    const parsed = parseDefinition(text, format);
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map((problem) => [problem.code, problem.path]),
      [[code, path]],
    );
    assert.deepEqual(parsed.document, read);
  }
  const twice = '"a":1,'.repeat(60);
  for (const text of ['{"a":1,"a":2', `{${twice}`, 'a: 1\na: 2\nb: *c']) {
    const parsed = parseDefinition(text);
    assert.ok(!parsed.ok && parsed.document === undefined, text);
  }
});

test('texts that are too large, too deep or too much when written out are refused', () => {
  assert.equal(refusal(`{"a": "${'x'.repeat(MAX_DEFINITION_BYTES)}"}`).code, 'too_large');
  assert.equal(refusal(`"${'é'.repeat(MAX_DEFINITION_BYTES / 2)}"`, 'json').code, 'too_large');
  assert.equal(refusal(`a: ${'x'.repeat(MAX_YAML_BYTES)}`).code, 'too_large');
  for (const much of [
    `a: [${'1,'.repeat(MAX_YAML_MARKS)}]`,
    'a: x\n'.repeat(MAX_YAML_MARKS),
    '\n'.repeat(30_000),
  ])
    assert.match(
      refusal(much, 'yaml').message,
      /YAML has at most 20000 lines, entries and brackets\. Write it as JSON/,
    );
  assert.equal(
    parseDefinition(`["${','.repeat(MAX_YAML_MARKS + 1)}"]`).ok,
    true,
    'JSON may have as many as it likes',
  );
  assert.equal(refusal('['.repeat(100) + ']'.repeat(100), 'json').code, 'too_deep');
  assert.equal(refusal('['.repeat(100) + ']'.repeat(100), 'yaml').code, 'too_deep');
  assert.equal(refusal('['.repeat(250_000)).code, 'too_deep');
  assert.equal(refusal('- '.repeat(120_000)).code, 'too_deep');
  assert.equal(
    refusal(Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')).code,
    'too_deep',
  );
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefgh'].map(
      (name, at) => `${name}: &${name} [${Array<string>(10).fill(`*${'abcdefgh'[at]}`).join(',')}]`,
    ),
  ].join('\n');
  assert.match(refusal(bomb).message, /100000 values once its aliases/);
  const tower = [
    'a: &a0 [x]',
    ...Array.from({ length: 80 }, (_, at) => `b${at}: &a${at + 1} [*a${at}]`),
  ].join('\n');
  assert.equal(refusal(tower).code, 'too_deep');
});

test('texts of nothing but errors cost no more than the size of the text', (t) => {
  for (const scrap of ['"', '}\n', ',:', '%a\n', '---\n', '&a ', '"\\\n']) {
    const start = performance.now();
    for (const times of [MAX_YAML_MARKS - 2, 200_000 / scrap.length])
      assert.ok(refusal(`[${scrap.repeat(times)}`, 'yaml').line! >= 1);
    t.diagnostic(`${JSON.stringify(scrap)}: ${Math.round(performance.now() - start)} ms`);
  }
});
