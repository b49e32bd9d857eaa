/** Writes a draft as a UN/CEFACT Cross Industry Invoice (D16B). Elements stand in the order of the CII schemas. */
import type { Adjustment, Draft, Line, Party, VatBreakdown } from './invoice.ts';
import { document, element } from './xml.ts';
import type { Element, Part } from './xml.ts';

const SPECIFICATION = 'urn:cen.eu:en16931:2017';
const STANDARD = 'urn:un:unece:uncefact:data:standard';

const ram = (name: string, content: string | readonly Part[], attributes?: Record<string, string>): Element =>
  element(`ram:${name}`, content, attributes);
const optional = (name: string, text: string | undefined): Part => (text ? ram(name, text) : undefined);

/** A date in form 102, that is without hyphens. */
function dated(name: string, date: string): Element {
  return ram(name, [element('udt:DateTimeString', date.replaceAll('-', ''), { format: '102' })]);
}

export function writeCii(draft: Draft): string {
  const root = element(
    'rsm:CrossIndustryInvoice',
    [
      element('rsm:ExchangedDocumentContext', [
        ram('GuidelineSpecifiedDocumentContextParameter', [ram('ID', SPECIFICATION)]),
      ]),
      element('rsm:ExchangedDocument', [
        ram('ID', draft.number),
        ram('TypeCode', draft.typeCode),
        dated('IssueDateTime', draft.issueDate),
        draft.note ? ram('IncludedNote', [ram('Content', draft.note)]) : undefined,
      ]),
      element('rsm:SupplyChainTradeTransaction', [
        ...draft.lines.map(lineOf),
        agreementOf(draft),
        deliveryOf(draft),
        settlementOf(draft),
      ]),
    ],
    {
      'xmlns:rsm': `${STANDARD}:CrossIndustryInvoice:100`,
      'xmlns:ram': `${STANDARD}:ReusableAggregateBusinessInformationEntity:100`,
      'xmlns:udt': `${STANDARD}:UnqualifiedDataType:100`,
      'xmlns:qdt': `${STANDARD}:QualifiedDataType:100`,
    },
  );
  return document(root);
}

function lineOf(line: Line): Element {
  return ram('IncludedSupplyChainTradeLineItem', [
    ram('AssociatedDocumentLineDocument', [ram('LineID', line.id)]),
    ram('SpecifiedTradeProduct', [
      optional('SellerAssignedID', line.articleNumber),
      ram('Name', line.name),
      line.commodity &&
        ram('DesignatedProductClassification', [
          ram('ClassCode', line.commodity.code, { listID: line.commodity.list }),
        ]),
    ]),
    ram('SpecifiedLineTradeAgreement', pricesOf(line)),
    ram('SpecifiedLineTradeDelivery', [ram('BilledQuantity', line.quantity, { unitCode: line.unit })]),
    ram('SpecifiedLineTradeSettlement', [
      ram('ApplicableTradeTax', [
        ram('TypeCode', 'VAT'),
        ram('CategoryCode', line.category),
        line.rate === null ? undefined : ram('RateApplicablePercent', line.rate),
      ]),
      ...line.adjustments.map(adjustmentOf),
      ram('SpecifiedTradeSettlementLineMonetarySummation', [ram('LineTotalAmount', line.net)]),
    ]),
  ]);
}

function pricesOf({ price, baseQuantity, unit, gross }: Line): Part[] {
  const basis = baseQuantity ? ram('BasisQuantity', baseQuantity, { unitCode: unit }) : undefined;
  return [
    gross &&
      ram('GrossPriceProductTradePrice', [
        ram('ChargeAmount', gross.price),
        basis,
        ram('AppliedTradeAllowanceCharge', [indicator(false), ram('ActualAmount', gross.discount)]),
      ]),
    ram('NetPriceProductTradePrice', [ram('ChargeAmount', price), basis]),
  ];
}

function indicator(charge: boolean): Element {
  return ram('ChargeIndicator', [element('udt:Indicator', String(charge))]);
}

function adjustmentOf(one: Adjustment): Element {
  return ram('SpecifiedTradeAllowanceCharge', [
    indicator(one.charge),
    optional('CalculationPercent', one.percent),
    optional('BasisAmount', one.base),
    ram('ActualAmount', one.amount),
    ram('ReasonCode', one.reasonCode),
    ram('Reason', one.reason),
    one.category &&
      ram('CategoryTradeTax', [
        ram('TypeCode', 'VAT'),
        ram('CategoryCode', one.category),
        one.rate ? ram('RateApplicablePercent', one.rate) : undefined,
      ]),
  ]);
}

function agreementOf(draft: Draft): Element {
  return ram('ApplicableHeaderTradeAgreement', [
    ram('BuyerReference', draft.buyerReference),
    ram('SellerTradeParty', partyOf(draft.seller)),
    ram('BuyerTradeParty', partyOf(draft.buyer)),
    ram('BuyerOrderReferencedDocument', [ram('IssuerAssignedID', draft.orderReference)]),
  ]);
}

