/**
 * Checks values against users' JSON Schemas (2020-12). Schema and value may come from strangers, so: no remote `$ref`, no pattern
 * that can run away (`pattern.ts`), no schema beyond the bounds below, and a meter that every visited subschema pays to.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { Json, JsonObject } from './json.ts';
import { inspectSchema, withMeter, SchemaBudget, type SchemaProblem } from './json-schema.ts';
import { listNames, shorten } from './names.ts';
import { addKeywords, meter, regExp, TooMuch } from './schema-keywords.ts';

export interface ValueProblem {
  /** Where in the value, as in `invoices[0].total`; the empty string is the value itself. */
  readonly path: string;
  readonly message: string;
}
/** Gives what is wrong with a value; an empty list is a valid one. */
export type CheckValue = (value: Json) => readonly ValueProblem[];
export type CompiledSchema =
  | { readonly ok: true; readonly check: CheckValue }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

export { type SchemaProblem } from './json-schema.ts';

/** Problems reported for one value. */
const MAX_VALUE_PROBLEMS = 50;
/** Units of work for the verdict on one value: visits of subschemas, and characters and elements that single keywords read. */
const VALIDATION_WORK = 5_000_000;

/** What stands before the `@` ends with the host here; the original looks for it in the whole text, again from every colon. */
const linearUrl = ({ source, flags }: RegExp): RegExp =>
  new RegExp(source.replace('\\S+(?::\\S*)?@', '[^\\s/?#]+@'), flags);

function createAjv(allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    strict: false,
    validateSchema: false,
    addUsedSchema: false,
    ownProperties: true,
    logger: false,
    code: { regExp: Object.assign(regExp, { code: 'regExp' }) },
  });
  ajvFormats.default(ajv, { mode: 'fast' });
  ajvFormats.default(ajv, [
    'date',
    'time',
    'date-time',
    'duration',
    'iso-time',
    'iso-date-time',
    'uuid',
    'ipv4',
  ]);
  ajv.addFormat('url', linearUrl(ajvFormats.default.get('url', 'full') as RegExp));
  addKeywords(ajv);
  return ajv;
}

/** Two compilers: one that stops at the first error, for the verdict, and one that goes on, for the list of problems. */
const compilers: { first?: Ajv2020; all?: Ajv2020; meta?: ValidateFunction } = {};
const first = (): Ajv2020 => (compilers.first ??= createAjv(false));
const all = (): Ajv2020 => (compilers.all ??= createAjv(true));
const meta = (): ValidateFunction =>
  (compilers.meta ??= all().getSchema('https://json-schema.org/draft/2020-12/schema') as ValidateFunction);

/** Everything that is wrong with a schema, short of compiling it. Schemas checked together share one budget. */
export function checkSchema(schema: Json, budget = new SchemaBudget()): readonly SchemaProblem[] {
  const problems = inspectSchema(schema, budget);
  if (problems.length > 0) return problems;
  const validate = meta();
  meter.left = VALIDATION_WORK;
  if (validate(schema)) return [];
  const errors = innermost(validate.errors ?? []);
  const plain = errors.filter(({ keyword }) => keyword !== 'anyOf');
  return (plain.length > 0 ? plain : errors).slice(0, MAX_VALUE_PROBLEMS).map((error) => ({
    path: pointerPath(error.instancePath),
    message: `This is not valid JSON Schema 2020-12: ${wording(error)}.`,
  }));
}

/** Every schema is compiled under this id and forgotten, so that `#` means its root and no two can meet. */
const SCHEMA_ID = 'humanos:schema';

/** Compiles a schema once; the caller keeps the result. */
export function compileSchema(schema: JsonObject, budget = new SchemaBudget()): CompiledSchema {
  const problems = checkSchema(schema, budget);
  if (problems.length > 0) return { ok: false, problems };
  const metered = { ...withMeter(schema), $id: SCHEMA_ID };
  let verdict = compileWith(first(), metered);
  // Code that stops at the first error is the deeper the wider the schema is; where the stack is too short for it, the other serves.
  if (typeof verdict === 'string') verdict = compileWith(all(), metered);
  if (typeof verdict === 'string')
    return { ok: false, problems: [{ path: [], message: `The schema cannot be used: ${verdict}.` }] };
  let listing: ValidateFunction | string | null = null;
  const check: CheckValue = (value) => {
    const found = run(verdict, value);
    if (found.length === 0) return found;
    listing ??= compileWith(all(), metered);
    const list = typeof listing === 'string' ? found : run(listing, value);
    return list.length > 1 || list[0]?.message !== TOO_EXPENSIVE ? list : found;
  };
  return { ok: true, check };
}

/** A text says why the schema cannot be compiled. The instance forgets it at once, so that compiling many keeps nothing alive. */
function compileWith(ajv: Ajv2020, schema: JsonObject): ValidateFunction | string {
  // Following what is unevaluated breaks on patterns beside branches; it is not needed where no keyword asks for it.
  ajv.opts.unevaluated = JSON.stringify(schema).includes('"unevaluated');
  try {
    return ajv.compile(schema);
  } catch (error) {
    return reasonOf(error);
  } finally {
    ajv.removeSchema(schema);
  }
}

