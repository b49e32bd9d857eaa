import { z } from 'zod';
import { ERRORS, type ErrorEntry } from '../operations/index.ts';
import { CATALOGUE, type Operation } from '../operations/schema/index.ts';
import { PROBLEM_TYPE, statusOf } from './problem.ts';

type Schema = Readonly<Record<string, unknown>>;
interface ObjectSchema extends Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The document that describes the HTTP interface (OpenAPI 3.1), made of the catalogue. */
export function openApi(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const operation of Object.values(CATALOGUE) as Operation[])
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = describe(operation);
  return {
    openapi: '3.1.0',
    info: {
      title: 'HumanOS',
      version,
      description: 'The orchestration engine for work that people and AI agents do together.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    tags: tags(),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of a participant.' },
      },
      schemas: { Problem: PROBLEM },
      responses: {
        Problem: {
          description: 'What is refused, and what to do.',
          content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

const areaOf = (name: string): string => name.slice(0, name.indexOf('.'));
const tags = () => [...new Set(Object.keys(CATALOGUE).map(areaOf))].map((name) => ({ name }));

function describe(operation: Operation): Schema {
  const { name, summary, permission, method, path, status = 200, mutates } = operation;
  const input = schemaOf(operation.input, 'input') as ObjectSchema;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, member = '']) => member);
  const { properties = {}, required = [] } = input;
  const rest = Object.keys(properties).filter((member) => !inPath.includes(member));
  const isQuery = method === 'GET';
  return {
    operationId: name,
    summary,
    tags: [areaOf(name)],
    'x-permission': permission,
    parameters: [
      ...inPath.map((member) => parameter('path', member, properties[member], true)),
      ...(isQuery
        ? rest.map((member) => parameter('query', member, properties[member], required.includes(member)))
        : []),
      ...(operation.reply === 'events' ? [LAST_EVENT_ID] : []),
      ...(mutates ? [IDEMPOTENCY_KEY] : []),
      ...(permission === 'self' && mutates ? [] : [DELEGATION]),
    ],
    ...(!isQuery && rest.length > 0 && { requestBody: requestBody(operation, input, rest) }),
    responses: { [status]: { description: 'Done.', content: content(operation) }, ...refusals(operation) },
  };
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' }) as Record<string, unknown>;
  return rest;
};

const parameter = (
  where: 'path' | 'query',
  name: string,
  schema: Schema = {},
  required: boolean,
): Schema => ({
  name,
  in: where,
  required,
  schema,
  ...(schema['type'] === 'array' && { style: 'form', explode: true }),
});

const IDEMPOTENCY_KEY: Schema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repetition of the request under the same key gets the same answer and changes nothing.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
const DELEGATION: Schema = {
  name: 'Delegation',
  in: 'header',
  required: false,
  description: 'The delegation that the caller acts under; without it, the caller acts as itself.',
  schema: { type: 'string' },
};
const LAST_EVENT_ID: Schema = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The cursor to go on from, as an event source sends it; in place of `after`.',
  schema: { type: 'string' },
};

function requestBody(operation: Operation, input: ObjectSchema, members: readonly string[]): Schema {
  if (operation.body === 'bytes')
    return {
      required: true,
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    };
  const required = (input.required ?? []).filter((member) => members.includes(member));
  const properties = Object.fromEntries(members.map((member) => [member, input.properties?.[member] ?? {}]));
  const schema = {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  return {
    required: required.length > 0,
    content: {
      'application/json': { schema },
      ...(operation.body === 'definition' && { 'application/yaml': { schema: { type: 'string' } } }),
    },
  };
}

function content(operation: Operation): Schema {
  const schema = schemaOf(operation.output, 'output');
  switch (operation.reply) {
    case 'bytes':
      return { '*/*': { schema: { type: 'string', format: 'binary' } } };
    case 'lines':
      return { 'application/x-ndjson': { schema: { type: 'string' } } };
    case 'events':
      return { 'application/json': { schema }, 'text/event-stream': { schema: { type: 'string' } } };
    case undefined:
      return { 'application/json': { schema } };
  }
}

/** Statuses that any request may be refused with; each names the codes in the description. */
function refusals({ method }: Operation): Schema {
  const kinds = new Map<number, string[]>();
  for (const code of Object.keys(ERRORS)) {
    const status = statusOf(code);
    kinds.set(status, [...(kinds.get(status) ?? []), code]);
  }
  const common =
    method === 'GET' ? [400, 401, 403, 404, 503] : [400, 401, 403, 404, 409, 413, 415, 422, 429, 503];
  const named = common
    .filter((status) => kinds.has(status))
    .map((status) => [String(status), REFUSED] as const);
  return { ...Object.fromEntries(named), default: REFUSED };
}

const REFUSED = { $ref: '#/components/responses/Problem' };

const text = (description: string): Schema => ({ type: 'string', description });
const isKnown = (entries: Readonly<Record<string, ErrorEntry>>): string[] => Object.keys(entries).toSorted();
const PROBLEM: Schema = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'detail', 'code', 'remediation', 'instance'],
  properties: {
    type: text('The page of the code.'),
    title: text('The same for every occurrence.'),
    status: { type: 'integer' },
    detail: text('What happened, and why.'),
    code: { type: 'string', description: 'Stable.', examples: isKnown(ERRORS) },
    remediation: text('What to do about it.'),
    instance: text('This occurrence: faults are in the log under the same.'),
    problems: {
      type: 'array',
      description: 'All that is wrong, where it is more than one thing.',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};
