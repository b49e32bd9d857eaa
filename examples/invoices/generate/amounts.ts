/**
 * The arithmetic of EN 16931 (BR-CO-10 to BR-CO-17), with exact decimals. Amounts have two decimals, a half cent is
 * rounded away from zero.
 */
import Big from 'big.js';
import type { Adjustment, Draft, Line, Totals, VatBreakdown } from './invoice.ts';

export const money = (value: Big): string => value.toFixed(2, Big.roundHalfUp);

export function sumOf(amounts: readonly string[]): Big {
  return amounts.reduce((total, amount) => total.plus(amount), new Big(0));
}

/** `percent` of `base`, as an amount. */
export function share(base: string, percent: string): string {
  return money(new Big(base).times(percent).div(100));
}

/** Quantity times price for `per` units, less allowances, plus charges. */
export function lineNet(line: Pick<Line, 'quantity' | 'price' | 'baseQuantity' | 'adjustments'>): string {
  const goods = new Big(money(new Big(line.quantity).times(line.price).div(line.baseQuantity ?? '1')));
  return money(goods.plus(signedSum(line.adjustments)));
}

/** One breakdown for each category and rate, in the order of first use. */
export function breakdownOf(
  lines: readonly Line[],
  adjustments: readonly Adjustment[],
  exemption: (category: Line['category']) => VatBreakdown['exemption'],
): VatBreakdown[] {
  const groups = new Map<string, VatBreakdown>();
  const add = (category: Line['category'], rate: string | null, amount: Big): void => {
    const key = `${category} ${rate}`;
    const before = groups.get(key);
    const taxable = money(new Big(before?.taxable ?? '0').plus(amount));
    groups.set(key, {
      category,
      rate,
      taxable,
      tax: share(taxable, rate ?? '0'),
      exemption: exemption(category),
    });
  };
  for (const line of lines) add(line.category, line.rate, new Big(line.net));
  for (const one of adjustments) add(one.category!, one.rate ?? null, signedSum([one]));
  return [...groups.values()];
}

export interface Settlement {
  prepaidPercent?: string | undefined;
  /** Whether the payable amount is rounded to whole units of currency. */
  whole: boolean;
  /** Units of tax currency for one unit of invoice currency. */
  taxRate?: string | undefined;
}

export function totalsOf(
  draft: Pick<Draft, 'lines' | 'adjustments' | 'breakdown'>,
  settlement: Settlement,
): Totals {
  const lines = sumOf(draft.lines.map((line) => line.net));
  const exclusive = lines.plus(signedSum(draft.adjustments));
  const tax = sumOf(draft.breakdown.map((one) => one.tax));
  const inclusive = exclusive.plus(tax);
  const prepaid = settlement.prepaidPercent ? share(money(inclusive), settlement.prepaidPercent) : undefined;
  const due = inclusive.minus(prepaid ?? '0');
  const rounding = settlement.whole ? due.round(0, Big.roundHalfUp).minus(due) : undefined;
  return {
    lines: money(lines),
    allowances: totalWhere(draft.adjustments, false),
    charges: totalWhere(draft.adjustments, true),
    taxExclusive: money(exclusive),
    tax: money(tax),
    taxInclusive: money(inclusive),
    prepaid,
    rounding: rounding && money(rounding),
    payable: money(due.plus(rounding ?? '0')),
    taxInTaxCurrency: settlement.taxRate && money(tax.times(settlement.taxRate)),
  };
}

/** The sum of the charges or of the allowances; absent where there is none. */
function totalWhere(adjustments: readonly Adjustment[], charge: boolean): string | undefined {
  const amounts = adjustments.filter((one) => one.charge === charge).map((one) => one.amount);
  return amounts.length > 0 ? money(sumOf(amounts)) : undefined;
}

function signedSum(adjustments: readonly Adjustment[]): Big {
  return adjustments.reduce(
    (total, one) => (one.charge ? total.plus(one.amount) : total.minus(one.amount)),
    new Big(0),
  );
}
