import { breakAll, keepAll } from '../testing/breaking.ts';
import { CII, UBL } from '../testing/paths.ts';
import { sampleOf } from '../testing/sample.ts';
import { add, attr, both, drop, n, put } from '../testing/tree.ts';

breakAll('BR-CL', [
  {
    rule: 'BR-CL-01',
    ubl: put('cbc:InvoiceTypeCode', '999'),
    cii: put(`${CII.document}/ram:TypeCode`, '999'),
  },
  {
    rule: 'BR-CL-03',
    ubl: attr(`${UBL.line}/cac:Price/cbc:PriceAmount`, 'currencyID', 'EURO'),
    cii: both(add(CII.totals, n('ram:TaxTotalAmount', '1', { currencyID: 'EURO' }))),
  },
  {
    rule: 'BR-CL-03',
    ubl: attr(`${UBL.line}/cac:Price/cbc:PriceAmount`, 'currencyID'),
    cii: 'CII gives it only where it differs',
    what: 'none',
  },
  {
    rule: 'BR-CL-04',
    ubl: both(
      put('cbc:DocumentCurrencyCode', 'eur'),
      add('', n('cac:TaxTotal', [n('cbc:TaxAmount', '38.00', { currencyID: 'eur' })])),
    ),
    cii: both(
      put(`${CII.settlement}/ram:InvoiceCurrencyCode`, 'eur'),
      attr(`${CII.totals}/ram:TaxTotalAmount`, 'currencyID', 'eur'),
    ),
    also: { ubl: ['BR-CL-03'], cii: ['BR-CL-03'] },
  },
  {
    rule: 'BR-CL-05',
    ubl: both(
      add('', n('cbc:TaxCurrencyCode', 'SKR')),
      add('', n('cac:TaxTotal', [n('cbc:TaxAmount', '1', { currencyID: 'SKR' })])),
    ),
    cii: both(
      add(CII.settlement, n('ram:TaxCurrencyCode', 'SKR')),
      add(CII.totals, n('ram:TaxTotalAmount', '1', { currencyID: 'SKR' })),
    ),
    also: { ubl: ['BR-CL-03'], cii: ['BR-CL-03'] },
  },
  {
    rule: 'BR-CL-06',
    ubl: add('cac:InvoicePeriod', n('cbc:DescriptionCode', '5')),
    cii: add(CII.tax, n('ram:DueDateTypeCode', '35')),
  },
  {
    rule: 'BR-CL-07',
    ubl: attr('cac:AdditionalDocumentReference[1]/cbc:ID', 'schemeID', 'XXX'),
    cii: put(`${CII.agreement}/ram:AdditionalReferencedDocument/ram:ReferenceTypeCode`, 'XXX'),
  },
  {
    rule: 'BR-CL-08',
    ubl: put('cbc:Note', '#XXX#text'),
    cii: put(`${CII.document}/ram:IncludedNote/ram:SubjectCode`, 'XXX'),
  },
  {
    rule: 'BR-CL-08',
    ubl: put('cbc:Note', '#A\u{1F600}B#text'),
    cii: put(`${CII.document}/ram:IncludedNote/ram:SubjectCode`, 'A A'),
    what: 'three characters, one of which takes two units of UTF-16 (in CII: a part of the list)',
  },
  {
    rule: 'BR-CL-10',
    ubl: attr(`${UBL.seller}/cac:PartyIdentification/cbc:ID`, 'schemeID', '9999'),
    cii: attr(`${CII.seller}/ram:GlobalID`, 'schemeID', '9999'),
  },
  {
    rule: 'BR-CL-10',
    ubl: add(UBL.buyer, n('cac:PartyIdentification', [n('cbc:ID', 'DE98ZZZ', { schemeID: 'SEPA' })])),
    cii: 'CII names the creditor elsewhere',
    what: 'a buyer is no SEPA creditor',
  },
  {
    rule: 'BR-CL-10',
    ubl: attr(`${UBL.payee}/cac:PartyIdentification/cbc:ID`, 'schemeID', '\u00a0SEPA'),
    cii: 'CII names the creditor elsewhere',
    what: 'a space that is no white space of XML',
  },
  {
    rule: 'BR-CL-11',
    ubl: attr(`${UBL.seller}/cac:PartyLegalEntity/cbc:CompanyID`, 'schemeID', ''),
    cii: attr(`${CII.seller}/ram:SpecifiedLegalOrganization/ram:ID`, 'schemeID', 'HRB'),
  },
  {
    rule: 'BR-CL-13',
    ubl: attr(`${UBL.item}/cac:CommodityClassification/cbc:ItemClassificationCode`, 'listID', 'CPV'),
    cii: attr(`${CII.product}/ram:DesignatedProductClassification/ram:ClassCode`, 'listID', 'CPV'),
  },
  {
    rule: 'BR-CL-14',
    ubl: put('cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode', 'FRA'),
    cii: put(`${CII.buyer}/ram:PostalTradeAddress/ram:CountryID`, 'FRA'),
  },
  {
    rule: 'BR-CL-15',
    ubl: put(`${UBL.item}/cac:OriginCountry/cbc:IdentificationCode`, 'D'),
    cii: put(`${CII.product}/ram:OriginTradeCountry/ram:ID`, 'D'),
  },
  {
    rule: 'BR-CL-16',
    ubl: put(`${UBL.means}/cbc:PaymentMeansCode`, '99'),
    cii: put(`${CII.means}/ram:TypeCode`, '99'),
  },
  {
    rule: 'BR-CL-17',
    ubl: put(`${UBL.allowance}/cac:TaxCategory/cbc:ID`, 'AA'),
    cii: put(`${CII.allowance}/ram:CategoryTradeTax/ram:CategoryCode`, 'AA'),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
  },
  {
    rule: 'BR-CL-18',
    ubl: put(`${UBL.item}/cac:ClassifiedTaxCategory/cbc:ID`, 'AA'),
    cii: put(`${CII.lineSettlement}/ram:ApplicableTradeTax/ram:CategoryCode`, 'AA'),
    also: { ubl: ['BR-S-08'], cii: ['BR-S-08'] },
  },
  {
    rule: 'BR-CL-19',
    ubl: put(`${UBL.allowance}/cbc:AllowanceChargeReasonCode`, 'FC'),
    cii: put(`${CII.lineAllowance}/ram:ReasonCode`, 'FC'),
  },
  {
    rule: 'BR-CL-20',
    ubl: put(`${UBL.lineCharge}/cbc:AllowanceChargeReasonCode`, '95'),
    cii: put(`${CII.charge}/ram:ReasonCode`, '95'),
  },
  {
    rule: 'BR-CL-21',
    ubl: attr(`${UBL.item}/cac:StandardItemIdentification/cbc:ID`, 'schemeID', 'GTIN'),
    cii: attr(`${CII.product}/ram:GlobalID`, 'schemeID', 'GTIN'),
  },
  {
    rule: 'BR-CL-22',
    ubl: add(`${UBL.subtotal}/cac:TaxCategory`, n('cbc:TaxExemptionReasonCode', 'VATEX')),
    cii: add(CII.tax, n('ram:ExemptionReasonCode', 'VATEX')),
    sample: sampleOf('E'),
  },
  {
    rule: 'BR-CL-23',
    ubl: attr(`${UBL.line}/cbc:InvoicedQuantity`, 'unitCode', 'Stk'),
    cii: attr(`${CII.line}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity`, 'unitCode', 'Stk'),
  },
  {
    rule: 'BR-CL-24',
    ubl: attr(
      'cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject',
      'mimeCode',
      'text/html',
    ),
    cii: attr(
      `${CII.agreement}/ram:AdditionalReferencedDocument/ram:AttachmentBinaryObject`,
      'mimeCode',
      'text/html',
    ),
  },
  {
    rule: 'BR-CL-24',
    ubl: attr(
      'cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject',
      'mimeCode',
      'application/pdf ',
    ),
    cii: attr(
      `${CII.agreement}/ram:AdditionalReferencedDocument/ram:AttachmentBinaryObject`,
      'mimeCode',
      ' application/pdf',
    ),
    what: 'a blank beside it',
  },
  {
    rule: 'BR-CL-25',
    ubl: attr(`${UBL.seller}/cbc:EndpointID`, 'schemeID', 'MAIL'),
    cii: attr(`${CII.buyer}/ram:URIUniversalCommunication/ram:URIID`, 'schemeID', 'MAIL'),
  },
  {
    rule: 'BR-CL-26',
    ubl: attr('cac:Delivery/cac:DeliveryLocation/cbc:ID', 'schemeID', 'GLN'),
    cii: attr(`${CII.delivery}/ram:ShipToTradeParty/ram:GlobalID`, 'schemeID', 'GLN'),
  },
]);

