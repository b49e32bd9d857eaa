import { breakAll, keepAll } from '../testing/breaking.ts';
import { CII, UBL } from '../testing/paths.ts';
import { sampleOf } from '../testing/sample.ts';
import { add, attr, both, drop, n, put } from '../testing/tree.ts';

const money = (name: string, amount: string, currency = 'EUR') => n(name, amount, { currencyID: currency });
const ciiDate = (day: string) => n('udt:DateString', day, { format: '102' });

breakAll('BR-CO: conditions', [
  {
    rule: 'BR-CO-03',
    ubl: both(
      add('', n('cbc:TaxPointDate', '2026-03-01')),
      add('cac:InvoicePeriod', n('cbc:DescriptionCode', '35')),
    ),
    cii: both(
      add(CII.tax, n('ram:TaxPointDate', [ciiDate('20260301')])),
      add(CII.tax, n('ram:DueDateTypeCode', '5')),
    ),
  },
  {
    rule: 'BR-CO-03',
    ubl: 'UBL looks at the document alone',
    cii: both(
      add(CII.tax, n('ram:TaxPointDate', [ciiDate('20260301')])),
      add(`${CII.lineSettlement}/ram:ApplicableTradeTax`, n('ram:DueDateTypeCode', '5')),
    ),
    what: 'the code on a line',
  },
  {
    rule: 'BR-CO-04',
    ubl: drop(`${UBL.line}/cac:Item/cac:ClassifiedTaxCategory`),
    cii: drop(`${CII.lineSettlement}/ram:ApplicableTradeTax`),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
  },
  {
    rule: 'BR-CO-04',
    ubl: 'UBL takes white space away from the tax scheme',
    cii: put(`${CII.lineSettlement}/ram:ApplicableTradeTax/ram:TypeCode`, 'VAT '),
    what: 'a blank after the tax',
  },
  {
    rule: 'BR-CO-09',
    ubl: put(`${UBL.seller}/cac:PartyTaxScheme/cbc:CompanyID`, '123456789'),
    cii: put(`${CII.seller}/ram:SpecifiedTaxRegistration/ram:ID`, '123456789'),
    what: 'no country',
  },
  {
    rule: 'BR-CO-09',
    ubl: put(`${UBL.buyer}/cac:PartyTaxScheme/cbc:CompanyID`, 'fr123'),
    cii: put(`${CII.representative}/ram:SpecifiedTaxRegistration/ram:ID`, 'XX123'),
    what: 'lower case, or no such country',
  },
  {
    rule: 'BR-CO-09',
    ubl: put(`${UBL.buyer}/cac:PartyTaxScheme/cbc:CompanyID`, '-'),
    cii: put(`${CII.seller}/ram:SpecifiedTaxRegistration/ram:ID`, 'D'),
    what: 'less than a code',
  },
  {
    rule: 'BR-CO-09',
    ubl: put(`${UBL.seller}/cac:PartyTaxScheme/cbc:CompanyID`, '\nDE123456789'),
    cii: put(`${CII.seller}/ram:SpecifiedTaxRegistration/ram:ID`, ' DE123456789'),
    what: 'white space before it (in UBL, other than a blank)',
  },
  {
    rule: 'BR-CO-18',
    ubl: drop(UBL.subtotal),
    cii: drop(CII.tax),
    sample: sampleOf('Z'),
    also: { ubl: ['BR-Z-01'], cii: ['BR-Z-01'] },
  },
  {
    rule: 'BR-CO-19',
    ubl: both(drop('cac:InvoicePeriod/cbc:StartDate'), drop('cac:InvoicePeriod/cbc:EndDate')),
    cii: both(
      drop(`${CII.settlement}/ram:BillingSpecifiedPeriod/ram:StartDateTime`),
      drop(`${CII.settlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime`),
    ),
  },
  {
    rule: 'BR-CO-20',
    ubl: both(
      drop(`${UBL.line}/cac:InvoicePeriod/cbc:StartDate`),
      drop(`${UBL.line}/cac:InvoicePeriod/cbc:EndDate`),
    ),
    cii: both(
      drop(`${CII.lineSettlement}/ram:BillingSpecifiedPeriod/ram:StartDateTime`),
      drop(`${CII.lineSettlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime`),
    ),
  },
  ...(
    [
      ['BR-CO-21', 'BR-33', UBL.allowance, CII.allowance],
      ['BR-CO-22', 'BR-38', UBL.charge, CII.charge],
      ['BR-CO-23', 'BR-42', UBL.lineAllowance, CII.lineAllowance],
      ['BR-CO-24', 'BR-44', UBL.lineCharge, CII.lineCharge],
    ] as const
  ).map(([rule, twin, ubl, cii]) => ({
    rule,
    ubl: both(drop(`${ubl}/cbc:AllowanceChargeReason`), drop(`${ubl}/cbc:AllowanceChargeReasonCode`)),
    cii: both(drop(`${cii}/ram:Reason`), drop(`${cii}/ram:ReasonCode`)),
    also: { ubl: [twin], cii: [twin] },
  })),
  {
    rule: 'BR-CO-25',
    ubl: (document) => {
      document.children = document.children.filter((child) => child.name !== 'cbc:DueDate');
    },
    cii: drop(`${CII.settlement}/ram:SpecifiedTradePaymentTerms`),
    notInCreditNote: true,
  },
  {
    rule: 'BR-CO-26',
    ubl: both(
      drop(`${UBL.seller}/cac:PartyIdentification`),
      drop(`${UBL.seller}/cac:PartyTaxScheme`),
      drop(`${UBL.seller}/cac:PartyLegalEntity/cbc:CompanyID`),
    ),
    cii: both(
      drop(`${CII.seller}/ram:GlobalID`),
      drop(`${CII.seller}/ram:SpecifiedTaxRegistration`),
      drop(`${CII.seller}/ram:SpecifiedLegalOrganization`),
    ),
  },
  {
    rule: 'BR-CO-26',
    ubl: both(
      drop(`${UBL.payee}/cac:PartyIdentification`),
      attr(`${UBL.seller}/cac:PartyIdentification/cbc:ID`, 'schemeID', 'SEPA'),
      drop(`${UBL.seller}/cac:PartyTaxScheme`),
      drop(`${UBL.seller}/cac:PartyLegalEntity/cbc:CompanyID`),
    ),
    cii: 'CII names the creditor elsewhere',
    what: 'an identifier as a creditor alone',
  },
  {
    rule: 'BR-CO-26',
    ubl: drop(UBL.seller),
    cii: 'CII has no element around the seller',
    also: { ubl: ['BR-06', 'BR-08'] },
    what: 'nobody in the place of the seller',
  },
]);

