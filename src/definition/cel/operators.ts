/** What CEL's operators do, on values. Each is total: it gives a value or throws a `Fault` in plain words. */
import { inTimestampRange, Span, Timestamp } from './time.ts';
import {
  describe,
  existing,
  Fault,
  isList,
  isMap,
  isNumber,
  kindOf,
  quote,
  TypeName,
  type Meter,
  type Value,
  type ValueMap,
} from './values.ts';

export type BinaryOperator = (left: Value, right: Value, meter: Meter) => Value;

const MAX_INT = 9_223_372_036_854_775_807n;
const MIN_INT = -9_223_372_036_854_775_808n;

const mismatch = (symbol: string, left: Value, right: Value): Error =>
  new Fault(`'${symbol}' does not work on ${describe(left)} and ${describe(right)}`);

export function int64(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new Fault('the whole number does not fit in 64 bits');
  return value;
}

function arithmetic(
  symbol: string,
  ints: (left: bigint, right: bigint) => bigint,
  doubles: (left: number, right: number) => number,
  others: BinaryOperator = (left, right) => {
    throw mismatch(symbol, left, right);
  },
): BinaryOperator {
  return (left, right, meter) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') return int64(ints(left, right));
    if (isNumber(left) && isNumber(right)) return doubles(Number(left), Number(right));
    return others(left, right, meter);
  };
}

function addOthers(left: Value, right: Value, meter: Meter): Value {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.text(left.length + right.length);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    meter.spend(left.length + right.length);
    return [...left, ...right];
  }
  if (left instanceof Timestamp && right instanceof Span) return timestamp(left.ms + right.ms);
  if (left instanceof Span && right instanceof Timestamp) return timestamp(left.ms + right.ms);
  if (left instanceof Span && right instanceof Span) return new Span(left.ms + right.ms);
  throw mismatch('+', left, right);
}

function subtractOthers(left: Value, right: Value): Value {
  if (left instanceof Timestamp && right instanceof Timestamp) return new Span(left.ms - right.ms);
  if (left instanceof Timestamp && right instanceof Span) return timestamp(left.ms - right.ms);
  if (left instanceof Span && right instanceof Span) return new Span(left.ms - right.ms);
  throw mismatch('-', left, right);
}

export function timestamp(ms: number): Timestamp {
  if (!inTimestampRange(ms)) throw new Fault('the time is outside the years 1 to 9999');
  return new Timestamp(ms);
}

function divideInts(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new Fault('it divides by zero');
  return left / right;
}

function remainderInts(left: bigint, right: bigint): bigint {
  if (right === 0n) throw new Fault('it divides by zero');
  return left % right;
}

/** Numbers compare by value whatever their type; otherwise values of different types are unequal. */
function equal(left: Value, right: Value, meter: Meter): boolean {
  meter.spend(1);
  if (typeof left === 'string') {
    if (typeof right !== 'string' || left.length !== right.length) return false;
    // Before they are compared: equal texts are, up to their end.
    meter.spend(left.length / 64);
    return left === right;
  }
  if (left === right) return true;
  if (isNumber(left)) return isNumber(right) && left == right; // oxlint-disable-line eqeqeq -- 1n and 1 are one value
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isList(left)) return isList(right) && equalLists(left, right, meter);
  if (isList(right)) return false;
  if (left instanceof Timestamp) return right instanceof Timestamp && left.ms === right.ms;
  if (left instanceof Span) return right instanceof Span && left.ms === right.ms;
  if (left instanceof TypeName) return right instanceof TypeName && left.name === right.name;
  return isMap(right) && equalMaps(left, right, meter);
}

function equalLists(left: readonly Value[], right: readonly Value[], meter: Meter): boolean {
  return left.length === right.length && left.every((element, index) => equal(element, right[index]!, meter));
}

function equalMaps(left: ValueMap, right: ValueMap, meter: Meter): boolean {
  const [keys, others] = [definedKeys(left), definedKeys(right)];
  meter.spend(keys.length + others.length);
  if (keys.length !== others.length) return false;
  return keys.every((key) => {
    const other = ownValue(right, key);
    return other !== undefined && equal(left[key]!, other, meter);
  });
}

