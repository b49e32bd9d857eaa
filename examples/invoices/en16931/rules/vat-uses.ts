/** Where VAT categories are used in a reading, and what the VAT rules count and add up over those uses. */
import { cents, decimal, equal, sum, type Decimal } from '../decimal.ts';
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
}

/** `anyScheme`: also where the tax scheme is not VAT. */
export function usesOf(reading: Reading, code: string, anyScheme: boolean): Uses {
  const { everywhere } = reading;
  const matches = ({ value }: Placed<VatCategory>) => value.code === code && (anyScheme || value.isVat);
  const count = (places: readonly Placed<VatCategory>[]) => places.filter(matches).length;
  return {
    items: count(everywhere.itemVat) + count(everywhere.nestedItemVat),
    parts: count(everywhere.allowanceVat) + count(everywhere.chargeVat),
    breakdowns: count(everywhere.breakdowns),
  };
}

export function hasVatId(party: Party | undefined): boolean {
  return party?.taxRegistrations.some((one) => one.kind === 'vat') ?? false;
}

/** A VAT identifier or a local tax registration. */
export function hasTaxId(party: Party | undefined): boolean {
  return party?.taxRegistrations.some((one) => one.kind !== 'other') ?? false;
}

/**
 * Lines plus charges minus allowances of a category, at a rate where one is given. CII rounds each of the three sums to
 * cents.
 */
export function taxableOf({ invoice, cii }: Reading, code: string, rate?: Decimal): Decimal {
  const matches = (part: { readonly vat: readonly VatCategory[] }) =>
    part.vat.some((one) => one.code === code) &&
    (!rate || part.vat.some((one) => equal(decimal(one.rate), rate)));
  const round = cii ? cents : <T>(value: T) => value;
  const lines = round(sum(invoice.lines.filter(matches).map((line) => line.netAmount)));
  const charges = round(sum(invoice.charges.filter(matches).map((part) => part.amount)));
  const allowances = round(sum(invoice.allowances.filter(matches).map((part) => part.amount)));
  return lines.plus(charges).minus(allowances);
}
