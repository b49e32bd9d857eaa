/** The faults that some files carry on purpose: what is changed in a right invoice, and the rules that it then breaks. */
import Big from 'big.js';
import { money } from './amounts.ts';
import type { Draft, Totals } from './invoice.ts';

export interface Fault {
  /** Rule ids of EN 16931, sorted, with those of the binding to the syntax that the row is written in. */
  breaks: readonly string[];
  inflict(draft: Draft): Draft;
}

export const FAULTS = {
  /** The total with VAT is not the sum of its parts; what is payable follows it. */
  taxInclusive: {
    breaks: ['BR-CO-15'],
    inflict: (draft) => ({ ...draft, totals: raised(draft.totals, ['taxInclusive', 'payable'], '10') }),
  },
  noBuyerName: {
    breaks: ['BR-07'],
    inflict: (draft) => ({ ...draft, buyer: { ...draft.buyer, name: '' } }),
  },
  unknownCurrency: {
    breaks: ['BR-CL-03', 'BR-CL-04'],
    inflict: (draft) => ({ ...draft, currency: 'EUX' }),
  },
  /** PCE is what many systems write for a piece; the code is C62 or H87. */
  unknownUnit: {
    breaks: ['BR-CL-23'],
    inflict: (draft) => ({
      ...draft,
      lines: draft.lines.map((line, index) => (index === 0 ? { ...line, unit: 'PCE' } : line)),
    }),
  },
  /** A reverse charge, on a line and on an allowance, to a buyer that nothing identifies. */
  noBuyerVat: {
    breaks: ['BR-AE-02', 'BR-AE-03'],
    inflict: (draft) => {
      const { vat: _vat, registration: _registration, ...buyer } = draft.buyer;
      return { ...draft, buyer };
    },
  },
  /** The base amount of the allowance has a third decimal. */
  decimalsOfBase: {
    breaks: ['BR-DEC-02', 'UBL-DT-01'],
    inflict: (draft) => ({
      ...draft,
      adjustments: draft.adjustments.map((one) =>
        one.charge || !one.base ? one : { ...one, base: `${one.base}4` },
      ),
    }),
  },
  /** The VAT of one category is not base times rate; all totals follow it. */
  taxAmountOfBreakdown: {
    breaks: ['BR-CO-17', 'BR-S-09'],
    inflict: (draft) => ({
      ...draft,
      breakdown: draft.breakdown.map((one, index) =>
        index === 0 ? { ...one, tax: plus(one.tax, '7.30') } : one,
      ),
      totals: raised(draft.totals, ['tax', 'taxInclusive', 'payable'], '7.30'),
    }),
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

function raised(totals: Totals, fields: readonly ('tax' | 'taxInclusive' | 'payable')[], by: string): Totals {
  const changed = fields.map((field) => [field, plus(totals[field], by)] as const);
  return { ...totals, ...Object.fromEntries(changed) };
}

function plus(amount: string, more: string): string {
  return money(new Big(amount).plus(more));
}