export const definedKeys = (map: ValueMap): string[] =>
  Object.keys(map).filter((key) => map[key] !== undefined);

export const ownValue = (map: ValueMap, key: string): Value | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

function comparison(symbol: string, test: (left: number, right: number) => boolean): BinaryOperator {
  return (left, right, meter) => test(compare(symbol, left, right, meter), 0);
}

/** Below 0, 0 or above 0; NaN where a number is none, so that every comparison with it is false. */
function compare(symbol: string, left: Value, right: Value, meter: Meter): number {
  if (isNumber(left) && isNumber(right)) return order(left, right);
  if (typeof left === 'string' && typeof right === 'string') {
    meter.spend(Math.min(left.length, right.length) / 16);
    return inOrder(left, right);
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return order(left, right);
  if (left instanceof Timestamp && right instanceof Timestamp) return left.ms - right.ms;
  if (left instanceof Span && right instanceof Span) return left.ms - right.ms;
  throw mismatch(symbol, left, right);
}

/** By characters, of which the highest are two units that are lower than some that are one. */
function inOrder(left: string, right: string): number {
  if (left === right) return 0;
  let at = 0;
  while (left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
  if (isSurrogate(one) !== isSurrogate(other)) return isSurrogate(one) ? 1 : -1;
  return left < right ? -1 : 1;
}
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

function order<T extends string | number | bigint | boolean>(left: T, right: T): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return left == right ? 0 : Number.NaN; // oxlint-disable-line eqeqeq -- 1n and 1 are one value
}

function contains(left: Value, right: Value, meter: Meter): boolean {
  if (isList(right)) return right.some((element) => equal(left, element, meter));
  if (isMap(right)) return typeof left === 'string' && ownValue(right, left) !== undefined;
  throw new Fault(`'in' needs a list or an object on its right side, not ${describe(right)}`);
}

export const BINARY: { readonly [symbol: string]: BinaryOperator } = {
  '+': arithmetic(
    '+',
    (l, r) => l + r,
    (l, r) => l + r,
    addOthers,
  ),
  '-': arithmetic(
    '-',
    (l, r) => l - r,
    (l, r) => l - r,
    subtractOthers,
  ),
  '*': arithmetic(
    '*',
    (l, r) => l * r,
    (l, r) => l * r,
  ),
  '/': arithmetic('/', divideInts, (l, r) => l / r),
  '%': arithmetic('%', remainderInts, (l, r) => l % r),
  '==': (left, right, meter) => equal(left, right, meter),
  '!=': (left, right, meter) => !equal(left, right, meter),
  '<': comparison('<', (l, r) => l < r),
  '<=': comparison('<=', (l, r) => l <= r),
  '>': comparison('>', (l, r) => l > r),
  '>=': comparison('>=', (l, r) => l >= r),
  in: contains,
};

export function negate(value: Value): Value {
  if (typeof value === 'bigint') return int64(-value);
  if (typeof value === 'number') return -value;
  if (value instanceof Span) return new Span(-value.ms);
  throw new Fault(`'-' does not work on ${describe(value)}`);
}

export function truth(value: Value, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Fault(`${what} must be true or false, not ${describe(value)}`);
}

const keyText = (key: Value): string => {
  if (typeof key === 'string') return quote(key);
  return isNumber(key) ? `element ${key}` : describe(key);
};

/** `value.key`, `value["key"]` and `list[0]` (CEL-3). `where` names the value in the message. */
export function element(value: Value, key: Value, where: () => string): Value {
  if (isList(value)) {
    if (!isNumber(key)) throw new Fault(`${where()} is a list, so it has no ${keyText(key)}`);
    const found = value[Number(key)];
    if (found !== undefined) return found;
    throw new Fault(`${where()} has ${value.length} elements, so there is none at ${key}`);
  }
  const kind = kindOf(value);
  if (kind !== 'map') {
    throw new Fault(`${where()} is ${describe(value)}, so it has no ${keyText(key)}`);
  }
  const map = value as ValueMap;
  if (typeof key !== 'string') throw new Fault(`the keys of an object are texts, not ${describe(key)}`);
  const found = ownValue(map, key);
  if (found !== undefined) return found;
  throw new Fault(() => `${where()} has no ${quote(key)} (${existing(map)})`);
}
