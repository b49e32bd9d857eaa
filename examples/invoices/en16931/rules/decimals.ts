/** BR-DEC-01 to BR-DEC-28: amounts have at most two decimals, as written. */
import { cents, decimal, decimalsWritten } from '../decimal.ts';
import type { AllowanceCharge, Totals } from '../model.ts';
import type { Placed, Reading } from '../reading.ts';
import { each, isGiven, once, type Rule } from './rule.ts';
import { generalBreakdowns } from './vat-uses.ts';

type Parts = (reading: Reading) => readonly Placed<AllowanceCharge>[];

const documentAllowances: Parts = ({ everywhere }) => everywhere.documentAllowances;
const documentCharges: Parts = ({ everywhere }) => everywhere.documentCharges;
const lineAllowances: Parts = ({ everywhere }) => everywhere.lineAllowances;
const lineCharges: Parts = ({ everywhere }) => everywhere.lineCharges;

export const DECIMALS: readonly Rule[] = [
  part('BR-DEC-01', 'amount of a document allowance (BT-92)', documentAllowances, 'amount'),
  part('BR-DEC-02', 'base amount of a document allowance (BT-93)', documentAllowances, 'baseAmount'),
  part('BR-DEC-05', 'amount of a document charge (BT-99)', documentCharges, 'amount'),
  part('BR-DEC-06', 'base amount of a document charge (BT-100)', documentCharges, 'baseAmount'),
  total('BR-DEC-09', 'sum of line net amounts (BT-106)', 'lines'),
  total('BR-DEC-10', 'sum of allowances (BT-107)', 'allowances'),
  total('BR-DEC-11', 'sum of charges (BT-108)', 'charges'),
  total('BR-DEC-12', 'total without VAT (BT-109)', 'taxExclusive'),
  once('BR-DEC-13', words('VAT total (BT-110)'), isVatTotalShort),
  total('BR-DEC-14', 'total with VAT (BT-112)', 'taxInclusive'),
  once('BR-DEC-15', words('VAT total in the accounting currency (BT-111)'), isAccountingTotalShort),
  total('BR-DEC-16', 'paid amount (BT-113)', 'prepaid'),
  total('BR-DEC-17', 'rounding amount (BT-114)', 'rounding'),
  total('BR-DEC-18', 'amount due for payment (BT-115)', 'payable'),
  each('BR-DEC-19', words('taxable amount of a VAT breakdown (BT-116)'), generalBreakdowns, (one) =>
    isShort(one.taxableAmount),
  ),
  each('BR-DEC-20', words('tax amount of a VAT breakdown (BT-117)'), generalBreakdowns, (one) =>
    isShort(one.taxAmount),
  ),
  each(
    'BR-DEC-23',
    words('net amount of a line (BT-131)'),
    ({ everywhere }) => everywhere.lines,
    (line) => isShort(line.netAmount),
  ),
  part('BR-DEC-24', 'amount of a line allowance (BT-136)', lineAllowances, 'amount'),
  part('BR-DEC-25', 'base amount of a line allowance (BT-137)', lineAllowances, 'baseAmount'),
  part('BR-DEC-27', 'amount of a line charge (BT-141)', lineCharges, 'amount'),
  part('BR-DEC-28', 'base amount of a line charge (BT-142)', lineCharges, 'baseAmount'),
];

function part(id: string, what: string, parts: Parts, field: 'amount' | 'baseAmount'): Rule {
  return each(id, words(what), parts, (one) => isShort(one[field]));
}

function total(id: string, what: string, field: keyof Totals): Rule {
  return once(id, words(what), ({ invoice }) => isShort(invoice.totals[field]));
}

function words(what: string): string {
  return `The ${what} has at most two decimals.`;
}

function isShort(amount: string | undefined): boolean {
  return decimalsWritten(amount) <= 2;
}

/** CII looks at the value of a VAT total, so that 10.000 passes. */
function isRounded(amount: string | undefined): boolean {
  const value = decimal(amount);
  return value === undefined || value.eq(cents(value));
}

/** CII is content with one total that is in another currency or rounded. */
function isVatTotalShort({ invoice, cii }: Reading): boolean {
  const { taxTotals, currency } = invoice;
  if (!cii) return isShort(invoice.totals.taxAmount);
  return (
    taxTotals.length === 0 || taxTotals.some((one) => one.currency !== currency || isRounded(one.amount))
  );
}

/** CII breaks this rule also where the total is missing altogether. */
function isAccountingTotalShort({ invoice, cii }: Reading): boolean {
  const { taxCurrency, taxTotals } = invoice;
  if (!isGiven(taxCurrency) || taxTotals.length === 0) return true;
  if (!cii) return isShort(invoice.totals.taxAmountAccounting);
  return taxTotals.some((one) => one.currency === taxCurrency && isRounded(one.amount));
}
