/** A complete UBL invoice or credit note that keeps every rule, to be broken by the tests. */
import { amountsOf, sampleOf, type Sample } from './sample.ts';
import { n, type Node } from './tree.ts';

const UBL = 'urn:oasis:names:specification:ubl:schema:xsd';

const money = (name: string, amount: string) => n(name, amount, { currencyID: 'EUR' });
const scheme = () => n('cac:TaxScheme', [n('cbc:ID', 'VAT')]);
const taxId = (id: string) => n('cac:PartyTaxScheme', [n('cbc:CompanyID', id), scheme()]);

export function ublInvoice(sample: Sample = sampleOf('S')): Node {
  return ublDocument('Invoice', sample);
}

export function ublCreditNote(sample: Sample = sampleOf('S')): Node {
  return ublDocument('CreditNote', sample);
}

function ublDocument(root: 'Invoice' | 'CreditNote', sample: Sample): Node {
  const isInvoice = root === 'Invoice';
  const xmlns = {
    xmlns: `${UBL}:${root}-2`,
    'xmlns:cac': `${UBL}:CommonAggregateComponents-2`,
    'xmlns:cbc': `${UBL}:CommonBasicComponents-2`,
  };
  return n(
    root,
    [
      n('cbc:CustomizationID', 'urn:cen.eu:en16931:2017'),
      n('cbc:ID', 'INV-1'),
      n('cbc:IssueDate', '2026-03-01'),
      isInvoice ? n('cbc:DueDate', '2026-03-31') : null,
      n(isInvoice ? 'cbc:InvoiceTypeCode' : 'cbc:CreditNoteTypeCode', isInvoice ? '380' : '381'),
      n('cbc:Note', '#AAI#Thank you'),
      n('cbc:DocumentCurrencyCode', 'EUR'),
      n('cac:InvoicePeriod', [n('cbc:StartDate', '2026-02-01'), n('cbc:EndDate', '2026-02-28')]),
      n('cac:BillingReference', [n('cac:InvoiceDocumentReference', [n('cbc:ID', 'INV-0')])]),
      n('cac:AdditionalDocumentReference', [
        n('cbc:ID', 'OBJECT-1', { schemeID: 'ABT' }),
        n('cbc:DocumentTypeCode', '130'),
      ]),
      n('cac:AdditionalDocumentReference', [
        n('cbc:ID', 'DOCUMENT-1'),
        n('cac:Attachment', [
          n('cbc:EmbeddedDocumentBinaryObject', 'QQ==', { mimeCode: 'application/pdf', filename: 'a.pdf' }),
        ]),
      ]),
      ...parties(sample),
      delivery(),
      paymentMeans('58'),
      ...parts(sample, 'document'),
      ...totals(sample),
      ...lines(sample, isInvoice),
    ],
    xmlns,
  );
}

function parties(sample: Sample): Node[] {
  return [
    n('cac:AccountingSupplierParty', [
      n('cac:Party', [
        n('cbc:EndpointID', '4012345000009', { schemeID: '0088' }),
        n('cac:PartyIdentification', [n('cbc:ID', '4012345000009', { schemeID: '0088' })]),
        n('cac:PartyName', [n('cbc:Name', 'Seller')]),
        address('cac:PostalAddress', 'DE'),
        sample.vatIds ? taxId('DE123456789') : null,
        n('cac:PartyLegalEntity', [
          n('cbc:RegistrationName', 'Seller Ltd'),
          n('cbc:CompanyID', '1', { schemeID: '0002' }),
        ]),
      ]),
    ]),
    n('cac:AccountingCustomerParty', [
      n('cac:Party', [
        n('cbc:EndpointID', 'buyer@example.org', { schemeID: 'EM' }),
        address('cac:PostalAddress', 'FR'),
        sample.vatIds ? taxId('FR12345678901') : null,
        n('cac:PartyLegalEntity', [n('cbc:RegistrationName', 'Buyer SA')]),
      ]),
    ]),
    n('cac:PayeeParty', [
      n('cac:PartyIdentification', [n('cbc:ID', 'DE98ZZZ09999999999', { schemeID: 'SEPA' })]),
      n('cac:PartyName', [n('cbc:Name', 'Bank')]),
    ]),
    ...(sample.vatIds ? [representative()] : []),
  ];
}

function representative(): Node {
  return n('cac:TaxRepresentativeParty', [
    n('cac:PartyName', [n('cbc:Name', 'Representative')]),
    address('cac:PostalAddress', 'AT'),
    taxId('ATU12345678'),
  ]);
}

function address(name: string, country: string): Node {
  return n(name, [n('cbc:CityName', 'Town'), n('cac:Country', [n('cbc:IdentificationCode', country)])]);
}

