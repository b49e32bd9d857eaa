/** The functions that expressions can call. Each pays for the length of what it reads and makes (CEL-2). */
import { compilePattern, type Pattern } from '../pattern.ts';
import { charactersIn, unitsOf } from './characters.ts';
import { int64, timestamp } from './operators.ts';
import {
  formatSpan,
  formatTimestamp,
  parseSpan,
  parseTimestamp,
  Span,
  Timestamp,
  timestampFields,
  type TimestampField,
} from './time.ts';
import {
  describe,
  Fault,
  isList,
  isMap,
  isNumber,
  kindOf,
  quote,
  TypeName,
  type Meter,
  type Value,
} from './values.ts';

export type Call = (values: readonly Value[], meter: Meter) => Value;

const text = (value: Value | undefined, what: string): string => {
  if (typeof value === 'string') return value;
  throw new Fault(`${what} needs a text, not ${describe(value ?? null)}`);
};

const place = (value: Value | undefined, what: string, most: number): number => {
  const at = Number(value);
  if (isNumber(value ?? null) && Number.isInteger(at) && at >= 0 && at <= most) return at;
  throw new Fault(`${what} needs a position from 0 to ${most}`);
};

const cannot = (what: string, value: Value): Error => {
  const shown = typeof value === 'string' ? quote(value) : describe(value);
  return new Fault(`${what}(…) cannot read ${shown}`);
};

function size(value: Value, meter: Meter): bigint {
  if (typeof value === 'string') {
    meter.spend(value.length / 2);
    return BigInt(charactersIn(value, value.length, meter));
  }
  if (isList(value)) return BigInt(value.length);
  if (!isMap(value)) throw new Fault(`size(…) needs a text, a list or an object, not ${describe(value)}`);
  const keys = Object.keys(value);
  meter.spend(1 + keys.length);
  return BigInt(keys.filter((key) => value[key] !== undefined).length);
}

function toInt(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return int64(BigInt(Math.trunc(value)));
  if (typeof value === 'string' && /^[+-]?\d{1,19}$/.test(value))
    return int64(BigInt(value.replace('+', '')));
  if (value instanceof Timestamp) return BigInt(Math.floor(value.ms / 1000));
  throw cannot('int', value);
}

function toDouble(value: Value): number {
  if (isNumber(value)) return Number(value);
  if (
    typeof value === 'string' &&
    value.length <= 400 &&
    /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)
  ) {
    return Number(value);
  }
  throw cannot('double', value);
}

function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (isNumber(value) || typeof value === 'boolean') return String(value);
  if (value instanceof Timestamp) return formatTimestamp(value.ms);
  if (value instanceof Span) return formatSpan(value.ms);
  throw cannot('string', value);
}

const TRUE_TEXTS = ['1', 't', 'true', 'TRUE', 'True'];
const FALSE_TEXTS = ['0', 'f', 'false', 'FALSE', 'False'];
function toBool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && TRUE_TEXTS.includes(value)) return true;
  if (typeof value === 'string' && FALSE_TEXTS.includes(value)) return false;
  throw cannot('bool', value);
}

function toTimestamp(value: Value): Timestamp {
  if (value instanceof Timestamp) return value;
  if (isNumber(value)) return timestamp(Math.round(Number(value) * 1000));
  const ms = typeof value === 'string' ? parseTimestamp(value) : null;
  if (ms !== null) return new Timestamp(ms);
  throw new Fault(
    typeof value === 'string'
      ? `timestamp(…) needs a time like 2026-01-31T08:00:00Z, not ${quote(value)}`
      : `timestamp(…) cannot read ${describe(value)}`,
  );
}

function toSpan(value: Value): Span {
  if (value instanceof Span) return value;
  const ms = typeof value === 'string' ? parseSpan(value) : null;
  if (ms !== null) return new Span(ms);
  throw cannot('duration', value);
}

/** Searching costs the length of the text, and in the worst case a share of its product with what is searched. */
function search(haystack: string, needle: string, meter: Meter): void {
  meter.spend(1 + haystack.length / 16 + (haystack.length * needle.length) / 200);
}

function matches(haystack: string, pattern: string, meter: Meter): boolean {
  return compiled(pattern, meter).test(haystack, (units) => meter.spend(units));
}

function compiled(source: string, meter: Meter): Pattern {
  meter.spend(100 + source.length * 20);
  const result = compilePattern(source);
  meter.spend(2 * (result.ok ? result.pattern.size : result.size));
  if (!result.ok) throw new Fault(`matches(…) cannot use the pattern ${quote(source)}: ${result.message}`);
  return result.pattern;
}

/** `matches` with a pattern that is written in the expression: compiled once. */
export const matcher =
  (pattern: Pattern): Call =>
  ([value], meter) =>
    pattern.test(text(value, 'matches'), (units) => meter.spend(units));

function indexOf(values: readonly Value[], meter: Meter, last: boolean): bigint {
  const [haystack, needle] = [text(values[0], 'indexOf'), text(values[1], 'indexOf')];
  search(haystack, needle, meter);
  const length = charactersIn(haystack, haystack.length, meter);
  const from = values.length === 2 ? (last ? length : 0) : place(values[2], 'indexOf', length);
  const start = unitsOf(haystack, from, meter);
  const at = last ? haystack.lastIndexOf(needle, start) : haystack.indexOf(needle, start);
  return BigInt(at < 0 ? at : charactersIn(haystack, at, meter));
}

function substring(values: readonly Value[], meter: Meter): string {
  const source = text(values[0], 'substring');
  const length = charactersIn(source, source.length, meter);
  const end = values.length === 3 ? place(values[2], 'substring', length) : length;
  const start = place(values[1], 'substring', end);
  return source.slice(unitsOf(source, start, meter), unitsOf(source, end, meter));
}

