/** UBL-SR, UBL-DT and UBL-CR: the fatal rules of the binding of EN 16931 to UBL 2.1. */
import { decimalsWritten } from '../decimal.ts';
import { at, attribute, child, everywhere, text, trimmed, within } from '../navigate.ts';
import type { Element } from '../xml.ts';
import { atMostOnce, shapesOf, type Shape } from './shape.ts';

const ROOT = (name: string) => name === 'ubl:Invoice' || name === 'cn:CreditNote';
const LINE = (name: string) => name === 'cac:InvoiceLine' || name === 'cac:CreditNoteLine';
const ADDRESS = (name: string) => name === 'cac:PostalAddress' || name === 'cac:Address';
const DOCUMENT = 'cac:AdditionalDocumentReference';
const SELLER = ['cac:AccountingSupplierParty', 'cac:Party'] as const;
const BUYER = ['cac:AccountingCustomerParty', 'cac:Party'] as const;
const NAME = ['cac:PartyName', 'cbc:Name'] as const;
const LEGAL = 'cac:PartyLegalEntity';

const DOCUMENT_SHAPES: readonly Shape[] = [
  atMostOnce('UBL-SR-01', ROOT, 'The contract identifier (BT-12)', 'cac:ContractDocumentReference', 'cbc:ID'),
  atMostOnce(
    'UBL-SR-02',
    ROOT,
    'The receiving advice identifier (BT-15)',
    'cac:ReceiptDocumentReference',
    'cbc:ID',
  ),
  atMostOnce(
    'UBL-SR-03',
    ROOT,
    'The despatch advice identifier (BT-16)',
    'cac:DespatchDocumentReference',
    'cbc:ID',
  ),
  shape(
    'UBL-SR-04',
    ROOT,
    'The invoiced object (BT-18) occurs at most once.',
    (root) => at(root, DOCUMENT).filter(isObject).length <= 1,
  ),
  atMostOnce('UBL-SR-05', ROOT, 'The text of the payment terms (BT-20)', 'cac:PaymentTerms', 'cbc:Note'),
  atMostOnce('UBL-SR-08', ROOT, 'The invoicing period (BG-14)', 'cac:InvoicePeriod'),
  atMostOnce('UBL-SR-09', ROOT, 'The seller name (BT-27)', ...SELLER, LEGAL, 'cbc:RegistrationName'),
  atMostOnce('UBL-SR-10', ROOT, 'The trading name of the seller (BT-28)', ...SELLER, ...NAME),
  atMostOnce(
    'UBL-SR-11',
    ROOT,
    'The legal registration of the seller (BT-30)',
    ...SELLER,
    LEGAL,
    'cbc:CompanyID',
  ),
  shape(
    'UBL-SR-12',
    ROOT,
    'The VAT identifier of the seller (BT-31) occurs at most once.',
    (root) => taxIds(root, SELLER, true) <= 1,
  ),
  shape(
    'UBL-SR-13',
    ROOT,
    'The tax registration of the seller (BT-32) occurs at most once.',
    (root) => taxIds(root, SELLER, false) <= 1,
  ),
  atMostOnce(
    'UBL-SR-14',
    ROOT,
    'The legal form of the seller (BT-33)',
    ...SELLER,
    LEGAL,
    'cbc:CompanyLegalForm',
  ),
  atMostOnce('UBL-SR-15', ROOT, 'The buyer name (BT-44)', ...BUYER, LEGAL, 'cbc:RegistrationName'),
  atMostOnce(
    'UBL-SR-16',
    ROOT,
    'The buyer identifier (BT-46)',
    ...BUYER,
    'cac:PartyIdentification',
    'cbc:ID',
  ),
  atMostOnce(
    'UBL-SR-17',
    ROOT,
    'The legal registration of the buyer (BT-47)',
    ...BUYER,
    LEGAL,
    'cbc:CompanyID',
  ),
  shape(
    'UBL-SR-18',
    ROOT,
    'The VAT identifier of the buyer (BT-48) occurs at most once.',
    (root) => taxIds(root, BUYER, true) <= 1,
  ),
  atMostOnce('UBL-SR-24', ROOT, 'The delivery information (BG-13)', 'cac:Delivery'),
  shape(
    'UBL-SR-29',
    ROOT,
    'The bank assigned creditor identifier (BT-90) occurs at most once.',
    (root) => everywhere(root, 'cbc:ID').filter(isCreditor).length <= 1,
  ),
  atMostOnce('UBL-SR-39', ROOT, 'The project reference (BT-11)', 'cac:ProjectReference', 'cbc:ID'),
  atMostOnce('UBL-SR-40', ROOT, 'The trading name of the buyer (BT-45)', ...BUYER, ...NAME),
  shape(
    'UBL-SR-44',
    ROOT,
    'All means of payment carry the same remittance information (BT-83).',
    (root) => differentTexts(root, 'cbc:PaymentID') <= 1,
  ),
  atMostOnce('UBL-SR-45', ROOT, 'The payment due date (BT-9)', 'cac:PaymentMeans', 'cbc:PaymentDueDate'),
  shape(
    'UBL-SR-46',
    ROOT,
    'The text of the means of payment (BT-82) occurs at most once.',
    (root) =>
      at(root, 'cac:PaymentMeans', 'cbc:PaymentMeansCode').filter((code) => code.attributes.has('name'))
        .length <= 1,
  ),
  shape(
    'UBL-SR-47',
    ROOT,
    'All means of payment have the same code (BT-81).',
    (root) => differentTexts(root, 'cbc:PaymentMeansCode') <= 1,
  ),
  atMostOnce(
    'UBL-SR-49',
    ROOT,
    'The code of the VAT point (BT-8)',
    'cac:InvoicePeriod',
    'cbc:DescriptionCode',
  ),
  atMostOnce('UBL-SR-54', ROOT, 'The payment card (BG-18)', 'cac:PaymentMeans', 'cac:CardAccount'),
  atMostOnce('UBL-SR-55', ROOT, 'The payment mandate (BG-19)', 'cac:PaymentMeans', 'cac:PaymentMandate'),
  atMostOnce('UBL-SR-56', ROOT, 'The tender or lot (BT-17)', 'cac:OriginatorDocumentReference', 'cbc:ID'),
  shape(
    'UBL-CR-666',
    DOCUMENT,
    'An invoiced object (BT-18) has no attachment.',
    (document) => !isObject(document) || !child(document, 'cac:Attachment'),
  ),
  shape(
    'UBL-CR-673',
    DOCUMENT,
    'An invoiced object (BT-18) has no description.',
    (document) => !isObject(document) || !child(document, 'cbc:DocumentDescription'),
  ),
];