function delivery(): Node {
  return n('cac:Delivery', [
    n('cbc:ActualDeliveryDate', '2026-02-28'),
    n('cac:DeliveryLocation', [
      n('cbc:ID', '4012345000016', { schemeID: '0088' }),
      address('cac:Address', 'FR'),
    ]),
  ]);
}

function paymentMeans(code: string): Node {
  return n('cac:PaymentMeans', [
    n('cbc:PaymentMeansCode', code),
    n('cac:CardAccount', [n('cbc:PrimaryAccountNumberID', '1234'), n('cbc:NetworkID', 'card')]),
    n('cac:PayeeFinancialAccount', [n('cbc:ID', 'DE75512108001245126199')]),
    n('cac:PaymentMandate', [n('cbc:ID', 'MANDATE-1')]),
  ]);
}

function category(name: string, sample: Sample, reason = false): Node {
  return n(name, [
    n('cbc:ID', sample.category),
    sample.rate === undefined ? null : n('cbc:Percent', sample.rate),
    reason ? n('cbc:TaxExemptionReason', 'because') : null,
    scheme(),
  ]);
}

/** An allowance and a charge, of the document with their VAT category or of a line. */
function parts(sample: Sample, level: 'document' | 'line'): Node[] {
  const isDocument = level === 'document';
  const part = (isCharge: boolean, amount: string, code: string) =>
    n('cac:AllowanceCharge', [
      n('cbc:ChargeIndicator', String(isCharge)),
      n('cbc:AllowanceChargeReasonCode', code),
      n('cbc:AllowanceChargeReason', 'reason'),
      money('cbc:Amount', amount),
      money('cbc:BaseAmount', '100.00'),
      isDocument ? category('cac:TaxCategory', sample) : null,
    ]);
  if (!isDocument) return [part(false, '5.00', '95'), part(true, '2.00', 'FC')];
  return [part(false, '20.00', '95'), ...(sample.small ? [] : [part(true, '10.00', 'FC')])];
}

function totals(sample: Sample): Node[] {
  const amounts = amountsOf(sample);
  return [
    n('cac:TaxTotal', [
      money('cbc:TaxAmount', amounts.tax),
      n('cac:TaxSubtotal', [
        money('cbc:TaxableAmount', amounts.net),
        money('cbc:TaxAmount', amounts.tax),
        category('cac:TaxCategory', sample, sample.reason),
      ]),
    ]),
    n('cac:LegalMonetaryTotal', [
      money('cbc:LineExtensionAmount', amounts.lines),
      money('cbc:TaxExclusiveAmount', amounts.net),
      money('cbc:TaxInclusiveAmount', amounts.gross),
      money('cbc:AllowanceTotalAmount', amounts.allowances),
      amounts.charges === undefined ? null : money('cbc:ChargeTotalAmount', amounts.charges),
      money('cbc:PrepaidAmount', amounts.prepaid),
      money('cbc:PayableRoundingAmount', amounts.rounding),
      money('cbc:PayableAmount', amounts.payable),
    ]),
  ];
}

function lines(sample: Sample, isInvoice: boolean): Node[] {
  const line = (id: string, net: string, extras: readonly Node[]) =>
    n(isInvoice ? 'cac:InvoiceLine' : 'cac:CreditNoteLine', [
      n('cbc:ID', id),
      n(isInvoice ? 'cbc:InvoicedQuantity' : 'cbc:CreditedQuantity', '10', { unitCode: 'C62' }),
      money('cbc:LineExtensionAmount', net),
      ...extras,
      n('cac:Item', [
        n('cbc:Name', 'Item'),
        n('cac:StandardItemIdentification', [n('cbc:ID', '4012345000023', { schemeID: '0160' })]),
        n('cac:OriginCountry', [n('cbc:IdentificationCode', 'DE')]),
        n('cac:CommodityClassification', [n('cbc:ItemClassificationCode', '09348023', { listID: 'STI' })]),
        category('cac:ClassifiedTaxCategory', sample),
        n('cac:AdditionalItemProperty', [n('cbc:Name', 'Colour'), n('cbc:Value', 'Blue')]),
      ]),
      n('cac:Price', [
        money('cbc:PriceAmount', '10.00'),
        n('cac:AllowanceCharge', [
          n('cbc:ChargeIndicator', 'false'),
          money('cbc:Amount', '1.00'),
          money('cbc:BaseAmount', '11.00'),
        ]),
      ]),
    ]);
  const period = n('cac:InvoicePeriod', [n('cbc:StartDate', '2026-02-01'), n('cbc:EndDate', '2026-02-28')]);
  const first = line('1', '97.00', [period, ...parts(sample, 'line')]);
  return sample.small ? [first] : [first, line('2', '103.00', [])];
}