keepAll('BR-CL: what is allowed', [
  {
    what: 'white space around a code',
    ubl: both(put(`${UBL.means}/cbc:PaymentMeansCode`, '\n 58 \t')),
  },
  { what: 'a note with a number sign that is no subject code', ubl: put('cbc:Note', 'part #12345# of #2') },
  { what: 'a note whose subject is a part of the list, blanks included', ubl: put('cbc:Note', '#A A#text') },
  { what: 'a note with a subject of two characters', ubl: put('cbc:Note', '#\u{1F600}a#text') },
  { what: 'a note with one number sign', ubl: put('cbc:Note', 'call #123') },
  {
    what: 'an origin with a scheme, which is taken for an identifier',
    cii: both(
      put(`${CII.product}/ram:OriginTradeCountry/ram:ID`, 'D'),
      attr(`${CII.product}/ram:OriginTradeCountry/ram:ID`, 'schemeID', '0088'),
    ),
  },
  {
    what: 'any scheme on a document that is no invoiced object',
    ubl: add(
      UBL.line,
      n('cac:DocumentReference', [n('cbc:ID', '1', { schemeID: 'XXX' }), n('cbc:DocumentTypeCode', '916')]),
    ),
  },
  {
    what: 'any scheme where the type of an invoiced object has a blank beside it',
    ubl: add(
      UBL.line,
      n('cac:DocumentReference', [n('cbc:ID', '1', { schemeID: 'XXX' }), n('cbc:DocumentTypeCode', ' 130')]),
    ),
  },
  {
    what: 'the seller as SEPA creditor',
    ubl: both(
      drop(`${UBL.payee}/cac:PartyIdentification`),
      add(UBL.seller, n('cac:PartyIdentification', [n('cbc:ID', 'DE98ZZZ', { schemeID: 'SEPA' })])),
    ),
  },
  {
    what: 'VATEX codes in lower case',
    ubl: add(`${UBL.subtotal}/cac:TaxCategory`, n('cbc:TaxExemptionReasonCode', 'vatex-eu-132')),
    cii: add(CII.tax, n('ram:ExemptionReasonCode', 'vatex-eu-132')),
    sample: sampleOf('E'),
  },
  {
    what: 'a tax registration scheme, which is of no list',
    cii: add(CII.seller, n('ram:SpecifiedTaxRegistration', [n('ram:ID', '12/345', { schemeID: 'FC' })])),
  },
]);
