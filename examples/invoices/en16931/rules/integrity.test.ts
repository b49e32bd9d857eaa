import { breakAll, keepAll } from '../testing/breaking.ts';
import { CII, UBL } from '../testing/paths.ts';
import { add, attr, both, drop, n, put } from '../testing/tree.ts';

breakAll('BR-01 to BR-20: the document and its parties', [
  {
    rule: 'BR-01',
    ubl: put('cbc:CustomizationID', ' \n '),
    cii: drop(`${CII.context}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID`),
  },
  { rule: 'BR-02', ubl: drop('cbc:ID'), cii: put(`${CII.document}/ram:ID`, '') },
  {
    rule: 'BR-03',
    ubl: drop('cbc:IssueDate'),
    cii: attr(`${CII.document}/ram:IssueDateTime/udt:DateTimeString`, 'format', '203'),
  },
  { rule: 'BR-04', ubl: drop('cbc:InvoiceTypeCode'), cii: drop(`${CII.document}/ram:TypeCode`) },
  {
    rule: 'BR-05',
    ubl: drop('cbc:DocumentCurrencyCode'),
    cii: drop(`${CII.settlement}/ram:InvoiceCurrencyCode`),
  },
  {
    rule: 'BR-06',
    ubl: drop(`${UBL.seller}/cac:PartyLegalEntity/cbc:RegistrationName`),
    cii: drop(`${CII.seller}/ram:Name`),
  },
  {
    rule: 'BR-07',
    ubl: drop(`${UBL.buyer}/cac:PartyLegalEntity/cbc:RegistrationName`),
    cii: put(`${CII.buyer}/ram:Name`, ''),
  },
  {
    rule: 'BR-08',
    ubl: drop(`${UBL.seller}/cac:PostalAddress`),
    cii: drop(`${CII.seller}/ram:PostalTradeAddress`),
    also: { cii: ['BR-09'] },
  },
  {
    rule: 'BR-09',
    ubl: drop(`${UBL.seller}/cac:PostalAddress/cac:Country`),
    cii: drop(`${CII.seller}/ram:PostalTradeAddress/ram:CountryID`),
  },
  {
    rule: 'BR-10',
    ubl: drop(`${UBL.buyer}/cac:PostalAddress`),
    cii: drop(`${CII.buyer}/ram:PostalTradeAddress`),
    also: { cii: ['BR-11'] },
  },
  {
    rule: 'BR-11',
    ubl: drop(`${UBL.buyer}/cac:PostalAddress/cac:Country`),
    cii: drop(`${CII.buyer}/ram:PostalTradeAddress/ram:CountryID`),
  },
  {
    rule: 'BR-12',
    ubl: drop(`${UBL.totals}/cbc:LineExtensionAmount`),
    cii: drop(`${CII.totals}/ram:LineTotalAmount`),
    also: { ubl: ['BR-CO-10', 'BR-CO-13'], cii: ['BR-CO-10', 'BR-CO-13'] },
  },
  {
    rule: 'BR-13',
    ubl: drop(`${UBL.totals}/cbc:TaxExclusiveAmount`),
    cii: drop(`${CII.totals}/ram:TaxBasisTotalAmount`),
    also: { ubl: ['BR-CO-13', 'BR-CO-15'], cii: ['BR-CO-13', 'BR-CO-15'] },
  },
  {
    rule: 'BR-14',
    ubl: drop(`${UBL.totals}/cbc:TaxInclusiveAmount`),
    cii: drop(`${CII.totals}/ram:GrandTotalAmount`),
    also: { ubl: ['BR-CO-15', 'BR-CO-16'], cii: ['BR-CO-15', 'BR-CO-16'] },
  },
  {
    rule: 'BR-15',
    ubl: drop(`${UBL.totals}/cbc:PayableAmount`),
    cii: drop(`${CII.totals}/ram:DuePayableAmount`),
    also: { ubl: ['BR-CO-16'], cii: ['BR-CO-16'] },
  },
  {
    rule: 'BR-16',
    ubl: drop(UBL.lines),
    cii: drop(CII.lines),
    also: { ubl: ['BR-CO-10', 'BR-S-08'], cii: ['BR-CO-10', 'BR-S-08'] },
  },
  {
    rule: 'BR-17',
    ubl: drop(`${UBL.payee}/cac:PartyName`),
    cii: drop(`${CII.payee}/ram:Name`),
    what: 'no name',
  },
  {
    rule: 'BR-17',
    ubl: put(`${UBL.payee}/cac:PartyName/cbc:Name`, 'Seller'),
    cii: put(`${CII.payee}/ram:Name`, 'Seller Ltd'),
    what: 'the name of the seller',
  },
  {
    rule: 'BR-17',
    ubl: both(
      put(`${UBL.payee}/cac:PartyIdentification/cbc:ID`, '4012345000009'),
      attr(`${UBL.payee}/cac:PartyIdentification/cbc:ID`, 'schemeID'),
    ),
    cii: add(CII.payee, n('ram:SpecifiedLegalOrganization', [n('ram:ID', '1')])),
    what: 'an identifier of the seller',
  },
  {
    rule: 'BR-17',
    ubl: 'UBL has one kind of identifier',
    cii: both(
      add(CII.payee, n('ram:ID', 'S-1', { schemeID: '0088' })),
      add(CII.seller, n('ram:ID', 'S-1', { schemeID: '0088' })),
    ),
    what: 'an identifier of the seller, with a scheme',
  },
  {
    rule: 'BR-18',
    ubl: put(`${UBL.representative}/cac:PartyName/cbc:Name`, ' '),
    cii: drop(`${CII.representative}/ram:Name`),
  },
  {
    rule: 'BR-18',
    ubl: drop(`${UBL.representative}/cac:PartyName`),
    cii: put(`${CII.representative}/ram:Name`, ' '),
    what: 'an empty name, or none',
  },
  {
    rule: 'BR-19',
    ubl: drop(`${UBL.representative}/cac:PostalAddress`),
    cii: drop(`${CII.representative}/ram:PostalTradeAddress`),
    also: { cii: ['BR-20'] },
  },
  {
    rule: 'BR-20',
    ubl: drop(`${UBL.representative}/cac:PostalAddress/cac:Country`),
    cii: drop(`${CII.representative}/ram:PostalTradeAddress/ram:CountryID`),
  },
  {
    rule: 'BR-20',
    ubl: put(`${UBL.representative}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`, ''),
    cii: put(`${CII.representative}/ram:PostalTradeAddress/ram:CountryID`, ''),
    also: { ubl: ['BR-CL-14'], cii: ['BR-CL-14'] },
    what: 'an empty code',
  },
]);

