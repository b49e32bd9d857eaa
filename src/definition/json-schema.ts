/** What users' JSON Schemas may be: local, of bounded size, and with patterns that always finish. */
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Path } from './path.ts';
import { listNames, shorten } from './names.ts';
import { compilePattern } from './pattern.ts';

export interface SchemaProblem {
  /** Inside the schema. */
  readonly path: Path;
  readonly message: string;
}

const SCHEMA_LIMITS = { values: 20_000, depth: 64, problems: 50 } as const;

interface SchemaBounds {
  /** Subschemas of one schema. */
  readonly subschemas: number;
  /** Subschemas, their keywords and required names of all schemas of a definition. */
  readonly keywords: number;
}

/**
 * Of what is to be saved. The code for a schema is nested as deep as it has subschemas beside each other: two thousand are more
 * than an empty stack has room for. A hundred keywords take about 10 ms to compile.
 */
export const TO_SAVE: SchemaBounds = { subschemas: 1000, keywords: 20_000 };
/** What has been saved runs, also where it was under wider bounds. */
const SAVED: SchemaBounds = { subschemas: Infinity, keywords: Infinity };

/** What the schemas of a definition may take together. */
export class SchemaBudget {
  readonly bounds: SchemaBounds;
  /** See `Pattern.size`. */
  #patterns = 200_000;
  #keywords: number;

  constructor(bounds = SAVED) {
    this.bounds = bounds;
    this.#keywords = bounds.keywords;
  }

  /** False where it is used up, as below. */
  takePattern(size: number): boolean {
    return (this.#patterns -= size) >= 0;
  }

  takeKeywords(count: number): boolean {
    return (this.#keywords -= count) >= 0;
  }
}

export const METER_KEYWORD = '$humanosMeter';

const DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const ONE = new Set([
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
  'contentSchema',
]);
const LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const BY_NAME = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const OLD: { readonly [keyword: string]: string } = {
  $recursiveRef: '$dynamicRef',
  $recursiveAnchor: '$dynamicAnchor',
  dependencies: 'dependentSchemas or dependentRequired',
};

/** A rebuilt or unchanged schema for every subschema that is met. */
type Visit = (schema: JsonObject, path: Path) => JsonObject;

/** Calls `visit` for the schema and all that are inside of it, innermost first, and builds the schema anew from what it gives. */
function rebuild(schema: Json, path: Path, visit: Visit): Json {
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).map(([keyword, value]): [string, Json] => {
    const at = [...path, keyword];
    if (value === undefined) return [keyword, null];
    if (ONE.has(keyword)) return [keyword, rebuild(value, at, visit)];
    if (LIST.has(keyword) && Array.isArray(value)) {
      return [keyword, (value as readonly Json[]).map((part, index) => rebuild(part, [...at, index], visit))];
    }
    if (!BY_NAME.has(keyword) || !isObject(value)) return [keyword, value];
    return [
      keyword,
      Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, rebuild(part!, [...at, name], visit)]),
      ),
    ];
  });
  return visit(Object.fromEntries(entries), path);
}

/** What a visit of a subschema costs, in visits of an empty one. */
export const PRICES = {
  /** Each name or value that is looked at, as in `required`. */
  entry: 1 / 16,
  /** A branch that may fail without the whole failing: what it found wrong is kept until the others are known. */
  branch: 3,
} as const;
const TRIED = new Set(['anyOf', 'oneOf', 'contains']);
/** What is not gone through: definitions, and what values are looked up in. */
const NOT_VISITED = new Set(['$defs', 'definitions', 'enum', 'const']);

/** The schema with the keyword by which every visit of a subschema pays. */
export const withMeter = (schema: JsonObject): JsonObject =>
  rebuild(schema, [], (part, path) => ({ ...part, [METER_KEYWORD]: price(part, path) })) as JsonObject;

