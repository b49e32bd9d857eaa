/**
 * The values that expressions work on, the meter that bounds their work, and their way back to JSON.
 *
 * CEL-1  An `int` is a bigint, a `double` a number: literals without a point, `size()` and `int()` give ints; every number
 *        that comes from JSON is a double. Arithmetic of two ints is CEL's (64 bits, `7 / 2` is 3); as soon as one side is a
 *        double the other becomes one.
 * CEL-2  Every loop over data spends on the meter, so an evaluation ends in bounded time whatever the input is.
 * CEL-3  Only own properties are readable; nothing that JavaScript adds to objects, lists or strings can be reached.
 * CEL-4  Running out of work is never absorbed by `||`, `&&`, `all` or `exists`; other faults are, as CEL says.
 */
import type { Json } from '../json.ts';
import { isWellFormed } from './characters.ts';
import { formatSpan, formatTimestamp, Span, Timestamp } from './time.ts';
import { listNames, shorten } from '../names.ts';

/** The name of a type, as `type(x)` gives it. */
export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | ValueMap
  | Timestamp
  | Span
  | TypeName;
export interface ValueMap {
  readonly [key: string]: Value | undefined;
}

/** Why an expression has no value for this input. CEL lets `||`, `&&`, `all` and `exists` decide without it. */
export class Fault extends Error {
  /** Worded only when it is told: most faults are absorbed, and what exists instead may be long to list. */
  readonly words: () => string;
  constructor(words: string | (() => string)) {
    super();
    this.words = typeof words === 'string' ? () => words : words;
  }
}

/** The work or the size of one evaluation went over its bound (CEL-4). */
export class TooExpensive extends Error {}

/** What is said of what goes wrong in an evaluation: also of a value nested deeper than the stack is high. */
export function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.words();
  if (error instanceof TooExpensive) return error.message;
  if (error instanceof RangeError) return 'it is too expensive: a value is too large or nested too deeply';
  throw error;
}

/** Units of work of one evaluation; a unit is about one step on one element. The worst known use of it takes about 0.5 s. */
export const EVALUATION_WORK = 5_000_000;
/** Characters of the longest text that an expression may make. */
const MAX_TEXT = 4 * 1024 * 1024;
/** What raising a fault that is then absorbed costs, in steps. */
export const FAULT_WORK = 200;

export class Meter {
  readonly #all: number;
  #left: number;
  constructor(work: number = EVALUATION_WORK) {
    this.#all = work;
    this.#left = work;
  }

  get spent(): number {
    return this.#all - this.#left;
  }

  spend(units: number): void {
    if ((this.#left -= units) < 0) throw new TooExpensive('it is too expensive: it visits too many elements');
  }

  /** To be asked before a text of this length is made. */
  text(length: number): void {
    if (length > MAX_TEXT)
      throw new TooExpensive(`it is too expensive: it makes a text of more than ${MAX_TEXT} characters`);
    this.spend(1 + length / 32);
  }
}

export type Kind =
  | 'null'
  | 'bool'
  | 'double'
  | 'int'
  | 'string'
  | 'list'
  | 'map'
  | 'timestamp'
  | 'duration'
  | 'type';

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'double';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    default:
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Span) return 'duration';
  return value instanceof TypeName ? 'type' : 'map';
}

const PLAIN_KINDS: { readonly [kind in Kind]: string } = {
  null: 'null',
  bool: 'true or false',
  double: 'a number',
  int: 'a number',
  string: 'a text',
  list: 'a list',
  map: 'an object',
  timestamp: 'a time',
  duration: 'a duration',
  type: 'a type',
};
export const describe = (value: Value): string => PLAIN_KINDS[kindOf(value)];

export const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isMap = (value: Value): value is ValueMap => kindOf(value) === 'map';

/** What a missing key's message says exists. */
export function existing(value: ValueMap): string {
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return keys.length === 0 ? 'it is empty' : `it has ${listNames(keys)}`;
}

/** The JSON that a value stands for: ints as numbers, times and durations as texts. Nothing is copied without need. */
export function toJson(value: Value, meter: Meter): Json {
  meter.spend(1);
  switch (typeof value) {
    case 'string':
      meter.spend(value.length / 8);
      return wellFormed(value);
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new Fault(`it gives ${value}, which is no number of JSON`);
      return value;
    case 'bigint':
      return intToJson(value);
    default:
  }
  if (value === null) return null;
  if (Array.isArray(value)) return listToJson(value as readonly Value[], meter);
  if (value instanceof Timestamp) return formatTimestamp(value.ms);
  if (value instanceof Span) return formatSpan(value.ms);
  return value instanceof TypeName ? value.name : mapToJson(value as ValueMap, meter);
}

function wellFormed(text: string): string {
  if (isWellFormed(text)) return text;
  throw new Fault('it gives a text with half of a character, which no text of JSON can hold');
}

function intToJson(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Fault(
    `it gives ${value}, which a number of JSON cannot hold exactly (beyond 2^53); use string(…)`,
  );
}

function listToJson(list: readonly Value[], meter: Meter): Json {
  let copy: Json[] | null = null;
  for (let index = 0; index < list.length; index++) {
    const element = list[index]!;
    const json = toJson(element, meter);
    if (copy === null && json !== element) copy = list.slice(0, index) as Json[];
    copy?.push(json);
  }
  return copy ?? (list as readonly Json[]);
}

function mapToJson(map: ValueMap, meter: Meter): Json {
  let copy: { [key: string]: Json } | null = null;
  for (const key of Object.keys(map)) {
    const element = map[key];
    if (element === undefined) continue;
    meter.spend(key.length / 8);
    wellFormed(key);
    const json = toJson(element, meter);
    if (json === element) continue;
    copy ??= { ...(map as { [key: string]: Json }) };
    copy[key] = json;
  }
  return copy ?? (map as { [key: string]: Json });
}

/** How a value reads inside a text: texts as they are, everything else as JSON. */
export function toText(value: Json, meter: Meter): string {
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value);
  meter.text(text.length);
  return text;
}

export const quote = (text: string): string => `'${shorten(text, 80)}'`;
