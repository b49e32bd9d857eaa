import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from './json.ts';
import { checkSchema, compileSchema } from './validate.ts';

function problems(schema: JsonObject, value: Json): string[] {
  const compiled = compileSchema(schema);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.check(value).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

const INHERITED = ['valueOf', 'toString', 'constructor', 'hasOwnProperty', '__proto__'];
const withOwn = (name: string, value: Json): JsonObject =>
  JSON.parse(`{ ${JSON.stringify(name)}: ${JSON.stringify(value)} }`) as JsonObject;

test('allowed values are told by what they are, whatever the names of their members', () => {
  for (const name of INHERITED) {
    const named = withOwn(name, 1);
    assert.deepEqual(problems({ enum: [{ kind: 'a' }, { kind: 'b' }] }, named), [
      `It must be one of '{"kind":"a"}', '{"kind":"b"}'.`,
    ]);
    assert.deepEqual(problems({ const: { kind: 'a' } }, named), [`It must be '{"kind":"a"}'.`]);
    assert.deepEqual(problems({ enum: [named, 5] }, named), []);
    assert.deepEqual(problems({ const: named }, named), []);
    assert.equal(problems({ const: named }, {}).length, 1);
    assert.equal(problems({ const: named }, withOwn(name, 2)).length, 1);
  }
});

test('allowed values of every kind', () => {
  const values: Json[] = [null, true, false, 0, 1, '', '0', 'null', [], [1, 2], {}, { a: 1, b: [{}] }];
  for (const [at, value] of values.entries()) {
    assert.deepEqual(problems({ const: value }, value), []);
    assert.deepEqual(problems({ enum: values }, value), []);
    const others = values.filter((_, index) => index !== at);
    assert.equal(problems({ enum: others }, value).length, 1, JSON.stringify(value));
    for (const other of others) assert.equal(problems({ const: other }, value).length, 1);
  }
  assert.deepEqual(problems({ const: { a: 1, b: [{}] } }, { b: [{}], a: 1 }), []);
  assert.deepEqual(problems({ const: 0 }, -0), []);
  assert.equal(problems({ const: [1, 2] }, [2, 1]).length, 1);
});

test('an enum that allows nothing is refused', () => {
  const found = checkSchema({ properties: { a: { enum: [] } } });
  assert.deepEqual(
    found.map(({ path }) => path),
    [['properties', 'a', 'enum']],
  );
});

test('looking for a value costs what the value takes, and not what is allowed beside it', () => {
  const row = (at: number): JsonObject =>
    Object.fromEntries([['k0', at], ...Array.from({ length: 19 }, (_, k) => [`k${k + 1}`, k] as const)]);
  const long = Array.from({ length: 2000 }, (_, at) => at);
  const names = Array.from({ length: 15_000 }, (_, at) => `k${at}`);
  const cases: [JsonObject, Json, string | undefined][] = [
    [
      { items: { enum: Array.from({ length: 900 }, (_, at) => row(at)) } },
      Array.from({ length: 20_000 }, () => row(-1)),
      '[0]: ',
    ],
    [{ items: { const: long } }, Array.from({ length: 1500 }, () => [...long]), undefined],
    [{ items: { enum: names } }, Array<Json>(1_000_000).fill('k14999'), undefined],
    [
      { allOf: Array.from({ length: 500 }, () => ({ not: { const: [1] } })) },
      Array.from({ length: 100_000 }, () => 'a long text'),
      'The value is too large for its schema to be checked.',
    ],
  ];
  for (const [schema, value, message] of cases) {
    const before = performance.now();
    assert.equal(problems(schema, value)[0]?.slice(0, message?.length), message);
    assert.ok(performance.now() - before < 10_000);
  }
});

test('what no branch has evaluated is found whatever it is called', () => {
  const branches: JsonObject[] = [
    { anyOf: [{ properties: { b: true } }, { properties: { c: true } }] },
    { allOf: [{ properties: { a: true } }], anyOf: [{ properties: { b: true } }] },
    { if: { required: ['b'] }, then: { properties: { b: true } }, else: { properties: { c: true } } },
    { anyOf: [{ $ref: '#/$defs/b' }], $defs: { b: { properties: { b: true } } } },
    { properties: { b: true } },
    { $ref: '#/$defs/b', $defs: { b: { anyOf: [{ properties: { b: true } }] } } },
  ];
  for (const branch of branches) {
    const schema: JsonObject = { ...branch, unevaluatedProperties: false };
    assert.deepEqual(problems(schema, { b: 1 }), [], JSON.stringify(branch));
    for (const name of ['other', ...INHERITED])
      assert.deepEqual(problems(schema, { b: 1, ...withOwn(name, 1) }), [`'${name}' is not allowed here.`]);
  }
  const open: JsonObject = { anyOf: [{ additionalProperties: true }], unevaluatedProperties: false };
  assert.deepEqual(problems(open, { valueOf: 1 }), []);
});

test('a value that cannot be checked is a problem, and no fault', () => {
  const value = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      throw new Error('it breaks');
    },
  }) as JsonObject;
  assert.deepEqual(problems({ properties: { a: { type: 'string' } } }, value), [
    'The value cannot be checked: it breaks.',
  ]);
});

test('members that others ask for are told, each, in time in proportion to their names', () => {
  const schema: JsonObject = { dependentRequired: { a: ['b', 'constructor', 'c'], toString: ['d'] } };
  assert.deepEqual(problems(schema, {}), []);
  assert.deepEqual(problems(schema, { a: 1, c: 1 }), [
    "'b' is missing, which 'a' asks for.",
    "'constructor' is missing, which 'a' asks for.",
  ]);
  assert.deepEqual(problems(schema, withOwn('toString', 1)), ["'d' is missing, which 'toString' asks for."]);
  const names = Array.from({ length: 9_000 }, (_, at) => `k${at}`);
  const before = performance.now();
  assert.equal(problems({ dependentRequired: { a: names } }, { a: 1 }).length, 51);
  assert.equal(
    problems({ dependentRequired: Object.fromEntries(names.map((name) => [name, ['a']])) }, { k9: 1 }).length,
    1,
  );
  const rows = Array.from({ length: 20_000 }, () => ({ a: 1 }));
  assert.match(problems({ items: { dependentRequired: { a: names } } }, rows)[0]!, /^\[0\]: 'k0' is missing/);
  assert.ok(performance.now() - before < 10_000);
});
