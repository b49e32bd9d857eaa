/** BR-01 to BR-65: what an invoice, and each of its parts, must hold. */
import { decimal, ZERO } from '../decimal.ts';
import type { AllowanceCharge, Party } from '../model.ts';
import { trimmed } from '../navigate.ts';
import type { PaymentMeans, Reading } from '../reading.ts';
import { each, isFilled, isGiven, once, type Rule } from './rule.ts';
import { generalBreakdowns } from './vat-uses.ts';

const lines = (reading: Reading) => reading.everywhere.lines;

export const INTEGRITY: readonly Rule[] = [
  once('BR-01', 'An invoice has a specification identifier (BT-24).', ({ invoice }) =>
    isFilled(invoice.customization),
  ),
  once('BR-02', 'An invoice has a number (BT-1).', ({ invoice }) => isFilled(invoice.number)),
  once('BR-03', 'An invoice has an issue date (BT-2).', ({ invoice }) => isFilled(invoice.issueDate)),
  once('BR-04', 'An invoice has a type code (BT-3).', ({ invoice }) => isFilled(invoice.typeCode)),
  once('BR-05', 'An invoice has a currency code (BT-5).', ({ invoice }) => isFilled(invoice.currency)),
  once('BR-06', 'An invoice has the seller name (BT-27).', ({ invoice }) => isFilled(invoice.seller?.name)),
  once('BR-07', 'An invoice has the buyer name (BT-44).', ({ invoice }) => isFilled(invoice.buyer?.name)),
  once('BR-08', 'An invoice has the seller postal address (BG-5).', ({ invoice }) =>
    isGiven(invoice.seller?.address),
  ),
  once('BR-09', 'The seller postal address has a country code (BT-40).', (reading) =>
    hasCountry(reading, reading.invoice.seller),
  ),
  once('BR-10', 'An invoice has the buyer postal address (BG-8).', ({ invoice }) =>
    isGiven(invoice.buyer?.address),
  ),
  once('BR-11', 'The buyer postal address has a country code (BT-55).', (reading) =>
    hasCountry(reading, reading.invoice.buyer),
  ),
  once('BR-12', 'An invoice has the sum of its line net amounts (BT-106).', ({ invoice }) =>
    isGiven(invoice.totals.lines),
  ),
  once('BR-13', 'An invoice has the total amount without VAT (BT-109).', ({ invoice }) =>
    isGiven(invoice.totals.taxExclusive),
  ),
  once('BR-14', 'An invoice has the total amount with VAT (BT-112).', ({ invoice }) =>
    isGiven(invoice.totals.taxInclusive),
  ),
  once('BR-15', 'An invoice has the amount due for payment (BT-115).', ({ invoice }) =>
    isGiven(invoice.totals.payable),
  ),
  once('BR-16', 'An invoice has at least one line (BG-25).', (reading) => lines(reading).length > 0),
  each(
    'BR-17',
    'A payee (BG-10) has a name (BT-59) and is another than the seller.',
    ({ everywhere }) => everywhere.payees,
    isAnotherPayee,
  ),
  each(
    'BR-18',
    'A tax representative (BG-11) has a name (BT-62).',
    ({ everywhere }) => everywhere.taxRepresentatives,
    (party, { cii }) => isFilled(cii ? party.name : party.tradingName),
  ),
  each(
    'BR-19',
    'A tax representative (BG-11) has a postal address (BG-12).',
    ({ everywhere }) => everywhere.taxRepresentatives,
    (party) => isGiven(party.address),
  ),
  each(
    'BR-20',
    'The address of a tax representative has a country code (BT-69).',
    ({ everywhere }) => everywhere.taxRepresentatives,
    (party, reading) => hasCountry(reading, party),
  ),
  each('BR-21', 'A line has an identifier (BT-126).', lines, (line) => isFilled(line.id)),
  each('BR-22', 'A line has an invoiced quantity (BT-129).', lines, (line) => isGiven(line.quantity)),
  each('BR-23', 'An invoiced quantity has a unit of measure (BT-130).', lines, (line) => isGiven(line.unit)),
  each('BR-24', 'A line has a net amount (BT-131).', lines, (line) => isGiven(line.netAmount)),
  each('BR-25', 'A line has the name of its item (BT-153).', lines, (line) => isFilled(line.itemName)),
  each('BR-26', 'A line has the net price of its item (BT-146).', lines, (line) => isGiven(line.netPrice)),
  each('BR-27', 'The net price of an item (BT-146) is not negative.', lines, (line) =>
    notNegative(line.netPrice),
  ),
  each(
    'BR-28',
    'The gross price of an item (BT-148) is not negative.',
    lines,
    (line) => !isGiven(line.grossPrice) || notNegative(line.grossPrice),
  ),
  each(
    'BR-29',
    'The invoicing period does not end (BT-74) before it starts (BT-73).',
    ({ everywhere }) => everywhere.documentPeriods,
    inOrder,
  ),
  each(
    'BR-30',
    'A line period does not end (BT-135) before it starts (BT-134).',
    ({ everywhere }) => everywhere.linePeriods,
    inOrder,
  ),
  each(
    'BR-31',
    'An allowance of the document has an amount (BT-92).',
    ({ everywhere }) => everywhere.documentAllowances,
    hasAmount,
  ),
  each(
    'BR-32',
    'An allowance of the document has a VAT category (BT-95).',
    ({ everywhere }) => everywhere.documentAllowances,
    hasCategory,
  ),
  each(
    'BR-33',
    'An allowance of the document has a reason (BT-97) or a reason code (BT-98).',
    ({ everywhere }) => everywhere.documentAllowances,
    hasReason,
  ),
  each(
    'BR-36',
    'A charge of the document has an amount (BT-99).',
    ({ everywhere }) => everywhere.documentCharges,
    hasAmount,
  ),
  each(
    'BR-37',
    'A charge of the document has a VAT category (BT-102).',
    ({ everywhere }) => everywhere.documentCharges,
    hasCategory,
  ),
  each(
    'BR-38',
    'A charge of the document has a reason (BT-104) or a reason code (BT-105).',
    ({ everywhere }) => everywhere.documentCharges,
    hasReason,
  ),
  each(
    'BR-41',
    'An allowance of a line has an amount (BT-136).',
    ({ everywhere }) => everywhere.lineAllowances,
    hasAmount,
  ),
  each(
    'BR-42',
    'An allowance of a line has a reason (BT-139) or a reason code (BT-140).',
    ({ everywhere }) => everywhere.lineAllowances,
    hasReason,
  ),
  each(
    'BR-43',
    'A charge of a line has an amount (BT-141).',
    ({ everywhere }) => everywhere.lineCharges,
    hasAmount,
  ),
  each(
    'BR-44',
    'A charge of a line has a reason (BT-144) or a reason code (BT-145).',
    ({ everywhere }) => everywhere.lineCharges,
    hasReason,
  ),
  each('BR-45', 'A VAT breakdown has a taxable amount (BT-116).', generalBreakdowns, (one) =>
    isGiven(one.taxableAmount),
  ),
  each('BR-46', 'A VAT breakdown has a tax amount (BT-117).', generalBreakdowns, (one) =>
    isGiven(one.taxAmount),
  ),
  each(
    'BR-47',
    'A VAT breakdown has a VAT category (BT-118).',
    generalBreakdowns,
    (one) => one.isVat && isGiven(one.code),
  ),
  each(
    'BR-48',
    'A VAT breakdown has a rate (BT-119), unless it is not subject to VAT.',
    generalBreakdowns,
    (one) => one.isVat && (isGiven(one.rate) || one.code === 'O'),
  ),
  each(
    'BR-49',
    'Payment instructions (BG-16) name the means of payment (BT-81).',
    ({ everywhere }) => everywhere.paymentMeans,
    (means) => isGiven(means.code),
  ),
  each(
    'BR-50',
    'A credit transfer (BG-17) names the account to pay to (BT-84).',
    ({ everywhere }) => everywhere.paymentMeans,
    ({ code, accountIds }) => !isCreditTransfer(code) || accountIds === null || accountIds.some(isFilled),
  ),
  {
    ...each(
      'BR-51',
      'At most the first six and last four digits of a card number (BT-87) are shown.',
      ({ everywhere }) => everywhere.cardNumbers,
      (number: string) => number.length <= 10,
    ),
    warns: ({ ubl }) => ubl,
  },
  each(
    'BR-52',
    'A supporting document (BG-24) has a reference (BT-122).',
    ({ everywhere }) => everywhere.supportingDocuments,
    isFilled,
  ),
  once(
    'BR-53',
    'With a VAT accounting currency (BT-6) the VAT total is given in that currency (BT-111).',
    hasAccountingTotal,
  ),
  each(
    'BR-54',
    'An item attribute (BG-32) has a name (BT-160) and a value (BT-161).',
    ({ everywhere }) => everywhere.itemAttributes,
    ({ name, value }) => isGiven(name) && isGiven(value),
  ),
  each(
    'BR-55',
    'A preceding invoice (BG-3) is named by its number (BT-25).',
    ({ everywhere }) => everywhere.precedingInvoices,
    (number: string | undefined, { cii }) => (cii ? isFilled(number) : isGiven(number)),
  ),
  each(
    'BR-56',
    'A tax representative (BG-11) has a VAT identifier (BT-63).',
    ({ everywhere }) => everywhere.taxRepresentatives,
    (party, { cii }) =>
      party.taxRegistrations.some(({ kind, value }) => kind === 'vat' && (!cii || value !== '')),
  ),
  each(
    'BR-57',
    'A deliver-to address (BG-15) has a country code (BT-80).',
    ({ everywhere }) => everywhere.deliveryAddresses,
    (address, { cii }) => (cii ? isFilled(address.country) : isGiven(address.country)),
  ),
  each(
    'BR-61',
    'A credit transfer names the account to pay to (BT-84).',
    ({ everywhere }) => everywhere.paymentMeans,
    namesAccount,
  ),
  once('BR-62', 'The seller electronic address (BT-34) has a scheme.', (reading) =>
    hasScheme(reading, reading.invoice.seller),
  ),
  once('BR-63', 'The buyer electronic address (BT-49) has a scheme.', (reading) =>
    hasScheme(reading, reading.invoice.buyer),
  ),
  each(
    'BR-64',
    'The standard identifier of an item (BT-157) has a scheme.',
    lines,
    ({ standardId }, { cii }) =>
      !standardId || (cii ? isFilled(standardId.scheme?.trim()) : isGiven(standardId.scheme)),
  ),
  each(
    'BR-65',
    'The classification of an item (BT-158) has a scheme.',
    ({ everywhere }) => everywhere.itemClassifications,
    ({ scheme }, { cii }) => (cii ? isFilled(scheme?.trim()) : isGiven(scheme)),
  ),
];

