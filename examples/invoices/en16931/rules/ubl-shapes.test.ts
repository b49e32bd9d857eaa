import assert from 'node:assert/strict';
import { it } from 'node:test';
import { breakAll, keepAll, type Break } from '../testing/breaking.ts';
import { UBL } from '../testing/paths.ts';
import { add, attr, both, drop, n, put, twice, type Edit } from '../testing/tree.ts';
import { UBL_SHAPES } from './ubl-shapes.ts';

const cii = 'a rule of UBL';
const id = (value: string, scheme?: string) =>
  n('cbc:ID', value, scheme === undefined ? {} : { schemeID: scheme });
const party = (value: string, scheme?: string) => n('cac:PartyIdentification', [id(value, scheme)]);
const taxId = (scheme: string) =>
  n('cac:PartyTaxScheme', [n('cbc:CompanyID', 'DE1'), n('cac:TaxScheme', [n('cbc:ID', scheme)])]);
const document = (name: string) => both(add('', n(name, [id('1')])), add('', n(name, [id('2')])));
const more = (path: string, name: string): Edit => both(add(path, n(name, 'a')), add(path, n(name, 'b')));
/** Only one of them can name a card or a mandate. */
const twoMeans = both(
  drop(`${UBL.means}/cac:CardAccount`),
  drop(`${UBL.means}/cac:PaymentMandate`),
  twice(UBL.means),
);
const money = (name: string, amount: string) => n(name, amount, { currencyID: 'EUR' });