const PART_SHAPES: readonly Shape[] = [
  atMostOnce(
    'UBL-SR-06',
    'cac:BillingReference',
    'The invoice of a preceding invoice reference',
    'cac:InvoiceDocumentReference',
  ),
  shape(
    'UBL-SR-07',
    'cac:BillingReference',
    'A preceding invoice reference names the number of the invoice.',
    (one) => child(one, 'cac:InvoiceDocumentReference', 'cbc:ID') !== undefined,
  ),
  shape(
    'UBL-SR-19',
    'cac:PayeeParty',
    'The payee has one name (BT-59), other than the seller.',
    (payee) => at(payee, ...NAME).length <= 1 && isOther(payee),
  ),
  shape(
    'UBL-SR-20',
    'cac:PayeeParty',
    'The payee, other than the seller, has one identifier (BT-60) at most.',
    (payee) =>
      at(payee, 'cac:PartyIdentification', 'cbc:ID').filter(isOfOtherScheme).length <= 1 && isOther(payee),
  ),
  shape(
    'UBL-SR-21',
    'cac:PayeeParty',
    'The payee, other than the seller, has one legal registration (BT-61) at most.',
    (payee) => at(payee, LEGAL, 'cbc:CompanyID').length <= 1 && isOther(payee),
  ),
  atMostOnce(
    'UBL-SR-22',
    'cac:TaxRepresentativeParty',
    'The name of the tax representative (BT-62)',
    ...NAME,
  ),
  atMostOnce(
    'UBL-SR-23',
    'cac:TaxRepresentativeParty',
    'The VAT identifier of the tax representative (BT-63)',
    'cac:PartyTaxScheme',
    'cbc:CompanyID',
  ),
  atMostOnce(
    'UBL-SR-25',
    'cac:Delivery',
    'The name of the party delivered to (BT-70)',
    'cac:DeliveryParty',
    ...NAME,
  ),
  atMostOnce('UBL-SR-26', 'cac:PaymentMeans', 'The remittance information (BT-83)', 'cbc:PaymentID'),
  atMostOnce('UBL-SR-27', 'cac:PaymentMeans', 'The means of payment (BT-81)', 'cbc:PaymentMeansCode'),
  atMostOnce(
    'UBL-SR-28',
    'cac:PaymentMeans',
    'The mandate reference (BT-89)',
    'cac:PaymentMandate',
    'cbc:ID',
  ),
  shape(
    'UBL-SR-30',
    'cac:AllowanceCharge',
    'An allowance has one reason (BT-97, BT-139) at most.',
    (part) => charge(part) !== false || at(part, 'cbc:AllowanceChargeReason').length <= 1,
  ),
  shape(
    'UBL-SR-31',
    'cac:AllowanceCharge',
    'A charge has one reason (BT-104, BT-144) at most.',
    (part) => charge(part) !== true || at(part, 'cbc:AllowanceChargeReason').length <= 1,
  ),
  atMostOnce(
    'UBL-SR-32',
    'cac:TaxSubtotal',
    'The reason of a VAT exemption (BT-120)',
    'cac:TaxCategory',
    'cbc:TaxExemptionReason',
  ),
  atMostOnce(
    'UBL-SR-33',
    DOCUMENT,
    'The description of a supporting document (BT-123)',
    'cbc:DocumentDescription',
  ),
  atMostOnce('UBL-SR-34', LINE, 'The note of a line (BT-127)', 'cbc:Note'),
  atMostOnce('UBL-SR-35', LINE, 'The order line of a line (BT-132)', 'cac:OrderLineReference', 'cbc:LineID'),
  atMostOnce('UBL-SR-36', LINE, 'The period of a line (BG-26)', 'cac:InvoicePeriod'),
  atMostOnce(
    'UBL-SR-37',
    LINE,
    'The discount of an item price (BT-147)',
    'cac:Price',
    'cac:AllowanceCharge',
    'cbc:Amount',
  ),
  shape(
    'UBL-SR-42',
    'cac:Party',
    'The seller has two tax registrations at most.',
    (party) => party.parent?.name !== SELLER[0] || at(party, 'cac:PartyTaxScheme').length <= 2,
  ),
  shape(
    'UBL-SR-43',
    DOCUMENT,
    'Only an invoiced object (type 130, in a credit note also 50) has a type or a scheme.',
    isPlain,
  ),
  shape(
    'UBL-SR-48',
    LINE,
    'A line has exactly one VAT category (BT-151).',
    (line) => at(line, 'cac:Item', 'cac:ClassifiedTaxCategory').length === 1,
  ),
  atMostOnce('UBL-SR-50', LINE, 'The description of an item (BT-154)', 'cac:Item', 'cbc:Description'),
  atMostOnce('UBL-SR-51', ADDRESS, 'The third line of an address', 'cac:AddressLine'),
  atMostOnce('UBL-SR-52', LINE, 'The object of a line (BT-128)', 'cac:DocumentReference'),
  shape(
    'UBL-SR-53',
    'cac:PartyTaxScheme',
    'A tax registration has a scheme and an identifier.',
    (one) => child(one, 'cac:TaxScheme', 'cbc:ID') !== undefined && child(one, 'cbc:CompanyID') !== undefined,
  ),
  shape(
    'UBL-DT-01',
    (name) => name.endsWith('Amount') && !name.endsWith('PriceAmount'),
    'An amount has at most two decimals.',
    (amount) => decimalsWritten(amount.text) <= 2 || isPriceDiscount(amount),
  ),
  shape('UBL-DT-06', isBinary, 'An attachment names its media type.', (object) =>
    object.attributes.has('mimeCode'),
  ),
  shape('UBL-DT-07', isBinary, 'An attachment has a file name.', (object) =>
    object.attributes.has('filename'),
  ),
];

