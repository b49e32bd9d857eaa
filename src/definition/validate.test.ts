import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNames } from 'ajv-formats/dist/formats.js';
import type { Json, JsonObject } from './json.ts';
import { checkSchema, compileSchema } from './validate.ts';

function problems(schema: JsonObject, value: Json): string[] {
  const compiled = compileSchema(schema);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.check(value).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}
function refusal(schema: Json): string {
  const found = checkSchema(schema);
  assert.ok(found.length > 0, JSON.stringify(schema).slice(0, 200));
  assert.ok(!compileSchema(schema as JsonObject).ok);
  return found.map(({ path, message }) => `${path.join('/')}: ${message}`).join('\n');
}

test('all problems of a value at once, in plain words, with their paths', () => {
  const schema: JsonObject = {
    type: 'object',
    required: ['id', 'total'],
    additionalProperties: false,
    properties: {
      id: { type: 'string', pattern: '^INV-[0-9]+$' },
      total: { type: 'integer', minimum: 3 },
      state: { enum: ['open', 'paid', 1] },
      lines: { type: 'array', uniqueItems: true, maxItems: 2, items: { type: ['string', 'null'] } },
      due: { type: 'string', format: 'date' },
    },
  };
  assert.deepEqual(problems(schema, { id: 'INV-1', total: 3, lines: ['a', null], due: '2026-02-28' }), []);
  assert.deepEqual(
    problems(schema, {
      id: 'x',
      total: 1.5,
      state: 'no',
      lines: ['a', 'a', 5],
      due: '2026-02-30',
      zz: 1,
    }).sort(),
    [
      "'zz' is not allowed here.",
      'due: It is not a valid date.',
      'id: It does not match the pattern ^INV-[0-9]+$.',
      'lines: It has equal elements, which are not allowed.',
      'lines: It must have at most 2 elements.',
      'lines[2]: It must be a text or null.',
      "state: It must be one of 'open', 'paid', '1'.",
      'total: It must be a whole number.',
      'total: It must be at least 3.',
    ],
  );
  assert.deepEqual(problems(schema, {}), ["'id' is missing.", "'total' is missing."]);
});

test('references inside the schema work, also to itself', () => {
  const tree: JsonObject = {
    type: 'object',
    properties: { left: { $ref: '#' }, right: { $ref: '#/$defs/node' } },
    $defs: { node: { $anchor: 'n', $ref: '#' }, other: { $ref: '#n' } },
  };
  assert.deepEqual(problems(tree, { left: { right: { left: 5 } } }), [
    'left.right.left: It must be an object.',
  ]);
});

test('multiples are told by the digits of both numbers', () => {
  const cases: [number, number[], number[]][] = [
    [0.01, [19.99, 4.35, 0.07, -19.99, 0, 1e20, 1e300], [1.131, 1e-9, 0.015]],
    [0.1, [0.3, 1.1, 123_456_789.1], [0.35]],
    [3, [9, -9, 0], [10, 0.5, 9.000_001]],
    [1.5, [3, 4.5], [4]],
    [10, [1e23, 90], [95]],
    [1e-300, [1, 5e-300], [5e-324]],
  ];
  for (const [multipleOf, fitting, others] of cases) {
    for (const value of fitting) assert.deepEqual(problems({ multipleOf }, value), [], `${value}`);
    for (const value of others)
      assert.deepEqual(problems({ multipleOf }, value), [`It must be a multiple of ${multipleOf}.`]);
  }
});

test('what every object of JavaScript has is not there', () => {
  const names: JsonObject = { constructor: { type: 'string' }, toString: { type: 'string' } };
  assert.deepEqual(problems({ properties: names }, {}), []);
  assert.deepEqual(problems({ required: ['constructor'] }, {}), ["'constructor' is missing."]);
  assert.deepEqual(problems({ dependentRequired: { constructor: ['x'] } }, {}), []);
});

