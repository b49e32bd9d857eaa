/** What both syntaxes check of an element's content while it is read: numbers are numbers, dates are dates. */
import { isDecimal } from './decimal.ts';
import { trimmed } from './navigate.ts';
import type { Problem } from './reading.ts';
import type { Element } from './xml.ts';

/** Format 102 as the CII binding (CII-DT-097) has it; whether there is such a day is another question. */
export const WRITTEN_DAY = /^\s*[0-9]{4}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])\s*$/;

const NUMERIC = /(?:Amount|Quantity|Percent|Numeric)$/;

export function isNumeric(name: string): boolean {
  return NUMERIC.test(name);
}

export function checkNumber(element: Element, problems: Problem[]): void {
  const content = trimmed(element.text);
  if (isDecimal(content)) return;
  problems.push({
    rule: 'NUMBER',
    message: `"${content.slice(0, 40)}" is not a decimal number`,
    at: element,
  });
}

export function checkDate(element: Element, form: RegExp, problems: Problem[]): void {
  const content = trimmed(element.text);
  if (content === '' || isoDate(content, form) !== undefined) return;
  problems.push({
    rule: 'DATE',
    message: `"${content.slice(0, 40)}" is not a date`,
    at: element,
  });
}

/** `form` has the groups year, month and day. `undefined` when the text is no day of the calendar. */
export function isoDate(content: string, form: RegExp): string | undefined {
  const match = form.exec(content);
  if (!match) return undefined;
  const [, year = '', month = '', day = ''] = match;
  return isDay(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : undefined;
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}
