/**
 * The families BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF (IGIC), BR-AG (IPSI): fourteen rules that are alike for
 * every VAT category. What differs is in the table FAMILIES.
 */
import type Big from 'big.js';
import { cents, decimal, equal, near, percentOf, ZERO, type Decimal } from '../decimal.ts';
import type { VatBreakdown, VatCategory } from '../model.ts';
import type { Placed, Reading } from '../reading.ts';
import { each, isGiven, once, type Rule } from './rule.ts';
import {
  hasTaxId,
  hasVatId,
  isRateOfPart,
  isRateUsed,
  taxableOf,
  taxableOfParts,
  usesOf,
} from './vat-uses.ts';

interface Family {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  /** -01: one breakdown per category, or one per category and rate. */
  readonly breakdowns: 'one' | 'some';
  /** -02 to -04: who must, or must not, be identified. */
  readonly parties: keyof typeof PARTIES;
  /** -05 to -07 */
  readonly rate: keyof typeof RATES;
  /** -08 and -09 go by rate. */
  readonly perRate: boolean;
  /** -10: whether a reason for exemption must be given, or must not. */
  readonly reason: boolean;
}

/** Who must be identified; the text completes "An invoice with … ". */
const PARTIES = {
  'seller by any tax id': {
    words: 'names a tax identifier of the seller (BT-31, BT-32) or its representative (BT-63)',
    holds: ({ invoice }: Reading) => hasTaxId(invoice.seller) || hasVatId(invoice.taxRepresentative),
  },
  'seller by VAT id': {
    words: 'names a VAT identifier of the seller (BT-31) or its representative (BT-63)',
    holds: ({ invoice }: Reading) => hasVatId(invoice.seller) || hasVatId(invoice.taxRepresentative),
  },
  'both, buyer also by legal id': {
    words:
      'names a tax identifier of the seller (BT-31, BT-32, BT-63) and a VAT or legal identifier of the buyer',
    holds: ({ invoice }: Reading) =>
      (hasTaxId(invoice.seller) || hasVatId(invoice.taxRepresentative)) &&
      (hasVatId(invoice.buyer) || isGiven(invoice.buyer?.legalId)),
  },
  'both by VAT id': {
    words:
      'names the VAT identifiers of the seller (BT-31) or its representative (BT-63) and of the buyer (BT-48)',
    holds: ({ invoice }: Reading) =>
      (hasVatId(invoice.seller) || hasVatId(invoice.taxRepresentative)) && hasVatId(invoice.buyer),
  },
  none: {
    words: 'names no VAT identifier (BT-31, BT-63, BT-48)',
    holds: ({ invoice }: Reading) =>
      !hasVatId(invoice.seller) && !hasVatId(invoice.taxRepresentative) && !hasVatId(invoice.buyer),
  },
} as const;

const RATES = {
  positive: {
    words: 'has a rate above zero',
    holds: (rate: string | undefined) => decimal(rate)?.gt(ZERO) ?? false,
  },
  zero: {
    words: 'has the rate zero',
    holds: (rate: string | undefined) => decimal(rate)?.eq(ZERO) ?? false,
  },
  'not negative': {
    words: 'has a rate of zero or more',
    holds: (rate: string | undefined) => decimal(rate)?.gte(ZERO) ?? false,
  },
  /** As the official CII artefact has it for IGIC. */
  'not negative, in CII positive': {
    words: 'has a rate of zero or more (in CII: above zero)',
    holds: (rate: string | undefined, { cii }: Reading) =>
      (cii ? decimal(rate)?.gt(ZERO) : decimal(rate)?.gte(ZERO)) ?? false,
  },
  absent: { words: 'has no rate', holds: (rate: string | undefined) => rate === undefined },
} as const;

const EXEMPT = { breakdowns: 'one', rate: 'zero', perRate: false, reason: true } as const;
const RATED = {
  breakdowns: 'some',
  parties: 'seller by any tax id',
  perRate: true,
  reason: false,
} as const;