const TOO_EXPENSIVE = 'The value is too large for its schema to be checked.';

const reasonOf = (error: unknown): string =>
  shorten(error instanceof Error ? error.message : String(error), 200);

/** What cannot be checked is not taken: a fault would be met again whenever the same value is. */
function run(validate: ValidateFunction, value: Json): readonly ValueProblem[] {
  meter.left = VALIDATION_WORK;
  try {
    if (validate(value)) return [];
  } catch (error) {
    const tooMuch = error instanceof TooMuch || error instanceof RangeError;
    const message = tooMuch ? TOO_EXPENSIVE : `The value cannot be checked: ${reasonOf(error)}.`;
    return [{ path: '', message }];
  }
  const errors = innermost(validate.errors ?? []);
  const shown = errors.slice(0, MAX_VALUE_PROBLEMS).map((error) => ({
    path: pathText(pointerPath(error.instancePath)),
    message: sentence(wording(error)),
  }));
  if (errors.length <= MAX_VALUE_PROBLEMS) return shown;
  return [...shown, { path: '', message: `There are ${errors.length - MAX_VALUE_PROBLEMS} more problems.` }];
}

/** Of `anyOf` and the like, only the keyword itself is told where the branches only say what each of them wanted. */
function innermost(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const at = (schemaPath: string, { instancePath }: ErrorObject): string => `${schemaPath} ${instancePath}`;
  const unions = new Set<string>();
  for (const error of errors)
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') unions.add(at(error.schemaPath, error));
  const covered = (error: ErrorObject): boolean =>
    unions.size > 0 &&
    [...error.schemaPath.matchAll(/\/(?:any|one)Of(?=\/)/g)].some(({ 0: { length }, index }) =>
      unions.has(at(error.schemaPath.slice(0, index + length), error)),
    );
  const kept = errors.filter((error) => error.keyword !== 'if' && !covered(error));
  return kept.length > 0 ? kept : errors;
}

function pointerPath(pointer: string): readonly (string | number)[] {
  if (pointer === '') return [];
  const parts = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.map((part) => (/^(?:0|[1-9]\d{0,15})$/.test(part) ? Number(part) : part));
}

const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const TYPE_WORDS: { readonly [type: string]: string } = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};
const COMPARISONS: { readonly [symbol: string]: string } = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
};

type Params = { readonly [name: string]: unknown };
const WORDINGS: { readonly [keyword: string]: (params: Params) => string } = {
  required: ({ missingProperty }) => `'${String(missingProperty)}' is missing`,
  additionalProperties: ({ additionalProperty }) =>
    `'${shorten(String(additionalProperty), 60)}' is not allowed here`,
  unevaluatedProperties: ({ unevaluatedProperty }) =>
    `'${shorten(String(unevaluatedProperty), 60)}' is not allowed here`,
  type: ({ type }) =>
    `it must be ${[type]
      .flat()
      .map((name) => TYPE_WORDS[String(name)] ?? String(name))
      .join(' or ')}`,
  dependentRequired: ({ property, missingProperty }) =>
    `'${String(missingProperty)}' is missing, which '${shorten(String(property), 60)}' asks for`,
  enum: ({ allowedValues }) =>
    `it must be one of ${listNames((allowedValues as Json[]).map((value) => textOf(value)))}`,
  const: ({ allowedValue }) => `it must be '${textOf(allowedValue as Json)}'`,
  minimum: ({ comparison, limit }) => `it must be ${COMPARISONS[String(comparison)]} ${String(limit)}`,
  minLength: ({ limit }) => `it must have at least ${String(limit)} characters`,
  maxLength: ({ limit }) => `it must have at most ${String(limit)} characters`,
  minItems: ({ limit }) => `it must have at least ${String(limit)} elements`,
  maxItems: ({ limit }) => `it must have at most ${String(limit)} elements`,
  minProperties: ({ limit }) => `it must have at least ${String(limit)} entries`,
  maxProperties: ({ limit }) => `it must have at most ${String(limit)} entries`,
  pattern: ({ pattern }) => `it does not match the pattern ${shorten(String(pattern), 80)}`,
  format: ({ format }) => `it is not a valid ${String(format)}`,
  multipleOf: ({ multipleOf }) => `it must be a multiple of ${String(multipleOf)}`,
  uniqueItems: () => 'it has equal elements, which are not allowed',
  anyOf: () => 'it fits none of the allowed forms',
  oneOf: ({ passingSchemas }) =>
    passingSchemas === null
      ? 'it fits none of the allowed forms'
      : 'it fits more than one of the allowed forms',
  not: () => 'it has a form that is ruled out',
  contains: ({ minContains }) => `it must contain at least ${Number(minContains ?? 1)} fitting elements`,
  'false schema': () => 'nothing is allowed here',
};

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

function wording(error: ErrorObject): string {
  const keyword = /^(?:exclusive)?M?m?(?:ax|in)imum$/.test(error.keyword) ? 'minimum' : error.keyword;
  const known = Object.hasOwn(WORDINGS, keyword) ? WORDINGS[keyword] : undefined;
  return known?.(error.params as Params) ?? error.message ?? 'it is not valid';
}
