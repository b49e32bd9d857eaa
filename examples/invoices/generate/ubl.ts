/** Writes a draft as a UBL 2.1 Invoice or, for type 381, CreditNote. Elements stand in the order of the UBL schemas. */
import type { Adjustment, Draft, Line, Party, Payment, VatBreakdown, VatCategory } from './invoice.ts';
import { document, element } from './xml.ts';
import type { Element, Part } from './xml.ts';

const SPECIFICATION = 'urn:cen.eu:en16931:2017';
const SCHEMAS = 'urn:oasis:names:specification:ubl:schema:xsd';

const cbc = (name: string, text: string, attributes?: Record<string, string>): Element =>
  element(`cbc:${name}`, text, attributes);
const cac = (name: string, parts: readonly Part[]): Element => element(`cac:${name}`, parts);
const optional = (name: string, text: string | undefined): Part => (text ? cbc(name, text) : undefined);

export function writeUbl(draft: Draft): string {
  const credit = draft.typeCode === '381';
  const kind = credit ? 'CreditNote' : 'Invoice';
  const amount = (name: string, value: string): Element => cbc(name, value, { currencyID: draft.currency });
  const root = element(
    kind,
    [
      ...headOf(draft, credit),
      ...referencesOf(draft),
      cac('AccountingSupplierParty', [partyOf(draft.seller, draft.payment)]),
      cac('AccountingCustomerParty', [partyOf(draft.buyer)]),
      deliveryOf(draft),
      paymentOf(draft, credit),
      cac('PaymentTerms', [cbc('Note', draft.terms)]),
      ...draft.adjustments.map((one) => adjustmentOf(one, amount)),
      ...taxTotalsOf(draft, amount),
      totalsOf(draft, amount),
      ...draft.lines.map((line) => lineOf(line, credit, amount)),
    ],
    {
      xmlns: `${SCHEMAS}:${kind}-2`,
      'xmlns:cac': `${SCHEMAS}:CommonAggregateComponents-2`,
      'xmlns:cbc': `${SCHEMAS}:CommonBasicComponents-2`,
    },
  );
  return document(root);
}

type AmountWriter = (name: string, value: string) => Element;

function headOf(draft: Draft, credit: boolean): Part[] {
  return [
    cbc('CustomizationID', SPECIFICATION),
    cbc('ID', draft.number),
    cbc('IssueDate', draft.issueDate),
    credit ? undefined : cbc('DueDate', draft.dueDate),
    cbc(credit ? 'CreditNoteTypeCode' : 'InvoiceTypeCode', draft.typeCode),
    optional('Note', draft.note),
    cbc('DocumentCurrencyCode', draft.currency),
    optional('TaxCurrencyCode', draft.taxCurrency),
    cbc('BuyerReference', draft.buyerReference),
    draft.period &&
      cac('InvoicePeriod', [cbc('StartDate', draft.period.start), cbc('EndDate', draft.period.end)]),
  ];
}

function referencesOf({ orderReference, preceding }: Draft): Part[] {
  return [
    cac('OrderReference', [cbc('ID', orderReference)]),
    preceding &&
      cac('BillingReference', [
        cac('InvoiceDocumentReference', [cbc('ID', preceding.number), cbc('IssueDate', preceding.issueDate)]),
      ]),
  ];
}

function partyOf(party: Party, payment?: Payment): Element {
  const { registration, contact } = party;
  return cac('Party', [
    cbc('EndpointID', party.endpoint.id, { schemeID: party.endpoint.scheme }),
    payment?.means === '59' &&
      cac('PartyIdentification', [cbc('ID', payment.creditorId, { schemeID: 'SEPA' })]),
    cac('PostalAddress', [
      cbc('StreetName', party.street),
      cbc('CityName', party.city),
      cbc('PostalZone', party.postcode),
      cac('Country', [cbc('IdentificationCode', party.country)]),
    ]),
    party.vat ? taxSchemeOf(party.vat, 'VAT') : undefined,
    party.taxNumber ? taxSchemeOf(party.taxNumber, 'FC') : undefined,
    cac('PartyLegalEntity', [
      optional('RegistrationName', party.name),
      registration &&
        cbc('CompanyID', registration.id, registration.scheme ? { schemeID: registration.scheme } : {}),
    ]),
    contact &&
      cac('Contact', [
        cbc('Name', contact.name),
        cbc('Telephone', contact.phone),
        cbc('ElectronicMail', contact.email),
      ]),
  ]);
}

function taxSchemeOf(id: string, scheme: string): Element {
  return cac('PartyTaxScheme', [cbc('CompanyID', id), cac('TaxScheme', [cbc('ID', scheme)])]);
}

function deliveryOf({ delivery }: Draft): Part {
  if (!delivery) return undefined;
  return cac('Delivery', [
    cbc('ActualDeliveryDate', delivery.date),
    cac('DeliveryLocation', [
      cac('Address', [
        cbc('CityName', delivery.city),
        cbc('PostalZone', delivery.postcode),
        cac('Country', [cbc('IdentificationCode', delivery.country)]),
      ]),
    ]),
  ]);
}