export const UBL_SHAPES: readonly Shape[] = [...DOCUMENT_SHAPES, ...PART_SHAPES];
export const ublShapes = shapesOf(UBL_SHAPES);

function shape(id: string, on: Shape['on'], message: string, holds: (element: Element) => boolean): Shape {
  return { id, message, on, holds };
}

function isBinary(name: string): boolean {
  return name.endsWith('BinaryObject');
}

function isObject(document: Element): boolean {
  return text(document, 'cbc:DocumentTypeCode') === '130';
}

function isPlain(document: Element): boolean {
  const type = text(document, 'cbc:DocumentTypeCode');
  if (type === '130' || (type === '50' && within(document, 'cn:CreditNote'))) return true;
  return type === undefined && attribute(child(document, 'cbc:ID'), 'schemeID') === undefined;
}

function isPriceDiscount(amount: Element): boolean {
  for (let one = amount.parent; one; one = one.parent) {
    if (one.name === 'cac:AllowanceCharge' && one.parent?.name === 'cac:Price') return true;
  }
  return false;
}

function taxIds(root: Element, party: readonly string[], vat: boolean): number {
  return at(root, ...party, 'cac:PartyTaxScheme').filter((one) => {
    const scheme = text(one, 'cac:TaxScheme', 'cbc:ID')?.toUpperCase();
    return scheme !== undefined && (scheme === 'VAT') === vat && child(one, 'cbc:CompanyID') !== undefined;
  }).length;
}

