/**
 * One walk over a Cross Industry Invoice that gathers what the rules look for anywhere in it, and every coded value.
 * The tables say which element is gathered where.
 */
import {
  addressOf,
  allowanceChargeOf,
  breakdownOf,
  categoryOf,
  CII_DATE,
  identifiers,
  isCharge,
  isToldInWords,
  lineOf,
  partyOf,
  periodOf,
} from './cii-parts.ts';
import { checkDate, checkNumber, isNumeric, WRITTEN_DAY } from './content.ts';
import { attribute, child, text, trimmed, within } from './navigate.ts';
import type { CodePlace, Everywhere } from './reading.ts';
import type { Element } from './xml.ts';

type Gather = (element: Element, into: Everywhere, parent: Element) => void;

const HEADER = 'ram:ApplicableHeaderTradeSettlement';
const LINE = 'ram:SpecifiedLineTradeSettlement';

/** Whether a due date or payment terms are given is the answer; all else goes to `into`, in document order. */
export function collectCii(root: Element, into: Everywhere): boolean {
  const pending = root.children.toReversed();
  let hasTerms = false;
  for (let element = pending.pop(); element; element = pending.pop()) {
    for (let index = element.children.length - 1; index >= 0; index -= 1)
      pending.push(element.children[index]!);
    const parent = element.parent ?? root;
    GATHER[element.name]?.(element, into, parent);
    gatherCodes(element, parent, into);
    if (isNumeric(element.name)) checkNumber(element, into.problems);
    else if (isDate(element)) checkDate(element, CII_DATE, into.problems);
    hasTerms ||=
      parent.name === 'ram:SpecifiedTradePaymentTerms' &&
      (element.name === 'ram:DueDateDateTime' || element.name === 'ram:Description');
  }
  return hasTerms;
}

/** A DateTimeString that is not written as a day has a rule of its own, CII-DT-097. */
function isDate(element: Element): boolean {
  if (!element.name.startsWith('udt:') || attribute(element, 'format') !== '102') return false;
  return element.name !== 'udt:DateTimeString' || WRITTEN_DAY.test(element.text);
}

function gatherCodes(element: Element, parent: Element, into: Everywhere): void {
  const coded = CODED[element.name];
  if (!coded) return;
  for (const one of coded) {
    if (one.parent !== undefined && one.parent !== parent.name) continue;
    const code = one.attribute === undefined ? element.text : attribute(element, one.attribute);
    if (code === undefined) continue;
    const rule = typeof one.rule === 'string' ? one.rule : one.rule(element, parent);
    if (rule) into.codes.push({ rule, code: one.asWritten ? code : trimmed(code), at: element });
  }
}

const GATHER: Readonly<Record<string, Gather>> = {
  'ram:IncludedSupplyChainTradeLineItem': (at, into) => into.lines.push({ value: lineOf(at), at }),
  'ram:SpecifiedTradeAllowanceCharge': gatherAllowanceCharge,
  'ram:CategoryTradeTax': (at, into, parent) => {
    const vat = { value: categoryOf(at), at };
    const charge = parent.name === 'ram:SpecifiedTradeAllowanceCharge' ? isCharge(parent) : undefined;
    if (charge !== undefined) (charge ? into.chargeVat : into.allowanceVat).push(vat);
    into.partVat.push(vat);
  },
  'ram:ApplicableTradeTax': (at, into, parent) => {
    if (parent.name === HEADER) into.breakdowns.push({ value: breakdownOf(at), at });
    else if (parent.name === LINE) into.itemVat.push({ value: categoryOf(at), at });
    else into.nestedItemVat.push({ value: categoryOf(at), at });
  },
  'ram:TaxTotalAmount': (at, into, parent) => {
    if (parent.name !== 'ram:SpecifiedTradeSettlementHeaderMonetarySummation') return;
    const value = {
      amount: trimmed(at.text),
      currency: attribute(at, 'currencyID'),
      breakdown: [],
    };
    into.taxTotals.push({ value, at });
  },
  'ram:SpecifiedTradeSettlementHeaderMonetarySummation': (at, into) => into.totals.push({ value: true, at }),
  'ram:BillingSpecifiedPeriod': (at, into, parent) => {
    const periods =
      parent.name === HEADER ? into.documentPeriods : parent.name === LINE ? into.linePeriods : null;
    periods?.push({ value: periodOf(at) ?? {}, at });
  },
  'ram:ShipToTradeParty': (at, into, parent) => {
    const address = child(at, 'ram:PostalTradeAddress');
    if (parent.name !== 'ram:ApplicableHeaderTradeDelivery' || !address) return;
    into.deliveryAddresses.push({ value: addressOf(address) ?? {}, at: address });
  },
  'ram:AdditionalReferencedDocument': (at, into) => {
    into.supportingDocuments.push({ value: text(at, 'ram:IssuerAssignedID'), at });
  },
  'ram:InvoiceReferencedDocument': (at, into, parent) => {
    if (parent.name === HEADER) into.precedingInvoices.push({ value: text(at, 'ram:IssuerAssignedID'), at });
  },
  'ram:ApplicableProductCharacteristic': (at, into) => {
    into.itemAttributes.push({
      value: { name: text(at, 'ram:Description'), value: text(at, 'ram:Value') },
      at,
    });
  },
  'ram:DesignatedProductClassification': (at, into) => {
    for (const value of identifiers(child(at, 'ram:ClassCode'), 'listID'))
      into.itemClassifications.push({ value, at });
  },
  'ram:SpecifiedTradeSettlementPaymentMeans': (at, into) => {
    const account = child(at, 'ram:PayeePartyCreditorFinancialAccount');
    const ids = [text(account, 'ram:IBANID'), text(account, 'ram:ProprietaryID')];
    into.paymentMeans.push({
      value: {
        code: child(at, 'ram:TypeCode')?.text,
        accountIds: account ? ids.filter((id) => id !== undefined) : null,
      },
      at,
    });
  },
  'ram:ApplicableTradeSettlementFinancialCard': (at, into) => {
    into.cardNumbers.push({ value: text(at, 'ram:ID') ?? '', at });
  },
  'ram:PayeeTradeParty': (at, into) => {
    const value = partyOf(at);
    if (value) into.payees.push({ value, at });
  },
  'ram:SellerTaxRepresentativeTradeParty': (at, into) => {
    const value = partyOf(at);
    if (value) into.taxRepresentatives.push({ value, at });
  },
  'ram:ID': (at, into, parent) => {
    if (parent.name !== 'ram:SpecifiedTaxRegistration' || attribute(at, 'schemeID') !== 'VA') return;
    into.vatIdentifiers.push({ value: at.text, at });
  },
  'ram:TaxPointDate': (at, into) => into.taxPointDates.push(at),
  'ram:DueDateTypeCode': (at, into) => into.taxPointCodes.push(at),
  'ram:CountryID': (at, into) => into.countries.push({ value: trimmed(at.text), at }),
};