const FAMILIES: readonly Family[] = [
  { id: 'S', code: 'S', name: 'standard rate (S)', ...RATED, rate: 'positive' },
  {
    id: 'Z',
    code: 'Z',
    name: 'zero rate (Z)',
    ...EXEMPT,
    parties: 'seller by any tax id',
    reason: false,
  },
  { id: 'E', code: 'E', name: 'exemption (E)', ...EXEMPT, parties: 'seller by any tax id' },
  {
    id: 'AE',
    code: 'AE',
    name: 'reverse charge (AE)',
    ...EXEMPT,
    parties: 'both, buyer also by legal id',
  },
  { id: 'IC', code: 'K', name: 'intra-community supply (K)', ...EXEMPT, parties: 'both by VAT id' },
  { id: 'G', code: 'G', name: 'export (G)', ...EXEMPT, parties: 'seller by VAT id' },
  {
    id: 'O',
    code: 'O',
    name: 'what is not subject to VAT (O)',
    ...EXEMPT,
    parties: 'none',
    rate: 'absent',
  },
  { id: 'AF', code: 'L', name: 'IGIC (L)', ...RATED, rate: 'not negative, in CII positive' },
  { id: 'AG', code: 'M', name: 'IPSI (M)', ...RATED, rate: 'not negative' },
];

export const VAT_CATEGORIES: readonly Rule[] = FAMILIES.flatMap(familyRules);

function familyRules(family: Family): Rule[] {
  const { id, name } = family;
  const parties = PARTIES[family.parties];
  const rate = RATES[family.rate];
  const items = (reading: Reading) => of(family, reading.everywhere.itemVat);
  const allowances = (reading: Reading) => of(family, reading.everywhere.allowanceVat);
  const charges = (reading: Reading) => of(family, reading.everywhere.chargeVat);
  const rated = (one: VatCategory, reading: Reading) => rate.holds(one.rate, reading);
  const told = (one: VatBreakdown) =>
    (isGiven(one.exemptionReason) || isGiven(one.exemptionReasonCode)) === family.reason;
  return [
    once(`BR-${id}-01`, `${capital(name)} in use has ${family.breakdowns} VAT breakdown.`, (reading) =>
      isBrokenDown(family, reading),
    ),
    once(
      `BR-${id}-02`,
      `An invoice with a line of ${name} ${parties.words}.`,
      (reading) => !hasItem(family, reading) || (isVatItem(family, reading) && parties.holds(reading)),
    ),
    once(`BR-${id}-03`, `An invoice with an allowance of ${name} ${parties.words}.`, (reading) =>
      identified(family, reading, 'allowance'),
    ),
    once(`BR-${id}-04`, `An invoice with a charge of ${name} ${parties.words}.`, (reading) =>
      identified(family, reading, 'charge'),
    ),
    each(`BR-${id}-05`, `A line of ${name} ${rate.words}.`, items, rated),
    each(`BR-${id}-06`, `An allowance of ${name} ${rate.words}.`, allowances, rated),
    each(`BR-${id}-07`, `A charge of ${name} ${rate.words}.`, charges, rated),
    each(
      `BR-${id}-08`,
      `The taxable amount of ${name} is lines + charges - allowances${family.perRate ? ' of its rate' : ''}.`,
      breakdownsOf(family),
      (one, reading) => isTaxable(family, one, reading),
    ),
    each(
      `BR-${id}-09`,
      `The VAT amount of ${name} is ${family.perRate ? 'taxable amount x rate' : 'zero'}.`,
      breakdownsOf(family),
      (one, reading) => isTaxed(family, one, reading),
    ),
    each(
      `BR-${id}-10`,
      `The breakdown of ${name} gives ${family.reason ? 'a' : 'no'} reason for exemption.`,
      breakdownsOf(family),
      told,
    ),
  ];
}

function of<T extends VatCategory>(family: Family, places: readonly Placed<T>[]): Placed<T>[] {
  return places.filter(({ value }) => value.isVat && value.code === family.code);
}

