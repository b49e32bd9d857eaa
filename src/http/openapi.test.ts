import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CATALOGUE, type Operation } from '../operations/schema/index.ts';
import { openApi } from './openapi.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: object;
}
interface Content {
  readonly [mediaType: string]: { readonly schema: object };
}
interface Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content; readonly $ref?: string }>
  >;
}
interface Document {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const document = JSON.parse(JSON.stringify(openApi('1.2.3'))) as Document;
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('the document describes every operation, once', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual([typeof document.info['title'], document.info['version']], ['string', '1.2.3']);
  const all = (Object.values(CATALOGUE) as Operation[]).map(
    ({ name, method, path }) => `${name} ${method.toLowerCase()} ${path}`,
  );
  assert.deepEqual(
    described.map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`).toSorted(),
    all.toSorted(),
  );
  const tags = new Set(document.tags.map(({ name }) => name));
  for (const { operation } of described) for (const tag of operation.tags) assert.ok(tags.has(tag));
});

test('parameters of a path are those it names, and no parameter comes twice', () => {
  for (const { path, operation } of described) {
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      inPath.map(({ name }) => name),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    assert.ok(inPath.every(({ required }) => required));
    const names = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
    assert.equal(new Set(names).size, names.length);
  }
});

test('every schema in it is a JSON Schema, and every reference leads somewhere', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc', ...document });
  const schemas = described.flatMap(({ operation }) => [
    ...operation.parameters.map(({ schema }) => schema),
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(operation.responses).flatMap(({ content }) =>
      Object.values(content ?? {}).map(({ schema }) => schema),
    ),
  ]);
  assert.ok(schemas.length > 150);
  for (const schema of schemas) assert.ok(ajv.validateSchema(schema), JSON.stringify(schema));
  for (const [, ref = ''] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    const found = ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
    assert.ok(ref.startsWith('#/') && found !== undefined, ref);
  }
});

test('each operation says what a success and a refusal look like', () => {
  for (const { operation } of described) {
    const success = Object.entries(operation.responses).find(([status]) => /^20\d$/.test(status));
    assert.ok(
      success?.[1].description && Object.keys(success[1].content ?? {}).length > 0,
      operation.operationId,
    );
    assert.ok(operation.responses['default']?.$ref, operation.operationId);
  }
});

test('what a schema of the document lets pass, the server takes: bodies and inputs are the same members', () => {
  const start = document.paths['/v1/runs']?.['post']?.requestBody?.content['application/json']?.schema as {
    required: string[];
    properties: object;
    additionalProperties: boolean;
  };
  assert.deepEqual(start.required, ['definition']);
  assert.deepEqual(Object.keys(start.properties).toSorted(), [
    'definition',
    'hold',
    'input',
    'priority',
    'sources',
    'version',
  ]);
  assert.equal(start.additionalProperties, false);
});
