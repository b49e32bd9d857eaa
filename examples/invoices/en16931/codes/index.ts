/**
 * The code lists that rules BR-CL-01 to BR-CL-26 of EN 16931 refer to, as one question: is this a code of that list?
 *
 * CODE-1 A code that a supported release of the EN 16931 validation artefacts accepts is accepted here: where
 *        releases, or the UBL and the CII artefacts, differ, a list is their union.
 * CODE-2 Codes compare exactly; white space is the reader's business. VATEX alone is compared in upper case, as the
 *        artefacts do it.
 */
import { country } from './country.ts';
import { currency } from './currency.ts';
import { eas } from './eas.ts';
import { icd } from './icd.ts';
import { mime, untdid2005, untdid2475, untdid5189, untdid5305 } from './short-lists.ts';
import { unit } from './unit.ts';
import { untdid1001CreditNote } from './untdid1001-credit-note.ts';
import { untdid1001Invoice } from './untdid1001-invoice.ts';
import { untdid1153 } from './untdid1153.ts';
import { untdid4451 } from './untdid4451.ts';
import { untdid4461 } from './untdid4461.ts';
import { untdid7143 } from './untdid7143.ts';
import { untdid7161 } from './untdid7161.ts';
import { vatex } from './vatex.ts';

const LISTS = {
  country: setOf(country),
  currency: setOf(currency),
  eas: setOf(eas),
  icd: setOf(icd),
  mime: setOf(mime),
  unit: setOf(unit),
  untdid1001: setOf(`${untdid1001Invoice} ${untdid1001CreditNote}`),
  'untdid1001-credit-note': setOf(untdid1001CreditNote),
  'untdid1001-invoice': setOf(untdid1001Invoice),
  untdid1153: setOf(untdid1153),
  untdid2005: setOf(untdid2005),
  untdid2475: setOf(untdid2475),
  untdid4451: setOf(untdid4451),
  untdid4461: setOf(untdid4461),
  untdid5189: setOf(untdid5189),
  untdid5305: setOf(untdid5305),
  untdid7143: setOf(untdid7143),
  untdid7161: setOf(untdid7161),
  vatex: setOf(vatex),
} as const;

/**
 * `untdid1001` is what CII allows; a UBL Invoice takes `untdid1001-invoice`, a UBL CreditNote
 * `untdid1001-credit-note`. The VAT point date is coded by `untdid2005` in UBL and by `untdid2475` in CII.
 */
export type CodeList = keyof typeof LISTS;

/** Whether `code`, as written in the invoice, belongs to the list. The empty string belongs to none. */
export function isCode(list: CodeList, code: string): boolean {
  return LISTS[list].has(list === 'vatex' ? code.toUpperCase() : code);
}

/** All codes of a list, in the order of its file. */
export function codesOf(list: CodeList): string[] {
  return [...LISTS[list]];
}

/** The list as the artefacts write it, a blank before and after each code: some of their rules take any part of it. */
export function blankSeparated(list: CodeList): string {
  return ` ${codesOf(list).join(' ')} `;
}

function setOf(codes: string): ReadonlySet<string> {
  return new Set(codes.trim().split(/\s+/));
}