function isCreditor(id: Element): boolean {
  return id.parent?.name === 'cac:PartyIdentification' && attribute(id, 'schemeID')?.toUpperCase() === 'SEPA';
}

/** The identifier of a creditor (BT-90) is another than that of the payee (BT-60). */
function isOfOtherScheme(id: Element): boolean {
  return attribute(id, 'schemeID')?.toUpperCase() !== 'SEPA';
}

/** A payee without a name is not another than the seller, and neither is one beside a seller without a name. */
function isOther(payee: Element): boolean {
  const names = at(payee, ...NAME).map(textOf);
  if (names.length === 0 || !payee.parent) return false;
  const sellers = sellerNames(payee.parent);
  return sellers.size > 0 && names.some((name) => sellers.size > 1 || !sellers.has(name));
}

/** Found once for a document, however many payees it has. */
function sellerNames(root: Element): ReadonlySet<string> {
  let names = sellersOfRoots.get(root);
  if (!names) {
    names = new Set(at(root, ...SELLER, LEGAL, 'cbc:RegistrationName').map(textOf));
    sellersOfRoots.set(root, names);
  }
  return names;
}

const sellersOfRoots = new WeakMap<Element, ReadonlySet<string>>();

function textOf(element: Element): string {
  return trimmed(element.text);
}

function charge(part: Element): boolean | undefined {
  const written = text(part, 'cbc:ChargeIndicator');
  return written === 'true' || written === '1'
    ? true
    : written === 'false' || written === '0'
      ? false
      : undefined;
}

function differentTexts(root: Element, name: string): number {
  return new Set(everywhere(root, name).map((element) => element.text)).size;
}