test('branches that all fail are one problem', () => {
  assert.deepEqual(problems({ anyOf: [{ type: 'string' }, { type: 'object' }] }, 3), [
    'It fits none of the allowed forms.',
  ]);
  assert.deepEqual(
    problems({ if: { properties: { a: { const: 1 } } }, then: { required: ['b'] } }, { a: 1 }),
    ["'b' is missing."],
  );
});

test('schemas that could reach outside, run away or are not schemas are refused', () => {
  const known: [Json, RegExp][] = [
    [{ $ref: 'https://example.org/a.json' }, /outside of this schema/],
    [{ properties: { a: { $ref: '#/$defs/a' } } }, /leads nowhere/],
    [
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { allOf: [{ $ref: '#/$defs/a' }] } } },
      /comes back to itself/,
    ],
    [{ pattern: '(?=a)b' }, /looking ahead/],
    [{ patternProperties: { '(a': {} } }, /no '\)'/],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, /Only JSON Schema 2020-12/],
    [{ items: [{}] }, /prefixItems/],
    [{ properties: { a: { $id: 'x' } } }, /'\$id' inside/],
    [{ type: 'objct' }, /type: This is not valid JSON Schema 2020-12: it must be one of 'array'/],
    [{ required: 'a' }, /required: .*must be a list/],
    [{ enum: Array.from({ length: 30_000 }, (_, at) => at) }, /too large/],
    [[], /is an object/],
  ];
  for (const [schema, message] of known) assert.match(refusal(schema), message);
  let deep: JsonObject = {};
  for (let depth = 0; depth < 100; depth++) deep = { properties: { a: deep } };
  assert.match(refusal(deep), /too large/);
});

test('schemas and values that multiply are stopped', () => {
  const doubling: { [name: string]: Json } = { last: { type: 'number' } };
  for (let at = 0; at < 40; at++)
    doubling[`d${at}`] = {
      allOf: [0, 1].map(() => ({ $ref: `#/$defs/${at === 39 ? 'last' : `d${at + 1}`}` })),
    };
  assert.deepEqual(problems({ $ref: '#/$defs/d0', $defs: doubling }, 3), [
    'The value is too large for its schema to be checked.',
  ]);
  let deep: Json = 1;
  for (let depth = 0; depth < 60; depth++) deep = { a: deep };
  const branching: JsonObject = {
    allOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }],
  };
  assert.deepEqual(problems(branching, deep), ['The value is too large for its schema to be checked.']);
  assert.deepEqual(problems({ pattern: '^(a+)+$' }, `${'a'.repeat(5000)}!`), [
    'It does not match the pattern ^(a+)+$.',
  ]);
  assert.deepEqual(
    problems(
      { uniqueItems: true },
      Array.from({ length: 50_000 }, (_, at) => ({ at })),
    ),
    [],
  );
});

test('what is wrong with a value is found in time and memory in proportion to it', () => {
  const chain: { [name: string]: Json } = { d0: { type: 'string' } };
  for (let at = 1; at < 30; at++)
    chain[`d${at}`] = { anyOf: [0, 1].map(() => ({ $ref: `#/$defs/d${at - 1}` })) };
  const names = Array.from({ length: 15_000 }, (_, at) => `k${at}`);
  const union: JsonObject = { items: { anyOf: [{ type: 'string' }, { type: 'number' }] } };
  const cases: [JsonObject, Json, string][] = [
    [{ $ref: '#/$defs/d29', $defs: chain }, 1, 'The value is too large for its schema to be checked.'],
    [{ items: { required: names } }, Array.from({ length: 20_000 }, () => ({})), "[0]: 'k0' is missing."],
    [union, Array(60_000).fill(null), '[0]: It fits none of the allowed forms.'],
    [union, Array(1000).fill(null), '[0]: It fits none of the allowed forms.'],
  ];
  for (const [schema, value, message] of cases) {
    const before = performance.now();
    assert.equal(problems(schema, value)[0], message);
    assert.ok(performance.now() - before < 10_000, message);
  }
});