function paymentOf({ payment, dueDate }: Draft, credit: boolean): Element {
  return cac('PaymentMeans', [
    cbc('PaymentMeansCode', payment.means),
    credit && cbc('PaymentDueDate', dueDate),
    cbc('PaymentID', payment.reference),
    payment.means === '48' &&
      cac('CardAccount', [
        cbc('PrimaryAccountNumberID', payment.cardNumber),
        cbc('NetworkID', 'NA'),
        cbc('HolderName', payment.holder),
      ]),
    (payment.means === '30' || payment.means === '58') &&
      cac('PayeeFinancialAccount', [
        cbc('ID', payment.account.iban),
        cac('FinancialInstitutionBranch', [cbc('ID', payment.account.bic)]),
      ]),
    payment.means === '59' &&
      cac('PaymentMandate', [
        cbc('ID', payment.mandate),
        cac('PayerFinancialAccount', [cbc('ID', payment.debited)]),
      ]),
  ]);
}

function adjustmentOf(one: Adjustment, amount: AmountWriter): Element {
  return cac('AllowanceCharge', [
    cbc('ChargeIndicator', String(one.charge)),
    cbc('AllowanceChargeReasonCode', one.reasonCode),
    cbc('AllowanceChargeReason', one.reason),
    optional('MultiplierFactorNumeric', one.percent),
    amount('Amount', one.amount),
    one.base ? amount('BaseAmount', one.base) : undefined,
    one.category && categoryOf('TaxCategory', one.category, one.rate ?? null),
  ]);
}

function categoryOf(
  name: string,
  category: VatCategory,
  rate: string | null,
  exemption?: VatBreakdown['exemption'],
): Element {
  return cac(name, [
    cbc('ID', category),
    rate === null ? undefined : cbc('Percent', rate),
    optional('TaxExemptionReasonCode', exemption?.code),
    optional('TaxExemptionReason', exemption?.text),
    cac('TaxScheme', [cbc('ID', 'VAT')]),
  ]);
}

function taxTotalsOf(draft: Draft, amount: AmountWriter): Part[] {
  const { taxCurrency, totals } = draft;
  const subtotals = draft.breakdown.map((one) =>
    cac('TaxSubtotal', [
      amount('TaxableAmount', one.taxable),
      amount('TaxAmount', one.tax),
      categoryOf('TaxCategory', one.category, one.rate, one.exemption),
    ]),
  );
  return [
    cac('TaxTotal', [amount('TaxAmount', totals.tax), ...subtotals]),
    taxCurrency && totals.taxInTaxCurrency
      ? cac('TaxTotal', [cbc('TaxAmount', totals.taxInTaxCurrency, { currencyID: taxCurrency })])
      : undefined,
  ];
}

function totalsOf({ totals }: Draft, amount: AmountWriter): Element {
  const maybe = (name: string, value: string | undefined): Part => (value ? amount(name, value) : undefined);
  return cac('LegalMonetaryTotal', [
    amount('LineExtensionAmount', totals.lines),
    amount('TaxExclusiveAmount', totals.taxExclusive),
    amount('TaxInclusiveAmount', totals.taxInclusive),
    maybe('AllowanceTotalAmount', totals.allowances),
    maybe('ChargeTotalAmount', totals.charges),
    maybe('PrepaidAmount', totals.prepaid),
    maybe('PayableRoundingAmount', totals.rounding),
    amount('PayableAmount', totals.payable),
  ]);
}

function lineOf(line: Line, credit: boolean, amount: AmountWriter): Element {
  return cac(credit ? 'CreditNoteLine' : 'InvoiceLine', [
    cbc('ID', line.id),
    cbc(credit ? 'CreditedQuantity' : 'InvoicedQuantity', line.quantity, { unitCode: line.unit }),
    amount('LineExtensionAmount', line.net),
    ...line.adjustments.map((one) => adjustmentOf(one, amount)),
    cac('Item', [
      cbc('Name', line.name),
      line.articleNumber ? cac('SellersItemIdentification', [cbc('ID', line.articleNumber)]) : undefined,
      line.commodity &&
        cac('CommodityClassification', [
          cbc('ItemClassificationCode', line.commodity.code, { listID: line.commodity.list }),
        ]),
      categoryOf('ClassifiedTaxCategory', line.category, line.rate),
    ]),
    priceOf(line, amount),
  ]);
}

function priceOf({ price, baseQuantity, unit, gross }: Line, amount: AmountWriter): Element {
  return cac('Price', [
    amount('PriceAmount', price),
    baseQuantity ? cbc('BaseQuantity', baseQuantity, { unitCode: unit }) : undefined,
    gross &&
      cac('AllowanceCharge', [
        cbc('ChargeIndicator', 'false'),
        amount('Amount', gross.discount),
        amount('BaseAmount', gross.price),
      ]),
  ]);
}
