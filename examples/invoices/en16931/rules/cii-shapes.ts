/** CII-SR and CII-DT: the fatal rules of the binding of EN 16931 to CII D16B. */
import { WRITTEN_DAY } from '../content.ts';
import { at, attribute, child, collapsed, everywhere, text } from '../navigate.ts';
import type { Element } from '../xml.ts';
import { atMostOnce, never, noAttribute, once, shapesOf, type Shape } from './shape.ts';

const ROOT = 'rsm:CrossIndustryInvoice';
const PRODUCT = 'ram:SpecifiedTradeProduct';
const AGREEMENT = 'ram:ApplicableHeaderTradeAgreement';
const SETTLEMENT = 'ram:ApplicableHeaderTradeSettlement';
const PART = 'ram:SpecifiedTradeAllowanceCharge';
const MEANS = 'ram:SpecifiedTradeSettlementPaymentMeans';
const SUMMATION = 'ram:SpecifiedTradeSettlementHeaderMonetarySummation';
const PERIOD = 'ram:BillingSpecifiedPeriod';
const ADDRESS = 'ram:PostalTradeAddress';
const CHARACTERISTIC = 'ram:ApplicableProductCharacteristic';
const LINE_AGREEMENT = 'ram:SpecifiedLineTradeAgreement';
const GUIDELINE = 'ram:GuidelineSpecifiedDocumentContextParameter';

const ending = (suffix: string) => (name: string) => name.startsWith('ram:') && name.endsWith(suffix);
const REFERENCE = ending('ReferencedDocument');
const QUANTITY = ending('Quantity');
const AMOUNT = (name: string) => ending('Amount')(name) && name !== 'ram:TaxTotalAmount';

