/** The parts of a Cross Industry Invoice: parties, addresses, lines, allowances, VAT categories, periods. */
import { isoDate } from './content.ts';
import { attribute, child, children, text } from './navigate.ts';
import type {
  Address,
  AllowanceCharge,
  Delivery,
  Identifier,
  Line,
  Party,
  Period,
  TaxRegistration,
  VatBreakdown,
  VatCategory,
} from './model.ts';
import type { Element } from './xml.ts';

/** Format 102 of UNTDID 2379: CCYYMMDD, the only one of the standard. */
export const CII_DATE = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;

export function partyOf(element: Element | undefined): Party | undefined {
  if (!element) return undefined;
  const legal = child(element, 'ram:SpecifiedLegalOrganization');
  return {
    name: text(element, 'ram:Name'),
    tradingName: text(legal, 'ram:TradingBusinessName'),
    identifiers: [...children(element, 'ram:ID'), ...children(element, 'ram:GlobalID')].flatMap((id) =>
      identifiers(id),
    ),
    legalId: identifiers(child(legal, 'ram:ID'))[0],
    taxRegistrations: children(element, 'ram:SpecifiedTaxRegistration').flatMap(registrations),
    electronicAddress: electronicAddressOf(child(element, 'ram:URIUniversalCommunication')),
    address: addressOf(child(element, 'ram:PostalTradeAddress')),
  };
}

export function identifiers(element: Element | undefined, scheme = 'schemeID'): Identifier[] {
  if (!element) return [];
  const isGlobal = element.name === 'ram:GlobalID' || undefined;
  return [{ value: text(element) ?? '', scheme: attribute(element, scheme), isGlobal }];
}

/** An address without its text is given all the same. */
function electronicAddressOf(element: Element | undefined): Identifier | undefined {
  return element && (identifiers(child(element, 'ram:URIID'))[0] ?? { value: '' });
}

function registrations(element: Element): TaxRegistration[] {
  return children(element, 'ram:ID').map((id) => {
    const scheme = attribute(id, 'schemeID');
    return {
      value: text(id) ?? '',
      kind: scheme === 'VA' ? 'vat' : scheme === 'FC' ? 'tax' : 'other',
    };
  });
}

export function addressOf(element: Element | undefined): Address | undefined {
  return (
    element && {
      line: text(element, 'ram:LineOne'),
      city: text(element, 'ram:CityName'),
      postCode: text(element, 'ram:PostcodeCode'),
      country: text(element, 'ram:CountryID'),
    }
  );
}

/** `undefined` where the indicator is missing or no boolean: then it is neither an allowance nor a charge. */
export function isCharge(element: Element): boolean | undefined {
  const written = text(element, 'ram:ChargeIndicator', 'udt:Indicator');
  if (written === 'true' || written === '1') return true;
  return written === 'false' || written === '0' ? false : undefined;
}

/** Indicators are booleans, so `0` and `1` do as well; the rules about single parts look for the words. */
export function isToldInWords(element: Element): boolean {
  const written = child(element, 'ram:ChargeIndicator', 'udt:Indicator')?.text;
  return written === 'true' || written === 'false';
}

export function allowanceChargesOf(parent: Element | undefined, charge: boolean): AllowanceCharge[] {
  return children(parent, 'ram:SpecifiedTradeAllowanceCharge')
    .filter((element) => isCharge(element) === charge)
    .map(allowanceChargeOf);
}

export function allowanceChargeOf(element: Element): AllowanceCharge {
  return {
    amount: text(element, 'ram:ActualAmount'),
    baseAmount: text(element, 'ram:BasisAmount'),
    percent: text(element, 'ram:CalculationPercent'),
    reason: text(element, 'ram:Reason'),
    reasonCode: text(element, 'ram:ReasonCode'),
    vat: children(element, 'ram:CategoryTradeTax').map(categoryOf),
  };
}

export function categoryOf(element: Element): VatCategory {
  return {
    code: text(element, 'ram:CategoryCode'),
    rate: text(element, 'ram:RateApplicablePercent'),
    isVat: child(element, 'ram:TypeCode')?.text.toUpperCase() === 'VAT',
  };
}

export function breakdownOf(element: Element): VatBreakdown {
  return {
    taxableAmount: text(element, 'ram:BasisAmount'),
    taxAmount: text(element, 'ram:CalculatedAmount'),
    ...categoryOf(element),
    exemptionReason: text(element, 'ram:ExemptionReason'),
    exemptionReasonCode: text(element, 'ram:ExemptionReasonCode'),
  };
}

export function lineOf(element: Element): Line {
  const product = child(element, 'ram:SpecifiedTradeProduct');
  const agreement = child(element, 'ram:SpecifiedLineTradeAgreement');
  const quantity = child(element, 'ram:SpecifiedLineTradeDelivery', 'ram:BilledQuantity');
  const settlement = child(element, 'ram:SpecifiedLineTradeSettlement');
  return {
    id: text(element, 'ram:AssociatedDocumentLineDocument', 'ram:LineID'),
    quantity: quantity && text(quantity),
    unit: attribute(quantity, 'unitCode'),
    netAmount: text(settlement, 'ram:SpecifiedTradeSettlementLineMonetarySummation', 'ram:LineTotalAmount'),
    itemName: text(product, 'ram:Name'),
    itemDescription: text(product, 'ram:Description'),
    netPrice: text(agreement, 'ram:NetPriceProductTradePrice', 'ram:ChargeAmount'),
    grossPrice: text(agreement, 'ram:GrossPriceProductTradePrice', 'ram:ChargeAmount'),
    vat: children(settlement, 'ram:ApplicableTradeTax').map(categoryOf),
    allowances: allowanceChargesOf(settlement, false),
    charges: allowanceChargesOf(settlement, true),
    period: periodOf(child(settlement, 'ram:BillingSpecifiedPeriod')),
    standardId: identifiers(child(product, 'ram:GlobalID'))[0],
  };
}

export function periodOf(element: Element | undefined): Period | undefined {
  return (
    element && {
      start: dateAt(child(element, 'ram:StartDateTime')),
      end: dateAt(child(element, 'ram:EndDateTime')),
    }
  );
}

export function deliveryOf(element: Element | undefined): Delivery | undefined {
  const receiver = child(element, 'ram:ShipToTradeParty');
  return (
    element && {
      date: dateAt(child(element, 'ram:ActualDeliverySupplyChainEvent', 'ram:OccurrenceDateTime')),
      locationId: identifiers(child(receiver, 'ram:ID') ?? child(receiver, 'ram:GlobalID'))[0],
      address: addressOf(child(receiver, 'ram:PostalTradeAddress')),
    }
  );
}

/**
 * The date in format 102, ISO, or as written where it is no date. `''` when the element holds no such date: other
 * formats are not of the standard.
 */
export function dateAt(element: Element | undefined): string | undefined {
  if (!element) return undefined;
  const written = element.children.find(
    (inner) => inner.name.endsWith(':DateTimeString') || inner.name.endsWith(':DateString'),
  );
  if (!written || attribute(written, 'format') !== '102') return '';
  const content = text(written) ?? '';
  return isoDate(content, CII_DATE) ?? content;
}
