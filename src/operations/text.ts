import { keepsDigits, parseDefinition } from '../definition/index.ts';
import { no, done } from './outcome.ts';
import type { Outcome } from '../runtime/index.ts';

/** Levels of arrays and objects in a request; what is deeper is refused before anything walks through it. */
const MAX_NESTING = 128;
const BODY = 'The body';

/** The text of UTF-8 bytes; the place of the first byte that is none is named. `what` they are is the subject of a refusal. */
export function readUtf8(bytes: Uint8Array, what = BODY): Outcome<string> {
  try {
    return done(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const at = invalidByte(bytes);
    return no(
      'body_malformed',
      `${what} is not UTF-8: byte ${at} (0x${(bytes[at] ?? 0).toString(16)}) fits nowhere.`,
      { at },
    );
  }
}

/** The offset of the first byte that no UTF-8 text can have there: found by halves. */
function invalidByte(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isStart(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

const isStart = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
};

/**
 * The value of a JSON text. Refused with line and column: what is malformed, nested too deep, has a key twice, names `__proto__`, or has a
 * whole number that would come back as another.
 */
export function readJson(text: string, what = BODY): Outcome<unknown> {
  const { deep, members, lost } = survey(text);
  if (deep !== null)
    return no(
      'body_malformed',
      `${what} is nested more than ${MAX_NESTING} levels deep${place(text, deep)}.`,
      placeOf(text, deep),
    );
  try {
    let named = false;
    const value: unknown = text.includes('__proto__')
      ? JSON.parse(text, (key, inner: unknown) => {
          named ||= key === '__proto__';
          return inner;
        })
      : JSON.parse(text);
    if (named) return no('body_malformed', `${what} has the key \`__proto__\`, which is not allowed.`);
    if (lost !== null)
      return no(
        'body_malformed',
        `${what} has a whole number that would come back as another; write it as a text, in quotes${place(text, lost)}.`,
        placeOf(text, lost),
      );
    return membersOf(value) === members ? done(value) : twice(text, what);
  } catch (fault) {
    return malformed(text, fault, what);
  }
}

/** Of a key that stands twice `JSON.parse` keeps the last, so that fewer members come out of it than are written. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += membersOf(item);
  else for (const key in value) count += 1 + membersOf(value[key as keyof typeof value]);
  return count;
}

function twice(text: string, what: string): Outcome<never> {
  const read = parseDefinition(text, 'json');
  const problem = read.ok ? undefined : read.problems.find(({ code }) => code === 'duplicate_key');
  if (!problem) return no('body_malformed', `${what} has a key twice in the same object.`);
  const { line, column, message } = problem;
  return no('body_malformed', `${what} has a key twice. ${message}`, { line, column });
}

/** The reader of definitions says where and why in plain words; what it lets pass, or is too long for it, the platform words. */
function malformed(text: string, fault: unknown, what: string): Outcome<never> {
  const read = parseDefinition(text, 'json');
  const problem = read.ok ? undefined : read.problems.find(({ code }) => code === 'syntax');
  if (problem) {
    const { line, column, message } = problem;
    return no('body_malformed', `${what} is not JSON. ${message}`, { line, column });
  }
  const said = fault instanceof Error ? fault.message : String(fault);
  const at = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
  return no('body_malformed', `${what} is not JSON: ${said}${place(text, at)}.`, placeOf(text, at));
}

const placeOf = (text: string, at: number): { line: number; column: number } => {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1 };
};
const place = (text: string, at: number): string => {
  const { line, column } = placeOf(text, at);
  return ` (line ${line}, column ${column})`;
};

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
/** Whole numbers of so many digits are held exactly. */
const SAFE_DIGITS = 15;

interface Survey {
  /** Where the text first goes deeper than allowed; null if it does not. */
  readonly deep: number | null;
  /** How many members its objects have, if it is JSON: each has one colon that stands in no string. */
  readonly members: number;
  /** Where its first whole number begins that would come back as another; null if there is none. */
  readonly lost: number | null;
}

function survey(text: string): Survey {
  let [depth, members] = [0, 0];
  let lost: number | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== QUOTE; at += 1)
        if (text.charCodeAt(at) === BACKSLASH) at += 1;
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > MAX_NESTING) return { deep: at, members, lost };
    } else if (code === 93 || code === 125) depth -= 1;
    else if (code === COLON) members += 1;
    else if (isInNumber(code)) {
      const start = at;
      while (isInNumber(text.charCodeAt(at + 1))) at += 1;
      if (at - start >= SAFE_DIGITS && lost === null && isLost(text.slice(start, at + 1))) lost = start;
    }
  }
  return { deep: null, members, lost };
}

const isLost = (number: string): boolean => /^-?\d+$/.test(number) && !keepsDigits(number);

/** A digit, or one of `+-.eE`; outside of numbers and texts JSON has an `e` in its words. */
const isInNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 43 || code === 101 || code === 69;
