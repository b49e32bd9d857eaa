/**
 * One walk over a UBL document that gathers what the rules look for anywhere in it, and every coded value. The tables
 * say which element is gathered where; `ext:UBLExtensions` is left out, whatever it holds.
 */
import { checkDate, checkNumber, isNumeric } from './content.ts';
import { attribute, child, text, trimmed, within } from './navigate.ts';
import type { VatBreakdown } from './model.ts';
import type { CodePlace, Everywhere, Placed } from './reading.ts';
import {
  addressOf,
  allowanceChargeOf,
  breakdownOf,
  categoryOf,
  identifiers,
  indicator,
  isCharge,
  isLine,
  isVat,
  lineOf,
  partyOf,
  periodOf,
  taxTotalOf,
  UBL_DATE,
} from './ubl-parts.ts';
import type { Element } from './xml.ts';

type Gather = (element: Element, into: Everywhere, parent: Element) => void;

/** Whether a due date or payment terms are given is the answer; all else goes to `into`, in document order. */
export function collectUbl(root: Element, into: Everywhere): boolean {
  const pending = root.children.toReversed();
  let hasTerms = false;
  for (let element = pending.pop(); element; element = pending.pop()) {
    if (element.name === 'ext:UBLExtensions') continue;
    for (let index = element.children.length - 1; index >= 0; index -= 1)
      pending.push(element.children[index]!);
    const parent = element.parent ?? root;
    GATHER[element.name]?.(element, into, parent);
    gatherCodes(element, parent, into);
    if (isNumeric(element.name)) checkNumber(element, into.problems);
    else if (element.name.endsWith('Date')) checkDate(element, UBL_DATE, into.problems);
    hasTerms ||=
      element.name === 'cbc:DueDate' || (element.name === 'cbc:Note' && parent.name === 'cac:PaymentTerms');
  }
  return hasTerms;
}

function gatherCodes(element: Element, parent: Element, into: Everywhere): void {
  const coded = CODED[element.name];
  if (!coded) return;
  for (const one of coded) {
    if (one.parent !== undefined && one.parent !== parent.name) continue;
    const written = one.attribute === undefined ? element.text : attribute(element, one.attribute);
    if (written === undefined && !element.name.endsWith('Amount')) continue;
    const code = written ?? '';
    const rule = typeof one.rule === 'string' ? one.rule : one.rule(element, parent);
    if (rule) into.codes.push({ rule, code: one.asWritten ? code : trimmed(code), at: element });
  }
}

