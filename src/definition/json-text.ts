/** Reads JSON with a position for every problem, refusing what `JSON.parse` lets pass: repeated keys and lost digits. */
import { keepsDigits } from './digits.ts';
import type { Json } from './json.ts';
import type { Path } from './path.ts';

export interface TextProblem {
  readonly code: 'syntax' | 'too_deep' | 'reserved_name' | 'duplicate_key' | 'invalid_value' | 'too_large';
  /** Position in the text, from 0. */
  readonly at: number;
  readonly message: string;
  /** Where in the document, where the form of the text is right so far. */
  readonly path?: Path;
}
export type TextResult =
  | { readonly ok: true; readonly value: Json }
  | {
      readonly ok: false;
      readonly problems: readonly TextProblem[];
      /** What was read all the same: of two keys the last, and 0 for what is no number. Present if its form is right. */
      readonly value?: Json;
    };

export const MAX_DEPTH = 64;

class Stop extends Error {}

const IN_RIGHT_FORM: ReadonlySet<TextProblem['code']> = new Set([
  'duplicate_key',
  'invalid_value',
  'reserved_name',
]);

export function textResult(value: Json, problems: readonly TextProblem[]): TextResult {
  if (problems.length === 0) return { ok: true, value };
  const isRead = problems.every(({ code }) => IN_RIGHT_FORM.has(code));
  return { ok: false, problems, ...(isRead && { value }) };
}

export function readJson(text: string, taken: Taken = IN_DEFINITIONS): TextResult {
  const reader = new JsonReader(text, taken);
  return textResult(reader.document(), reader.problems);
}

/** What is taken of what the form allows. */
export interface Taken {
  readonly depth: number;
  holds(number: string): boolean;
}

const IN_DEFINITIONS: Taken = { depth: MAX_DEPTH, holds: keepsDigits };

/** Of the values that runs work on. Whole numbers are ids as well, and keep their digits; programs write more of a fraction than is held. */
export const IN_VALUES: Taken = {
  depth: 128,
  holds: (number) => (/^-?\d+$/.test(number) ? keepsDigits(number) : Number.isFinite(Number(number))),
};

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

class JsonReader {
  readonly problems: TextProblem[] = [];
  readonly #text: string;
  readonly #taken: Taken;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, taken: Taken) {
    this.#text = text;
    this.#taken = taken;
  }

  document(): Json {
    try {
      const value = this.#value(0);
      this.#space();
      if (this.#at < this.#text.length) throw this.#stop('Something follows after the end of the document.');
      return value;
    } catch (error) {
      if (error instanceof Stop) return null;
      throw error;
    }
  }

  #problem(code: TextProblem['code'], at: number, message: string): void {
    if (this.problems.length < 50) this.problems.push({ code, at, message, path: [...this.#path] });
  }

  #stop(message: string, code: TextProblem['code'] = 'syntax'): Stop {
    this.problems.push({ code, at: this.#at, message });
    return new Stop();
  }

  #space(): string {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
    return this.#text[this.#at] ?? '';
  }

  #found(): string {
    const char = this.#text[this.#at];
    return char === undefined ? 'the text ends' : `there is ${JSON.stringify(char)}`;
  }

  #value(depth: number): Json {
    const char = this.#space();
    if (depth > this.#taken.depth)
      throw this.#stop(`The document is nested more than ${this.#taken.depth} levels deep.`, 'too_deep');
    switch (char) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at))
      throw this.#stop(`A value is expected here, but ${this.#found()}.`);
    this.#at += word.length;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw this.#stop(`A value is expected here, but ${this.#found()}.`);
    const value = Number(match[0]);
    if (!this.#taken.holds(match[0])) {
      this.#problem(
        'invalid_value',
        this.#at,
        `The number ${match[0].slice(0, 40)} cannot be held exactly; write it as a text.`,
      );
    }
    this.#at += match[0].length;
    return Number.isFinite(value) ? value : 0;
  }

  #string(): string {
    let end = this.#at + 1;
    for (; this.#text[end] !== '"'; end++) {
      const code = this.#text.charCodeAt(end);
      if (Number.isNaN(code)) throw this.#stop('A text that starts here has no closing quote.');
      if (code < 32) {
        this.#at = end;
        throw this.#stop(
          'A text cannot contain a line break or another control character; write \\n, \\t or \\u00XX.',
        );
      }
      if (code === 92) end++;
    }
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      this.#at = end + 1;
      return value;
    } catch {
      throw this.#stop('This text contains a backslash sequence that JSON does not know.');
    }
  }

  #list(depth: number): Json {
    const list: Json[] = [];
    this.#at++;
    if (this.#space() === ']') return (this.#at++, list);
    for (;;) {
      this.#path.push(list.length);
      list.push(this.#value(depth + 1));
      this.#path.pop();
      const char = this.#space();
      if (char === ']') return (this.#at++, list);
      if (char !== ',') throw this.#stop(`A ',' or ']' is expected here, but ${this.#found()}.`);
      this.#at++;
      if (this.#space() === ']') throw this.#stop("There is a ',' too many before the ']'.");
    }
  }

  #object(depth: number): Json {
    const object: { [key: string]: Json } = {};
    this.#at++;
    if (this.#space() === '}') return (this.#at++, object);
    for (;;) {
      this.#entry(object, depth);
      const char = this.#space();
      if (char === '}') return (this.#at++, object);
      if (char !== ',') throw this.#stop(`A ',' or '}' is expected here, but ${this.#found()}.`);
      this.#at++;
      if (this.#space() === '}') throw this.#stop("There is a ',' too many before the '}'.");
    }
  }

  #entry(object: { [key: string]: Json }, depth: number): void {
    if (this.#space() !== '"')
      throw this.#stop(`A key in double quotes is expected here, but ${this.#found()}.`);
    const start = this.#at;
    const key = this.#string();
    if (this.#space() !== ':') throw this.#stop(`A ':' is expected after the key, but ${this.#found()}.`);
    this.#at++;
    this.#path.push(key);
    if (key === '__proto__') this.#problem('reserved_name', start, "The key '__proto__' is not allowed.");
    else if (Object.hasOwn(object, key)) {
      this.#problem(
        'duplicate_key',
        start,
        `The key ${JSON.stringify(key.slice(0, 60))} stands twice in the same object.`,
      );
    }
    const value = this.#value(depth + 1);
    this.#path.pop();
    if (key !== '__proto__') object[key] = value;
  }
}
