/**
 * Canonical JSON (RFC 8785): one text per value, so that a hash over the text is a hash over the value.
 *
 * What JSON cannot hold:
 * - `undefined`, functions and symbols are dropped from objects and become `null` in arrays, as `JSON.stringify`
 *   does; at the top there is no value left, which is refused.
 * - `toJSON` is called, boxed primitives are unwrapped (also as `JSON.stringify` does).
 * - NaN, the infinities, lone surrogates, BigInt and circular references are refused with the place they are at.
 *
 * Invariants:
 * - CAN-1 `canonical(value)` equals what the `canonicalize` package writes, for every value.
 * - CAN-2 `canonical(JSON.parse(canonical(value))) === canonical(value)`.
 *
 * The package costs about three times the budget of an entry, so plain JSON values are written here (`write`), and
 * everything out of the ordinary is left to the package, which thereby stays the one authority on it.
 */

import canonicalize from 'canonicalize';

import { isWellFormed } from './bytes.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

export type CanonicalCode = 'not_finite' | 'lone_surrogate' | 'circular' | 'not_json';

/** Thrown for a value that has no canonical form; `path` is like `$.payload.lines[3].total`. */
export class CanonicalError extends Error {
  readonly code: CanonicalCode;
  readonly path: string;

  constructor(code: CanonicalCode, path: string) {
    super(`${path} ${WORDS[code]}`);
    this.name = 'CanonicalError';
    this.code = code;
    this.path = path;
  }
}

const WORDS: Readonly<Record<CanonicalCode, string>> = {
  not_finite: 'is not a finite number, and JSON has no other numbers',
  lone_surrogate: 'holds half of a surrogate pair, which is not a character and has no UTF-8 form',
  circular: 'contains itself',
  not_json: 'has no JSON form',
};

/** @throws CanonicalError */
export function canonical(value: unknown): string {
  return write(value, 0) ?? writeUncommon(value);
}

/** For boundaries where the value is somebody's input: the refusal as a value, `undefined` if there is none. */
export function canonicalProblem(value: unknown): CanonicalError | undefined {
  try {
    canonical(value);
    return undefined;
  } catch (error) {
    if (error instanceof CanonicalError) return error;
    throw error;
  }
}

const DEEPEST = 64;
/** Quotes, backslashes, control characters and surrogates, listed by what is left over. */
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** The canonical text of a plain JSON value; `undefined` for anything that needs the package's judgement. */
function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth > DEEPEST) return undefined;
      return Array.isArray(value)
        ? writeArray(value, depth)
        : writeObject(value as Record<string, unknown>, depth);
    default:
      return undefined;
  }
}

/** The text of a string as JSON; `undefined` where it holds a lone surrogate. */
export function quote(text: string): string | undefined {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return isWellFormed(text) ? JSON.stringify(text) : undefined;
}

function writeArray(items: readonly unknown[], depth: number): string | undefined {
  if (items.length === 0) return '[]';
  let text = '[';
  for (let at = 0; at < items.length; at++) {
    const item = write(items[at], depth + 1);
    if (item === undefined) return undefined;
    text += at === 0 ? item : ',' + item;
  }
  return text + ']';
}

function writeObject(object: Record<string, unknown>, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const names = sort(Object.keys(object));
  let text = '{';
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    const value = object[name];
    if (value === undefined) continue;
    const member = write(value, depth + 1);
    const label = labels.get(name) ?? labelOf(name);
    if (member === undefined || label === undefined) return undefined;
    text += text.length === 1 ? label + member : ',' + label + member;
  }
  return text + '}';
}

/** By UTF-16 code units, in place. Objects have few members, mostly in order: insertion beats the general sort. */
function sort(names: string[]): string[] {
  if (names.length > 32) return names.sort();
  for (let at = 1; at < names.length; at++) {
    const name = names[at]!;
    let to = at - 1;
    for (; to >= 0 && names[to]! > name; to--) names[to + 1] = names[to]!;
    names[to + 1] = name;
  }
  return names;
}

/** Member names come again and again; their quoted form is kept. Bounded in number and length, as names can also be somebody's data. */
const labels = new Map<string, string>();
const LABELS_KEPT = 2048;
const LONGEST_KEPT = 64;

function labelOf(name: string): string | undefined {
  const quoted = quote(name);
  if (quoted === undefined) return undefined;
  const label = quoted + ':';
  if (name.length > LONGEST_KEPT) return label;
  if (labels.size >= LABELS_KEPT) labels.clear();
  labels.set(name, label);
  return label;
}

function writeUncommon(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw locate(value, /circular/i.test(String(error)) ? 'circular' : 'not_json');
  }
  if (text === undefined) throw new CanonicalError('not_json', '$');
  return text;
}

/** Where a value that the package refused goes wrong. Walks with its own stack: the value may be very deep. */
function locate(value: unknown, otherwise: CanonicalCode): CanonicalError {
  const seen = new Set<unknown>();
  const rest: { readonly value: unknown; readonly path: string }[] = [{ value, path: '$' }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const code = refusalOf(next.value);
    if (code !== undefined) return new CanonicalError(code, next.path);
    if (typeof next.value !== 'object' || next.value === null || seen.has(next.value)) continue;
    seen.add(next.value);
    const inArray = Array.isArray(next.value);
    for (const [name, member] of Object.entries(next.value).reverse()) {
      const path = inArray ? `${next.path}[${name}]` : `${next.path}.${name}`;
      if (!isWellFormed(name)) return new CanonicalError('lone_surrogate', path);
      rest.push({ value: member, path });
    }
  }
  return new CanonicalError(otherwise, '$');
}

function refusalOf(value: unknown): CanonicalCode | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not_finite';
  if (typeof value === 'string' && !isWellFormed(value)) return 'lone_surrogate';
  return typeof value === 'bigint' ? 'not_json' : undefined;
}

/** Whether a text is the canonical one of what it was read as. */
export function isCanonical(text: string, value: unknown): boolean {
  try {
    return canonical(value) === text;
  } catch (error) {
    if (error instanceof CanonicalError) return false;
    throw error;
  }
}