function gatherAllowanceCharge(at: Element, into: Everywhere, parent: Element): void {
  if (!isToldInWords(at)) return;
  const charge = isCharge(at);
  const value = allowanceChargeOf(at);
  if (parent.name === HEADER) (charge ? into.documentCharges : into.documentAllowances).push({ value, at });
  else if (parent.name === LINE) (charge ? into.lineCharges : into.lineAllowances).push({ value, at });
}

const CODED: Readonly<Record<string, readonly CodePlace[]>> = {
  'ram:TypeCode': [
    { rule: 'BR-CL-01', parent: 'rsm:ExchangedDocument' },
    { rule: 'BR-CL-16', parent: 'ram:SpecifiedTradeSettlementPaymentMeans' },
  ],
  'ram:TaxTotalAmount': [{ rule: 'BR-CL-03', attribute: 'currencyID' }],
  'ram:InvoiceCurrencyCode': [{ rule: 'BR-CL-04' }],
  'ram:TaxCurrencyCode': [{ rule: 'BR-CL-05' }],
  'ram:DueDateTypeCode': [{ rule: 'BR-CL-06' }],
  'ram:ReferenceTypeCode': [{ rule: 'BR-CL-07' }],
  'ram:SubjectCode': [{ rule: 'BR-CL-08' }],
  'ram:GlobalID': [{ rule: globalScheme, attribute: 'schemeID' }],
  'ram:ID': [
    { rule: partyScheme, attribute: 'schemeID' },
    { rule: originCountry, parent: 'ram:OriginTradeCountry' },
  ],
  'ram:ClassCode': [{ rule: 'BR-CL-13', attribute: 'listID' }],
  'ram:CountryID': [{ rule: 'BR-CL-14' }],
  'ram:CategoryCode': [
    { rule: 'BR-CL-17', parent: 'ram:CategoryTradeTax' },
    { rule: 'BR-CL-18', parent: 'ram:ApplicableTradeTax' },
  ],
  'ram:ReasonCode': [{ rule: reason, parent: 'ram:SpecifiedTradeAllowanceCharge' }],
  'ram:ExemptionReasonCode': [{ rule: 'BR-CL-22' }],
  'ram:BasisQuantity': [{ rule: 'BR-CL-23', attribute: 'unitCode' }],
  'ram:BilledQuantity': [{ rule: 'BR-CL-23', attribute: 'unitCode' }],
  'ram:AttachmentBinaryObject': [{ rule: 'BR-CL-24', attribute: 'mimeCode', asWritten: true }],
  'ram:URIID': [{ rule: 'BR-CL-25', parent: 'ram:URIUniversalCommunication', attribute: 'schemeID' }],
};

function globalScheme(element: Element, parent: Element): string | undefined {
  if (parent.name === 'ram:SpecifiedTradeProduct') return 'BR-CL-21';
  if (within(element, 'ram:SpecifiedTradeProduct')) return undefined;
  if (!within(element, 'ram:ShipToTradeParty')) return 'BR-CL-10';
  const isHeader =
    parent.name === 'ram:ShipToTradeParty' && parent.parent?.name === 'ram:ApplicableHeaderTradeDelivery';
  return isHeader ? 'BR-CL-26' : undefined;
}

function partyScheme(element: Element): string | undefined {
  return within(element, 'ram:SpecifiedTaxRegistration') ? undefined : 'BR-CL-11';
}

/** An origin with a scheme is taken for an identifier, as the official artefact does. */
function originCountry(element: Element): string | undefined {
  return attribute(element, 'schemeID') === undefined ? 'BR-CL-15' : undefined;
}

function reason(_element: Element, parent: Element): string | undefined {
  const charge = isCharge(parent);
  return charge === undefined ? undefined : charge ? 'BR-CL-20' : 'BR-CL-19';
}
