/** BR-DEC-01 to BR-DEC-28: amounts have at most two decimals, as written: a blank after them counts as one more. */
import { cents, decimal, decimalsWritten } from '../decimal.ts';
import { child } from '../navigate.ts';
import type { Placed, Reading } from '../reading.ts';
import { each, isGiven, once, type Rule } from './rule.ts';
import { generalBreakdowns } from './vat-uses.ts';

type Places = (reading: Reading) => readonly Placed<unknown>[];

/** Where an amount is in an element of a place. */
interface Path {
  readonly ubl: readonly string[];
  readonly cii: readonly string[];
}

const documentAllowances: Places = ({ everywhere }) => everywhere.documentAllowances;
const documentCharges: Places = ({ everywhere }) => everywhere.documentCharges;
const lineAllowances: Places = ({ everywhere }) => everywhere.lineAllowances;
const lineCharges: Places = ({ everywhere }) => everywhere.lineCharges;
const lines: Places = ({ everywhere }) => everywhere.lines;

const AMOUNT: Path = { ubl: ['cbc:Amount'], cii: ['ram:ActualAmount'] };
const BASE: Path = { ubl: ['cbc:BaseAmount'], cii: ['ram:BasisAmount'] };
const TAXABLE: Path = { ubl: ['cbc:TaxableAmount'], cii: ['ram:BasisAmount'] };
const TAX: Path = { ubl: ['cbc:TaxAmount'], cii: ['ram:CalculatedAmount'] };
const NET: Path = {
  ubl: ['cbc:LineExtensionAmount'],
  cii: [
    'ram:SpecifiedLineTradeSettlement',
    'ram:SpecifiedTradeSettlementLineMonetarySummation',
    'ram:LineTotalAmount',
  ],
};

export const DECIMALS: readonly Rule[] = [
  amount('BR-DEC-01', 'amount of a document allowance (BT-92)', documentAllowances, AMOUNT),
  amount('BR-DEC-02', 'base amount of a document allowance (BT-93)', documentAllowances, BASE),
  amount('BR-DEC-05', 'amount of a document charge (BT-99)', documentCharges, AMOUNT),
  amount('BR-DEC-06', 'base amount of a document charge (BT-100)', documentCharges, BASE),
  total('BR-DEC-09', 'sum of line net amounts (BT-106)', 'cbc:LineExtensionAmount', 'ram:LineTotalAmount'),
  total('BR-DEC-10', 'sum of allowances (BT-107)', 'cbc:AllowanceTotalAmount', 'ram:AllowanceTotalAmount'),
  total('BR-DEC-11', 'sum of charges (BT-108)', 'cbc:ChargeTotalAmount', 'ram:ChargeTotalAmount'),
  total('BR-DEC-12', 'total without VAT (BT-109)', 'cbc:TaxExclusiveAmount', 'ram:TaxBasisTotalAmount'),
  once('BR-DEC-13', words('VAT total (BT-110)'), isVatTotalShort),
  total('BR-DEC-14', 'total with VAT (BT-112)', 'cbc:TaxInclusiveAmount', 'ram:GrandTotalAmount'),
  once('BR-DEC-15', words('VAT total in the accounting currency (BT-111)'), isAccountingTotalShort),
  total('BR-DEC-16', 'paid amount (BT-113)', 'cbc:PrepaidAmount', 'ram:TotalPrepaidAmount'),
  total('BR-DEC-17', 'rounding amount (BT-114)', 'cbc:PayableRoundingAmount', 'ram:RoundingAmount'),
  total('BR-DEC-18', 'amount due for payment (BT-115)', 'cbc:PayableAmount', 'ram:DuePayableAmount'),
  amount('BR-DEC-19', 'taxable amount of a VAT breakdown (BT-116)', generalBreakdowns, TAXABLE),
  amount('BR-DEC-20', 'tax amount of a VAT breakdown (BT-117)', generalBreakdowns, TAX),
  amount('BR-DEC-23', 'net amount of a line (BT-131)', lines, NET),
  amount('BR-DEC-24', 'amount of a line allowance (BT-136)', lineAllowances, AMOUNT),
  amount('BR-DEC-25', 'base amount of a line allowance (BT-137)', lineAllowances, BASE),
  amount('BR-DEC-27', 'amount of a line charge (BT-141)', lineCharges, AMOUNT),
  amount('BR-DEC-28', 'base amount of a line charge (BT-142)', lineCharges, BASE),
];

function amount(id: string, what: string, places: Places, path: Path): Rule {
  return each(id, words(what), places, (_value, { cii }, at) =>
    isShort(child(at, ...(cii ? path.cii : path.ubl))?.text),
  );
}

function total(id: string, what: string, ubl: string, cii: string): Rule {
  return amount(id, what, ({ everywhere }) => everywhere.totals, { ubl: [ubl], cii: [cii] });
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
function isVatTotalShort({ invoice, written, cii }: Reading): boolean {
  const { taxTotals } = invoice;
  if (!cii) return isShort(invoice.totals.taxAmount);
  return (
    taxTotals.length === 0 ||
    taxTotals.some((one) => one.currency !== written.currency || isRounded(one.amount))
  );
}

/** CII breaks this rule also where the total is missing altogether. */
function isAccountingTotalShort({ invoice, written: { taxCurrency }, cii }: Reading): boolean {
  const { taxTotals } = invoice;
  if (!isGiven(taxCurrency) || taxTotals.length === 0) return true;
  if (!cii) return isShort(invoice.totals.taxAmountAccounting);
  return taxTotals.some((one) => one.currency === taxCurrency && isRounded(one.amount));
}
