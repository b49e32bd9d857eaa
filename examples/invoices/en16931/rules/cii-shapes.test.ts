import assert from 'node:assert/strict';
import { it } from 'node:test';
import { breakAll, keepAll, type Break } from '../testing/breaking.ts';
import { CII } from '../testing/paths.ts';
import { add, attr, both, drop, n, put, twice, type Edit } from '../testing/tree.ts';
import { CII_SHAPES } from './cii-shapes.ts';

const ubl = 'a rule of CII';
const GUIDELINE = `${CII.context}/ram:GuidelineSpecifiedDocumentContextParameter`;
const ACCOUNT = `${CII.means}/ram:PayeePartyCreditorFinancialAccount`;
const REFERENCE = `${CII.agreement}/ram:AdditionalReferencedDocument[2]`;
const PERIOD = `${CII.settlement}/ram:BillingSpecifiedPeriod`;
const ADDRESS = `${CII.seller}/ram:PostalTradeAddress`;
const NET = `${CII.line}/ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice`;
const GROSS = `${CII.line}/ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice`;
const QUANTITY = `${CII.line}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`;
const date = (name: string) => n(name, [n('udt:DateString', '20260301', { format: '102' })]);

const holding = (path: string, entries: readonly (readonly [string, string])[]): Break[] =>
  entries.map(([rule, name]) => ({ rule, ubl, cii: add(path, n(name, 'x')) }));
const attributes = (path: string, entries: readonly (readonly [string, string])[]): Break[] =>
  entries.map(([rule, name]) => ({ rule, ubl, cii: attr(path, name, 'x') }));
const more = (path: string, name: string): Edit => both(add(path, n(name, '1')), add(path, n(name, '1')));
const totals = (entries: readonly (readonly [string, string])[]): Break[] =>
  entries.map(([rule, name]) => ({
    rule,
    ubl,
    cii: more(CII.totals, name),
  }));
const contact = (path: string): Edit =>
  both(add(path, n('ram:DefinedTradeContact')), add(path, n('ram:DefinedTradeContact')));