const STRUCTURE: readonly Shape[] = [
  once('CII-SR-009', 'rsm:ExchangedDocumentContext', 'The guideline (BT-24)', GUIDELINE),
  once(
    'CII-SR-010',
    'rsm:ExchangedDocumentContext',
    'The identifier of the guideline (BT-24)',
    GUIDELINE,
    'ram:ID',
  ),
  once('CII-SR-014', 'rsm:ExchangedDocument', 'The type code (BT-3)', 'ram:TypeCode'),
  shape('CII-SR-046', PRODUCT, 'A standard item identifier (BT-157) has a scheme.', (product) =>
    ofLine(product) && at(product, 'ram:GlobalID').length > 0
      ? at(product, 'ram:GlobalID').some((id) => id.attributes.has('schemeID'))
      : true,
  ),
  ...inProduct(
    once('CII-SR-069', CHARACTERISTIC, 'The name of an item attribute (BT-160)', 'ram:Description'),
  ),
  ...inProduct(once('CII-SR-072', CHARACTERISTIC, 'The value of an item attribute (BT-161)', 'ram:Value')),
  shape(
    'CII-SR-090',
    PRODUCT,
    'A country of origin (BT-159) has exactly one code.',
    (product) =>
      !ofLine(product) ||
      !child(product, 'ram:OriginTradeCountry') ||
      at(product, 'ram:OriginTradeCountry', 'ram:ID').length === 1,
  ),
  once(
    'CII-SR-439',
    LINE_AGREEMENT,
    'The net price of a line (BT-146)',
    'ram:NetPriceProductTradePrice',
    'ram:ChargeAmount',
  ),
  shape(
    'CII-SR-440',
    'ram:AppliedTradeAllowanceCharge',
    'The discount of a price (BT-147) occurs at most once.',
    (part) =>
      part.parent?.name !== 'ram:GrossPriceProductTradePrice' || at(part, 'ram:ActualAmount').length <= 1,
  ),
  atMostOnce(
    'CII-SR-441',
    LINE_AGREEMENT,
    'The net price of a line (BT-146)',
    'ram:NetPriceProductTradePrice',
    'ram:ChargeAmount',
  ),
  atMostOnce(
    'CII-SR-455',
    AGREEMENT,
    'The contact of the seller (BG-6)',
    'ram:SellerTradeParty',
    'ram:DefinedTradeContact',
  ),
  atMostOnce(
    'CII-SR-456',
    AGREEMENT,
    'The contact of the buyer (BG-9)',
    'ram:BuyerTradeParty',
    'ram:DefinedTradeContact',
  ),
  atMostOnce(
    'CII-SR-459',
    AGREEMENT,
    'The electronic address of the seller (BT-34)',
    'ram:SellerTradeParty',
    'ram:URIUniversalCommunication',
  ),
  atMostOnce(
    'CII-SR-460',
    AGREEMENT,
    'The electronic address of the buyer (BT-49)',
    'ram:BuyerTradeParty',
    'ram:URIUniversalCommunication',
  ),
  atMostOnce(
    'CII-SR-461',
    SETTLEMENT,
    'The VAT point date (BT-7)',
    'ram:ApplicableTradeTax',
    'ram:TaxPointDate',
  ),
  ofDocument(
    'CII-SR-462',
    'All VAT breakdowns and lines have the same code of the VAT point (BT-8).',
    (root) => agree(below(root, 'ram:ApplicableTradeTax', 'ram:DueDateTypeCode').map((code) => code.text)),
  ),
  shape(
    'CII-SR-463',
    PART,
    'An allowance or charge says which of the two it is.',
    (part) => child(part, 'ram:ChargeIndicator') !== undefined,
  ),
  ofDocument('CII-SR-467', 'All means of payment have the same code (BT-81).', (root) =>
    meansAgree(root, 'ram:TypeCode'),
  ),
  ofDocument('CII-SR-468', 'All means of payment have the same text (BT-82).', (root) =>
    meansAgree(root, 'ram:Information'),
  ),
  atMostOnce('CII-SR-469', SETTLEMENT, 'The remittance information (BT-83)', 'ram:PaymentReference'),
  shape(
    'CII-SR-470',
    SETTLEMENT,
    'A credit transfer names the account to pay to (BT-84).',
    (settlement) => !at(settlement, MEANS).some(lacksAccount),
  ),
  atMostOnce('CII-SR-471', PART, 'The VAT rate of an allowance or charge', 'ram:RateApplicablePercent'),
  atMostOnce(
    'CII-SR-472',
    PART,
    'The VAT category of an allowance or charge (BT-95, BT-102)',
    'ram:CategoryTradeTax',
  ),
  atMostOnce(
    'CII-SR-473',
    PART,
    'The amount of an allowance or charge (BT-92, BT-99, BT-136, BT-141)',
    'ram:ActualAmount',
  ),
];

const TOTALS: readonly (readonly [string, string])[] = [
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
];

/** Identifiers that carry no attribute at all; of others, some attributes are left out. */
const IDENTIFIERS: readonly Shape[] = [
  ...['schemeName', 'schemeAgencyName', 'schemeDataURI', 'schemeURI'].flatMap((name, index) => [
    only(isBareId, noAttribute(`CII-DT-00${index + 1}`, ending('ID'), name)),
    only((id) => !isBareId(id), noAttribute(`CII-DT-10${index + 1}`, ending('ID'), name)),
  ]),
  only(isBareId, noAttribute('CII-DT-005', ending('ID'), 'schemeID')),
  only(isBareId, noAttribute('CII-DT-006', ending('ID'), 'schemeAgencyID')),
  only(isBareId, noAttribute('CII-DT-007', ending('ID'), 'schemeVersionID')),
  noAttribute('CII-DT-008', 'ram:TypeCode', 'name'),
  noAttribute('CII-DT-009', 'ram:TypeCode', 'listURI'),
  noAttribute('CII-DT-013', ROOT, 'languageID'),
  noAttribute('CII-DT-014', ROOT, 'languageLocaleID'),
];

