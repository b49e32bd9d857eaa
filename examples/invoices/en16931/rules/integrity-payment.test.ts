import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readInvoice } from '../index.ts';
import { breakAll, keepAll } from '../testing/breaking.ts';
import { ciiInvoice } from '../testing/cii-document.ts';
import { CII, UBL } from '../testing/paths.ts';
import { add, attr, both, bytesOf, drop, n, put } from '../testing/tree.ts';

const inCurrency = (amount: string, currency: string) => n('cbc:TaxAmount', amount, { currencyID: currency });

it('leaves a credit transfer of CII without an account to a rule of the binding', () => {
  const document = ciiInvoice();
  drop(`${CII.means}/ram:PayeePartyCreditorFinancialAccount`)(document);
  const { broken } = readInvoice(bytesOf(document));
  assert.deepEqual(
    broken.map((finding) => finding.rule),
    ['CII-SR-470'],
  );
});

breakAll('BR-49 to BR-65: payment, references, identifiers', [
  {
    rule: 'BR-49',
    ubl: drop(`${UBL.means}/cbc:PaymentMeansCode`),
    cii: drop(`${CII.means}/ram:TypeCode`),
  },
  {
    rule: 'BR-50',
    ubl: put(`${UBL.means}/cac:PayeeFinancialAccount/cbc:ID`, ''),
    cii: drop(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`),
    also: { cii: ['BR-61'] },
  },
  {
    rule: 'BR-50',
    ubl: put(`${UBL.means}/cac:PayeeFinancialAccount/cbc:ID`, ' '),
    cii: put(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`, ' '),
    what: 'an empty account',
  },
  {
    rule: 'BR-51',
    ubl: 'a warning only',
    cii: put(`${CII.means}/ram:ApplicableTradeSettlementFinancialCard/ram:ID`, '12345678901'),
  },
  {
    rule: 'BR-52',
    ubl: put('cac:AdditionalDocumentReference[2]/cbc:ID', ' '),
    cii: drop(`${CII.agreement}/ram:AdditionalReferencedDocument[1]/ram:IssuerAssignedID`),
  },
  {
    rule: 'BR-53',
    ubl: add('', n('cbc:TaxCurrencyCode', 'SEK')),
    cii: add(CII.settlement, n('ram:TaxCurrencyCode', 'SEK')),
    also: { cii: ['BR-DEC-15'] },
  },
  {
    rule: 'BR-53',
    ubl: 'UBL allows the accounting currency to be the invoice currency',
    cii: add(CII.settlement, n('ram:TaxCurrencyCode', 'EUR')),
    what: 'the invoice currency again',
  },
  {
    rule: 'BR-53',
    ubl: both(
      add('', n('cbc:TaxCurrencyCode', 'SEK ')),
      add('', n('cac:TaxTotal', [inCurrency('380.00', 'SEK')])),
    ),
    cii: both(
      add(CII.settlement, n('ram:TaxCurrencyCode', 'SEK ')),
      add(CII.totals, n('ram:TaxTotalAmount', '380.00', { currencyID: 'SEK' })),
    ),
    also: { cii: ['BR-DEC-15'] },
    what: 'a blank after the accounting currency',
  },
  {
    rule: 'BR-54',
    ubl: drop(`${UBL.item}/cac:AdditionalItemProperty/cbc:Value`),
    cii: drop(`${CII.product}/ram:ApplicableProductCharacteristic/ram:Description`),
  },
  {
    rule: 'BR-55',
    ubl: drop('cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID'),
    cii: put(`${CII.settlement}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID`, ''),
  },
  {
    rule: 'BR-56',
    ubl: drop(`${UBL.representative}/cac:PartyTaxScheme`),
    cii: drop(`${CII.representative}/ram:SpecifiedTaxRegistration`),
  },
  {
    rule: 'BR-57',
    ubl: drop('cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country'),
    cii: drop(`${CII.delivery}/ram:ShipToTradeParty/ram:PostalTradeAddress/ram:CountryID`),
  },
  {
    rule: 'BR-61',
    ubl: both(drop(`${UBL.means}/cac:PayeeFinancialAccount`), put(`${UBL.means}/cbc:PaymentMeansCode`, '30')),
    cii: drop(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`),
    also: { cii: ['BR-50'] },
  },
  {
    rule: 'BR-62',
    ubl: attr(`${UBL.seller}/cbc:EndpointID`, 'schemeID'),
    cii: attr(`${CII.seller}/ram:URIUniversalCommunication/ram:URIID`, 'schemeID'),
  },
  {
    rule: 'BR-62',
    ubl: 'an address is one element',
    cii: drop(`${CII.seller}/ram:URIUniversalCommunication/ram:URIID`),
    what: 'no address in it',
  },
  {
    rule: 'BR-63',
    ubl: attr(`${UBL.buyer}/cbc:EndpointID`, 'schemeID'),
    cii: attr(`${CII.buyer}/ram:URIUniversalCommunication/ram:URIID`, 'schemeID'),
  },
  {
    rule: 'BR-63',
    ubl: 'an address is one element',
    cii: drop(`${CII.buyer}/ram:URIUniversalCommunication/ram:URIID`),
    what: 'no address in it',
  },
  {
    rule: 'BR-64',
    ubl: attr(`${UBL.item}/cac:StandardItemIdentification/cbc:ID`, 'schemeID'),
    cii: attr(`${CII.product}/ram:GlobalID`, 'schemeID'),
  },
  {
    rule: 'BR-65',
    ubl: attr(`${UBL.item}/cac:CommodityClassification/cbc:ItemClassificationCode`, 'listID'),
    cii: attr(`${CII.product}/ram:DesignatedProductClassification/ram:ClassCode`, 'listID'),
  },
]);

keepAll('BR: what is allowed', [
  {
    what: 'a card number of ten digits',
    ubl: put(`${UBL.means}/cac:CardAccount/cbc:PrimaryAccountNumberID`, '1234567890'),
  },
  {
    what: 'a whole card number, which UBL only warns about',
    ubl: put(`${UBL.means}/cac:CardAccount/cbc:PrimaryAccountNumberID`, '4111111111111111'),
  },
  {
    what: 'no account without a credit transfer',
    ubl: both(drop(`${UBL.means}/cac:PayeeFinancialAccount`), put(`${UBL.means}/cbc:PaymentMeansCode`, '48')),
  },
  {
    what: 'a proprietary account',
    cii: both(
      drop(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`),
      add(`${CII.means}/ram:PayeePartyCreditorFinancialAccount`, n('ram:ProprietaryID', '12345')),
    ),
  },
  {
    what: 'a proprietary account beside an empty IBAN',
    cii: both(
      put(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`, ''),
      add(`${CII.means}/ram:PayeePartyCreditorFinancialAccount`, n('ram:ProprietaryID', '12345')),
    ),
  },
  {
    what: 'an empty account where the code has blanks around it, which the artefacts do not take away',
    ubl: both(
      put(`${UBL.means}/cbc:PaymentMeansCode`, ' 58'),
      put(`${UBL.means}/cac:PayeeFinancialAccount/cbc:ID`, ''),
    ),
    cii: both(
      put(`${CII.means}/ram:TypeCode`, ' 58'),
      put(`${CII.means}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID`, ''),
    ),
  },
  {
    what: 'a period with one end',
    ubl: drop('cac:InvoicePeriod/cbc:StartDate'),
    cii: drop(`${CII.settlement}/ram:BillingSpecifiedPeriod/ram:StartDateTime`),
  },
  {
    what: 'a VAT total in the accounting currency',
    ubl: both(
      add('', n('cbc:TaxCurrencyCode', 'SEK')),
      add('', n('cac:TaxTotal', [inCurrency('380.00', 'SEK')])),
    ),
    cii: both(
      add(CII.settlement, n('ram:TaxCurrencyCode', 'SEK')),
      add(CII.totals, n('ram:TaxTotalAmount', '380.00', { currencyID: 'SEK' })),
    ),
  },
  {
    what: 'the VAT of a line alone in the accounting currency',
    ubl: both(
      add('', n('cbc:TaxCurrencyCode', 'SEK')),
      add(UBL.line, n('cac:TaxTotal', [inCurrency('380.00', 'SEK')])),
    ),
  },
  { what: 'a price of zero', ubl: put(`${UBL.line}/cac:Price/cbc:PriceAmount`, '0') },
]);