const CASES: readonly Break[] = [
  { rule: 'UBL-SR-01', ubl: document('cac:ContractDocumentReference'), cii },
  { rule: 'UBL-SR-02', ubl: document('cac:ReceiptDocumentReference'), cii },
  { rule: 'UBL-SR-03', ubl: document('cac:DespatchDocumentReference'), cii },
  { rule: 'UBL-SR-04', ubl: twice('cac:AdditionalDocumentReference'), cii },
  { rule: 'UBL-SR-05', ubl: both(add('', n('cac:PaymentTerms')), more('cac:PaymentTerms', 'cbc:Note')), cii },
  { rule: 'UBL-SR-06', ubl: twice('cac:BillingReference/cac:InvoiceDocumentReference'), cii },
  { rule: 'UBL-SR-07', ubl: drop('cac:BillingReference/cac:InvoiceDocumentReference'), cii },
  { rule: 'UBL-SR-08', ubl: twice('cac:InvoicePeriod'), cii },
  { rule: 'UBL-SR-09', ubl: twice(`${UBL.seller}/cac:PartyLegalEntity/cbc:RegistrationName`), cii },
  { rule: 'UBL-SR-10', ubl: twice(`${UBL.seller}/cac:PartyName`), cii },
  { rule: 'UBL-SR-11', ubl: twice(`${UBL.seller}/cac:PartyLegalEntity/cbc:CompanyID`), cii },
  { rule: 'UBL-SR-12', ubl: add(UBL.seller, taxId('vat')), cii },
  {
    rule: 'UBL-SR-13',
    ubl: both(
      drop(`${UBL.seller}/cac:PartyTaxScheme`),
      add(UBL.seller, taxId('FC')),
      add(UBL.seller, taxId('TAX')),
    ),
    cii,
  },
  { rule: 'UBL-SR-14', ubl: more(`${UBL.seller}/cac:PartyLegalEntity`, 'cbc:CompanyLegalForm'), cii },
  { rule: 'UBL-SR-15', ubl: twice(`${UBL.buyer}/cac:PartyLegalEntity/cbc:RegistrationName`), cii },
  { rule: 'UBL-SR-16', ubl: both(add(UBL.buyer, party('1')), add(UBL.buyer, party('2'))), cii },
  { rule: 'UBL-SR-17', ubl: more(`${UBL.buyer}/cac:PartyLegalEntity`, 'cbc:CompanyID'), cii },
  { rule: 'UBL-SR-18', ubl: add(UBL.buyer, taxId('VAT')), cii },
  {
    rule: 'UBL-SR-19',
    ubl: twice(`${UBL.payee}/cac:PartyName`),
    cii,
  },
  {
    rule: 'UBL-SR-19',
    ubl: put(`${UBL.payee}/cac:PartyName/cbc:Name`, 'Seller Ltd'),
    cii,
    also: { ubl: ['UBL-SR-20', 'UBL-SR-21'] },
    what: 'the name of the seller',
  },
  {
    rule: 'UBL-SR-20',
    ubl: both(add(UBL.payee, party('1', '0088')), add(UBL.payee, party('2', '0088'))),
    cii,
  },
  {
    rule: 'UBL-SR-20',
    ubl: both(add(UBL.payee, party('1')), add(UBL.payee, party('2'))),
    cii,
    what: 'identifiers without a scheme',
  },
  {
    rule: 'UBL-SR-21',
    ubl: both(
      add(UBL.payee, n('cac:PartyLegalEntity')),
      more(`${UBL.payee}/cac:PartyLegalEntity`, 'cbc:CompanyID'),
    ),
    cii,
  },
  { rule: 'UBL-SR-22', ubl: twice(`${UBL.representative}/cac:PartyName`), cii },
  { rule: 'UBL-SR-23', ubl: twice(`${UBL.representative}/cac:PartyTaxScheme`), cii },
  { rule: 'UBL-SR-24', ubl: twice('cac:Delivery'), cii },
  {
    rule: 'UBL-SR-25',
    ubl: both(
      add('cac:Delivery', n('cac:DeliveryParty', [n('cac:PartyName')])),
      more('cac:Delivery/cac:DeliveryParty/cac:PartyName', 'cbc:Name'),
    ),
    cii,
  },
  { rule: 'UBL-SR-26', ubl: more(UBL.means, 'cbc:PaymentID'), cii, also: { ubl: ['UBL-SR-44'] } },
  { rule: 'UBL-SR-27', ubl: twice(`${UBL.means}/cbc:PaymentMeansCode`), cii },
  { rule: 'UBL-SR-28', ubl: twice(`${UBL.means}/cac:PaymentMandate/cbc:ID`), cii },
  { rule: 'UBL-SR-29', ubl: add(UBL.seller, party('DE98ZZZ', 'SEPA')), cii },
  { rule: 'UBL-SR-30', ubl: twice(`${UBL.lineAllowance}/cbc:AllowanceChargeReason`), cii },
  { rule: 'UBL-SR-31', ubl: twice(`${UBL.charge}/cbc:AllowanceChargeReason`), cii },
  { rule: 'UBL-SR-32', ubl: more(`${UBL.subtotal}/cac:TaxCategory`, 'cbc:TaxExemptionReason'), cii },
  { rule: 'UBL-SR-33', ubl: more('cac:AdditionalDocumentReference[2]', 'cbc:DocumentDescription'), cii },
  { rule: 'UBL-SR-34', ubl: more(UBL.line, 'cbc:Note'), cii },
  {
    rule: 'UBL-SR-35',
    ubl: both(
      add(UBL.line, n('cac:OrderLineReference')),
      more(`${UBL.line}/cac:OrderLineReference`, 'cbc:LineID'),
    ),
    cii,
  },
  { rule: 'UBL-SR-36', ubl: twice(`${UBL.line}/cac:InvoicePeriod`), cii },
  { rule: 'UBL-SR-37', ubl: add(`${UBL.line}/cac:Price/cac:AllowanceCharge`, money('cbc:Amount', '1')), cii },
  { rule: 'UBL-SR-39', ubl: document('cac:ProjectReference'), cii },
  {
    rule: 'UBL-SR-40',
    ubl: both(add(UBL.buyer, n('cac:PartyName')), more(`${UBL.buyer}/cac:PartyName`, 'cbc:Name')),
    cii,
  },
  {
    rule: 'UBL-SR-42',
    ubl: both(add(UBL.seller, taxId('FC')), add(UBL.seller, taxId('TAX'))),
    cii,
    also: { ubl: ['UBL-SR-13'] },
  },
  {
    rule: 'UBL-SR-43',
    ubl: add('cac:AdditionalDocumentReference[2]', n('cbc:DocumentTypeCode', '916')),
    cii,
    what: 'a type',
  },
  {
    rule: 'UBL-SR-43',
    ubl: attr('cac:AdditionalDocumentReference[2]/cbc:ID', 'schemeID', 'ABT'),
    cii,
    what: 'a scheme',
  },
  {
    rule: 'UBL-SR-44',
    ubl: both(
      twoMeans,
      add('cac:PaymentMeans[1]', n('cbc:PaymentID', '1')),
      add('cac:PaymentMeans[2]', n('cbc:PaymentID', '2')),
    ),
    cii,
  },
  { rule: 'UBL-SR-45', ubl: more(UBL.means, 'cbc:PaymentDueDate'), cii },
  {
    rule: 'UBL-SR-46',
    ubl: both(attr(`${UBL.means}/cbc:PaymentMeansCode`, 'name', 'SEPA'), twoMeans),
    cii,
  },
  {
    rule: 'UBL-SR-47',
    ubl: both(twoMeans, put('cac:PaymentMeans[2]/cbc:PaymentMeansCode', '30')),
    cii,
  },
  { rule: 'UBL-SR-48', ubl: twice(`${UBL.item}/cac:ClassifiedTaxCategory`), cii },
  { rule: 'UBL-SR-49', ubl: more('cac:InvoicePeriod', 'cbc:DescriptionCode'), cii },
  { rule: 'UBL-SR-50', ubl: more(UBL.item, 'cbc:Description'), cii },
  { rule: 'UBL-SR-51', ubl: more(`${UBL.seller}/cac:PostalAddress`, 'cac:AddressLine'), cii },
  { rule: 'UBL-SR-52', ubl: more(UBL.line, 'cac:DocumentReference'), cii },
  { rule: 'UBL-SR-53', ubl: drop(`${UBL.buyer}/cac:PartyTaxScheme/cbc:CompanyID`), cii },
  { rule: 'UBL-SR-54', ubl: twice(`${UBL.means}/cac:CardAccount`), cii },
  { rule: 'UBL-SR-55', ubl: add(UBL.means, n('cac:PaymentMandate')), cii },
  { rule: 'UBL-SR-56', ubl: document('cac:OriginatorDocumentReference'), cii },
  { rule: 'UBL-CR-666', ubl: add('cac:AdditionalDocumentReference[1]', n('cac:Attachment')), cii },
  {
    rule: 'UBL-CR-673',
    ubl: add('cac:AdditionalDocumentReference[1]', n('cbc:DocumentDescription', 'x')),
    cii,
  },
  { rule: 'UBL-DT-01', ubl: put('cac:TaxTotal/cbc:TaxAmount', '38.000'), cii },
  { rule: 'UBL-DT-01', ubl: put('cac:TaxTotal/cbc:TaxAmount', '38.00 '), cii, what: 'a blank at the end' },
  {
    rule: 'UBL-DT-06',
    ubl: attr('cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject', 'mimeCode'),
    cii,
  },
  {
    rule: 'UBL-DT-07',
    ubl: attr('cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject', 'filename'),
    cii,
  },
];

breakAll('the binding to UBL', CASES);

keepAll('the binding to UBL: what is allowed', [
  {
    what: 'several means of payment that agree',
    ubl: both(add(UBL.means, n('cbc:PaymentID', '1')), twoMeans),
  },
  { what: 'a VAT identifier and a tax number', ubl: add(UBL.seller, taxId('FC')) },
  {
    what: 'a long discount of a price',
    ubl: put(`${UBL.line}/cac:Price/cac:AllowanceCharge/cbc:Amount`, '1.0000'),
  },
]);

it('has a case for each rule', () => {
  const covered = new Set(CASES.map((one) => one.rule));
  assert.deepEqual(
    UBL_SHAPES.map((shape) => shape.id).filter((rule) => !covered.has(rule)),
    [],
  );
});