const REFERENCES: readonly Shape[] = [
  never('CII-DT-016', REFERENCE, 'ram:StatusCode'),
  never('CII-DT-017', REFERENCE, 'ram:CopyIndicator'),
  shape(
    'CII-DT-018',
    REFERENCE,
    'Only an additional document has a type: 50, 130 or 916.',
    (one) =>
      !child(one, 'ram:TypeCode') ||
      (isAdditional(one) && ['50', '130', '916'].includes(text(one, 'ram:TypeCode') ?? '')),
  ),
  never('CII-DT-019', REFERENCE, 'ram:GlobalID'),
  never('CII-DT-020', REFERENCE, 'ram:RevisionID'),
  onlyOfType('CII-DT-015', 'ram:URIID', '916'),
  onlyOfType('CII-DT-021', 'ram:Name', '916'),
  onlyOfType('CII-DT-022', 'ram:AttachmentBinaryObject', '916'),
  onlyOfType('CII-DT-024', 'ram:ReferenceTypeCode', '130'),
  never('CII-DT-023', REFERENCE, 'ram:Information'),
  never('CII-DT-025', REFERENCE, 'ram:SectionName'),
  never('CII-DT-026', REFERENCE, 'ram:PreviousRevisionID'),
  only(
    (one) => one.name !== 'ram:InvoiceReferencedDocument',
    never('CII-DT-027', REFERENCE, 'ram:FormattedIssueDateTime'),
  ),
  never('CII-DT-028', REFERENCE, 'ram:EffectiveSpecifiedPeriod'),
  never('CII-DT-029', REFERENCE, 'ram:IssuerTradeParty'),
  never('CII-DT-030', REFERENCE, 'ram:AttachedSpecifiedBinaryFile'),
];

const PERIOD_WITHOUT: readonly (readonly [string, ...string[]])[] = [
  ['CII-DT-068', 'ram:StartDateTime', 'udt:DateTime'],
  ['CII-DT-069', 'ram:DurationMeasure'],
  ['CII-DT-070', 'ram:InclusiveIndicator'],
  ['CII-DT-071', 'ram:Description'],
  ['CII-DT-072', 'ram:EndDateTime', 'udt:DateTime'],
  ['CII-DT-073', 'ram:CompleteDateTime'],
  ['CII-DT-074', 'ram:OpenIndicator'],
  ['CII-DT-075', 'ram:SeasonCode'],
  ['CII-DT-076', 'ram:ID'],
  ['CII-DT-077', 'ram:Name'],
  ['CII-DT-078', 'ram:SequenceNumeric'],
  ['CII-DT-079', 'ram:StartDateFlexibilityCode'],
  ['CII-DT-080', 'ram:ContinuousIndicator'],
  ['CII-DT-081', 'ram:PurposeCode'],
];

const ADDRESS_WITHOUT: readonly (readonly [string, string])[] = [
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
];

const VALUES: readonly Shape[] = [
  noAttribute('CII-DT-031', AMOUNT, 'currencyID'),
  noAttribute('CII-DT-032', AMOUNT, 'currencyCodeListVersionID'),
  shape(
    'CII-DT-033',
    QUANTITY,
    'A quantity has a unit only where invoiced quantities have one.',
    (quantity) => !quantity.attributes.has('unitCode') || hasInvoicedUnit(quantity),
  ),
  noAttribute('CII-DT-034', QUANTITY, 'unitCodeListID'),
  noAttribute('CII-DT-035', QUANTITY, 'unitCodeListAgencyID'),
  noAttribute('CII-DT-036', QUANTITY, 'unitCodeListAgencyName'),
  shape('CII-DT-037', ending('TradeTax'), 'The only tax is VAT.', (tax) => {
    const type = child(tax, 'ram:TypeCode');
    return !type || type.text === 'VAT';
  }),
  shape(
    'CII-DT-097',
    'udt:DateTimeString',
    'A date of format 102 is a day written as YYYYMMDD.',
    (date) => attribute(date, 'format') !== '102' || WRITTEN_DAY.test(date.text),
  ),
];

