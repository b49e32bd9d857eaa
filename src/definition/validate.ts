/**
 * Checks values against users' JSON Schemas (2020-12). Schema and value may come from strangers, so: no remote `$ref`, no pattern
 * that can run away (`pattern.ts`), no schema beyond the bounds below, and a meter that every visited subschema pays to.
 */
import {
  Ajv2020,
  type CodeKeywordDefinition,
  type ErrorObject,
  type FuncKeywordDefinition,
  type KeywordCxt,
  type ValidateFunction,
} from 'ajv/dist/2020.js';
import { _, Name } from 'ajv';
import generated from 'ajv/dist/compile/names.js';
import ajvFormats from 'ajv-formats';
import { isMultipleOf } from './digits.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { inspectSchema, withMeter, METER_KEYWORD, PatternBudget, type SchemaProblem } from './json-schema.ts';
import { listNames, shorten } from './names.ts';
import { compilePattern } from './pattern.ts';

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
/** Problems that are held at a time, also those of branches, which are dropped once another one fits: each takes far more than a visit. */
const MOST_HELD = 20_000;

class TooMuch extends Error {}

/** The meter of the check that runs now; checks never overlap, as nothing here waits. */
const meter = { left: 0 };
function spend(units: number, held = 0): void {
  if ((meter.left -= units) < 0 || held > MOST_HELD) throw new TooMuch('the check is too expensive');
}

const meterKeyword: CodeKeywordDefinition = {
  keyword: METER_KEYWORD,
  code(cxt: KeywordCxt) {
    const func = cxt.gen.scopeValue('func', { ref: spend, code: _`spend` });
    cxt.gen.code(_`${func}(${Number(cxt.schema)}, ${generated.default.errors})`);
  },
};

/** Every visit pays before anything else, or those that fail would be free. */
function addMeter(ajv: Ajv2020): void {
  ajv.addKeyword(meterKeyword);
  const rules = ajv.RULES.rules[0]!.rules;
  rules.unshift(rules.pop()!);
}

/** A linear-time engine in the place of the built-in one. Ajv tells patterns apart by what `toString` gives. */
function regExp(source: string): { test: (text: string) => boolean; toString: () => string } {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.message);
  return { test: (text) => compiled.pattern.test(text, spend), toString: () => `/${source}/u` };
}

/** Equal elements have equal canonical texts, so one pass finds them; comparing all pairs would be quadratic. */
function hasUniqueItems(wanted: boolean, list: readonly Json[]): boolean {
  if (!wanted) return true;
  const seen = new Set<string>();
  for (const element of list) {
    const text = sortedText(element);
    spend(1 + text.length / 8);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/**
 * Plain values are looked up as they are, others by their sorted texts: what it costs grows with the value alone, and the names of
 * members mean nothing.
 */
function isOneOf(allowed: readonly Json[]): (value: Json) => boolean {
  const plain = new Set(allowed.filter(isPlain));
  const texts = new Set(allowed.filter((value) => !isPlain(value)).map(sortedText));
  return (value) => {
    if (isPlain(value)) return plain.has(value);
    if (texts.size === 0) return false;
    const text = sortedText(value);
    spend(text.length / 8);
    return texts.has(text);
  };
}
const isPlain = (value: Json): boolean => typeof value !== 'object' || value === null;

/** What dividing decimals costs. */
const DIVISION = 8;

function isMultiple(unit: number, value: number): boolean {
  if (!Number.isSafeInteger(value) || !Number.isSafeInteger(unit)) spend(DIVISION);
  return isMultipleOf(value, unit);
}

/** JSON with the keys in order. Unlike canonical JSON it has a text for every value, also for halves of characters. */
function sortedText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedText(value[key] ?? null)}`).join()}}`;
}

/** What stands before the `@` ends with the host here; the original looks for it in the whole text, again from every colon. */
const linearUrl = ({ source, flags }: RegExp): RegExp =>
  new RegExp(source.replace('\\S+(?::\\S*)?@', '[^\\s/?#]+@'), flags);

/** Keywords in the place of those of Ajv, whose cost or answers depend on what strangers write. */
const OWN: readonly FuncKeywordDefinition[] = [
  { keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: hasUniqueItems },
  {
    keyword: 'enum',
    schemaType: 'array',
    compile: isOneOf,
    error: {
      message: 'must be one of the allowed values',
      params: ({ schemaCode }) => _`{allowedValues: ${schemaCode}}`,
    },
  },
  {
    keyword: 'const',
    compile: (value: Json) => isOneOf([value]),
    error: {
      message: 'must be the allowed value',
      params: ({ schemaCode }) => _`{allowedValue: ${schemaCode}}`,
    },
  },
  {
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: isMultiple,
    error: {
      message: 'must be a multiple',
      params: ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`,
    },
  },
];

/** Names that have been evaluated are looked up in an object; what every object of JavaScript has is not among them. */
function withoutPrototype(evaluated: object | true | undefined): void {
  if (typeof evaluated === 'object') Object.setPrototypeOf(evaluated, null);
}

function addUnevaluatedProperties(ajv: Ajv2020): void {
  const original = ajv.getKeyword('unevaluatedProperties') as CodeKeywordDefinition;
  ajv.removeKeyword('unevaluatedProperties').addKeyword({
    ...original,
    code(cxt: KeywordCxt) {
      const { gen, it } = cxt;
      if (it.props instanceof Name) {
        const func = gen.scopeValue('func', { ref: withoutPrototype, code: _`withoutPrototype` });
        gen.code(_`${func}(${it.props})`);
      }
      original.code(cxt);
    },
  });
}

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
  for (const own of OWN) ajv.removeKeyword(own.keyword as string).addKeyword(own);
  addUnevaluatedProperties(ajv);
  addMeter(ajv);
  return ajv;
}

/** Two compilers: one that stops at the first error, for the verdict, and one that goes on, for the list of problems. */
const compilers: { first?: Ajv2020; all?: Ajv2020; meta?: ValidateFunction } = {};
const first = (): Ajv2020 => (compilers.first ??= createAjv(false));
const all = (): Ajv2020 => (compilers.all ??= createAjv(true));
const meta = (): ValidateFunction =>
  (compilers.meta ??= all().getSchema('https://json-schema.org/draft/2020-12/schema') as ValidateFunction);

/** Everything that is wrong with a schema, short of compiling it. Schemas checked together share one budget. */
export function checkSchema(schema: Json, patterns = new PatternBudget()): readonly SchemaProblem[] {
  const problems = inspectSchema(schema, patterns);
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
export function compileSchema(schema: JsonObject, patterns = new PatternBudget()): CompiledSchema {
  const problems = checkSchema(schema, patterns);
  if (problems.length > 0) return { ok: false, problems };
  const metered = { ...withMeter(schema), $id: SCHEMA_ID };
  const verdict = compileWith(first(), metered);
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