const GATHER: Readonly<Record<string, Gather>> = {
  'cac:InvoiceLine': (at, into) => into.lines.push({ value: lineOf(at), at }),
  'cac:CreditNoteLine': (at, into) => into.lines.push({ value: lineOf(at), at }),
  'cac:AllowanceCharge': gatherAllowanceCharge,
  'cac:TaxCategory': (at, into, parent) => {
    if (parent.name !== 'cac:AllowanceCharge') return;
    const vat = { value: categoryOf(at), at };
    const charge = isCharge(parent);
    if (charge !== undefined) (charge ? into.chargeVat : into.allowanceVat).push(vat);
    into.partVat.push(vat);
  },
  'cac:ClassifiedTaxCategory': (at, into, parent) => {
    const inLine = parent.name === 'cac:Item' && parent.parent !== null && isLine(parent.parent);
    (inLine ? into.itemVat : into.nestedItemVat).push({ value: categoryOf(at), at });
  },
  'cac:TaxTotal': (at, into, parent) => {
    (parent.parent ? into.nestedTaxTotals : into.taxTotals).push({ value: taxTotalOf(at), at });
  },
  'cac:TaxSubtotal': (at, into, parent) => {
    breakdownsAt(parent, into).push({ value: breakdownOf(at), at });
  },
  'cac:LegalMonetaryTotal': (at, into) => into.totals.push({ value: true, at }),
  'cac:InvoicePeriod': (at, into, parent) => {
    (isLine(parent) ? into.linePeriods : into.documentPeriods).push({
      value: periodOf(at) ?? {},
      at,
    });
  },
  'cac:Address': (at, into, parent) => {
    if (parent.name !== 'cac:DeliveryLocation' || parent.parent?.name !== 'cac:Delivery') return;
    into.deliveryAddresses.push({ value: addressOf(at) ?? {}, at });
  },
  'cac:AdditionalDocumentReference': (at, into) =>
    into.supportingDocuments.push({ value: text(at, 'cbc:ID'), at }),
  'cac:BillingReference': (at, into) => {
    into.precedingInvoices.push({ value: text(at, 'cac:InvoiceDocumentReference', 'cbc:ID'), at });
  },
  'cac:AdditionalItemProperty': (at, into) => {
    into.itemAttributes.push({
      value: { name: text(at, 'cbc:Name'), value: text(at, 'cbc:Value') },
      at,
    });
  },
  'cbc:ItemClassificationCode': (at, into, parent) => {
    const line = parent.parent?.parent;
    if (parent.name !== 'cac:CommodityClassification' || !line || !isLine(line)) return;
    for (const value of identifiers(at, 'listID')) into.itemClassifications.push({ value, at });
  },
  'cac:PaymentMeans': (at, into) => {
    const account = child(at, 'cac:PayeeFinancialAccount');
    into.paymentMeans.push({
      value: {
        code: child(at, 'cbc:PaymentMeansCode')?.text,
        accountIds: account ? identifiers(child(account, 'cbc:ID')).map((id) => id.value) : null,
      },
      at,
    });
  },
  'cbc:PrimaryAccountNumberID': (at, into) => into.cardNumbers.push({ value: trimmed(at.text), at }),
  'cac:PayeeParty': (at, into) => {
    const value = partyOf(at);
    if (value) into.payees.push({ value, at });
  },
  'cac:TaxRepresentativeParty': (at, into) => {
    const value = partyOf(at);
    if (value) into.taxRepresentatives.push({ value, at });
  },
  'cac:PartyTaxScheme': (at, into) => {
    const id = child(at, 'cbc:CompanyID');
    if (isVat(at) && id) into.vatIdentifiers.push({ value: id.text, at });
  },
  'cbc:TaxPointDate': (at, into, parent) => {
    if (!parent.parent) into.taxPointDates.push(at);
  },
  'cbc:DescriptionCode': (at, into, parent) => {
    if (parent.name === 'cac:InvoicePeriod' && parent.parent?.parent === null) into.taxPointCodes.push(at);
  },
  'cbc:IdentificationCode': (at, into) => into.countries.push({ value: trimmed(at.text), at }),
};

function breakdownsAt(total: Element, into: Everywhere): Placed<VatBreakdown>[] {
  if (total.name !== 'cac:TaxTotal') return into.withheldBreakdowns;
  return total.parent?.parent ? into.nestedBreakdowns : into.breakdowns;
}

function gatherAllowanceCharge(at: Element, into: Everywhere, parent: Element): void {
  const charge = isCharge(at);
  if (charge === undefined) return;
  const value = allowanceChargeOf(at);
  if (!parent.parent) (charge ? into.documentCharges : into.documentAllowances).push({ value, at });
  else if (isLine(parent)) (charge ? into.lineCharges : into.lineAllowances).push({ value, at });
}

const AMOUNTS = [
  'Amount',
  'BaseAmount',
  'PriceAmount',
  'TaxAmount',
  'TaxableAmount',
  'LineExtensionAmount',
  'TaxExclusiveAmount',
  'TaxInclusiveAmount',
  'AllowanceTotalAmount',
  'ChargeTotalAmount',
  'PrepaidAmount',
  'PayableRoundingAmount',
  'PayableAmount',
];