/** UBL asks it also where there is no account at all, and takes white space away from the code. */
function namesAccount({ code, accountIds }: PaymentMeans, { cii }: Reading): boolean {
  if (!isCreditTransfer(cii ? code : code && trimmed(code))) return true;
  return accountIds === null ? cii : accountIds.length > 0;
}

/** UBL asks for the country within an address, CII for the country of the party. */
function hasCountry(reading: Reading, party: Party | undefined): boolean {
  return isFilled(party?.address?.country) || (reading.ubl && !party?.address);
}

function isAnotherPayee(payee: Party, { invoice, cii }: Reading): boolean {
  const { seller } = invoice;
  const name = cii ? payee.name : payee.tradingName;
  if (!isGiven(name)) return false;
  if (name === (cii ? seller?.name : seller?.tradingName)) return false;
  const ids = (party: Party | undefined) =>
    (party?.identifiers ?? []).filter((id) => !id.isGlobal).map((id) => id.value);
  const sellerIds = new Set(ids(seller));
  if (ids(payee).some((id) => sellerIds.has(id))) return false;
  return !cii || !payee.legalId || payee.legalId.value !== seller?.legalId?.value;
}

function notNegative(amount: string | undefined): boolean {
  return decimal(amount)?.gte(ZERO) ?? false;
}

