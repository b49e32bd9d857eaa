/** A complete Cross Industry Invoice that keeps every rule, to be broken by the tests. */
import { amountsOf, sampleOf, type Sample } from './sample.ts';
import { CII as CII_PATHS } from './paths.ts';
import { add, n, type Edit, type Node } from './tree.ts';

const CII = 'urn:un:unece:uncefact:data:standard';

const date = (name: string, day: string) => n(name, [n('udt:DateTimeString', day, { format: '102' })]);
const taxId = (id: string) => n('ram:SpecifiedTaxRegistration', [n('ram:ID', id, { schemeID: 'VA' })]);
const address = (country: string) =>
  n('ram:PostalTradeAddress', [n('ram:CityName', 'Town'), n('ram:CountryID', country)]);

export function ciiInvoice(sample: Sample = sampleOf('S')): Node {
  return n(
    'rsm:CrossIndustryInvoice',
    [
      n('rsm:ExchangedDocumentContext', [
        n('ram:GuidelineSpecifiedDocumentContextParameter', [n('ram:ID', 'urn:cen.eu:en16931:2017')]),
      ]),
      n('rsm:ExchangedDocument', [
        n('ram:ID', 'INV-1'),
        n('ram:TypeCode', '380'),
        date('ram:IssueDateTime', '20260301'),
        n('ram:IncludedNote', [n('ram:Content', 'Thank you'), n('ram:SubjectCode', 'AAI')]),
      ]),
      n('rsm:SupplyChainTradeTransaction', [
        ...lines(sample),
        agreement(sample),
        delivery(),
        settlement(sample),
      ]),
    ],
    {
      'xmlns:rsm': `${CII}:CrossIndustryInvoice:100`,
      'xmlns:ram': `${CII}:ReusableAggregateBusinessInformationEntity:100`,
      'xmlns:udt': `${CII}:UnqualifiedDataType:100`,
      'xmlns:qdt': `${CII}:QualifiedDataType:100`,
    },
  );
}

/** A discount of the gross price of each line, with a VAT category, which the schema allows it to have. */
export function priceDiscount(category: string): Edit {
  return add(
    `${CII_PATHS.lines}/ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice`,
    n('ram:AppliedTradeAllowanceCharge', [
      n('ram:ChargeIndicator', [n('udt:Indicator', 'false')]),
      n('ram:ActualAmount', '1.00'),
      n('ram:CategoryTradeTax', [
        n('ram:TypeCode', 'VAT'),
        n('ram:CategoryCode', category),
        n('ram:RateApplicablePercent', '0'),
      ]),
    ]),
  );
}

function agreement(sample: Sample): Node {
  return n('ram:ApplicableHeaderTradeAgreement', [
    n('ram:SellerTradeParty', [
      n('ram:GlobalID', '4012345000009', { schemeID: '0088' }),
      n('ram:Name', 'Seller Ltd'),
      n('ram:SpecifiedLegalOrganization', [n('ram:ID', '1', { schemeID: '0002' })]),
      address('DE'),
      n('ram:URIUniversalCommunication', [n('ram:URIID', '4012345000009', { schemeID: '0088' })]),
      sample.vatIds ? taxId('DE123456789') : null,
    ]),
    n('ram:BuyerTradeParty', [
      n('ram:Name', 'Buyer SA'),
      address('FR'),
      n('ram:URIUniversalCommunication', [n('ram:URIID', 'buyer@example.org', { schemeID: 'EM' })]),
      sample.vatIds ? taxId('FR12345678901') : null,
    ]),
    sample.vatIds
      ? n('ram:SellerTaxRepresentativeTradeParty', [
          n('ram:Name', 'Representative'),
          address('AT'),
          taxId('ATU12345678'),
        ])
      : null,
    n('ram:AdditionalReferencedDocument', [
      n('ram:IssuerAssignedID', 'DOCUMENT-1'),
      n('ram:TypeCode', '916'),
      n('ram:AttachmentBinaryObject', 'QQ==', { mimeCode: 'application/pdf', filename: 'a.pdf' }),
    ]),
    n('ram:AdditionalReferencedDocument', [
      n('ram:IssuerAssignedID', 'OBJECT-1'),
      n('ram:TypeCode', '130'),
      n('ram:ReferenceTypeCode', 'ABT'),
    ]),
  ]);
}

function delivery(): Node {
  return n('ram:ApplicableHeaderTradeDelivery', [
    n('ram:ShipToTradeParty', [n('ram:GlobalID', '4012345000016', { schemeID: '0088' }), address('FR')]),
    n('ram:ActualDeliverySupplyChainEvent', [date('ram:OccurrenceDateTime', '20260228')]),
  ]);
}