keepAll('BR-01 to BR-20: what is allowed', [
  {
    what: 'a seller whose name is in the second of two legal entities',
    ubl: both(
      drop(`${UBL.seller}/cac:PartyLegalEntity/cbc:RegistrationName`),
      add(UBL.seller, n('cac:PartyLegalEntity', [n('cbc:RegistrationName', 'Seller Ltd')])),
    ),
  },
  {
    what: 'a payee and a seller with the same global identifier',
    cii: both(
      drop(`${CII.seller}/ram:GlobalID`),
      add(CII.seller, n('ram:GlobalID', 'S-1')),
      add(CII.payee, n('ram:GlobalID', 'S-1')),
    ),
  },
]);

breakAll('BR-21 to BR-30: lines and periods', [
  {
    rule: 'BR-21',
    ubl: drop(`${UBL.line}/cbc:ID`),
    cii: put(`${CII.line}/ram:AssociatedDocumentLineDocument/ram:LineID`, ''),
  },
  {
    rule: 'BR-22',
    ubl: drop(`${UBL.line}/cbc:InvoicedQuantity`),
    cii: drop(`${CII.line}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`),
    also: { ubl: ['BR-23'], cii: ['BR-23'] },
  },
  {
    rule: 'BR-23',
    ubl: attr(`${UBL.line}/cbc:InvoicedQuantity`, 'unitCode'),
    cii: attr(`${CII.line}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`, 'unitCode'),
  },
  {
    rule: 'BR-24',
    ubl: drop(`${UBL.line}/cbc:LineExtensionAmount`),
    cii: drop(`${CII.lineSettlement}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount`),
    also: { ubl: ['BR-CO-10', 'BR-S-08'], cii: ['BR-CO-10', 'BR-S-08'] },
  },
  { rule: 'BR-25', ubl: put(`${UBL.item}/cbc:Name`, ''), cii: drop(`${CII.product}/ram:Name`) },
  {
    rule: 'BR-26',
    ubl: drop(`${UBL.line}/cac:Price/cbc:PriceAmount`),
    cii: drop(`${CII.line}/ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount`),
    also: { ubl: ['BR-27'], cii: ['BR-27'] },
  },
  {
    rule: 'BR-27',
    ubl: put(`${UBL.line}/cac:Price/cbc:PriceAmount`, '-0.01'),
    cii: put(
      `${CII.line}/ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount`,
      '-0.01',
    ),
  },
  {
    rule: 'BR-28',
    ubl: put(`${UBL.line}/cac:Price/cac:AllowanceCharge/cbc:BaseAmount`, '-0.01'),
    cii: put(
      `${CII.line}/ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice/ram:ChargeAmount`,
      '-1',
    ),
  },
  {
    rule: 'BR-29',
    ubl: put('cac:InvoicePeriod/cbc:EndDate', '2026-01-31'),
    cii: put(`${CII.settlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`, '20260131'),
  },
  {
    rule: 'BR-29',
    ubl: 'xs:date has one form only',
    cii: attr(
      `${CII.settlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
      'format',
      '610',
    ),
    what: 'an end in another format',
  },
  {
    rule: 'BR-30',
    ubl: put(`${UBL.line}/cac:InvoicePeriod/cbc:EndDate`, '2026-01-31'),
    cii: put(
      `${CII.lineSettlement}/ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString`,
      '20260131',
    ),
  },
]);

breakAll('BR-31 to BR-48: allowances, charges, VAT breakdown', [
  {
    rule: 'BR-31',
    ubl: drop(`${UBL.allowance}/cbc:Amount`),
    cii: drop(`${CII.allowance}/ram:ActualAmount`),
    also: { ubl: ['BR-CO-11', 'BR-S-08'], cii: ['BR-CO-11', 'BR-S-08'] },
  },
  {
    rule: 'BR-32',
    ubl: drop(`${UBL.allowance}/cac:TaxCategory`),
    cii: drop(`${CII.allowance}/ram:CategoryTradeTax`),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
  },
  {
    rule: 'BR-33',
    ubl: both(
      drop(`${UBL.allowance}/cbc:AllowanceChargeReason`),
      drop(`${UBL.allowance}/cbc:AllowanceChargeReasonCode`),
    ),
    cii: both(drop(`${CII.allowance}/ram:Reason`), drop(`${CII.allowance}/ram:ReasonCode`)),
    also: { ubl: ['BR-CO-21'], cii: ['BR-CO-21'] },
  },
  {
    rule: 'BR-36',
    ubl: drop(`${UBL.charge}/cbc:Amount`),
    cii: drop(`${CII.charge}/ram:ActualAmount`),
    also: { ubl: ['BR-CO-12', 'BR-S-08'], cii: ['BR-CO-12', 'BR-S-08'] },
  },
  {
    rule: 'BR-37',
    ubl: drop(`${UBL.charge}/cac:TaxCategory`),
    cii: drop(`${CII.charge}/ram:CategoryTradeTax`),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
  },
  {
    rule: 'BR-38',
    ubl: both(
      drop(`${UBL.charge}/cbc:AllowanceChargeReason`),
      drop(`${UBL.charge}/cbc:AllowanceChargeReasonCode`),
    ),
    cii: both(drop(`${CII.charge}/ram:Reason`), drop(`${CII.charge}/ram:ReasonCode`)),
    also: { ubl: ['BR-CO-22'], cii: ['BR-CO-22'] },
  },
  {
    rule: 'BR-41',
    ubl: drop(`${UBL.lineAllowance}/cbc:Amount`),
    cii: drop(`${CII.lineAllowance}/ram:ActualAmount`),
  },
  {
    rule: 'BR-42',
    ubl: both(
      drop(`${UBL.lineAllowance}/cbc:AllowanceChargeReason`),
      drop(`${UBL.lineAllowance}/cbc:AllowanceChargeReasonCode`),
    ),
    cii: both(drop(`${CII.lineAllowance}/ram:Reason`), drop(`${CII.lineAllowance}/ram:ReasonCode`)),
    also: { ubl: ['BR-CO-23'], cii: ['BR-CO-23'] },
  },
  {
    rule: 'BR-43',
    ubl: drop(`${UBL.lineCharge}/cbc:Amount`),
    cii: drop(`${CII.lineCharge}/ram:ActualAmount`),
  },
  {
    rule: 'BR-44',
    ubl: both(
      drop(`${UBL.lineCharge}/cbc:AllowanceChargeReason`),
      drop(`${UBL.lineCharge}/cbc:AllowanceChargeReasonCode`),
    ),
    cii: both(drop(`${CII.lineCharge}/ram:Reason`), drop(`${CII.lineCharge}/ram:ReasonCode`)),
    also: { ubl: ['BR-CO-24'], cii: ['BR-CO-24'] },
  },
  {
    rule: 'BR-45',
    ubl: drop(`${UBL.subtotal}/cbc:TaxableAmount`),
    cii: drop(`${CII.tax}/ram:BasisAmount`),
    also: { ubl: ['BR-CO-17', 'BR-S-08', 'BR-S-09'], cii: ['BR-CO-17', 'BR-S-08', 'BR-S-09'] },
  },
  {
    rule: 'BR-46',
    ubl: drop(`${UBL.subtotal}/cbc:TaxAmount`),
    cii: drop(`${CII.tax}/ram:CalculatedAmount`),
    also: { ubl: ['BR-CO-14', 'BR-CO-17', 'BR-S-09'], cii: ['BR-CO-14', 'BR-CO-17', 'BR-S-09'] },
  },
  {
    rule: 'BR-47',
    ubl: drop(`${UBL.subtotal}/cac:TaxCategory/cbc:ID`),
    cii: drop(`${CII.tax}/ram:CategoryCode`),
    also: { ubl: ['BR-S-01'] },
  },
  {
    rule: 'BR-47',
    ubl: 'UBL takes white space away from the tax scheme',
    cii: put(`${CII.tax}/ram:TypeCode`, 'VAT '),
    also: { cii: ['BR-48'] },
    what: 'a blank after the tax',
  },
  {
    rule: 'BR-48',
    ubl: drop(`${UBL.subtotal}/cac:TaxCategory/cbc:Percent`),
    cii: drop(`${CII.tax}/ram:RateApplicablePercent`),
    also: { ubl: ['BR-CO-17', 'BR-S-09'], cii: ['BR-CO-17', 'BR-S-09'] },
  },
]);

/** Income tax that the buyer keeps back, as in Spain. */
const withheld = n('cac:WithholdingTaxTotal', [
  n('cbc:TaxAmount', '19.00', { currencyID: 'EUR' }),
  n('cac:TaxSubtotal', [
    n('cbc:TaxAmount', '19.00', { currencyID: 'EUR' }),
    n('cac:TaxCategory', [
      n('cbc:ID', 'S'),
      n('cbc:Percent', '10'),
      n('cac:TaxScheme', [n('cbc:ID', 'IRPF')]),
    ]),
  ]),
]);

/** An allowance and a charge, of the document and of a line, of which the rules about each ask nothing. */
const numbered = both(
  put(`${CII.allowance}/ram:ChargeIndicator/udt:Indicator`, '0'),
  put(`${CII.charge}/ram:ChargeIndicator/udt:Indicator`, '1'),
  put(`${CII.lineAllowance}/ram:ChargeIndicator/udt:Indicator`, '0'),
  put(`${CII.lineCharge}/ram:ChargeIndicator/udt:Indicator`, '1'),
);
const unexplained = both(
  ...[CII.allowance, CII.charge, CII.lineAllowance, CII.lineCharge].flatMap((part) => [
    drop(`${part}/ram:Reason`),
    drop(`${part}/ram:ReasonCode`),
    put(`${part}/ram:BasisAmount`, '100.000'),
  ]),
);

keepAll('BR-31 to BR-48: what is allowed', [
  { what: 'tax that the buyer keeps back', ubl: add('', withheld) },
  {
    what: 'allowances and charges told by 0 and 1, in CII without a reason',
    cii: both(numbered, unexplained),
  },
]);

breakAll('BR-31 to BR-48: indicators written as numbers', [
  {
    rule: 'BR-CO-11',
    ubl: put(`${UBL.allowance}/cbc:ChargeIndicator`, '1'),
    cii: put(`${CII.allowance}/ram:ChargeIndicator/udt:Indicator`, '1'),
    also: { ubl: ['BR-CL-20', 'BR-CO-12', 'BR-S-08'], cii: ['BR-CL-20', 'BR-CO-12', 'BR-S-08'] },
    what: 'the totals count them',
  },
]);
