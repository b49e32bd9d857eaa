/** Reads an invoice in UN/CEFACT Cross Industry Invoice syntax (D16B) into the semantic model. */
import { collectCii } from './cii-everywhere.ts';
import { allowanceChargesOf, dateAt, deliveryOf, partyOf, periodOf } from './cii-parts.ts';
import { child, children, text } from './navigate.ts';
import { emptyEverywhere, type Everywhere, type Placed, type Reading } from './reading.ts';
import type { Invoice, TaxTotal, Totals, VatBreakdown } from './model.ts';
import type { Element } from './xml.ts';

export function readCii(root: Element): Reading {
  const everywhere = emptyEverywhere();
  const hasPaymentTerms = collectCii(root, everywhere);
  const settlement = child(root, 'rsm:SupplyChainTradeTransaction', 'ram:ApplicableHeaderTradeSettlement');
  return {
    invoice: invoiceOf(root, everywhere),
    everywhere,
    root,
    cii: true,
    ubl: false,
    written: {
      currency: child(settlement, 'ram:InvoiceCurrencyCode')?.text,
      taxCurrency: child(settlement, 'ram:TaxCurrencyCode')?.text,
    },
    hasPaymentTerms,
  };
}

function invoiceOf(root: Element, everywhere: Everywhere): Invoice {
  const context = child(root, 'rsm:ExchangedDocumentContext');
  const document = child(root, 'rsm:ExchangedDocument');
  const transaction = child(root, 'rsm:SupplyChainTradeTransaction');
  const agreement = child(transaction, 'ram:ApplicableHeaderTradeAgreement');
  const settlement = child(transaction, 'ram:ApplicableHeaderTradeSettlement');
  const typeCode = text(document, 'ram:TypeCode');
  const terms = child(settlement, 'ram:SpecifiedTradePaymentTerms');
  const vatBreakdown = values(everywhere.breakdowns);
  return {
    syntax: 'CII',
    customization: text(context, 'ram:GuidelineSpecifiedDocumentContextParameter', 'ram:ID'),
    profile: text(context, 'ram:BusinessProcessSpecifiedDocumentContextParameter', 'ram:ID'),
    number: text(document, 'ram:ID'),
    issueDate: dateAt(child(document, 'ram:IssueDateTime')),
    dueDate: dateAt(child(terms, 'ram:DueDateDateTime')),
    typeCode,
    creditNote: typeCode === '381',
    buyerReference: text(agreement, 'ram:BuyerReference'),
    orderReference: text(agreement, 'ram:BuyerOrderReferencedDocument', 'ram:IssuerAssignedID'),
    paymentTerms: text(terms, 'ram:Description'),
    notes: children(document, 'ram:IncludedNote').map((note) => text(note, 'ram:Content') ?? ''),
    seller: partyOf(child(agreement, 'ram:SellerTradeParty')),
    buyer: partyOf(child(agreement, 'ram:BuyerTradeParty')),
    payee: partyOf(child(settlement, 'ram:PayeeTradeParty')),
    taxRepresentative: partyOf(child(agreement, 'ram:SellerTaxRepresentativeTradeParty')),
    delivery: deliveryOf(child(transaction, 'ram:ApplicableHeaderTradeDelivery')),
    period: periodOf(child(settlement, 'ram:BillingSpecifiedPeriod')),
    allowances: allowanceChargesOf(settlement, false),
    charges: allowanceChargesOf(settlement, true),
    vatBreakdown,
    lines: values(everywhere.lines),
    ...moneyOf(settlement, everywhere, vatBreakdown),
  };
}

type Money = Pick<
  Invoice,
  'currency' | 'taxCurrency' | 'taxPointDate' | 'taxPointCode' | 'taxTotals' | 'totals'
>;

function moneyOf(settlement: Element | undefined, everywhere: Everywhere, breakdown: VatBreakdown[]): Money {
  const currency = text(settlement, 'ram:InvoiceCurrencyCode');
  const taxCurrency = text(settlement, 'ram:TaxCurrencyCode');
  const summation = child(settlement, 'ram:SpecifiedTradeSettlementHeaderMonetarySummation');
  const taxes = children(settlement, 'ram:ApplicableTradeTax');
  const totals = values(everywhere.taxTotals);
  const main = totals.find((total) => total.currency === currency) ?? totals.find((total) => !total.currency);
  return {
    currency,
    taxCurrency,
    taxPointDate: dateAt(taxes.map((tax) => child(tax, 'ram:TaxPointDate')).find(Boolean)),
    taxPointCode: taxes.map((tax) => text(tax, 'ram:DueDateTypeCode')).find((code) => code !== undefined),
    taxTotals: totals.map((total) => (total === main ? { ...total, breakdown } : total)),
    totals: totalsOf(
      summation,
      main,
      taxCurrency === undefined ? undefined : inCurrency(totals, taxCurrency),
    ),
  };
}

function totalsOf(
  element: Element | undefined,
  tax: TaxTotal | undefined,
  accounting: TaxTotal | undefined,
): Totals {
  return {
    lines: text(element, 'ram:LineTotalAmount'),
    allowances: text(element, 'ram:AllowanceTotalAmount'),
    charges: text(element, 'ram:ChargeTotalAmount'),
    taxExclusive: text(element, 'ram:TaxBasisTotalAmount'),
    taxAmount: tax?.amount,
    taxAmountAccounting: accounting?.amount,
    taxInclusive: text(element, 'ram:GrandTotalAmount'),
    prepaid: text(element, 'ram:TotalPrepaidAmount'),
    rounding: text(element, 'ram:RoundingAmount'),
    payable: text(element, 'ram:DuePayableAmount'),
  };
}

function inCurrency(totals: readonly TaxTotal[], currency: string): TaxTotal | undefined {
  return totals.find((total) => total.currency === currency);
}

function values<T>(placed: readonly Placed<T>[]): T[] {
  return placed.map((one) => one.value);
}
