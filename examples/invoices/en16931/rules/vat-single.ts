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
    (reading) =>
      !isNamed(categoriesOf(reading), 'B') ||
      reading.everywhere.countries.every(({ value }) => value === 'IT'),
  ),
  once(
    'BR-B-02',
    'An invoice with split payment (B) has nothing at standard rate (S).',
    (reading) => !isSplitBesideStandard(reading),
  ),
];

function isBrokenDown({ everywhere }: Reading, code: string): boolean {
  return everywhere.breakdowns.some(({ value }) => value.isVat && value.code === code);
}

function itemsOf({ everywhere }: Reading): Placed<VatCategory>[] {
  return [...everywhere.itemVat, ...everywhere.nestedItemVat];
}

function hasOther(places: readonly Placed<VatCategory>[]): boolean {
  return places.some(({ value }) => value.isVat && value.code !== 'O');
}

/** CII does not tell breakdowns from lines, nor VAT from other taxes. */
function hasOtherTax(reading: Reading): boolean {
  return [...reading.everywhere.breakdowns, ...itemsOf(reading)].some(({ value }) => isOtherThanO(value));
}

/** CII does not tell allowances from charges. */
function hasOtherPart({ everywhere }: Reading): boolean {
  return everywhere.partVat.some(({ value }) => isOtherThanO(value));
}

function isOtherThanO(category: VatCategory): boolean {
  return isGiven(category.code) && category.code !== 'O';
}

function isNamed(places: readonly Placed<VatCategory>[], code: string): boolean {
  return places.some(({ value }) => value.code === code);
}

/** Every VAT category of the document, whatever its place. */
function categoriesOf(reading: Reading): Placed<VatCategory>[] {
  const { breakdowns, nestedBreakdowns, withheldBreakdowns, partVat } = reading.everywhere;
  return [...breakdowns, ...nestedBreakdowns, ...withheldBreakdowns, ...partVat, ...itemsOf(reading)];
}

/** UBL leaves out what is below a line other than its item, and a breakdown at standard rate. */
function isSplitBesideStandard(reading: Reading): boolean {
  if (reading.cii) return isNamed(categoriesOf(reading), 'B') && isNamed(categoriesOf(reading), 'S');
  const { everywhere, root } = reading;
  const ofDocument = everywhere.partVat.filter(({ at }) => at.parent?.parent === root);
  const taxed = [...ofDocument, ...itemsOf(reading)];
  return isNamed([...taxed, ...everywhere.breakdowns], 'B') && isNamed(taxed, 'S');
}

/** UBL takes whatever a period holds. */
function hasDeliveryTime({ invoice, everywhere, cii, root }: Reading): boolean {
  const { delivery, period } = invoice;
  if (cii) return isGiven(delivery?.date) || isGiven(period?.start) || isGiven(period?.end);
  const periods = everywhere.documentPeriods.filter(({ at }) => at.parent === root);
  return (delivery?.date?.length ?? 0) > 1 || periods.some(({ at }) => at.children.length > 0);
}

function hasDeliveryCountry({ invoice, cii }: Reading): boolean {
  const country = invoice.delivery?.address?.country;
  return cii ? isGiven(country) : (country?.length ?? 0) > 1;
}
