/** Where VAT categories are used in a reading, and what the VAT rules count and add up over those uses. */
import type Big from 'big.js';
import { cents, decimal, sum, ZERO } from '../decimal.ts';
import type { Party, VatBreakdown, VatCategory } from '../model.ts';
import type { Placed, Reading } from '../reading.ts';

/** In CII the breakdowns of these have rules of their own, which shadow the general ones. */
const SHADOWED: ReadonlySet<string> = new Set(['L', 'M', 'O']);

/** The breakdowns that rules about any breakdown apply to. */
export function generalBreakdowns({ everywhere, ubl }: Reading): readonly Placed<VatBreakdown>[] {
  if (ubl) {
    return everywhere.nestedBreakdowns.length === 0
      ? everywhere.breakdowns
      : [...everywhere.breakdowns, ...everywhere.nestedBreakdowns];
  }
  return everywhere.breakdowns.filter(({ value }) => !value.isVat || !SHADOWED.has(value.code ?? ''));
}

/** How often a category is used, and how often it is broken down. */
export interface Uses {
  readonly items: number;
  readonly parts: number;
  readonly breakdowns: number;
  /** In breakdowns of lines, and of tax that the buyer keeps back. */
  readonly nested: number;
}

/** `anyScheme`: also where the tax scheme is not VAT. */
export function usesOf(reading: Reading, code: string, anyScheme: boolean): Uses {
  const { everywhere } = reading;
  const matches = ({ value }: Placed<VatCategory>) => value.code === code && (anyScheme || value.isVat);
  const count = (places: readonly Placed<VatCategory>[]) => places.filter(matches).length;
  return {
    items: count(everywhere.itemVat) + count(everywhere.nestedItemVat),
    parts: count(everywhere.partVat),
    breakdowns: count(everywhere.breakdowns),
    nested: count(everywhere.nestedBreakdowns) + count(everywhere.withheldBreakdowns),
  };
}

export function hasVatId(party: Party | undefined): boolean {
  return party?.taxRegistrations.some((one) => one.kind === 'vat') ?? false;
}

/** A VAT identifier or a local tax registration. */
export function hasTaxId(party: Party | undefined): boolean {
  return party?.taxRegistrations.some((one) => one.kind !== 'other') ?? false;
}

/** What is added up once for a reading, however many breakdowns ask for it. */
interface Sums {
  readonly lines: ReadonlyMap<string, Big>;
  readonly charges: ReadonlyMap<string, Big>;
  readonly allowances: ReadonlyMap<string, Big>;
  /** Category and rate of every allowance and charge, at whatever level. */
  readonly partRates: ReadonlySet<string>;
  readonly tax: Big;
}

const sumsOfReadings = new WeakMap<Reading, Sums>();

function sumsOf(reading: Reading): Sums {
  const known = sumsOfReadings.get(reading);
  if (known) return known;
  const { invoice, everywhere } = reading;
  const sums: Sums = {
    lines: byCategory(invoice.lines.map((line) => ({ vat: line.vat, amount: line.netAmount }))),
    charges: byCategory(invoice.charges),
    allowances: byCategory(invoice.allowances),
    partRates: new Set(everywhere.partVat.map(({ value }) => key(value.code ?? '', decimal(value.rate)))),
    tax: cents(sum(invoice.vatBreakdown.map((one) => one.taxAmount))),
  };
  sumsOfReadings.set(reading, sums);
  return sums;
}

interface Taxed {
  readonly vat: readonly VatCategory[];
  readonly amount?: string | undefined;
}

/** A part of several categories counts for each of them, and for each of their rates. */
function byCategory(parts: readonly Taxed[]): Map<string, Big> {
  const sums = new Map<string, Big>();
  for (const { vat, amount } of parts) {
    const value = decimal(amount);
    if (!value) continue;
    for (const at of keysOf(vat.slice(0, MAX_CATEGORIES))) sums.set(at, (sums.get(at) ?? ZERO).plus(value));
  }
  return sums;
}

/** The standard has one per line, allowance or charge. */
const MAX_CATEGORIES = 10;

function keysOf(vat: readonly VatCategory[]): Set<string> {
  const keys = new Set<string>();
  for (const { code = '' } of vat) {
    keys.add(key(code));
    for (const { rate } of vat) if (decimal(rate)) keys.add(key(code, decimal(rate)));
  }
  return keys;
}

function key(code: string, rate?: Big): string {
  return rate ? `${code} ${rate.toFixed()}` : code;
}

/**
 * Lines plus charges minus allowances of a category, at a rate where one is given. CII rounds each of the three sums to
 * cents.
 */
export function taxableOf(reading: Reading, code: string, rate?: Big): Big {
  return sumAt(reading, 'lines', code, rate).plus(taxableOfParts(reading, code, rate));
}

/** Charges minus allowances. */
export function taxableOfParts(reading: Reading, code: string, rate?: Big): Big {
  return sumAt(reading, 'charges', code, rate).minus(sumAt(reading, 'allowances', code, rate));
}

function sumAt(reading: Reading, kind: 'lines' | 'charges' | 'allowances', code: string, rate?: Big): Big {
  const total = sumsOf(reading)[kind].get(key(code, rate)) ?? ZERO;
  return reading.cii ? cents(total) : total;
}

/** Whether any allowance or charge has this category at this rate. */
export function isRateOfPart(reading: Reading, code: string, rate: Big): boolean {
  return sumsOf(reading).partRates.has(key(code, rate));
}

/** Whether a line of the invoice, or any allowance or charge, has this category at this rate. */
export function isRateUsed(reading: Reading, code: string, rate: Big): boolean {
  return sumsOf(reading).lines.has(key(code, rate)) || isRateOfPart(reading, code, rate);
}

/** The sum of the VAT amounts (BT-117) of the breakdown, to the cent. */
export function taxOfBreakdown(reading: Reading): Big {
  return sumsOf(reading).tax;
}