const CASES: readonly Break[] = [
  { rule: 'CII-SR-009', ubl, cii: add(CII.context, n('ram:GuidelineSpecifiedDocumentContextParameter')) },
  { rule: 'CII-SR-010', ubl, cii: twice(`${GUIDELINE}/ram:ID`) },
  { rule: 'CII-SR-014', ubl, cii: twice(`${CII.document}/ram:TypeCode`) },
  { rule: 'CII-SR-046', ubl, cii: attr(`${CII.product}/ram:GlobalID`, 'schemeID') },
  {
    rule: 'CII-SR-069',
    ubl,
    cii: twice(`${CII.product}/ram:ApplicableProductCharacteristic/ram:Description`),
  },
  { rule: 'CII-SR-072', ubl, cii: drop(`${CII.product}/ram:ApplicableProductCharacteristic/ram:Value`) },
  { rule: 'CII-SR-090', ubl, cii: drop(`${CII.product}/ram:OriginTradeCountry/ram:ID`) },
  { rule: 'CII-SR-439', ubl, cii: drop(`${NET}/ram:ChargeAmount`) },
  {
    rule: 'CII-SR-440',
    ubl,
    cii: add(
      GROSS,
      n('ram:AppliedTradeAllowanceCharge', [n('ram:ActualAmount', '1'), n('ram:ActualAmount', '1')]),
    ),
  },
  { rule: 'CII-SR-441', ubl, cii: twice(`${NET}/ram:ChargeAmount`), also: { cii: ['CII-SR-439'] } },
  { rule: 'CII-SR-455', ubl, cii: contact(CII.seller) },
  { rule: 'CII-SR-456', ubl, cii: contact(CII.buyer) },
  { rule: 'CII-SR-459', ubl, cii: twice(`${CII.seller}/ram:URIUniversalCommunication`) },
  { rule: 'CII-SR-460', ubl, cii: twice(`${CII.buyer}/ram:URIUniversalCommunication`) },
  {
    rule: 'CII-SR-461',
    ubl,
    cii: both(add(CII.tax, date('ram:TaxPointDate')), add(CII.tax, date('ram:TaxPointDate'))),
  },
  {
    rule: 'CII-SR-462',
    ubl,
    cii: both(add(CII.tax, n('ram:DueDateTypeCode', '5')), add(CII.tax, n('ram:DueDateTypeCode', '29'))),
  },
  {
    rule: 'CII-SR-462',
    ubl,
    cii: both(
      add(CII.tax, n('ram:DueDateTypeCode', '5')),
      add(`${CII.lineSettlement}/ram:ApplicableTradeTax`, n('ram:DueDateTypeCode', '29')),
    ),
    what: 'another on a line',
  },
  { rule: 'CII-SR-463', ubl, cii: drop(`${CII.lineCharge}/ram:ChargeIndicator`) },
  {
    rule: 'CII-SR-467',
    ubl,
    cii: both(twice(CII.means), put(`${CII.means}[2]/ram:TypeCode`, '30')),
  },
  {
    rule: 'CII-SR-468',
    ubl,
    cii: both(
      twice(CII.means),
      add(`${CII.means}[1]`, n('ram:Information', 'by transfer')),
      add(`${CII.means}[2]`, n('ram:Information', 'by hand')),
    ),
  },
  { rule: 'CII-SR-469', ubl, cii: more(CII.settlement, 'ram:PaymentReference') },
  { rule: 'CII-SR-470', ubl, cii: drop(ACCOUNT), what: 'no account' },
  { rule: 'CII-SR-470', ubl, cii: drop(`${ACCOUNT}/ram:IBANID`), what: 'no identifier of it' },
  { rule: 'CII-SR-471', ubl, cii: more(CII.lineAllowance, 'ram:RateApplicablePercent') },
  { rule: 'CII-SR-472', ubl, cii: twice(`${CII.allowance}/ram:CategoryTradeTax`) },
  { rule: 'CII-SR-473', ubl, cii: twice(`${CII.lineCharge}/ram:ActualAmount`) },
  ...totals([
    ['CII-SR-477', 'ram:LineTotalAmount'],
    ['CII-SR-478', 'ram:ChargeTotalAmount'],
    ['CII-SR-479', 'ram:AllowanceTotalAmount'],
    ['CII-SR-480', 'ram:TaxBasisTotalAmount'],
    ['CII-SR-481', 'ram:RoundingAmount'],
    ['CII-SR-482', 'ram:GrandTotalAmount'],
    ['CII-SR-483', 'ram:InformationAmount'],
    ['CII-SR-484', 'ram:TotalPrepaidAmount'],
    ['CII-SR-485', 'ram:TotalDiscountAmount'],
    ['CII-SR-486', 'ram:TotalAllowanceChargeAmount'],
    ['CII-SR-487', 'ram:DuePayableAmount'],
    ['CII-SR-488', 'ram:RetailValueExcludingTaxInformationAmount'],
    ['CII-SR-489', 'ram:TotalDepositFeeInformationAmount'],
    ['CII-SR-490', 'ram:ProductValueExcludingTobaccoTaxInformationAmount'],
    ['CII-SR-491', 'ram:TotalRetailValueInformationAmount'],
    ['CII-SR-492', 'ram:GrossLineTotalAmount'],
    ['CII-SR-493', 'ram:NetLineTotalAmount'],
    ['CII-SR-494', 'ram:NetIncludingTaxesLineTotalAmount'],
  ]),
  ...attributes(`${CII.document}/ram:ID`, [
    ['CII-DT-001', 'schemeName'],
    ['CII-DT-002', 'schemeAgencyName'],
    ['CII-DT-003', 'schemeDataURI'],
    ['CII-DT-004', 'schemeURI'],
    ['CII-DT-005', 'schemeID'],
    ['CII-DT-006', 'schemeAgencyID'],
    ['CII-DT-007', 'schemeVersionID'],
  ]),
  ...attributes(`${CII.seller}/ram:GlobalID`, [
    ['CII-DT-101', 'schemeName'],
    ['CII-DT-102', 'schemeAgencyName'],
    ['CII-DT-103', 'schemeDataURI'],
    ['CII-DT-104', 'schemeURI'],
  ]),
  ...attributes(`${CII.means}/ram:TypeCode`, [
    ['CII-DT-008', 'name'],
    ['CII-DT-009', 'listURI'],
  ]),
  { rule: 'CII-DT-013', ubl, cii: (document) => void (document.attributes['languageID'] = 'en') },
  { rule: 'CII-DT-014', ubl, cii: (document) => void (document.attributes['languageLocaleID'] = 'en') },
  { rule: 'CII-DT-015', ubl, cii: add(REFERENCE, n('ram:URIID', 'x')) },
  { rule: 'CII-DT-018', ubl, cii: put(`${REFERENCE}/ram:TypeCode`, '380'), also: { cii: ['CII-DT-024'] } },
  {
    rule: 'CII-DT-018',
    ubl,
    cii: add(`${CII.settlement}/ram:InvoiceReferencedDocument`, n('ram:TypeCode', '130')),
    what: 'on a preceding invoice',
  },
  { rule: 'CII-DT-022', ubl, cii: add(REFERENCE, n('ram:AttachmentBinaryObject', 'x')) },
  {
    rule: 'CII-DT-024',
    ubl,
    cii: add(`${CII.agreement}/ram:AdditionalReferencedDocument[1]`, n('ram:ReferenceTypeCode', 'ABT')),
  },
  ...holding(REFERENCE, [
    ['CII-DT-016', 'ram:StatusCode'],
    ['CII-DT-017', 'ram:CopyIndicator'],
    ['CII-DT-019', 'ram:GlobalID'],
    ['CII-DT-020', 'ram:RevisionID'],
    ['CII-DT-021', 'ram:Name'],
    ['CII-DT-023', 'ram:Information'],
    ['CII-DT-025', 'ram:SectionName'],
    ['CII-DT-026', 'ram:PreviousRevisionID'],
    ['CII-DT-027', 'ram:FormattedIssueDateTime'],
    ['CII-DT-028', 'ram:EffectiveSpecifiedPeriod'],
    ['CII-DT-029', 'ram:IssuerTradeParty'],
    ['CII-DT-030', 'ram:AttachedSpecifiedBinaryFile'],
  ]),
  ...attributes(`${CII.totals}/ram:LineTotalAmount`, [
    ['CII-DT-031', 'currencyID'],
    ['CII-DT-032', 'currencyCodeListVersionID'],
  ]),
  {
    rule: 'CII-DT-033',
    ubl,
    cii: both(
      attr(`${CII.lines}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`, 'unitCode'),
      add(NET, n('ram:BasisQuantity', '1', { unitCode: 'C62' })),
    ),
  },
  ...attributes(QUANTITY, [
    ['CII-DT-034', 'unitCodeListID'],
    ['CII-DT-035', 'unitCodeListAgencyID'],
    ['CII-DT-036', 'unitCodeListAgencyName'],
  ]),
  { rule: 'CII-DT-037', ubl, cii: put(`${CII.tax}/ram:TypeCode`, 'vat') },
  { rule: 'CII-DT-037', ubl, cii: put(`${CII.tax}/ram:TypeCode`, 'VAT '), what: 'a blank at the end' },
  { rule: 'CII-DT-068', ubl, cii: add(`${PERIOD}/ram:StartDateTime`, n('udt:DateTime', 'x')) },
  { rule: 'CII-DT-072', ubl, cii: add(`${PERIOD}/ram:EndDateTime`, n('udt:DateTime', 'x')) },
  ...holding(PERIOD, [
    ['CII-DT-069', 'ram:DurationMeasure'],
    ['CII-DT-070', 'ram:InclusiveIndicator'],
    ['CII-DT-071', 'ram:Description'],
    ['CII-DT-073', 'ram:CompleteDateTime'],
    ['CII-DT-074', 'ram:OpenIndicator'],
    ['CII-DT-075', 'ram:SeasonCode'],
    ['CII-DT-076', 'ram:ID'],
    ['CII-DT-077', 'ram:Name'],
    ['CII-DT-078', 'ram:SequenceNumeric'],
    ['CII-DT-079', 'ram:StartDateFlexibilityCode'],
    ['CII-DT-080', 'ram:ContinuousIndicator'],
    ['CII-DT-081', 'ram:PurposeCode'],
  ]),
  ...holding(ADDRESS, [
    ['CII-DT-082', 'ram:ID'],
    ['CII-DT-083', 'ram:PostOfficeBox'],
    ['CII-DT-084', 'ram:BuildingName'],
    ['CII-DT-086', 'ram:LineFour'],
    ['CII-DT-087', 'ram:LineFive'],
    ['CII-DT-088', 'ram:StreetName'],
    ['CII-DT-089', 'ram:CitySubDivisionName'],
    ['CII-DT-090', 'ram:CountryName'],
    ['CII-DT-091', 'ram:CountrySubDivisionID'],
    ['CII-DT-092', 'ram:AttentionOf'],
    ['CII-DT-093', 'ram:CareOf'],
    ['CII-DT-094', 'ram:BuildingNumber'],
    ['CII-DT-095', 'ram:DepartmentName'],
    ['CII-DT-096', 'ram:AdditionalStreetName'],
  ]),
  { rule: 'CII-DT-097', ubl, cii: put(`${CII.document}/ram:IssueDateTime/udt:DateTimeString`, '2026-03-01') },
];

