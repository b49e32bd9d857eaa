import { parseDefinition } from '../definition/index.ts';
import { no, done } from './outcome.ts';
import type { Outcome } from '../runtime/index.ts';

/** Levels of arrays and objects in a request; what is deeper is refused before anything walks through it. */
const MAX_NESTING = 128;

/** The text of UTF-8 bytes; the place of the first byte that is none is named. */
export function readUtf8(bytes: Uint8Array): Outcome<string> {
  try {
    return done(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const at = invalidByte(bytes);
    return no(
      'body_malformed',
      `The body is not UTF-8: byte ${at} (0x${(bytes[at] ?? 0).toString(16)}) fits nowhere.`,
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

/** The value of a JSON text. Refused with line and column: what is malformed, nested too deep, or names `__proto__`. */
export function readJson(text: string): Outcome<unknown> {
  const deep = tooDeepAt(text);
  if (deep !== null)
    return no(
      'body_malformed',
      `The body is nested more than ${MAX_NESTING} levels deep${place(text, deep)}.`,
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
    return named ? no('body_malformed', 'The key `__proto__` is not allowed in a body.') : done(value);
  } catch (fault) {
    return malformed(text, fault);
  }
}

/** The reader of definitions says where and why in plain words; what it lets pass, or is too long for it, the platform words. */
function malformed(text: string, fault: unknown): Outcome<never> {
  const read = parseDefinition(text, 'json');
  const problem = read.ok ? undefined : read.problems.find(({ code }) => code === 'syntax');
  if (problem) {
    const { line, column, message } = problem;
    return no('body_malformed', `The body is not JSON. ${message}`, { line, column });
  }
  const said = fault instanceof Error ? fault.message : String(fault);
  const at = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
  return no('body_malformed', `The body is not JSON: ${said}${place(text, at)}.`, placeOf(text, at));
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

/** Where the text first goes deeper than allowed; null if it does not. */
function tooDeepAt(text: string): number | null {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== QUOTE; at += 1)
        if (text.charCodeAt(at) === BACKSLASH) at += 1;
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > MAX_NESTING) return at;
    } else if (code === 93 || code === 125) depth -= 1;
  }
  return null;
}
