/**
 * Keywords in the place of those of Ajv whose cost, length of code or answers depend on what strangers write, and the meter that they
 * and every visit of a subschema pay to.
 */
import {
  _,
  Name,
  type CodeKeywordDefinition,
  type ErrorObject,
  type FuncKeywordDefinition,
  type KeywordCxt,
  type SchemaValidateFunction,
} from 'ajv';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import generated from 'ajv/dist/compile/names.js';
import { isMultipleOf } from './digits.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { METER_KEYWORD, PRICES } from './json-schema.ts';
import { compilePattern } from './pattern.ts';

/** Problems that are held at a time, also those of branches, which are dropped once another one fits: each takes far more than a visit. */
const MOST_HELD = 20_000;

export class TooMuch extends Error {}

/** The meter of the check that runs now; checks never overlap, as nothing here waits. */
export const meter = { left: 0 };
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
export function regExp(source: string): { test: (text: string) => boolean; toString: () => string } {
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

/** The code of Ajv for it is nested as deep as names are given, and as long as their square. */
const hasDependents: SchemaValidateFunction = (rules: { [name: string]: string[] }, value: JsonObject) => {
  const errors: Partial<ErrorObject>[] = [];
  for (const [property, names] of Object.entries(rules)) {
    if (!Object.hasOwn(value, property)) continue;
    spend(names.length * PRICES.entry);
    for (const missingProperty of names) {
      if (Object.hasOwn(value, missingProperty)) continue;
      spend(1);
      errors.push({ keyword: 'dependentRequired', params: { property, missingProperty } });
    }
  }
  hasDependents.errors = errors;
  return errors.length === 0;
};

const OWN: readonly FuncKeywordDefinition[] = [
  { keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: hasUniqueItems },
  { keyword: 'dependentRequired', type: 'object', schemaType: 'object', validate: hasDependents },
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

export function addKeywords(ajv: Ajv2020): void {
  for (const own of OWN) ajv.removeKeyword(own.keyword as string).addKeyword(own);
  addUnevaluatedProperties(ajv);
  addMeter(ajv);
}