breakAll('BR-CO: arithmetic', [
  {
    rule: 'BR-CO-10',
    ubl: both(
      put(`${UBL.totals}/cbc:LineExtensionAmount`, '200.01'),
      put(`${UBL.totals}/cbc:ChargeTotalAmount`, '9.99'),
    ),
    cii: both(
      put(`${CII.totals}/ram:LineTotalAmount`, '200.01'),
      put(`${CII.totals}/ram:ChargeTotalAmount`, '9.99'),
    ),
    also: { ubl: ['BR-CO-12'], cii: ['BR-CO-12'] },
  },
  {
    rule: 'BR-CO-11',
    ubl: put(`${UBL.totals}/cbc:AllowanceTotalAmount`, '20.01'),
    cii: put(`${CII.totals}/ram:AllowanceTotalAmount`, '20.01'),
    also: { ubl: ['BR-CO-13'], cii: ['BR-CO-13'] },
  },
  {
    rule: 'BR-CO-11',
    ubl: drop(`${UBL.totals}/cbc:AllowanceTotalAmount`),
    cii: drop(`${CII.totals}/ram:AllowanceTotalAmount`),
    also: { ubl: ['BR-CO-13'], cii: ['BR-CO-13'] },
    what: 'no total',
  },
  {
    rule: 'BR-CO-12',
    ubl: put(`${UBL.totals}/cbc:ChargeTotalAmount`, '9.99'),
    cii: put(`${CII.totals}/ram:ChargeTotalAmount`, '9.99'),
    also: { ubl: ['BR-CO-13'], cii: ['BR-CO-13'] },
  },
  {
    rule: 'BR-CO-13',
    ubl: both(
      put(`${UBL.totals}/cbc:TaxExclusiveAmount`, '190.01'),
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '228.01'),
      put(`${UBL.totals}/cbc:PayableAmount`, '200.51'),
    ),
    cii: both(
      put(`${CII.totals}/ram:TaxBasisTotalAmount`, '190.01'),
      put(`${CII.totals}/ram:GrandTotalAmount`, '228.01'),
      put(`${CII.totals}/ram:DuePayableAmount`, '200.51'),
    ),
  },
  {
    rule: 'BR-CO-14',
    ubl: both(
      put('cac:TaxTotal/cbc:TaxAmount', '38.01'),
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '228.01'),
      put(`${UBL.totals}/cbc:PayableAmount`, '200.51'),
    ),
    cii: both(
      put(`${CII.totals}/ram:TaxTotalAmount`, '38.01'),
      put(`${CII.totals}/ram:GrandTotalAmount`, '228.01'),
      put(`${CII.totals}/ram:DuePayableAmount`, '200.51'),
    ),
  },
  {
    rule: 'BR-CO-15',
    ubl: both(
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '228.01'),
      put(`${UBL.totals}/cbc:PayableAmount`, '200.51'),
    ),
    cii: both(
      put(`${CII.totals}/ram:GrandTotalAmount`, '228.01'),
      put(`${CII.totals}/ram:DuePayableAmount`, '200.51'),
    ),
  },
  {
    rule: 'BR-CO-15',
    ubl: attr('cac:TaxTotal/cbc:TaxAmount', 'currencyID', 'SEK'),
    cii: attr(`${CII.totals}/ram:TaxTotalAmount`, 'currencyID', 'SEK'),
    what: 'no VAT total in the invoice currency',
  },
  {
    rule: 'BR-CO-15',
    ubl: add('', n('cac:TaxTotal', [money('cbc:TaxAmount', '38.00')])),
    cii: add(CII.totals, money('ram:TaxTotalAmount', '38.00')),
    what: 'two VAT totals in the invoice currency',
  },
  {
    rule: 'BR-CO-15',
    ubl: put('cbc:DocumentCurrencyCode', 'EUR '),
    cii: put(`${CII.settlement}/ram:InvoiceCurrencyCode`, 'EUR '),
    what: 'a blank after the invoice currency',
  },
  {
    rule: 'BR-CO-16',
    ubl: put(`${UBL.totals}/cbc:PayableAmount`, '200.49'),
    cii: put(`${CII.totals}/ram:DuePayableAmount`, '200.49'),
  },
  {
    rule: 'BR-CO-16',
    ubl: drop(`${UBL.totals}/cbc:PrepaidAmount`),
    cii: drop(`${CII.totals}/ram:TotalPrepaidAmount`),
    what: 'the paid amount is missing',
  },
  {
    rule: 'BR-CO-16',
    ubl: drop(`${UBL.totals}/cbc:PayableRoundingAmount`),
    cii: drop(`${CII.totals}/ram:RoundingAmount`),
    what: 'the rounding is missing',
  },
  {
    rule: 'BR-CO-17',
    ubl: both(
      put('cac:TaxTotal/cbc:TaxAmount', '39.00'),
      put(`${UBL.subtotal}/cbc:TaxAmount`, '39.00'),
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '229.00'),
      put(`${UBL.totals}/cbc:PayableAmount`, '201.50'),
    ),
    cii: both(
      put(`${CII.totals}/ram:TaxTotalAmount`, '39.01'),
      put(`${CII.tax}/ram:CalculatedAmount`, '39.01'),
      put(`${CII.totals}/ram:GrandTotalAmount`, '229.01'),
      put(`${CII.totals}/ram:DuePayableAmount`, '201.51'),
    ),
    also: { ubl: ['BR-S-09'], cii: ['BR-S-09'] },
    what: 'one unit off (in CII: more than one)',
  },
]);

