import { breakAll, keepAll } from '../testing/breaking.ts';
import { priceDiscount } from '../testing/cii-document.ts';
import { CII, UBL } from '../testing/paths.ts';
import { sampleOf } from '../testing/sample.ts';
import { add, both, drop, n, put } from '../testing/tree.ts';

const K = sampleOf('K');
const O = sampleOf('O');
const B = sampleOf('B');

const italian = {
  ubl: both(
    put(`${UBL.seller}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, 'IT'),
    put(`${UBL.buyer}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, 'IT'),
    put(`${UBL.representative}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, 'IT'),
    put('cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode', 'IT'),
    put('cac:InvoiceLine/cac:Item/cac:OriginCountry/cbc:IdentificationCode', 'IT'),
  ),
  cii: both(
    put(`${CII.seller}/ram:PostalTradeAddress/ram:CountryID`, 'IT'),
    put(`${CII.buyer}/ram:PostalTradeAddress/ram:CountryID`, 'IT'),
    put(`${CII.representative}/ram:PostalTradeAddress/ram:CountryID`, 'IT'),
    put(`${CII.delivery}/ram:ShipToTradeParty/ram:PostalTradeAddress/ram:CountryID`, 'IT'),
  ),
};

const ublCategory = (code: string, rate: string) =>
  n('cac:TaxCategory', [n('cbc:ID', code), n('cbc:Percent', rate), n('cac:TaxScheme', [n('cbc:ID', 'VAT')])]);

breakAll('rules of a single VAT category', [
  {
    rule: 'BR-IC-11',
    ubl: both(drop('cac:Delivery/cbc:ActualDeliveryDate'), drop('cac:InvoicePeriod')),
    cii: both(
      drop(`${CII.delivery}/ram:ActualDeliverySupplyChainEvent`),
      drop(`${CII.settlement}/ram:BillingSpecifiedPeriod`),
    ),
    sample: K,
  },
  {
    rule: 'BR-CO-19',
    ubl: both(
      drop('cac:Delivery/cbc:ActualDeliveryDate'),
      drop('cac:InvoicePeriod/cbc:StartDate'),
      drop('cac:InvoicePeriod/cbc:EndDate'),
      add('cac:InvoicePeriod', n('cbc:Description', 'April')),
    ),
    cii: 'a period of CII has nothing else',
    sample: K,
    what: 'a period that is only described does for BR-IC-11',
  },
  {
    rule: 'BR-S-01',
    ubl: both(italian.ubl, add(UBL.lineAllowance, ublCategory('S', '22'))),
    cii: 'CII looks everywhere',
    sample: B,
    what: 'standard rate on an allowance of a line alone does for BR-B-02',
  },
  {
    rule: 'BR-IC-12',
    ubl: drop('cac:Delivery/cac:DeliveryLocation'),
    cii: drop(`${CII.delivery}/ram:ShipToTradeParty`),
    sample: K,
  },
  {
    rule: 'BR-O-11',
    ubl: add(
      'cac:TaxTotal',
      n('cac:TaxSubtotal', [
        n('cbc:TaxableAmount', '0', { currencyID: 'EUR' }),
        n('cbc:TaxAmount', '0', { currencyID: 'EUR' }),
        ublCategory('Z', '0'),
      ]),
    ),
    cii: add(
      CII.settlement,
      n('ram:ApplicableTradeTax', [
        n('ram:CalculatedAmount', '0'),
        n('ram:TypeCode', 'VAT'),
        n('ram:BasisAmount', '0'),
        n('ram:CategoryCode', 'Z'),
        n('ram:RateApplicablePercent', '0'),
      ]),
    ),
    sample: O,
    also: { cii: ['BR-O-12', 'BR-Z-01'] },
  },
  {
    rule: 'BR-O-12',
    ubl: put(`${UBL.item}/cac:ClassifiedTaxCategory/cbc:ID`, 'B'),
    cii: put(`${CII.lineSettlement}/ram:ApplicableTradeTax/ram:CategoryCode`, 'B'),
    sample: O,
    also: { ubl: ['BR-O-08', 'BR-B-01'], cii: ['BR-O-08', 'BR-O-11', 'BR-B-01'] },
  },
  {
    rule: 'BR-O-12',
    ubl: drop(`${UBL.item}/cac:ClassifiedTaxCategory/cbc:ID`),
    cii: put(`${CII.lineSettlement}/ram:ApplicableTradeTax/ram:CategoryCode`, 'B'),
    sample: O,
    also: { ubl: ['BR-CO-04', 'BR-O-08'], cii: ['BR-O-08', 'BR-O-11', 'BR-B-01'] },
    what: 'in UBL also a category without a code',
  },
  {
    rule: 'BR-O-14',
    ubl: drop(`${UBL.charge}/cac:TaxCategory/cbc:ID`),
    cii: put(`${CII.charge}/ram:CategoryTradeTax/ram:CategoryCode`, 'B'),
    sample: O,
    also: { ubl: ['BR-37', 'BR-O-08'], cii: ['BR-O-08', 'BR-O-13', 'BR-B-01'] },
    what: 'in UBL also a category without a code',
  },
  {
    rule: 'BR-O-13',
    ubl: put(`${UBL.allowance}/cac:TaxCategory/cbc:ID`, 'B'),
    cii: put(`${CII.allowance}/ram:CategoryTradeTax/ram:CategoryCode`, 'B'),
    sample: O,
    also: { ubl: ['BR-O-08', 'BR-B-01'], cii: ['BR-O-08', 'BR-O-14', 'BR-B-01'] },
  },
  {
    rule: 'BR-O-14',
    ubl: put(`${UBL.charge}/cac:TaxCategory/cbc:ID`, 'B'),
    cii: put(`${CII.charge}/ram:CategoryTradeTax/ram:CategoryCode`, 'B'),
    sample: O,
    also: { ubl: ['BR-O-08', 'BR-B-01'], cii: ['BR-O-08', 'BR-O-13', 'BR-B-01'] },
  },
  { rule: 'BR-B-01', ubl: () => undefined, cii: () => undefined, sample: B },
  {
    rule: 'BR-B-01',
    ubl: add(UBL.line, n('cac:TaxTotal', [n('cac:TaxSubtotal', [ublCategory('B', '0')])])),
    cii: priceDiscount('B'),
    also: {
      ubl: ['BR-45', 'BR-46', 'BR-CO-17'],
      cii: ['BR-B-02'],
    },
    what: 'in a breakdown of a line (in CII: in a price)',
  },
  {
    rule: 'BR-B-02',
    ubl: both(italian.ubl, put(`${UBL.item}/cac:ClassifiedTaxCategory/cbc:ID`, 'S')),
    cii: both(italian.cii, put(`${CII.lineSettlement}/ram:ApplicableTradeTax/ram:CategoryCode`, 'S')),
    sample: B,
    also: { ubl: ['BR-S-01'], cii: ['BR-S-01'] },
  },
]);

keepAll('rules of a single VAT category: what is allowed', [
  { what: 'split payment within Italy', ...italian, sample: B },
  {
    what: 'a supply with a period instead of a day',
    ubl: drop('cac:Delivery/cbc:ActualDeliveryDate'),
    cii: drop(`${CII.delivery}/ram:ActualDeliverySupplyChainEvent`),
    sample: K,
  },
]);
