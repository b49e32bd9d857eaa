/**
 * Exact decimals for amounts, quantities and rates.
 *
 * DEC-1 A text is a number only in the form of XML Schema's decimal: no exponent, no NaN, no grouping.
 * DEC-2 What is absent or no number is `undefined`, and nothing computed from it equals anything: a rule that needs
 *       it is broken, as it is in the official artefacts.
 * DEC-3 Rounding is XPath's: a half goes up, also below zero (-2.5 rounds to -2).
 */
import Big from 'big.js';

export type Decimal = Big | undefined;

const FORM = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/;
/** Longer numbers are no amounts of money, and would make exact arithmetic slow. */
const MAX_DIGITS = 60;

export const ZERO = new Big(0);
export const ONE = new Big(1);
const HALF = new Big('0.5');
const CENT = new Big('0.01');

export function isDecimal(text: string): boolean {
  return text.length <= MAX_DIGITS && FORM.test(text);
}

export function decimal(text: string | undefined): Decimal {
  if (text === undefined || !isDecimal(text)) return undefined;
  return new Big(text.startsWith('+') ? text.slice(1) : text);
}

/** The sum of those that are numbers; zero when there is none. */
export function sum(texts: readonly (string | undefined)[]): Big {
  let total = ZERO;
  for (const text of texts) {
    const value = decimal(text);
    if (value) total = total.plus(value);
  }
  return total;
}

export function whole(value: Big): Big {
  const raised = value.plus(HALF);
  const cut = raised.round(0, Big.roundDown);
  return cut.gt(raised) ? cut.minus(ONE) : cut;
}

export function cents(value: Big): Big {
  return decimals(value) <= 2 ? value : whole(value.times(100)).times(CENT);
}

export function percentOf(base: Big, rate: Big): Big {
  return base.times(rate).times(CENT);
}

export function equal(left: Decimal, right: Decimal): boolean {
  return left !== undefined && right !== undefined && left.eq(right);
}

/** Whether two amounts differ by less than one unit of currency, the tolerance of the VAT rules. */
export function near(left: Decimal, right: Decimal): boolean {
  return left !== undefined && right !== undefined && left.minus(right).abs().lt(ONE);
}

/** Digits after the point, as written: `10.000` has three. */
export function decimalsWritten(text: string | undefined): number {
  if (text === undefined) return 0;
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

function decimals(value: Big): number {
  return Math.max(0, value.c.length - 1 - value.e);
}
