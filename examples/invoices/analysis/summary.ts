import Big from 'big.js';
import { compare, groupedBy, isValid } from './facts.ts';
import type { InvoiceFacts } from './facts.ts';

export interface CurrencySum {
  /** Number of invoices, or of credit notes. */
  count: number;
  taxExclusive: string;
  taxAmount: string;
  taxInclusive: string;
  payable: string;
}

export interface Summary {
  /** By currency code, credit notes apart under `EUR/credit`; in the order of the keys. */
  byCurrency: Record<string, CurrencySum>;
}

const SUMMED = ['taxExclusive', 'taxAmount', 'taxInclusive', 'payable'] as const;

/**
 * Counts and sums of the valid files. An invoice without VAT total (BT-110, which is optional) adds no VAT.
 * Throws where a valid file lacks a currency or another amount: no reader may call such a file valid.
 */
export function summarise(invoices: readonly InvoiceFacts[]): Summary {
  const groups = groupedBy(invoices.filter(isValid), keyOf);
  const byCurrency = [...groups]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([key, group]) => [key, sumOf(group)] as const);
  return { byCurrency: Object.fromEntries(byCurrency) };
}

function keyOf({ file, currency, creditNote }: InvoiceFacts): string {
  if (!currency) throw new Error(`${file} is called valid and has no currency`);
  return creditNote ? `${currency}/credit` : currency;
}

function sumOf(group: readonly InvoiceFacts[]): CurrencySum {
  const total = (field: (typeof SUMMED)[number]): string =>
    written(group.reduce((sum, invoice) => sum.plus(amountOf(invoice, field)), new Big(0)));
  return {
    count: group.length,
    taxExclusive: total('taxExclusive'),
    taxAmount: total('taxAmount'),
    taxInclusive: total('taxInclusive'),
    payable: total('payable'),
  };
}

function amountOf(invoice: InvoiceFacts, field: (typeof SUMMED)[number]): Big {
  const amount = invoice[field];
  if (amount === null && field === 'taxAmount') return new Big(0);
  if (amount === null) throw new Error(`${invoice.file} is called valid and has no ${field}`);
  return new Big(amount.replace(/^\+/, ''));
}

function written(sum: Big): string {
  const decimals = sum.toFixed().split('.')[1]?.length ?? 0;
  return sum.toFixed(Math.max(2, decimals));
}