function partyOf(party: Party): Part[] {
  const { registration, contact } = party;
  return [
    optional('Name', party.name),
    registration &&
      ram('SpecifiedLegalOrganization', [
        ram('ID', registration.id, registration.scheme ? { schemeID: registration.scheme } : {}),
      ]),
    contact &&
      ram('DefinedTradeContact', [
        ram('PersonName', contact.name),
        ram('TelephoneUniversalCommunication', [ram('CompleteNumber', contact.phone)]),
        ram('EmailURIUniversalCommunication', [ram('URIID', contact.email)]),
      ]),
    ram('PostalTradeAddress', [
      ram('PostcodeCode', party.postcode),
      ram('LineOne', party.street),
      ram('CityName', party.city),
      ram('CountryID', party.country),
    ]),
    ram('URIUniversalCommunication', [ram('URIID', party.endpoint.id, { schemeID: party.endpoint.scheme })]),
    party.vat ? ram('SpecifiedTaxRegistration', [ram('ID', party.vat, { schemeID: 'VA' })]) : undefined,
    party.taxNumber
      ? ram('SpecifiedTaxRegistration', [ram('ID', party.taxNumber, { schemeID: 'FC' })])
      : undefined,
  ];
}

function deliveryOf({ delivery }: Draft): Element {
  if (!delivery) return ram('ApplicableHeaderTradeDelivery', []);
  return ram('ApplicableHeaderTradeDelivery', [
    ram('ShipToTradeParty', [
      ram('PostalTradeAddress', [
        ram('PostcodeCode', delivery.postcode),
        ram('CityName', delivery.city),
        ram('CountryID', delivery.country),
      ]),
    ]),
    ram('ActualDeliverySupplyChainEvent', [dated('OccurrenceDateTime', delivery.date)]),
  ]);
}

function settlementOf(draft: Draft): Element {
  const { payment, period, preceding } = draft;
  return ram('ApplicableHeaderTradeSettlement', [
    payment.means === '59' && ram('CreditorReferenceID', payment.creditorId),
    ram('PaymentReference', payment.reference),
    optional('TaxCurrencyCode', draft.taxCurrency),
    ram('InvoiceCurrencyCode', draft.currency),
    paymentOf(draft),
    ...draft.breakdown.map(taxOf),
    period &&
      ram('BillingSpecifiedPeriod', [dated('StartDateTime', period.start), dated('EndDateTime', period.end)]),
    ...draft.adjustments.map(adjustmentOf),
    ram('SpecifiedTradePaymentTerms', [
      ram('Description', draft.terms),
      dated('DueDateDateTime', draft.dueDate),
      payment.means === '59' && ram('DirectDebitMandateID', payment.mandate),
    ]),
    summationOf(draft),
    preceding && precedingOf(preceding),
  ]);
}

function precedingOf({ number, issueDate }: NonNullable<Draft['preceding']>): Element {
  const date = element('qdt:DateTimeString', issueDate.replaceAll('-', ''), { format: '102' });
  return ram('InvoiceReferencedDocument', [
    ram('IssuerAssignedID', number),
    ram('FormattedIssueDateTime', [date]),
  ]);
}

function paymentOf({ payment }: Draft): Element {
  const transfer = payment.means === '30' || payment.means === '58';
  return ram('SpecifiedTradeSettlementPaymentMeans', [
    ram('TypeCode', payment.means),
    payment.means === '48' &&
      ram('ApplicableTradeSettlementFinancialCard', [
        ram('ID', payment.cardNumber),
        ram('CardholderName', payment.holder),
      ]),
    payment.means === '59' && ram('PayerPartyDebtorFinancialAccount', [ram('IBANID', payment.debited)]),
    transfer && ram('PayeePartyCreditorFinancialAccount', [ram('IBANID', payment.account.iban)]),
    transfer && ram('PayeeSpecifiedCreditorFinancialInstitution', [ram('BICID', payment.account.bic)]),
  ]);
}

function taxOf(one: VatBreakdown): Element {
  return ram('ApplicableTradeTax', [
    ram('CalculatedAmount', one.tax),
    ram('TypeCode', 'VAT'),
    optional('ExemptionReason', one.exemption?.text),
    ram('BasisAmount', one.taxable),
    ram('CategoryCode', one.category),
    optional('ExemptionReasonCode', one.exemption?.code),
    one.rate === null ? undefined : ram('RateApplicablePercent', one.rate),
  ]);
}

function summationOf({ totals, currency, taxCurrency }: Draft): Element {
  return ram('SpecifiedTradeSettlementHeaderMonetarySummation', [
    ram('LineTotalAmount', totals.lines),
    optional('ChargeTotalAmount', totals.charges),
    optional('AllowanceTotalAmount', totals.allowances),
    ram('TaxBasisTotalAmount', totals.taxExclusive),
    ram('TaxTotalAmount', totals.tax, { currencyID: currency }),
    taxCurrency && totals.taxInTaxCurrency
      ? ram('TaxTotalAmount', totals.taxInTaxCurrency, { currencyID: taxCurrency })
      : undefined,
    optional('RoundingAmount', totals.rounding),
    ram('GrandTotalAmount', totals.taxInclusive),
    optional('TotalPrepaidAmount', totals.prepaid),
    ram('DuePayableAmount', totals.payable),
  ]);
}