test('long values of a plain form are checked', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => ({ id: `${at}`, total: at, note: null }));
  const note: JsonObject = { anyOf: [{ type: 'string' }, { type: 'null' }] };
  const properties: JsonObject = { id: { type: 'string' }, total: { type: 'number' }, note };
  const row: JsonObject = { type: 'object', required: ['id', 'total'], properties };
  assert.deepEqual(problems({ type: 'array', items: row }, rows), []);
  assert.deepEqual(problems({ items: { type: 'number' } }, Array(4_000_000).fill(1)), []);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  const nullable: JsonObject = { properties: Object.fromEntries(names.map((name) => [name, note])) };
  const nulls = Object.fromEntries(names.map((name) => [name, null]));
  assert.deepEqual(problems({ items: nullable }, Array(25_000).fill(nulls)), []);
  const prices: JsonObject = { items: { multipleOf: 0.01 } };
  assert.deepEqual(problems(prices, Array(300_000).fill(19.99)), []);
  assert.deepEqual(problems({ items: { multipleOf: 5 } }, Array(1_000_000).fill(15)), []);
});

test('of a long value too all problems are told', () => {
  const nullable: JsonObject = { anyOf: [{ type: 'string' }, { type: 'null' }] };
  const rows: Json[] = Array.from({ length: 60_000 }, () => null);
  const wrong = [7, 500, 59_999];
  for (const at of wrong) rows[at] = at;
  const told = problems({ items: nullable }, rows);
  for (const at of wrong)
    assert.ok(
      told.some((one) => one.startsWith(`[${at}]`)),
      told.join('; '),
    );
});

test('what names of members no branch has, and patterns name, is checked', () => {
  const kind: JsonObject = { properties: { kind: { const: 'a' } }, additionalProperties: false };
  const schema = { patternProperties: { '^x-': {} }, anyOf: [kind, { required: ['n'] }] };
  assert.deepEqual(problems(schema, { kind: 'b', 'x-note': 't', n: 1 }), []);
});

test('patterns that are refused use up what all patterns may cost together', () => {
  const keys = Array.from({ length: 50 }, (_, at) => [`${at}(?:a{1000}){1000}`, true] as const);
  const text = refusal({ patternProperties: Object.fromEntries(keys) });
  assert.match(text, /too large when its counts are written out/);
  assert.match(text, /all schemas together are too large/);
});

test('checking a format takes time in proportion to the text', () => {
  const length = 1 << 18;
  const texts = ['', 'http://', '{', '2020-01-01T00:00:00.'].flatMap((start) =>
    ['a', ':', '1', 'a-', 'a.', '@', 'a@a.aa/', '%41', '{a}'].map(
      (part) => `${start}${part.repeat(length / part.length)} `,
    ),
  );
  for (const format of formatNames) {
    const compiled = compileSchema({ type: 'string', format });
    assert.ok(compiled.ok, format);
    for (const text of texts) assert.equal(typeof compiled.check(text).length, 'number', format);
  }
});

test('addresses of the web', () => {
  const url: JsonObject = { type: 'string', format: 'url' };
  for (const text of [
    'https://example.org',
    'http://ann@example.org:8080/a?b=c#d',
    'FTP://files.example.org/a',
  ])
    assert.deepEqual(problems(url, text), [], text);
  for (const text of [
    '',
    'example.org',
    'mailto:ann@example.org',
    'javascript:alert(1)',
    'http://',
    'http://a b',
  ])
    assert.deepEqual(problems(url, text), ['It is not a valid url.'], text);
});

test('many problems are counted, not listed', () => {
  const found = problems(
    { items: { type: 'string' } },
    Array.from({ length: 200 }, () => 1),
  );
  assert.equal(found.length, 51);
  assert.equal(found.at(-1), 'There are 150 more problems.');
});

test('two schemas with the same $id do not meet', () => {
  assert.deepEqual(problems({ $id: 'same', type: 'string' }, 1), ['It must be a text.']);
  assert.deepEqual(problems({ $id: 'same', type: 'number' }, 1), []);
});