/** S and Z of CII are judged whatever their tax scheme. */
function breakdownsOf(family: Family): (reading: Reading) => Placed<VatBreakdown>[] {
  return ({ everywhere, cii }) =>
    cii && (family.code === 'S' || family.code === 'Z')
      ? everywhere.breakdowns.filter(({ value }) => value.code === family.code)
      : of(family, everywhere.breakdowns);
}

/**
 * The two artefacts count differently. UBL: a category in use has its breakdown, and for those by rate also the other
 * way round. CII: uses and breakdowns together are two at least; other categories are used where they are broken down.
 */
function isBrokenDown(family: Family, reading: Reading): boolean {
  const { items, parts, breakdowns, nested } = usesOf(
    reading,
    family.code,
    reading.cii || family.code === 'S',
  );
  if (family.breakdowns === 'some') {
    if (reading.cii)
      return (items === 0 || items + breakdowns >= 2) && (parts === 0 || parts + breakdowns >= 2);
    return items + parts > 0 ? breakdowns > 0 : breakdowns === 0;
  }
  if (!reading.cii) return items + parts + breakdowns + nested === 0 || breakdowns === 1;
  if (breakdowns === 0) return family.code === 'O' || items + parts === 0;
  return breakdowns === 1 && items + parts > 0;
}

/** UBL looks at an item of category S whatever its tax scheme, and then wants one of VAT. */
function hasItem(family: Family, reading: Reading): boolean {
  if (reading.cii) return of(family, reading.everywhere.itemVat).length > 0;
  return usesOf(reading, family.code, family.code === 'S').items > 0;
}

function isVatItem(family: Family, reading: Reading): boolean {
  return reading.cii || usesOf(reading, family.code, false).items > 0;
}

/** For O, UBL asks it of document allowances and charges only. */
function identified(family: Family, reading: Reading, kind: 'allowance' | 'charge'): boolean {
  const { everywhere, invoice } = reading;
  const places = kind === 'charge' ? everywhere.chargeVat : everywhere.allowanceVat;
  const documents = kind === 'charge' ? invoice.charges : invoice.allowances;
  const matches = (one: VatCategory) => one.isVat && one.code === family.code;
  const isUsed =
    reading.ubl && family.code === 'O'
      ? documents.some((part) => part.vat.some(matches))
      : places.some(({ value }) => matches(value));
  return !isUsed || PARTIES[family.parties].holds(reading);
}

function isTaxable(family: Family, one: VatBreakdown, reading: Reading): boolean {
  const base = decimal(one.taxableAmount);
  if (!family.perRate) {
    const taxable = taxableOf(reading, family.code);
    return reading.cii && family.code !== 'O' ? near(base, taxable) : equal(base, taxable);
  }
  if (!isGiven(one.rate)) return true;
  const rate = decimal(one.rate);
  if (!rate) return false;
  // The CII artefact never reaches the rate of IGIC and IPSI.
  if (reading.cii) return family.code !== 'S' || equal(base, taxableOf(reading, family.code, rate));
  if (family.code === 'S' && isOfPartsAlone(base, rate, reading)) return true;
  if (family.code === 'S' && !isRateUsed(reading, family.code, rate)) return false;
  return near(base, taxableOf(reading, family.code, rate));
}

/**
 * The UBL artefact tries the lines of an invoice and those of a credit note in turn, one of which there never are: so it
 * is content with charges minus allowances alone where one of these has the rate.
 */
function isOfPartsAlone(base: Decimal, rate: Big, reading: Reading): boolean {
  return isRateOfPart(reading, 'S', rate) && near(base, taxableOfParts(reading, 'S', rate));
}

function isTaxed(family: Family, one: VatBreakdown, reading: Reading): boolean {
  const tax = decimal(one.taxAmount);
  if (!family.perRate) return equal(tax, ZERO);
  if (reading.cii && family.code !== 'S') return true;
  const [base, rate] = [decimal(one.taxableAmount), decimal(one.rate)];
  if (!tax || !base || !rate) return false;
  return near(tax.abs(), cents(percentOf(base.abs(), rate)));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