export const CII_SHAPES: readonly Shape[] = [
  ...STRUCTURE,
  ...TOTALS.map(([id, name]) => atMostOnce(id, SUMMATION, name, name)),
  ...IDENTIFIERS,
  ...REFERENCES,
  ...VALUES,
  ...PERIOD_WITHOUT.map(([id, ...path]) => never(id, PERIOD, ...path)),
  ...ADDRESS_WITHOUT.map(([id, name]) => never(id, ADDRESS, name)),
];
export const ciiShapes = shapesOf(CII_SHAPES);

function shape(id: string, on: Shape['on'], message: string, holds: (element: Element) => boolean): Shape {
  return { id, message, on, holds };
}

/** Asked once, of all that the document holds. */
function ofDocument(id: string, message: string, holds: Shape['holds']): Shape {
  return only((root) => root.parent === null, shape(id, ROOT, message, holds));
}

/** The same rule for some of the elements only. */
function only(concerned: (element: Element) => boolean, rule: Shape): Shape {
  return { ...rule, holds: (element) => !concerned(element) || rule.holds(element) };
}

function inProduct(rule: Shape): Shape[] {
  return [only((one) => one.parent?.name === PRODUCT && ofLine(one.parent), rule)];
}

/** Elements of a name in those of another, wherever in the document. */
function below(root: Element, parent: string, name: string): Element[] {
  return everywhere(root, name).filter((one) => one.parent?.name === parent);
}

function agree(texts: readonly string[]): boolean {
  return new Set(texts).size <= 1;
}

function meansAgree(root: Element, name: string): boolean {
  return agree(below(root, MEANS, name).map((one) => collapsed(one.text)));
}

/** Whether a credit transfer names no account, or one without an identifier. */
function lacksAccount(means: Element): boolean {
  if (!at(means, 'ram:TypeCode').some((code) => ['30', '58'].includes(collapsed(code.text)))) return false;
  const accounts = at(means, 'ram:PayeePartyCreditorFinancialAccount');
  return !accounts.some((one) => child(one, 'ram:IBANID') ?? child(one, 'ram:ProprietaryID'));
}

function ofLine(product: Element): boolean {
  return product.parent?.name === 'ram:IncludedSupplyChainTradeLineItem';
}

function isBareId(id: Element): boolean {
  const parent = id.parent?.name;
  if (id.name === 'ram:ID') return parent === GUIDELINE || parent === 'rsm:ExchangedDocument';
  if (id.name === 'ram:LineID') return parent === 'ram:AssociatedDocumentLineDocument';
  return id.name === 'ram:SellerAssignedID' && parent === PRODUCT;
}

function isAdditional(one: Element): boolean {
  return one.name === 'ram:AdditionalReferencedDocument';
}

function onlyOfType(id: string, name: string, type: string): Shape {
  return shape(
    id,
    REFERENCE,
    `Only an additional document of type ${type} has ${name}.`,
    (one) => !child(one, name) || (isAdditional(one) && text(one, 'ram:TypeCode') === type),
  );
}

/** Whether the quantity, or any invoiced quantity of the document, is an invoiced one with a unit. */
function hasInvoicedUnit(quantity: Element): boolean {
  if (quantity.name === 'ram:BilledQuantity') return true;
  let root = quantity;
  while (root.parent) root = root.parent;
  let has = rootsWithUnits.get(root);
  if (has === undefined) {
    const lines = at(root, 'rsm:SupplyChainTradeTransaction', 'ram:IncludedSupplyChainTradeLineItem');
    const quantities = lines.flatMap((line) =>
      at(line, 'ram:SpecifiedLineTradeDelivery', 'ram:BilledQuantity'),
    );
    has = quantities.some((one) => one.attributes.has('unitCode'));
    rootsWithUnits.set(root, has);
  }
  return has;
}

const rootsWithUnits = new WeakMap<Element, boolean>();
