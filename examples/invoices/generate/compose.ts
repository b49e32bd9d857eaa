/** Turns the rows of the batch into invoices that keep every rule of EN 16931. */
import Big from 'big.js';
import { breakdownOf, lineNet, money, share, sumOf, totalsOf } from './amounts.ts';
import type { Settlement } from './amounts.ts';
import type { Article } from './articles.ts';
import type { Extra, Row, Trade } from './batch.ts';
import { BUYERS } from './buyers.ts';
import type { Buyer } from './buyers.ts';
import { daysAfter } from './days.ts';
import { ibanOf } from './iban.ts';
import type { Adjustment, Draft, Line, Payment, Period, VatBreakdown, VatCategory } from './invoice.ts';
import type { Chance } from './random.ts';
import { chanceFrom } from './random.ts';
import { SELLERS } from './sellers.ts';
import type { Seller, SellerName } from './sellers.ts';

const SEED = 'fifty invoices';
const FIRST_DAY = '2026-09-01';

const CATEGORY_OF_TRADE: Record<Exclude<Trade, 'domestic'>, VatCategory> = {
  'reverse-charge': 'AE',
  'intra-community': 'K',
  export: 'G',
  'outside-scope': 'O',
};

const EXEMPTION: Partial<Record<VatCategory, VatBreakdown['exemption']>> = {
  AE: { code: 'VATEX-EU-AE', text: 'Reverse charge' },
  K: { code: 'VATEX-EU-IC', text: 'Intra-Community supply' },
  G: { code: 'VATEX-EU-G', text: 'Export outside the EU' },
  O: { code: 'VATEX-EU-O', text: 'Not subject to VAT' },
};

/** Units of the other currency for one unit of the seller's own. */
const EXCHANGE: Record<string, string> = {
  'EUR USD': '1.1',
  'EUR CHF': '0.94',
  'PLN EUR': '0.23',
  'EUR PLN': '4.2738',
};

const NOTES: Record<string, string> = {
  DE: 'Bitte geben Sie bei Rückfragen die Rechnungsnummer an.',
  FR: 'Indemnité forfaitaire pour frais de recouvrement : 40 EUR.',
  FI: 'Huomautusaika 8 päivää.',
};

/** What the composition of one row draws on. */
interface Scene {
  row: Row;
  seller: Seller;
  buyer: Buyer;
  chance: Chance;
  currency: string;
  issueDate: string;
}

const has = (scene: Scene, extra: Extra): boolean => scene.row.extras?.includes(extra) ?? false;

/** The drafts of all rows, in their order. */
export function compose(rows: readonly Row[]): Draft[] {
  const drafts: Draft[] = [];
  const issued = new Map<SellerName, Draft[]>();
  rows.forEach((row, index) => {
    const scene = sceneOf(row, index + 1);
    const earlier = issued.get(row.seller) ?? [];
    const repeated = row.again && drafts[row.again - 1];
    const draft = repeated ? { ...repeated, issueDate: scene.issueDate } : draftOf(scene, earlier);
    drafts.push(draft);
    if (!repeated) issued.set(row.seller, [...earlier, draft]);
  });
  return drafts;
}

function sceneOf(row: Row, place: number): Scene {
  const seller: Seller = SELLERS[row.seller];
  return {
    row,
    seller,
    buyer: BUYERS[row.buyer],
    chance: chanceFrom(`${SEED} ${place}`),
    currency: row.currency ?? seller.currency,
    issueDate: daysAfter(FIRST_DAY, place),
  };
}

function draftOf(scene: Scene, earlier: readonly Draft[]): Draft {
  const { seller, buyer, row, chance, issueDate } = scene;
  const lines = linesOf(scene);
  const adjustments = adjustmentsOf(scene, lines);
  const breakdown = breakdownOf(lines, adjustments, (category) =>
    category === 'E' ? seller.exemption : EXEMPTION[category],
  );
  const number = numberOf(seller, earlier.length);
  const days = chance.pick([14, 30, 30, 45]);
  return {
    number,
    typeCode: row.type ?? '380',
    issueDate,
    dueDate: daysAfter(issueDate, days),
    currency: scene.currency,
    taxCurrency: has(scene, 'tax-currency') ? seller.currency : undefined,
    note: has(scene, 'note') ? (NOTES[seller.country] ?? 'Please quote the invoice number.') : undefined,
    buyerReference: buyer.reference,
    orderReference: `PO-${chance.integer(10000, 99999)}`,
    preceding: precedingOf(scene, earlier),
    seller,
    buyer,
    period: has(scene, 'period') ? monthBefore(issueDate) : undefined,
    delivery: has(scene, 'delivery') ? deliveryOf(scene) : undefined,
    payment: paymentOf(scene, number),
    terms: `Net ${days} days`,
    lines,
    adjustments,
    breakdown,
    totals: totalsOf({ lines, adjustments, breakdown }, settlementOf(scene)),
  };
}

function deliveryOf({ buyer, chance, issueDate }: Scene): NonNullable<Draft['delivery']> {
  const { city, postcode, country } = buyer;
  return { date: daysAfter(issueDate, -chance.integer(1, 9)), city, postcode, country };
}

function numberOf(seller: Seller, earlier: number): string {
  const { prefix, first, width } = seller.numbering;
  return `${prefix}${String(first + earlier).padStart(width, '0')}`;
}

