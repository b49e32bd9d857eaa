import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import canonicalize from 'canonicalize';
import fc from 'fast-check';

import { canonical, CanonicalError, canonicalProblem } from './canonical.ts';
import { random, vectors } from './sample.test.ts';

const { files, skip } = vectors('jcs/input');

test('agrees with the published RFC 8785 vectors', { skip }, () => {
  for (const file of files) {
    const name = path.basename(file, '.json');
    const beside = (...parts: string[]) => readFileSync(path.join(file, '..', '..', ...parts), 'utf8');
    const text = canonical(JSON.parse(readFileSync(file, 'utf8')));
    assert.equal(text, beside('output', `${name}.json`), name);
    const hex = beside('outhex', `${name}.txt`).replaceAll(/\s/g, '');
    assert.equal(Buffer.from(text, 'utf8').toString('hex'), hex, name);
  }
  assert.equal(files.length, 6);
});

const byPackage = (value: unknown): string | undefined => {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
};
const byLedger = (value: unknown): string | undefined => {
  try {
    return canonical(value);
  } catch (error) {
    assert.ok(error instanceof CanonicalError);
    return undefined;
  }
};

describe('CAN-1: writes what the canonicalize package writes', () => {
  const equal = (arbitrary: fc.Arbitrary<unknown>) =>
    fc.assert(
      fc.property(arbitrary, (value) => assert.equal(byLedger(value), byPackage(value))),
      { numRuns: 1000, ...random },
    );

  test('for JSON values', () => equal(fc.jsonValue({ stringUnit: 'binary' })));
  test('for strings of every code unit', () =>
    equal(fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })));
  test('for numbers', () => equal(fc.double()));
  test('for objects with names like numbers and like __proto__', () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', '\u20ac', '😀', 'ﬀ'),
      fc.string({ maxLength: 2 }),
    );
    equal(fc.array(fc.tuple(name, fc.jsonValue())).map((members) => Object.fromEntries(members)));
  });
  test('for objects with many members', () =>
    equal(fc.dictionary(fc.string(), fc.nat(), { minKeys: 33, maxKeys: 60 })));
  test('for objects with members that are undefined', () =>
    equal(fc.dictionary(fc.string(), fc.option(fc.jsonValue(), { nil: undefined }))));
  test('for anything a program may hold', () => {
    equal(
      fc.anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
        withObjectString: true,
        withUnicodeString: true,
      }),
    );
  });
  test('for values with toJSON, functions and symbols', () => {
    const odd = fc.constantFrom<unknown>(
      () => 1,
      Symbol('s'),
      { toJSON: () => ({ b: 1, a: 2 }) },
      { toJSON: () => undefined },
      { toJSON: 1 },
    );
    equal(fc.oneof(odd, fc.array(odd), fc.dictionary(fc.string(), odd)));
  });
});

test('CAN-2: reading and writing again gives the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = canonical(value);
      assert.equal(canonical(JSON.parse(text)), text);
    }),
    random,
  );
});

test('drops what JSON.stringify drops', () => {
  const value = { b: undefined, a: [undefined, () => 1, Symbol('s')], c: () => 1, d: new Date(0), e: -0 };
  assert.equal(canonical(value), '{"a":[null,null,null],"d":"1970-01-01T00:00:00.000Z","e":0}');
  assert.equal(canonical({ c: undefined, b: 1, a: undefined }), '{"b":1}');
});

test('says what cannot be written, and where', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = [circular];
  const cases: readonly [unknown, string, string][] = [
    [{ lines: [{ total: Number.NaN }] }, 'not_finite', '$.lines[0].total'],
    [{ a: 1, b: Number.NEGATIVE_INFINITY }, 'not_finite', '$.b'],
    [{ note: ['ok', 'half \ud83d'] }, 'lone_surrogate', '$.note[1]'],
    [{ a: { 'x\udc00': 1 } }, 'lone_surrogate', '$.a.x\udc00'],
    [{ n: 1n }, 'not_json', '$.n'],
    [undefined, 'not_json', '$'],
    [circular, 'circular', '$'],
  ];
  for (const [value, code, at] of cases) {
    const problem = canonicalProblem(value);
    assert.equal(problem?.code, code);
    assert.equal(problem?.path, at);
    assert.throws(() => canonical(value), CanonicalError);
  }
  assert.equal(canonicalProblem({ fine: ['😀', 1.5, null] }), undefined);
});

test('nesting of any depth is written or refused, never a crash', () => {
  const nest = (depth: number, inner: unknown) => {
    let value = inner;
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  };
  for (const depth of [63, 64, 65, 66, 50_000]) {
    const text = canonical(nest(depth, 'x'));
    assert.equal(text, canonicalize(nest(depth, 'x')));
    assert.equal(canonicalProblem(nest(depth, Number.NaN))?.code, 'not_finite');
  }
});

test('more member names than are kept do not change what is written', () => {
  const names = Array.from({ length: 5000 }, (_, at) => `member ${at}`);
  for (const name of [...names, ...names]) assert.equal(canonical({ [name]: 1 }), `{"${name}":1}`);
});

test('names are not kept whatever their length', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    for (let at = 0; at < 3; at++) collect();
    return process.memoryUsage().heapUsed;
  };
  const before = held();
  const filler = 'x'.repeat(500_000);
  for (let at = 0; at < 200; at++) canonical({ [`${at}${filler}`]: at });
  assert.ok(held() - before < 20_000_000);
});
