/**
 * The batch, one row per file in order. What a row leaves open, chance decides from a seed made of the row's place,
 * so that changing one row leaves the others as they are.
 */
import type { BuyerName } from './buyers.ts';
import type { FaultName } from './faults.ts';
import type { Syntax } from './invoice.ts';
import type { SellerName } from './sellers.ts';

/** What kind of supply it is, for VAT. */
export type Trade = 'domestic' | 'reverse-charge' | 'intra-community' | 'export' | 'outside-scope';

export type Extra =
  | 'allowance'
  | 'freight'
  | 'line-discount'
  | 'line-charge'
  | 'gross-price'
  | 'prepaid'
  | 'rounding'
  | 'period'
  | 'delivery'
  | 'direct-debit'
  | 'card'
  | 'note'
  | 'tax-currency'
  | 'long';

export interface Row {
  seller: SellerName;
  buyer: BuyerName;
  syntax: Syntax;
  trade?: Trade;
  /** UNTDID 1001; 380 where absent. */
  type?: '381' | '384' | '326' | '389';
  currency?: string;
  extras?: Extra[];
  fault?: FaultName;
  /** The place, from 1, of the row that this one sends a second time; only syntax and issue date are its own. */
  again?: number;
}

const row = (
  seller: SellerName,
  buyer: BuyerName,
  syntax: Syntax,
  more: Omit<Row, 'seller' | 'buyer' | 'syntax'> = {},
): Row => ({
  seller,
  buyer,
  syntax,
  ...more,
});

export const BATCH: readonly Row[] = [
  row('nordhafen', 'klarbach', 'ubl', { extras: ['allowance', 'delivery'] }),
  row('lindenau', 'werderow', 'cii', { extras: ['freight', 'note'] }),
  row('havnegade', 'oestervig', 'ubl', { extras: ['period', 'rounding'] }),
  row('granviken', 'brokyrka', 'ubl', { extras: ['rounding', 'line-discount'] }),
  row('kilbrannan', 'redwood', 'ubl', { trade: 'export', currency: 'USD', extras: ['period'] }),
  row('vlaswiek', 'waterlinie', 'cii', { extras: ['allowance'] }),
  row('bergquell', 'tannhof', 'ubl', { extras: ['prepaid', 'long'] }),
  row('fjordlys', 'nordkapp', 'ubl', { extras: ['freight'] }),
  row('roncevalle', 'beauval', 'cii', { extras: ['gross-price', 'delivery'] }),
  row('saimaa', 'klarbach', 'cii', { trade: 'intra-community', extras: ['delivery', 'freight'] }),
  row('thornbury', 'ashcombe', 'ubl', { extras: ['allowance', 'long'] }),
  row('mlyn', 'piekarnia', 'cii', { extras: ['freight'] }),
  row('praxis', 'klarbach', 'ubl', { extras: ['note'] }),
  row('feldrain', 'werderow', 'ubl', { trade: 'outside-scope', extras: ['period'] }),
  row('islas', 'laurel', 'ubl', { extras: ['line-discount'] }),
  row('kilbrannan', 'waterlinie', 'cii', { trade: 'reverse-charge', extras: ['period', 'card'] }),
  row('nordhafen', 'klarbach', 'ubl', { type: '381', extras: ['note'] }),
  row('lindenau', 'werderow', 'ubl', { extras: ['direct-debit', 'long'] }),
  row('nordhafen', 'alpweid', 'cii', { trade: 'export', currency: 'CHF', extras: ['delivery', 'freight'] }),
  row('granviken', 'brokyrka', 'cii', { extras: ['line-charge', 'long'] }),
  row('nordhafen', 'klarbach', 'cii', { again: 1 }),
  row('havnegade', 'oestervig', 'cii', { extras: ['period'], fault: 'taxAmountOfBreakdown' }),
  row('mlyn', 'piekarnia', 'ubl', { currency: 'EUR', extras: ['tax-currency', 'allowance'] }),
  row('vlaswiek', 'waterlinie', 'ubl', { type: '326', extras: ['prepaid', 'delivery'] }),
  row('bergquell', 'tannhof', 'cii', { extras: ['gross-price'], fault: 'unknownUnit' }),
  row('fjordlys', 'oestervig', 'cii', { trade: 'export', extras: ['delivery', 'rounding'] }),
  row('roncevalle', 'beauval', 'ubl', {
    extras: ['allowance', 'freight', 'line-discount'],
    fault: 'taxInclusive',
  }),
  row('thornbury', 'ashcombe', 'cii', { extras: ['prepaid'] }),
  row('saimaa', 'waterlinie', 'ubl', { trade: 'intra-community', extras: ['delivery', 'allowance'] }),
  row('kilbrannan', 'redwood', 'cii', { trade: 'export', currency: 'USD', extras: ['allowance'] }),
  row('granviken', 'brokyrka', 'ubl', { type: '381', extras: ['rounding'] }),
  row('lindenau', 'klarbach', 'ubl', { extras: ['freight'], fault: 'unknownCurrency' }),
  row('havnegade', 'oestervig', 'ubl', { extras: ['prepaid', 'line-charge'] }),
  row('nordhafen', 'werderow', 'cii', { extras: ['direct-debit', 'gross-price'] }),
  row('roncevalle', 'beauval', 'ubl', { type: '384', extras: ['note', 'delivery'] }),
  row('bergquell', 'tannhof', 'cii', { extras: ['allowance', 'freight', 'long'] }),
  row('fjordlys', 'nordkapp', 'ubl', { extras: ['line-discount', 'prepaid'] }),
  row('fjordlys', 'nordkapp', 'ubl', { again: 8 }),
  row('praxis', 'tannhof', 'cii', { extras: ['period'] }),
  row('kilbrannan', 'klarbach', 'cii', {
    trade: 'reverse-charge',
    extras: ['allowance'],
    fault: 'noBuyerVat',
  }),
  row('mlyn', 'piekarnia', 'ubl', { type: '381', extras: ['gross-price', 'rounding'] }),
  row('vlaswiek', 'waterlinie', 'cii', { type: '381' }),
  row('lindenau', 'werderow', 'ubl', { again: 2 }),
  row('lindenau', 'werderow', 'cii', { again: 2 }),
  row('thornbury', 'ashcombe', 'ubl', { extras: ['freight', 'allowance'], fault: 'decimalsOfBase' }),
  row('saimaa', 'beauval', 'cii', {
    trade: 'intra-community',
    extras: ['period', 'delivery', 'gross-price', 'note'],
  }),
  row('islas', 'laurel', 'cii', { fault: 'noBuyerName' }),
  row('kilbrannan', 'redwood', 'ubl', { trade: 'export', currency: 'USD', type: '381' }),
  row('feldrain', 'werderow', 'cii', { trade: 'outside-scope', extras: ['note'] }),
  row('vlaswiek', 'waterlinie', 'ubl', { type: '389', extras: ['line-discount', 'long'] }),
];
