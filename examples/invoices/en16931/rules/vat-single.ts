/** The rules that one VAT category alone has: BR-IC-11, BR-IC-12, BR-O-11 to BR-O-14, BR-B-01, BR-B-02. */
import type { VatCategory } from '../model.ts';
import type { Placed, Reading } from '../reading.ts';
import { isGiven, once, type Rule } from './rule.ts';

export const VAT_SINGLE: readonly Rule[] = [
  once(
    'BR-IC-11',
    'An intra-community supply has a delivery date (BT-72) or an invoicing period (BG-14).',
    (reading) => !isBrokenDown(reading, 'K') || hasDeliveryTime(reading),
  ),
  once(
    'BR-IC-12',
    'An intra-community supply has a deliver-to country (BT-80).',
    (reading) => !isBrokenDown(reading, 'K') || hasDeliveryCountry(reading),
  ),
  once(
    'BR-O-11',
    'With a breakdown not subject to VAT (O) there is no other VAT breakdown.',
    (reading) =>
      !isBrokenDown(reading, 'O') ||
      !(reading.cii ? hasOtherTax(reading) : hasOther(reading.everywhere.breakdowns)),
  ),
  once(
    'BR-O-12',
    'With a breakdown not subject to VAT (O) no line is subject to it.',
    (reading) =>
      !isBrokenDown(reading, 'O') || !(reading.cii ? hasOtherTax(reading) : hasOther(itemsOf(reading))),
  ),
  once(
    'BR-O-13',
    'With a breakdown not subject to VAT (O) no allowance is subject to it.',
    (reading) =>
      !isBrokenDown(reading, 'O') ||
      !(reading.cii ? hasOtherPart(reading) : hasOther(reading.everywhere.allowanceVat)),
  ),
  once(
    'BR-O-14',
    'With a breakdown not subject to VAT (O) no charge is subject to it.',
    (reading) =>
      !isBrokenDown(reading, 'O') ||
      !(reading.cii ? hasOtherPart(reading) : hasOther(reading.everywhere.chargeVat)),
  ),
  once(
    'BR-B-01',
    'Split payment (B) is for invoices within Italy.',
    (reading) => !isUsed(reading, 'B') || reading.everywhere.countries.every(({ value }) => value === 'IT'),
  ),
  once(
    'BR-B-02',
    'An invoice with split payment (B) has nothing at standard rate (S).',
    (reading) => !isUsed(reading, 'B') || !isUsed(reading, 'S'),
  ),
];

function isBrokenDown({ everywhere }: Reading, code: string): boolean {
  return everywhere.breakdowns.some(({ value }) => value.isVat && value.code === code);
}

function itemsOf({ everywhere }: Reading): Placed<VatCategory>[] {
  return [...everywhere.itemVat, ...everywhere.nestedItemVat];
}

function hasOther(places: readonly Placed<VatCategory>[]): boolean {
  return places.some(({ value }) => value.isVat && isGiven(value.code) && value.code !== 'O');
}

/** CII does not tell breakdowns from lines, nor VAT from other taxes. */
function hasOtherTax(reading: Reading): boolean {
  return [...reading.everywhere.breakdowns, ...itemsOf(reading)].some(({ value }) => isOtherThanO(value));
}

/** CII does not tell allowances from charges. */
function hasOtherPart({ everywhere }: Reading): boolean {
  return [...everywhere.allowanceVat, ...everywhere.chargeVat].some(({ value }) => isOtherThanO(value));
}

function isOtherThanO(category: VatCategory): boolean {
  return isGiven(category.code) && category.code !== 'O';
}

function isUsed(reading: Reading, code: string): boolean {
  const { everywhere } = reading;
  const places = [
    ...everywhere.breakdowns,
    ...everywhere.allowanceVat,
    ...everywhere.chargeVat,
    ...itemsOf(reading),
  ];
  // A breakdown at standard rate alone does not count in UBL.
  const counted = reading.ubl && code === 'S' ? places.slice(everywhere.breakdowns.length) : places;
  return counted.some(({ value }) => value.code === code);
}

function hasDeliveryTime({ invoice, cii }: Reading): boolean {
  const { delivery, period } = invoice;
  const delivered = cii ? isGiven(delivery?.date) : (delivery?.date?.length ?? 0) > 1;
  return delivered || isGiven(period?.start) || isGiven(period?.end) || (!cii && isGiven(period?.code));
}

function hasDeliveryCountry({ invoice, cii }: Reading): boolean {
  const country = invoice.delivery?.address?.country;
  return cii ? isGiven(country) : (country?.length ?? 0) > 1;
}