function precedingOf({ row }: Scene, earlier: readonly Draft[]): Draft['preceding'] {
  const last = earlier.at(-1);
  const refers = row.type === '381' || row.type === '384';
  return refers && last ? { number: last.number, issueDate: last.issueDate } : undefined;
}

function settlementOf(scene: Scene): Settlement {
  return {
    whole: has(scene, 'rounding'),
    prepaidPercent: has(scene, 'prepaid') ? scene.chance.pick(['20', '25', '33.5', '50']) : undefined,
    taxRate: has(scene, 'tax-currency') ? EXCHANGE[`${scene.currency} ${scene.seller.currency}`] : undefined,
  };
}

function linesOf(scene: Scene): Line[] {
  const count = has(scene, 'long') ? scene.seller.articles.length : scene.chance.integer(2, 3);
  return scene.chance
    .sample(scene.seller.articles, count)
    .map((article, index) => lineOf(scene, article, index + 1));
}

function lineOf(scene: Scene, article: Article, id: number): Line {
  const price = priceIn(scene, article.price);
  const quantity = new Big(scene.chance.integer(...article.quantity)).times(article.step).toFixed();
  const gross = has(scene, 'gross-price') && id === 1 ? grossOf(price) : undefined;
  const line: Omit<Line, 'net'> = {
    id: String(id),
    name: article.name,
    articleNumber: article.number,
    commodity: article.commodity,
    quantity,
    unit: article.unit,
    price,
    baseQuantity: article.per,
    gross,
    adjustments: [],
    ...vatOf(scene, article),
  };
  const adjustments = id === 1 ? lineAdjustments(scene, lineNet(line)) : [];
  return { ...line, adjustments, net: lineNet({ ...line, adjustments }) };
}

function priceIn(scene: Scene, price: string): string {
  const rate = EXCHANGE[`${scene.seller.currency} ${scene.currency}`];
  return rate ? new Big(price).times(rate).round(4, Big.roundHalfUp).toFixed() : price;
}

function grossOf(price: string): NonNullable<Line['gross']> {
  const discount = share(price, '8');
  return { price: new Big(price).plus(discount).toFixed(), discount };
}

function vatOf(scene: Scene, article: Article): Pick<Line, 'category' | 'rate'> {
  const { trade = 'domestic' } = scene.row;
  if (trade !== 'domestic') {
    const category = CATEGORY_OF_TRADE[trade];
    return { category, rate: category === 'O' ? null : '0' };
  }
  if (article.vat === 'zero') return { category: 'Z', rate: '0' };
  if (article.vat === 'exempt') return { category: 'E', rate: '0' };
  return { category: scene.seller.taxed, rate: scene.seller.rates[article.vat] };
}

function lineAdjustments(scene: Scene, goods: string): Adjustment[] {
  if (has(scene, 'line-discount')) {
    return [
      {
        charge: false,
        amount: share(goods, '5'),
        base: goods,
        percent: '5',
        reason: 'Discount',
        reasonCode: '95',
      },
    ];
  }
  if (has(scene, 'line-charge')) {
    return [
      {
        charge: true,
        amount: money(new Big(scene.chance.integer(900, 9900)).div(100)),
        reason: 'Packing',
        reasonCode: 'PC',
      },
    ];
  }
  return [];
}

/** Document level adjustments take the category and rate of the line with the largest net amount. */
function adjustmentsOf(scene: Scene, lines: readonly Line[]): Adjustment[] {
  const largest = lines.toSorted((a, b) => new Big(b.net).cmp(a.net))[0]!;
  const vat = { category: largest.category, rate: largest.rate };
  const adjustments: Adjustment[] = [];
  if (has(scene, 'allowance')) {
    const base = money(
      sumOf(
        lines
          .filter((line) => line.category === vat.category && line.rate === vat.rate)
          .map((line) => line.net),
      ),
    );
    const percent = scene.chance.pick(['2', '3', '4.5']);
    adjustments.push({
      charge: false,
      amount: share(base, percent),
      base,
      percent,
      reason: 'Special agreement',
      reasonCode: '64',
      ...vat,
    });
  }
  if (has(scene, 'freight')) {
    const amount = money(new Big(scene.chance.integer(1500, 24000)).div(100));
    adjustments.push({ charge: true, amount, reason: 'Freight service', reasonCode: 'FC', ...vat });
  }
  return adjustments;
}

function paymentOf(scene: Scene, number: string): Payment {
  const { seller, buyer, chance } = scene;
  const account = { ...seller.account, iban: ibanOf(seller.country, seller.name) };
  if (has(scene, 'card'))
    return {
      means: '48',
      cardNumber: String(chance.integer(1000, 9999)),
      holder: buyer.name,
      reference: number,
    };
  if (has(scene, 'direct-debit') && account.creditorId) {
    const mandate = `M-${chance.integer(100000, 999999)}`;
    return {
      means: '59',
      creditorId: account.creditorId,
      mandate,
      debited: ibanOf(buyer.country, buyer.name),
      reference: number,
    };
  }
  return { means: scene.currency === 'EUR' ? '58' : '30', account, reference: number };
}

function monthBefore(date: string): Period {
  const firstOfMonth = `${date.slice(0, 7)}-01`;
  const end = daysAfter(firstOfMonth, -1);
  return { start: `${end.slice(0, 7)}-01`, end };
}
