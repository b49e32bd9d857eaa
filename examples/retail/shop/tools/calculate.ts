import { answer, refuse, type Answer } from '../answer.ts';
import { roundCents } from '../money.ts';

const SYNTAX = 'invalid syntax';
const DEEPEST = 100;
const TOKEN = /\s*(\*\*|\/\/|[-+*/()]|(?:\d+\.?\d*|\.\d+))/y;

class Trouble extends Error {}

/**
 * Works out an expression of numbers, `+ - * / // **` and parentheses, rounded to cents, as text with a point: `12.0`. Precedence is that
 * of Python, in which the reference evaluates.
 */
export const calculate = (_: unknown, { expression }: { readonly expression: string }): Answer => {
  if (!/^[\d+\-*/(). ]*$/.test(expression)) return refuse('invalid characters in expression');
  try {
    const value = new Calculation(tokensOf(expression)).result();
    return Number.isFinite(value) ? answer(written(roundCents(value))) : refuse('result too large');
  } catch (error) {
    if (error instanceof Trouble) return refuse(error.message);
    throw error;
  }
};

const written = (value: number): string => {
  if (Math.abs(value) >= 1e16) return value.toExponential();
  return Number.isInteger(value) ? `${value}.0` : String(value);
};

const tokensOf = (expression: string): string[] => {
  const text = expression.trim();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new Trouble(SYNTAX);
    tokens.push(token);
  }
  return tokens;
};

/** Sums of products of signed powers of numbers and parentheses. */
class Calculation {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  result(): number {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw new Trouble(SYNTAX);
    return value;
  }

  #take(...wanted: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at += 1;
    return token;
  }

  #sum(): number {
    let value = this.#product();
    for (let sign = this.#take('+', '-'); sign; sign = this.#take('+', '-')) {
      const next = this.#product();
      value = sign === '+' ? value + next : value - next;
    }
    return value;
  }

  #product(): number {
    let value = this.#signed();
    for (let sign = this.#take('*', '/', '//'); sign; sign = this.#take('*', '/', '//')) {
      const next = this.#signed();
      if (sign !== '*' && next === 0) throw new Trouble('division by zero');
      value = sign === '*' ? value * next : sign === '/' ? value / next : Math.floor(value / next);
    }
    return value;
  }

  #signed(): number {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Trouble('too many nested parentheses');
    const sign = this.#take('+', '-');
    const value = sign === undefined ? this.#power() : sign === '-' ? -this.#signed() : this.#signed();
    this.#depth -= 1;
    return value;
  }

  /** `**` binds more than a sign before it and less than one after it. */
  #power(): number {
    const base = this.#single();
    if (!this.#take('**')) return base;
    const exponent = this.#signed();
    if (base === 0 && exponent < 0) throw new Trouble('division by zero');
    return base ** exponent;
  }

  #single(): number {
    if (this.#take('(')) {
      const value = this.#sum();
      if (!this.#take(')')) throw new Trouble(SYNTAX);
      return value;
    }
    const token = this.#tokens[this.#at] ?? '';
    // Python reads no whole number that begins with a nought, unless it is nought.
    if (!/[\d.]/.test(token) || /^0+[1-9]\d*$/.test(token)) throw new Trouble(SYNTAX);
    this.#at += 1;
    return Number(token);
  }
}