breakAll('the binding to CII', CASES);

keepAll('the binding to CII: what is allowed', [
  {
    what: 'the day of a preceding invoice',
    cii: add(`${CII.settlement}/ram:InvoiceReferencedDocument`, n('ram:FormattedIssueDateTime')),
  },
  {
    what: 'the address of an attachment',
    cii: add(`${CII.agreement}/ram:AdditionalReferencedDocument[1]`, n('ram:URIID', 'x')),
  },
  {
    what: 'several means of payment that agree, whatever the white space',
    cii: both(
      add(CII.means, n('ram:Information', 'by  transfer')),
      twice(CII.means),
      put(`${CII.means}[2]/ram:TypeCode`, ' 58\n'),
      put(`${CII.means}[2]/ram:Information`, ' by transfer '),
    ),
  },
  {
    what: 'no account without a credit transfer',
    cii: both(drop(ACCOUNT), put(`${CII.means}/ram:TypeCode`, '48')),
  },
  { what: 'a unit of a price', cii: add(NET, n('ram:BasisQuantity', '1', { unitCode: 'C62' })) },
]);

it('has a case for each rule', () => {
  const covered = new Set(CASES.map((one) => one.rule));
  assert.deepEqual(
    CII_SHAPES.map((shape) => shape.id).filter((rule) => !covered.has(rule)),
    [],
  );
});