const CODED: Readonly<Record<string, readonly CodePlace[]>> = {
  ...Object.fromEntries(
    AMOUNTS.map((name) => [`cbc:${name}`, [{ rule: 'BR-CL-03', attribute: 'currencyID' }]]),
  ),
  'cbc:InvoiceTypeCode': [{ rule: 'BR-CL-01' }],
  'cbc:CreditNoteTypeCode': [{ rule: 'BR-CL-01' }],
  'cbc:DocumentCurrencyCode': [{ rule: 'BR-CL-04' }],
  'cbc:TaxCurrencyCode': [{ rule: 'BR-CL-05' }],
  'cbc:DescriptionCode': [{ rule: 'BR-CL-06', parent: 'cac:InvoicePeriod' }],
  'cbc:ID': [
    { rule: objectScheme, attribute: 'schemeID' },
    { rule: partyScheme, parent: 'cac:PartyIdentification', attribute: 'schemeID' },
    { rule: 'BR-CL-17', parent: 'cac:TaxCategory' },
    { rule: 'BR-CL-18', parent: 'cac:ClassifiedTaxCategory' },
    { rule: 'BR-CL-21', parent: 'cac:StandardItemIdentification', attribute: 'schemeID' },
    { rule: 'BR-CL-26', parent: 'cac:DeliveryLocation', attribute: 'schemeID' },
  ],
  'cbc:Note': [{ rule: (_element, parent) => (parent.parent ? undefined : 'BR-CL-08') }],
  'cbc:CompanyID': [{ rule: 'BR-CL-11', parent: 'cac:PartyLegalEntity', attribute: 'schemeID' }],
  'cbc:ItemClassificationCode': [
    { rule: 'BR-CL-13', parent: 'cac:CommodityClassification', attribute: 'listID' },
  ],
  'cbc:IdentificationCode': [
    { rule: 'BR-CL-14', parent: 'cac:Country' },
    { rule: 'BR-CL-15', parent: 'cac:OriginCountry' },
  ],
  'cbc:PaymentMeansCode': [{ rule: 'BR-CL-16', parent: 'cac:PaymentMeans' }],
  'cbc:AllowanceChargeReasonCode': [{ rule: reason, parent: 'cac:AllowanceCharge' }],
  'cbc:TaxExemptionReasonCode': [{ rule: 'BR-CL-22' }],
  'cbc:InvoicedQuantity': [{ rule: 'BR-CL-23', attribute: 'unitCode' }],
  'cbc:CreditedQuantity': [{ rule: 'BR-CL-23', attribute: 'unitCode' }],
  'cbc:BaseQuantity': [{ rule: 'BR-CL-23', attribute: 'unitCode' }],
  'cbc:EmbeddedDocumentBinaryObject': [{ rule: 'BR-CL-24', attribute: 'mimeCode', asWritten: true }],
  'cbc:EndpointID': [{ rule: 'BR-CL-25', attribute: 'schemeID' }],
};

/** Only a document of type 130 is an invoiced object (BT-18, BT-128); other references may carry any scheme. */
function objectScheme(_element: Element, parent: Element): string | undefined {
  const isReference =
    parent.name === 'cac:AdditionalDocumentReference' || parent.name === 'cac:DocumentReference';
  return isReference && child(parent, 'cbc:DocumentTypeCode')?.text === '130' ? 'BR-CL-07' : undefined;
}

/** SEPA names a creditor (BT-90), which only a seller or a payee is. */
function partyScheme(element: Element): string | undefined {
  const sepa = trimmed(attribute(element, 'schemeID') ?? '') === 'SEPA';
  const creditor = within(element, 'cac:AccountingSupplierParty') || within(element, 'cac:PayeeParty');
  return sepa && creditor ? undefined : 'BR-CL-10';
}

function reason(_element: Element, parent: Element): string | undefined {
  const charge = indicator(text(parent, 'cbc:ChargeIndicator'));
  return charge === undefined ? undefined : charge ? 'BR-CL-20' : 'BR-CL-19';
}
