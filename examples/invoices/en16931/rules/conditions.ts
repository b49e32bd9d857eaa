/** BR-CO-03 to BR-CO-26: conditions between parts of an invoice, and its arithmetic. */
import { blankSeparated } from '../codes/index.ts';
import { cents, decimal, equal, ONE, percentOf, sum, whole, ZERO, type Decimal } from '../decimal.ts';
import type { AllowanceCharge, TaxTotal, VatBreakdown } from '../model.ts';
import { text } from '../navigate.ts';
import type { Reading } from '../reading.ts';
import type { Element } from '../xml.ts';
import { each, isGiven, once, type Rule } from './rule.ts';
import { generalBreakdowns, hasVatId, taxOfBreakdown } from './vat-uses.ts';

export const CONDITIONS: readonly Rule[] = [
  once('BR-CO-03', 'The VAT point is given as a date (BT-7) or as a code (BT-8), not both.', isOneTaxPoint),
  each(
    'BR-CO-04',
    'A line has a VAT category (BT-151).',
    ({ everywhere }) => everywhere.lines,
    (line) => line.vat.some((category) => category.isVat && isGiven(category.code)),
  ),
  once('BR-CO-05', 'Reason (BT-97) and reason code (BT-98) of an allowance say the same.', cannotBeJudged),
  once('BR-CO-06', 'Reason (BT-104) and reason code (BT-105) of a charge say the same.', cannotBeJudged),
  once(
    'BR-CO-07',
    'Reason (BT-139) and reason code (BT-140) of a line allowance say the same.',
    cannotBeJudged,
  ),
  once('BR-CO-08', 'Reason (BT-144) and reason code (BT-145) of a line charge say the same.', cannotBeJudged),
  each(
    'BR-CO-09',
    'A VAT identifier (BT-31, BT-48, BT-63) starts with the code of its country.',
    ({ everywhere }) => everywhere.vatIdentifiers,
    hasCountryPrefix,
  ),
  once(
    'BR-CO-10',
    'The sum of line net amounts (BT-106) is the sum of the lines (BT-131).',
    ({ invoice, everywhere }) =>
      equal(decimal(invoice.totals.lines), cents(sum(everywhere.lines.map((line) => line.value.netAmount)))),
  ),
  once(
    'BR-CO-11',
    'The sum of allowances (BT-107) is the sum of the document allowances (BT-92).',
    ({ invoice }) => isSumOf(invoice.totals.allowances, invoice.allowances),
  ),
  once('BR-CO-12', 'The sum of charges (BT-108) is the sum of the document charges (BT-99).', ({ invoice }) =>
    isSumOf(invoice.totals.charges, invoice.charges),
  ),
  once(
    'BR-CO-13',
    'Total without VAT (BT-109) = lines (BT-106) - allowances (BT-107) + charges (BT-108).',
    isNetTotal,
  ),
  each(
    'BR-CO-14',
    'The VAT total (BT-110) is the sum of the VAT breakdown (BT-117).',
    ({ everywhere }) => everywhere.taxTotals,
    isVatTotal,
  ),
  once(
    'BR-CO-15',
    'Total with VAT (BT-112) = total without VAT (BT-109) + VAT total (BT-110).',
    isGrossTotal,
  ),
  once(
    'BR-CO-16',
    'Amount due (BT-115) = total with VAT (BT-112) - paid (BT-113) + rounding (BT-114).',
    isAmountDue,
  ),
  each(
    'BR-CO-17',
    'VAT amount (BT-117) = taxable amount (BT-116) x rate (BT-119), to the nearest unit of currency.',
    generalBreakdowns,
    isRated,
  ),
  once(
    'BR-CO-18',
    'An invoice has at least one VAT breakdown (BG-23).',
    ({ everywhere, cii }) => everywhere.breakdowns.length > 0 || (cii && everywhere.lines.length === 0),
  ),
  each(
    'BR-CO-19',
    'An invoicing period (BG-14) has a start (BT-73), an end (BT-74) or both.',
    ({ everywhere }) => everywhere.documentPeriods,
    (period) => isGiven(period.start) || isGiven(period.end) || isGiven(period.code),
  ),
  each(
    'BR-CO-20',
    'A line period (BG-26) has a start (BT-134), an end (BT-135) or both.',
    ({ everywhere }) => everywhere.linePeriods,
    (period) => isGiven(period.start) || isGiven(period.end),
  ),
  each(
    'BR-CO-21',
    'A document allowance has a reason (BT-97), a reason code (BT-98) or both.',
    ({ everywhere }) => everywhere.documentAllowances,
    hasReason,
  ),
  each(
    'BR-CO-22',
    'A document charge has a reason (BT-104), a reason code (BT-105) or both.',
    ({ everywhere }) => everywhere.documentCharges,
    hasReason,
  ),
  each(
    'BR-CO-23',
    'A line allowance has a reason (BT-139), a reason code (BT-140) or both.',
    ({ everywhere }) => everywhere.lineAllowances,
    hasReason,
  ),
  each(
    'BR-CO-24',
    'A line charge has a reason (BT-144), a reason code (BT-145) or both.',
    ({ everywhere }) => everywhere.lineCharges,
    hasReason,
  ),
  once(
    'BR-CO-25',
    'A positive amount due (BT-115) needs a due date (BT-9) or payment terms (BT-20).',
    hasTerms,
  ),
  once(
    'BR-CO-26',
    'The seller is identified by an identifier (BT-29), a legal registration (BT-30) or VAT (BT-31).',
    isSellerIdentified,
  ),
];

