import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check.ts';
import { compileDefinition } from './compile.ts';
import { SchemaBudget, TO_SAVE } from './json-schema.ts';
import type { Json, JsonObject } from './json.ts';
import { isError } from './problem.ts';
import { compileSchema } from './validate.ts';

const properties = (count: number, schema: Json, prefix = 'k'): JsonObject => ({
  properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, schema])),
});
const documentOf = (...schemas: readonly JsonObject[]): JsonObject => ({
  id: 'wide',
  phases: [
    { id: 'p', steps: schemas.map((output, at) => ({ id: `s${at}`, task: { by: 'human', output } })) },
  ],
});
const errorsOf = (document: JsonObject): string[] =>
  checkDefinition(document)
    .filter(isError)
    .map(({ path, message }) => `${path}: ${message}`);
const saved = (schema: JsonObject): boolean => compileSchema(schema, new SchemaBudget(TO_SAVE)).ok;

test('a schema that is to be saved has at most a thousand subschemas, those that are true or false as well', () => {
  for (const part of [{ type: 'number' }, {}, false, true]) {
    assert.ok(saved(properties(TO_SAVE.subschemas - 1, part)));
    assert.deepEqual(errorsOf(documentOf(properties(TO_SAVE.subschemas, part))), [
      'phases[0].steps[0].task.output: The schema is too large: at most 1000 subschemas.',
    ]);
  }
  assert.ok(!saved({ allOf: Array.from({ length: TO_SAVE.subschemas }, () => ({ required: ['a'] })) }));
  assert.ok(saved({ allOf: [{ not: {} }], items: false, ...properties(TO_SAVE.subschemas - 4, true) }));
});

test('what the schemas of a definition take together is bounded, and equal ones count once', () => {
  const names = Array.from({ length: 900 }, (_, at) => `k${at}`);
  const schema = (title: string): JsonObject => ({ title, required: names, ...properties(900, true) });
  const different = Array.from({ length: 20 }, (_, at) => schema(`t${at}`));
  const errors = errorsOf(documentOf(...different));
  assert.equal(errors.length, 9);
  assert.equal(
    errors[0],
    'phases[0].steps[11].task.output: All schemas together are too large: at most 20000 keywords and subschemas.',
  );
  assert.deepEqual(errorsOf(documentOf(...different.map(() => schema('t')))), []);
});

test('what was saved under wider bounds runs', () => {
  const schemas = Array.from({ length: 20 }, (_, at) => properties(1900, { type: 'number' }, `k${at}_`));
  assert.ok(compileDefinition(documentOf(...schemas), 'x').ok);
});

test('a schema that is wider than the stack is deep is compiled all the same', () => {
  const wide: [JsonObject, Json][] = [
    [{ ...properties(3000, { type: 'number' }), additionalProperties: false }, { k2999: 'x' }],
    [{ prefixItems: Array<Json>(3000).fill(false) }, [1]],
  ];
  for (const [schema, unfit] of wide) {
    const compiled = compileSchema(schema);
    assert.ok(compiled.ok);
    assert.deepEqual(compiled.check(1), []);
    assert.ok(compiled.check(unfit).length > 0);
  }
});
