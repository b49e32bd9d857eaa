/** The parts of a UBL document: parties, addresses, lines, allowances, VAT categories, periods. */
import { isoDate } from './content.ts';
import { at, attribute, child, children, text } from './navigate.ts';
import type {
  Address,
  AllowanceCharge,
  Delivery,
  Identifier,
  Line,
  Party,
  Period,
  TaxRegistration,
  TaxTotal,
  VatBreakdown,
  VatCategory,
} from './model.ts';
import type { Element } from './xml.ts';

/** xs:date, whose time zone is dropped. */
export const UBL_DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?$/;

export function partyOf(element: Element | undefined): Party | undefined {
  if (!element) return undefined;
  return {
    name: text(at(element, 'cac:PartyLegalEntity', 'cbc:RegistrationName')[0]),
    tradingName: text(element, 'cac:PartyName', 'cbc:Name'),
    identifiers: children(element, 'cac:PartyIdentification').flatMap((one) =>
      identifiers(child(one, 'cbc:ID')),
    ),
    legalId: identifiers(at(element, 'cac:PartyLegalEntity', 'cbc:CompanyID')[0])[0],
    taxRegistrations: children(element, 'cac:PartyTaxScheme').flatMap(registrations),
    electronicAddress: identifiers(child(element, 'cbc:EndpointID'))[0],
    address: addressOf(child(element, 'cac:PostalAddress')),
  };
}

export function identifiers(element: Element | undefined, scheme = 'schemeID'): Identifier[] {
  return element ? [{ value: text(element) ?? '', scheme: attribute(element, scheme) }] : [];
}

function registrations(element: Element): TaxRegistration[] {
  const value = text(element, 'cbc:CompanyID');
  return value === undefined ? [] : [{ value, kind: isVat(element) ? 'vat' : 'tax' }];
}

export function addressOf(element: Element | undefined): Address | undefined {
  return (
    element && {
      line: text(element, 'cbc:StreetName'),
      city: text(element, 'cbc:CityName'),
      postCode: text(element, 'cbc:PostalZone'),
      country: text(element, 'cac:Country', 'cbc:IdentificationCode'),
    }
  );
}

function allowanceChargesOf(parent: Element, charge: boolean): AllowanceCharge[] {
  return children(parent, 'cac:AllowanceCharge')
    .filter((element) => isCharge(element) === charge)
    .map(allowanceChargeOf);
}

/** `undefined` where the indicator is missing or no boolean: then it is neither an allowance nor a charge. */
export function isCharge(element: Element): boolean | undefined {
  return indicator(text(element, 'cbc:ChargeIndicator'));
}

export function indicator(written: string | undefined): boolean | undefined {
  if (written === 'true' || written === '1') return true;
  return written === 'false' || written === '0' ? false : undefined;
}

export function allowanceChargeOf(element: Element): AllowanceCharge {
  return {
    amount: text(element, 'cbc:Amount'),
    baseAmount: text(element, 'cbc:BaseAmount'),
    percent: text(element, 'cbc:MultiplierFactorNumeric'),
    reason: text(element, 'cbc:AllowanceChargeReason'),
    reasonCode: text(element, 'cbc:AllowanceChargeReasonCode'),
    vat: children(element, 'cac:TaxCategory').map(categoryOf),
  };
}

function itemVatOf(item: Element | undefined): VatCategory[] {
  return children(item, 'cac:ClassifiedTaxCategory').map(categoryOf);
}

export function categoryOf(element: Element): VatCategory {
  return {
    code: text(element, 'cbc:ID'),
    rate: text(element, 'cbc:Percent'),
    isVat: isVat(element),
  };
}

export function breakdownOf(element: Element): VatBreakdown {
  const category = child(element, 'cac:TaxCategory');
  return {
    taxableAmount: text(element, 'cbc:TaxableAmount'),
    taxAmount: text(element, 'cbc:TaxAmount'),
    ...(category ? categoryOf(category) : { isVat: false }),
    exemptionReason: text(category, 'cbc:TaxExemptionReason'),
    exemptionReasonCode: text(category, 'cbc:TaxExemptionReasonCode'),
  };
}

export function isVat(element: Element): boolean {
  return text(element, 'cac:TaxScheme', 'cbc:ID')?.toUpperCase() === 'VAT';
}

export function taxTotalOf(element: Element): TaxTotal {
  const amount = child(element, 'cbc:TaxAmount');
  return {
    amount: amount && text(amount),
    currency: attribute(amount, 'currencyID'),
    breakdown: children(element, 'cac:TaxSubtotal').map(breakdownOf),
  };
}

export function lineOf(element: Element): Line {
  const quantity = child(element, 'cbc:InvoicedQuantity') ?? child(element, 'cbc:CreditedQuantity');
  const item = child(element, 'cac:Item');
  return {
    id: text(element, 'cbc:ID'),
    quantity: quantity && text(quantity),
    unit: attribute(quantity, 'unitCode'),
    netAmount: text(element, 'cbc:LineExtensionAmount'),
    itemName: text(item, 'cbc:Name'),
    itemDescription: text(item, 'cbc:Description'),
    netPrice: text(element, 'cac:Price', 'cbc:PriceAmount'),
    grossPrice: text(element, 'cac:Price', 'cac:AllowanceCharge', 'cbc:BaseAmount'),
    vat: itemVatOf(item),
    allowances: allowanceChargesOf(element, false),
    charges: allowanceChargesOf(element, true),
    period: periodOf(child(element, 'cac:InvoicePeriod')),
    standardId: identifiers(child(item, 'cac:StandardItemIdentification', 'cbc:ID'))[0],
  };
}

export function periodOf(element: Element | undefined): Period | undefined {
  return (
    element && {
      start: dateAt(element, 'cbc:StartDate'),
      end: dateAt(element, 'cbc:EndDate'),
      code: text(element, 'cbc:DescriptionCode'),
    }
  );
}

export function deliveryOf(element: Element | undefined): Delivery | undefined {
  const location = child(element, 'cac:DeliveryLocation');
  return (
    element && {
      date: dateAt(element, 'cbc:ActualDeliveryDate'),
      locationId: identifiers(child(location, 'cbc:ID'))[0],
      address: addressOf(child(location, 'cac:Address')),
    }
  );
}

/** ISO, or the text as written where it is no date. */
export function dateAt(parent: Element | undefined, name: string): string | undefined {
  const written = text(parent, name);
  return written === undefined ? undefined : (isoDate(written, UBL_DATE) ?? written);
}

export function isLine(element: Element): boolean {
  return element.name === 'cac:InvoiceLine' || element.name === 'cac:CreditNoteLine';
}