/** CII asks it of each breakdown that the general rules reach. */
function isOneTaxPoint(reading: Reading): boolean {
  const { taxPointDates, taxPointCodes } = reading.everywhere;
  if (taxPointDates.length === 0 || taxPointCodes.length === 0) return true;
  return reading.cii && generalBreakdowns(reading).length === 0;
}

/** In UBL the identifier of a creditor (BT-90) stands among those of the seller and is none of them. */
function isSellerIdentified({ invoice: { seller }, cii }: Reading): boolean {
  if (!seller || isGiven(seller.legalId) || hasVatId(seller)) return true;
  return seller.identifiers.some(({ scheme }) => cii || scheme !== 'SEPA');
}

/** Whether two texts mean the same is beyond a program; the official artefacts accept them always. */
function cannotBeJudged(): boolean {
  return true;
}

/** Greece may write EL. UBL is content with any part of this list, such as one letter of a code or nothing at all. */
const PREFIXES = `${blankSeparated('country')}EL `;

function hasCountryPrefix(identifier: string, { ubl }: Reading): boolean {
  const prefix = identifier.slice(0, 2);
  return PREFIXES.includes(ubl ? prefix : ` ${prefix} `);
}

function isSumOf(total: string | undefined, parts: readonly AllowanceCharge[]): boolean {
  if (!isGiven(total)) return parts.length === 0;
  return equal(decimal(total), cents(sum(parts.map((part) => part.amount))));
}

/** An amount that may be left out: zero then, but not when it is given and is no number. */
function optional(amount: string | undefined): Decimal {
  return isGiven(amount) ? decimal(amount) : ZERO;
}

function isNetTotal({ invoice: { totals }, ubl }: Reading): boolean {
  const [net, lines] = [decimal(totals.taxExclusive), decimal(totals.lines)];
  const [allowances, charges] = [optional(totals.allowances), optional(totals.charges)];
  if (!lines || !allowances || !charges) return false;
  if (ubl && !isGiven(totals.allowances) && !isGiven(totals.charges)) return equal(net, lines);
  return equal(net, cents(lines.minus(allowances).plus(charges)));
}

/** UBL asks it of every VAT total with a breakdown, CII of the one in the invoice currency. */
function isVatTotal(total: TaxTotal, reading: Reading): boolean {
  if (reading.cii) {
    return (
      total.currency !== reading.written.currency || equal(decimal(total.amount), taxOfBreakdown(reading))
    );
  }
  const taxes = total.breakdown.map((one) => one.taxAmount);
  return taxes.length === 0 || equal(decimal(total.amount), cents(sum(taxes)));
}

function isGrossTotal({ invoice, written: { currency }, cii }: Reading): boolean {
  const { totals } = invoice;
  if (!isGiven(currency)) return true;
  const [net, gross] = [decimal(totals.taxExclusive), decimal(totals.taxInclusive)];
  if (cii && equal(net, gross)) return true;
  const inCurrency = invoice.taxTotals.filter(
    (total) => total.currency === currency && isGiven(total.amount),
  );
  const tax = decimal(inCurrency[0]?.amount);
  return (
    inCurrency.length === 1 && net !== undefined && tax !== undefined && equal(gross, cents(net.plus(tax)))
  );
}

function isAmountDue({ invoice: { totals }, cii }: Reading): boolean {
  const [payable, gross] = [decimal(totals.payable), decimal(totals.taxInclusive)];
  const [prepaid, rounding] = [optional(totals.prepaid), optional(totals.rounding)];
  if (!payable || !gross || !prepaid || !rounding) return false;
  if (cii) return payable.eq(gross.minus(prepaid).plus(rounding));
  const due = isGiven(totals.rounding) ? cents(payable.minus(rounding)) : payable;
  return due.eq(isGiven(totals.prepaid) ? cents(gross.minus(prepaid)) : gross);
}

/** Of all rules of CII this one takes white space away from the tax. */
function isRated(one: VatBreakdown, { cii }: Reading, at: Element): boolean {
  const tax = decimal(one.taxAmount);
  if (!tax) return false;
  const isVat = cii ? text(at, 'ram:TypeCode')?.toUpperCase() === 'VAT' : one.isVat;
  if (!isVat || !isGiven(one.rate)) return whole(tax).eq(ZERO);
  const [rate, base] = [decimal(one.rate), decimal(one.taxableAmount)];
  if (!rate) return false;
  if (whole(rate).eq(ZERO)) return whole(tax).eq(ZERO);
  if (!base) return false;
  const difference = tax
    .abs()
    .minus(cents(percentOf(base.abs(), rate)))
    .abs();
  return cii ? difference.lte(ONE) : difference.lt(ONE);
}

function hasReason(part: AllowanceCharge): boolean {
  return isGiven(part.reason) || isGiven(part.reasonCode);
}

/** UBL does not ask it of credit notes. */
function hasTerms({ invoice, hasPaymentTerms }: Reading): boolean {
  if (invoice.syntax === 'UBL-CreditNote' || hasPaymentTerms) return true;
  return !decimal(invoice.totals.payable)?.gt(ZERO);
}