function price(part: JsonObject, path: Path): number {
  const isTried = TRIED.has(String(path.at(typeof path.at(-1) === 'number' ? -2 : -1)));
  const entries = Object.entries(part).map(([keyword, value]) =>
    typeof value === 'object' && value !== null && !NOT_VISITED.has(keyword) ? Object.keys(value).length : 0,
  );
  return (isTried ? PRICES.branch : 1) + PRICES.entry * entries.reduce((sum, count) => sum + count, 0);
}

/** What is refused before the schema is looked at as JSON Schema. */
export function inspectSchema(schema: Json, budget: SchemaBudget): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const report = (path: Path, message: string): void => {
    if (problems.length < SCHEMA_LIMITS.problems) problems.push({ path, message });
  };
  if (!isObject(schema))
    return [{ path: [], message: 'A JSON Schema is an object, such as { "type": "object" }.' }];
  if (!fits(schema, 0, { left: SCHEMA_LIMITS.values })) {
    return [
      {
        path: [],
        message: `The schema is too large: at most ${SCHEMA_LIMITS.values} values, ${SCHEMA_LIMITS.depth} levels deep.`,
      },
    ];
  }
  const inspection = new Inspection(schema, budget, report);
  const size = { subschemas: 1, keywords: 0 };
  rebuild(schema, [], (part, path) => {
    size.subschemas += partsOf(part);
    size.keywords += keywordsOf(part);
    inspection.part(part, path);
    return part;
  });
  const { bounds } = budget;
  if (size.subschemas > bounds.subschemas)
    report([], `The schema is too large: at most ${bounds.subschemas} subschemas.`);
  else if (!budget.takeKeywords(size.subschemas + size.keywords))
    report([], `All schemas together are too large: at most ${bounds.keywords} keywords and subschemas.`);
  if (problems.length === 0) inspection.cycles();
  return problems;
}

/** The subschemas right below, `true` and `false` as well. */
const partsOf = (part: JsonObject): number =>
  Object.entries(part).reduce((sum, [keyword, value]) => {
    if (ONE.has(keyword)) return sum + 1;
    const several = LIST.has(keyword) || BY_NAME.has(keyword);
    return several && typeof value === 'object' && value !== null ? sum + Object.keys(value).length : sum;
  }, 0);

/** Required names count as well: there is code for each. */
const keywordsOf = (part: JsonObject): number => {
  const { required } = part;
  return Object.keys(part).length + (Array.isArray(required) ? required.length : 0);
};

function fits(value: Json, depth: number, budget: { left: number }): boolean {
  if (depth > SCHEMA_LIMITS.depth || --budget.left < 0) return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((part) => part === undefined || fits(part, depth + 1, budget));
}

class Inspection {
  readonly #root: JsonObject;
  readonly #budget: SchemaBudget;
  readonly #report: (path: Path, message: string) => void;
  readonly #anchors = new Map<string, JsonObject>();
  readonly #references: { readonly from: JsonObject; readonly reference: string; readonly path: Path }[] = [];

  constructor(root: JsonObject, budget: SchemaBudget, report: (path: Path, message: string) => void) {
    this.#root = root;
    this.#budget = budget;
    this.#report = report;
  }

