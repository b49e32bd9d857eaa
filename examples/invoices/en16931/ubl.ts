/** Reads an invoice or credit note in UBL 2.1 syntax (ISO/IEC 19845) into the semantic model. */
import { child, children, text, trimmed } from './navigate.ts';
import { emptyEverywhere, type Everywhere, type Placed, type Reading } from './reading.ts';
import { collectUbl } from './ubl-everywhere.ts';
import { dateAt, deliveryOf, partyOf, periodOf } from './ubl-parts.ts';
import type { Invoice, Party, TaxTotal, Totals } from './model.ts';
import type { Element } from './xml.ts';

export function readUbl(root: Element): Reading {
  const everywhere = emptyEverywhere();
  const hasPaymentTerms = collectUbl(root, everywhere);
  return {
    invoice: invoiceOf(root, everywhere),
    everywhere,
    root,
    cii: false,
    ubl: true,
    written: {
      currency: child(root, 'cbc:DocumentCurrencyCode')?.text,
      taxCurrency: child(root, 'cbc:TaxCurrencyCode')?.text,
    },
    hasPaymentTerms,
  };
}

function invoiceOf(root: Element, everywhere: Everywhere): Invoice {
  const isCreditNote = root.name === 'cn:CreditNote';
  const typeCode = text(root, isCreditNote ? 'cbc:CreditNoteTypeCode' : 'cbc:InvoiceTypeCode');
  const currency = text(root, 'cbc:DocumentCurrencyCode');
  const taxCurrency = text(root, 'cbc:TaxCurrencyCode');
  const taxTotals = values(everywhere.taxTotals);
  return {
    syntax: isCreditNote ? 'UBL-CreditNote' : 'UBL-Invoice',
    customization: text(root, 'cbc:CustomizationID'),
    profile: text(root, 'cbc:ProfileID'),
    number: text(root, 'cbc:ID'),
    issueDate: dateAt(root, 'cbc:IssueDate'),
    dueDate: dateAt(root, 'cbc:DueDate') ?? dateAt(child(root, 'cac:PaymentMeans'), 'cbc:PaymentDueDate'),
    typeCode,
    creditNote: isCreditNote || typeCode === '381',
    currency,
    taxCurrency,
    taxPointDate: dateAt(root, 'cbc:TaxPointDate'),
    taxPointCode: text(root, 'cac:InvoicePeriod', 'cbc:DescriptionCode'),
    buyerReference: text(root, 'cbc:BuyerReference'),
    orderReference: text(root, 'cac:OrderReference', 'cbc:ID'),
    paymentTerms: text(root, 'cac:PaymentTerms', 'cbc:Note'),
    notes: children(root, 'cbc:Note').map((note) => trimmed(note.text)),
    ...partiesOf(root),
    delivery: deliveryOf(child(root, 'cac:Delivery')),
    period: periodOf(child(root, 'cac:InvoicePeriod')),
    allowances: values(everywhere.documentAllowances),
    charges: values(everywhere.documentCharges),
    vatBreakdown: values(everywhere.breakdowns),
    taxTotals,
    totals: totalsOf(child(root, 'cac:LegalMonetaryTotal'), taxTotals, currency, taxCurrency),
    lines: values(everywhere.lines.filter((line) => line.at.parent === root)),
  };
}

function values<T>(placed: readonly Placed<T>[]): T[] {
  return placed.map((one) => one.value);
}

/** In the place of a seller that is not filled: rules about the seller apply there. */
const NOBODY: Party = { identifiers: [], taxRegistrations: [] };

function partiesOf(root: Element): Pick<Invoice, 'seller' | 'buyer' | 'payee' | 'taxRepresentative'> {
  const seller = child(root, 'cac:AccountingSupplierParty');
  const buyer = child(root, 'cac:AccountingCustomerParty');
  return {
    seller: seller && (partyOf(child(seller, 'cac:Party')) ?? NOBODY),
    buyer: buyer && partyOf(child(buyer, 'cac:Party')),
    payee: partyOf(child(root, 'cac:PayeeParty')),
    taxRepresentative: partyOf(child(root, 'cac:TaxRepresentativeParty')),
  };
}

function totalsOf(
  element: Element | undefined,
  taxTotals: readonly TaxTotal[],
  currency: string | undefined,
  taxCurrency: string | undefined,
): Totals {
  const inCurrency = (code: string | undefined) => taxTotals.find((total) => total.currency === code)?.amount;
  return {
    lines: text(element, 'cbc:LineExtensionAmount'),
    allowances: text(element, 'cbc:AllowanceTotalAmount'),
    charges: text(element, 'cbc:ChargeTotalAmount'),
    taxExclusive: text(element, 'cbc:TaxExclusiveAmount'),
    taxAmount: inCurrency(currency),
    taxAmountAccounting: taxCurrency === undefined ? undefined : inCurrency(taxCurrency),
    taxInclusive: text(element, 'cbc:TaxInclusiveAmount'),
    prepaid: text(element, 'cbc:PrepaidAmount'),
    rounding: text(element, 'cbc:PayableRoundingAmount'),
    payable: text(element, 'cbc:PayableAmount'),
  };
}