keepAll('BR-CO: what is allowed', [
  {
    what: 'a seller whose registration is in the second of two legal entities',
    ubl: both(
      drop(`${UBL.seller}/cac:PartyIdentification`),
      drop(`${UBL.seller}/cac:PartyTaxScheme`),
      drop(`${UBL.seller}/cac:PartyLegalEntity/cbc:CompanyID`),
      add(UBL.seller, n('cac:PartyLegalEntity', [n('cbc:CompanyID', 'HRB 1')])),
    ),
  },
  {
    what: 'in UBL, a prefix that is a part of the list of countries, blanks included',
    ubl: both(
      put(`${UBL.seller}/cac:PartyTaxScheme/cbc:CompanyID`, 'D'),
      put(`${UBL.buyer}/cac:PartyTaxScheme/cbc:CompanyID`, 'E 123'),
      put(`${UBL.representative}/cac:PartyTaxScheme/cbc:CompanyID`, ' FR123'),
    ),
  },
  {
    what: 'date and code of the VAT point where no breakdown comes under the general rules',
    cii: both(
      add(CII.tax, n('ram:TaxPointDate', [ciiDate('20260301')])),
      add(CII.tax, n('ram:DueDateTypeCode', '5')),
    ),
    sample: sampleOf('O'),
  },
  {
    what: 'a VAT identifier of Greece, Northern Ireland, Kosovo',
    ubl: both(
      put(`${UBL.seller}/cac:PartyTaxScheme/cbc:CompanyID`, 'EL123'),
      put(`${UBL.buyer}/cac:PartyTaxScheme/cbc:CompanyID`, 'XI123'),
      put(`${UBL.representative}/cac:PartyTaxScheme/cbc:CompanyID`, '1A123'),
    ),
    cii: put(`${CII.seller}/ram:SpecifiedTaxRegistration/ram:ID`, 'EL123'),
  },
  {
    what: 'a VAT amount almost one unit off',
    ubl: both(
      put('cac:TaxTotal/cbc:TaxAmount', '38.99'),
      put(`${UBL.subtotal}/cbc:TaxAmount`, '38.99'),
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '228.99'),
      put(`${UBL.totals}/cbc:PayableAmount`, '201.49'),
    ),
    cii: both(
      put(`${CII.totals}/ram:TaxTotalAmount`, '37.01'),
      put(`${CII.tax}/ram:CalculatedAmount`, '37.01'),
      put(`${CII.totals}/ram:GrandTotalAmount`, '227.01'),
      put(`${CII.totals}/ram:DuePayableAmount`, '199.51'),
    ),
  },
  {
    what: 'payment terms instead of a due date',
    ubl: both(
      (document) => {
        document.children = document.children.filter((child) => child.name !== 'cbc:DueDate');
      },
      add('', n('cac:PaymentTerms', [n('cbc:Note', '30 days')])),
    ),
    cii: both(
      drop(`${CII.settlement}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime`),
      add(`${CII.settlement}/ram:SpecifiedTradePaymentTerms`, n('ram:Description', '30 days')),
    ),
  },
  {
    what: 'amounts that are equal though written differently',
    ubl: both(
      put(`${UBL.totals}/cbc:TaxExclusiveAmount`, '190'),
      put(`${UBL.totals}/cbc:TaxInclusiveAmount`, '+228.0'),
    ),
    cii: both(
      put(`${CII.totals}/ram:TaxBasisTotalAmount`, '0190.'),
      put(`${CII.totals}/ram:GrandTotalAmount`, '228.0'),
    ),
  },
  {
    what: 'a period of the VAT point code alone',
    ubl: both(
      drop('cac:InvoicePeriod/cbc:StartDate'),
      drop('cac:InvoicePeriod/cbc:EndDate'),
      add('cac:InvoicePeriod', n('cbc:DescriptionCode', '35')),
    ),
  },
  {
    what: 'no VAT total where nothing is taxed',
    cii: drop(`${CII.totals}/ram:TaxTotalAmount`),
    sample: sampleOf('Z'),
  },
]);