function settlement(sample: Sample): Node {
  const amounts = amountsOf(sample);
  return n('ram:ApplicableHeaderTradeSettlement', [
    n('ram:InvoiceCurrencyCode', 'EUR'),
    n('ram:PayeeTradeParty', [n('ram:Name', 'Bank')]),
    n('ram:SpecifiedTradeSettlementPaymentMeans', [
      n('ram:TypeCode', '58'),
      n('ram:ApplicableTradeSettlementFinancialCard', [n('ram:ID', '1234')]),
      n('ram:PayeePartyCreditorFinancialAccount', [n('ram:IBANID', 'DE75512108001245126199')]),
    ]),
    n('ram:ApplicableTradeTax', [
      n('ram:CalculatedAmount', amounts.tax),
      n('ram:TypeCode', 'VAT'),
      sample.reason ? n('ram:ExemptionReason', 'because') : null,
      n('ram:BasisAmount', amounts.net),
      n('ram:CategoryCode', sample.category),
      sample.rate === undefined ? null : n('ram:RateApplicablePercent', sample.rate),
    ]),
    n('ram:BillingSpecifiedPeriod', [
      date('ram:StartDateTime', '20260201'),
      date('ram:EndDateTime', '20260228'),
    ]),
    ...parts(sample, 'document'),
    n('ram:SpecifiedTradePaymentTerms', [date('ram:DueDateDateTime', '20260331')]),
    n('ram:SpecifiedTradeSettlementHeaderMonetarySummation', [
      n('ram:LineTotalAmount', amounts.lines),
      amounts.charges === undefined ? null : n('ram:ChargeTotalAmount', amounts.charges),
      n('ram:AllowanceTotalAmount', amounts.allowances),
      n('ram:TaxBasisTotalAmount', amounts.net),
      n('ram:TaxTotalAmount', amounts.tax, { currencyID: 'EUR' }),
      n('ram:RoundingAmount', amounts.rounding),
      n('ram:GrandTotalAmount', amounts.gross),
      n('ram:TotalPrepaidAmount', amounts.prepaid),
      n('ram:DuePayableAmount', amounts.payable),
    ]),
    n('ram:InvoiceReferencedDocument', [n('ram:IssuerAssignedID', 'INV-0')]),
  ]);
}

function tax(name: string, sample: Sample): Node {
  return n(name, [
    n('ram:TypeCode', 'VAT'),
    n('ram:CategoryCode', sample.category),
    sample.rate === undefined ? null : n('ram:RateApplicablePercent', sample.rate),
  ]);
}

/** An allowance and a charge, of the document with their VAT category or of a line. */
function parts(sample: Sample, level: 'document' | 'line'): Node[] {
  const isDocument = level === 'document';
  const part = (isCharge: boolean, amount: string, code: string) =>
    n('ram:SpecifiedTradeAllowanceCharge', [
      n('ram:ChargeIndicator', [n('udt:Indicator', String(isCharge))]),
      n('ram:BasisAmount', '100.00'),
      n('ram:ActualAmount', amount),
      n('ram:ReasonCode', code),
      n('ram:Reason', 'reason'),
      isDocument ? tax('ram:CategoryTradeTax', sample) : null,
    ]);
  if (!isDocument) return [part(false, '5.00', '95'), part(true, '2.00', 'FC')];
  return [part(false, '20.00', '95'), ...(sample.small ? [] : [part(true, '10.00', 'FC')])];
}

function lines(sample: Sample): Node[] {
  const line = (id: string, net: string, extras: readonly Node[]) =>
    n('ram:IncludedSupplyChainTradeLineItem', [
      n('ram:AssociatedDocumentLineDocument', [n('ram:LineID', id)]),
      n('ram:SpecifiedTradeProduct', [
        n('ram:GlobalID', '4012345000023', { schemeID: '0160' }),
        n('ram:Name', 'Item'),
        n('ram:ApplicableProductCharacteristic', [n('ram:Description', 'Colour'), n('ram:Value', 'Blue')]),
        n('ram:DesignatedProductClassification', [n('ram:ClassCode', '09348023', { listID: 'STI' })]),
        n('ram:OriginTradeCountry', [n('ram:ID', 'DE')]),
      ]),
      n('ram:SpecifiedLineTradeAgreement', [
        n('ram:GrossPriceProductTradePrice', [n('ram:ChargeAmount', '11.00')]),
        n('ram:NetPriceProductTradePrice', [n('ram:ChargeAmount', '10.00')]),
      ]),
      n('ram:SpecifiedLineTradeDelivery', [n('ram:BilledQuantity', '10', { unitCode: 'C62' })]),
      n('ram:SpecifiedLineTradeSettlement', [
        tax('ram:ApplicableTradeTax', sample),
        ...extras,
        n('ram:SpecifiedTradeSettlementLineMonetarySummation', [n('ram:LineTotalAmount', net)]),
      ]),
    ]);
  const period = n('ram:BillingSpecifiedPeriod', [
    date('ram:StartDateTime', '20260201'),
    date('ram:EndDateTime', '20260228'),
  ]);
  const first = line('1', '97.00', [period, ...parts(sample, 'line')]);
  return sample.small ? [first] : [first, line('2', '103.00', [])];
}