function split(values: readonly Value[], meter: Meter): readonly string[] {
  const [source, separator] = [text(values[0], 'split'), text(values[1], 'split')];
  search(source, separator, meter);
  const parts = separator === '' ? [...source] : source.split(separator);
  meter.spend(parts.length);
  const limit = values.length === 3 ? Number(toInt(values[2]!)) : -1;
  if (limit === 0) return [];
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function join(values: readonly Value[], meter: Meter): string {
  const list = values[0] ?? null;
  const separator = values.length === 2 ? text(values[1], 'join') : '';
  if (!isList(list)) throw new Fault(`join(…) needs a list of texts, not ${describe(list)}`);
  meter.spend(list.length);
  const texts = list.map((part) => text(part, 'join'));
  const length = texts.reduce(
    (sum, part) => sum + part.length,
    Math.max(0, list.length - 1) * separator.length,
  );
  meter.text(length);
  return texts.join(separator);
}

const TYPE_NAMES: { readonly [kind: string]: string } = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};
/** The names that stand for types in `type(x) == …`. */
export const TYPE_CONSTANTS: { readonly [name: string]: TypeName } = Object.fromEntries(
  ['bool', 'int', 'double', 'string', 'list', 'map', 'null_type', 'type'].map((name) => [
    name,
    new TypeName(name),
  ]),
);

const typeOf: Call = ([value]) => {
  const kind = kindOf(value!);
  return new TypeName(TYPE_NAMES[kind] ?? kind);
};

const change =
  (name: string, apply: (value: string) => string): Call =>
  ([value], meter) => {
    const source = text(value, name);
    meter.text(source.length * 3);
    return apply(source);
  };

/** Of the letters of ASCII alone, run by run. */
const changeCase = (name: string, letters: RegExp, to: (text: string) => string): Call => {
  const apply = change(name, (value) => (ASCII.test(value) ? to(value) : value.replace(letters, to)));
  return (values, meter) => {
    if (typeof values[0] === 'string') meter.spend(values[0].length / 4);
    return apply(values, meter);
  };
};
const ASCII = /^[\0-\x7f]*$/;

const probe =
  (name: string, test: (haystack: string, needle: string, meter: Meter) => boolean): Call =>
  (values, meter) =>
    test(text(values[0], name), text(values[1], name), meter);

const moment =
  (field: TimestampField, offset = 0, perUnit = 0): Call =>
  ([value]) => {
    if (value instanceof Timestamp) return BigInt(timestampFields(value.ms)[field] + offset);
    if (value instanceof Span && perUnit > 0) return BigInt(Math.trunc(value.ms / perUnit));
    throw new Fault(`it needs a time; write timestamp(…) around ${describe(value ?? null)}`);
  };

/** Called as `name(value)`. */
export const FUNCTIONS: {
  readonly [name: string]: { readonly arity: readonly number[]; readonly call: Call };
} = {
  size: { arity: [1], call: ([value], meter) => size(value!, meter) },
  int: { arity: [1], call: ([value]) => toInt(value!) },
  double: { arity: [1], call: ([value]) => toDouble(value!) },
  string: { arity: [1], call: ([value]) => toText(value!) },
  bool: { arity: [1], call: ([value]) => toBool(value!) },
  timestamp: { arity: [1], call: ([value]) => toTimestamp(value!) },
  duration: { arity: [1], call: ([value]) => toSpan(value!) },
  dyn: { arity: [1], call: ([value]) => value! },
  type: { arity: [1], call: typeOf },
};

/** Called as `value.name(…)`; the arity counts the value. */
export const METHODS: typeof FUNCTIONS = {
  size: FUNCTIONS['size']!,
  startsWith: {
    arity: [2],
    call: probe('startsWith', (a, b, meter) => (meter.spend(b.length / 64), a.startsWith(b))),
  },
  endsWith: {
    arity: [2],
    call: probe('endsWith', (a, b, meter) => (meter.spend(b.length / 64), a.endsWith(b))),
  },
  contains: { arity: [2], call: probe('contains', (a, b, meter) => (search(a, b, meter), a.includes(b))) },
  matches: { arity: [2], call: probe('matches', matches) },
  lowerAscii: {
    arity: [1],
    call: changeCase('lowerAscii', /[A-Z]+/g, (value) => value.toLowerCase()),
  },
  upperAscii: {
    arity: [1],
    call: changeCase('upperAscii', /[a-z]+/g, (value) => value.toUpperCase()),
  },
  trim: { arity: [1], call: change('trim', (value) => value.trim()) },
  indexOf: { arity: [2, 3], call: (values, meter) => indexOf(values, meter, false) },
  lastIndexOf: { arity: [2, 3], call: (values, meter) => indexOf(values, meter, true) },
  substring: { arity: [2, 3], call: substring },
  split: { arity: [2, 3], call: split },
  join: { arity: [1, 2], call: join },
  getFullYear: { arity: [1], call: moment('year') },
  getMonth: { arity: [1], call: moment('month', -1) },
  getDate: { arity: [1], call: moment('day') },
  getDayOfMonth: { arity: [1], call: moment('day', -1) },
  getDayOfWeek: { arity: [1], call: moment('dayOfWeek') },
  getDayOfYear: { arity: [1], call: moment('dayOfYear') },
  getHours: { arity: [1], call: moment('hours', 0, 3_600_000) },
  getMinutes: { arity: [1], call: moment('minutes', 0, 60_000) },
  getSeconds: { arity: [1], call: moment('seconds', 0, 1000) },
  getMilliseconds: { arity: [1], call: moment('milliseconds', 0, 1) },
};