  part(schema: JsonObject, path: Path): void {
    this.#names(schema, path);
    for (const [old, current] of Object.entries(OLD)) {
      if (schema[old] !== undefined)
        this.#report([...path, old], `'${old}' is not part of JSON Schema 2020-12; use ${current}.`);
    }
    if (Array.isArray(schema['items'])) {
      this.#report(
        [...path, 'items'],
        "A list of schemas under 'items' is an older form; use 'prefixItems'.",
      );
    }
    const { enum: allowed, pattern } = schema;
    if (Array.isArray(allowed) && allowed.length === 0)
      this.#report([...path, 'enum'], "An empty 'enum' allows no value.");
    if (typeof pattern === 'string') this.#pattern(pattern, [...path, 'pattern']);
    const byPattern = schema['patternProperties'];
    if (isObject(byPattern)) {
      for (const key of Object.keys(byPattern)) this.#pattern(key, [...path, 'patternProperties', key]);
    }
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = schema[keyword];
      if (typeof reference === 'string') this.#reference(schema, reference, [...path, keyword]);
    }
  }

  #names(schema: JsonObject, path: Path): void {
    const { $schema, $id, $anchor } = schema;
    if (typeof $schema === 'string' && !DIALECT.test($schema)) {
      this.#report(
        [...path, '$schema'],
        `Only JSON Schema 2020-12 is read, not ${shorten($schema, 80)}; leave '$schema' out.`,
      );
    }
    if ($id !== undefined && path.length > 0)
      this.#report([...path, '$id'], "'$id' inside a schema is not supported; use '$defs'.");
    for (const anchor of [$anchor, schema['$dynamicAnchor']]) {
      if (typeof anchor !== 'string') continue;
      if (this.#anchors.has(anchor))
        this.#report(path, `The anchor '${shorten(anchor, 60)}' is given twice.`);
      this.#anchors.set(anchor, schema);
    }
  }

  #pattern(source: string, path: Path): void {
    if (!this.#budget.takePattern(source.length)) return this.#tooMany(path);
    const compiled = compilePattern(source);
    const affordable = this.#budget.takePattern(compiled.ok ? compiled.pattern.size : compiled.size);
    if (!compiled.ok)
      this.#report(path, `The pattern ${shorten(source, 60)} cannot be used: ${compiled.message}.`);
    else if (!affordable) this.#tooMany(path);
  }

  #tooMany(path: Path): void {
    this.#report(path, 'The patterns of all schemas together are too large.');
  }

  #reference(from: JsonObject, reference: string, path: Path): void {
    if (reference.startsWith('#')) this.#references.push({ from, reference, path });
    else
      this.#report(
        path,
        `'${shorten(reference, 80)}' is outside of this schema; only references like '#/$defs/name' are followed.`,
      );
  }

  /** References that lead nowhere, and those that come back to themselves without going into the value. */
  cycles(): void {
    const targets = new Map<Json, Json>();
    for (const { reference, path } of this.#references) {
      const target = this.#resolve(reference);
      if (target === undefined) {
        const defs = isObject(this.#root['$defs']) ? Object.keys(this.#root['$defs']) : [];
        this.#report(path, `'${shorten(reference, 80)}' leads nowhere; '$defs' has ${listNames(defs)}.`);
      } else targets.set(reference, target);
    }
    const state = new Map<Json, 'open' | 'done'>();
    for (const { path, reference } of this.#references) {
      const target = targets.get(reference);
      if (target !== undefined && this.#comesBack(target, state, targets)) {
        this.#report(
          path,
          `'${shorten(reference, 80)}' comes back to itself without going deeper into the value, so it never ends.`,
        );
        return;
      }
    }
  }

  /** Follows what applies to the same value; deeper parts of the value end by themselves. */
  #comesBack(schema: Json, state: Map<Json, 'open' | 'done'>, targets: ReadonlyMap<Json, Json>): boolean {
    if (!isObject(schema) || state.get(schema) === 'done') return false;
    if (state.get(schema) === 'open') return true;
    state.set(schema, 'open');
    const next: Json[] = [];
    for (const keyword of ['$ref', '$dynamicRef']) next.push(targets.get(schema[keyword] ?? null) ?? null);
    for (const keyword of ['not', 'if', 'then', 'else']) next.push(schema[keyword] ?? null);
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      if (Array.isArray(schema[keyword])) next.push(...(schema[keyword] as readonly Json[]));
    }
    if (isObject(schema['dependentSchemas']))
      next.push(...(Object.values(schema['dependentSchemas']) as Json[]));
    const back = next.some((part) => this.#comesBack(part, state, targets));
    state.set(schema, 'done');
    return back;
  }

  #resolve(reference: string): Json | undefined {
    if (reference === '#') return this.#root;
    if (!reference.startsWith('#/')) return this.#anchors.get(reference.slice(1));
    let at: Json | undefined = this.#root;
    for (const part of reference.slice(2).split('/')) {
      const key = decode(part.replaceAll('~1', '/').replaceAll('~0', '~'));
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      at = (at as JsonObject)[key];
    }
    return typeof at === 'boolean' || isObject(at) ? at : undefined;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