/** ISO dates order as texts; an empty one is a date in a format that the standard does not have. */
function inOrder(
  period: { start?: string | undefined; end?: string | undefined },
  { ubl }: Reading,
): boolean {
  if (!isGiven(period.start) || !isGiven(period.end)) return true;
  if (period.start === '' || period.end === '') return ubl;
  return period.end >= period.start;
}

function hasAmount(part: AllowanceCharge): boolean {
  return isGiven(part.amount);
}

function hasCategory(part: AllowanceCharge): boolean {
  return part.vat.some((category) => category.isVat && isGiven(category.code));
}

function hasReason(part: AllowanceCharge): boolean {
  return isGiven(part.reason) || isGiven(part.reasonCode);
}

function isCreditTransfer(code: string | undefined): boolean {
  return code === '30' || code === '58';
}

/** UBL is content with the VAT of a line in that currency. */
function hasAccountingTotal({ written: { currency, taxCurrency }, everywhere, cii }: Reading): boolean {
  if (!isGiven(taxCurrency)) return true;
  if (cii && taxCurrency === currency) return false;
  return [...everywhere.taxTotals, ...everywhere.nestedTaxTotals].some(
    ({ value }) => isGiven(value.amount) && value.currency === taxCurrency,
  );
}

function hasScheme({ cii }: Reading, party: Party | undefined): boolean {
  const address = party?.electronicAddress;
  if (!address) return true;
  return cii ? isFilled(address.scheme?.trim()) : isGiven(address.scheme);
}
