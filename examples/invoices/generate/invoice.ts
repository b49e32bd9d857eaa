/** An invoice as the generator knows it, before it is written in one of the two syntaxes. Amounts are decimal strings. */

export type Syntax = 'ubl' | 'cii';

/** UNTDID 5305 as EN 16931 restricts it; B, the Italian split payment, is left out. */
export type VatCategory = 'S' | 'Z' | 'E' | 'AE' | 'K' | 'G' | 'O' | 'L';

export interface Party {
  name: string;
  street: string;
  city: string;
  postcode: string;
  country: string;
  /** VAT identifier (BT-31, BT-48). */
  vat?: string | undefined;
  /** Local tax registration (BT-32). */
  taxNumber?: string | undefined;
  registration?: { scheme?: string; id: string } | undefined;
  endpoint: { scheme: string; id: string };
  contact?: { name: string; phone: string; email: string } | undefined;
}

export interface Account {
  iban: string;
  bic: string;
  /** SEPA creditor identifier (BT-90), where the seller collects by direct debit. */
  creditorId?: string | undefined;
}

export type Payment =
  | { means: '30' | '58'; account: Account; reference: string }
  | { means: '59'; creditorId: string; mandate: string; debited: string; reference: string }
  | { means: '48'; cardNumber: string; holder: string; reference: string };

/** A document or line level allowance or charge; category and rate on document level only. */
export interface Adjustment {
  charge: boolean;
  amount: string;
  base?: string | undefined;
  percent?: string | undefined;
  reason: string;
  reasonCode: string;
  category?: VatCategory | undefined;
  rate?: string | null | undefined;
}

export interface Line {
  id: string;
  name: string;
  articleNumber?: string | undefined;
  /** Commodity code (BT-158) with its list of UNTDID 7143. */
  commodity?: { list: string; code: string } | undefined;
  quantity: string;
  unit: string;
  price: string;
  /** The number of units the price is for, where that is not one. */
  baseQuantity?: string | undefined;
  /** Price before the discount that leads to `price`. */
  gross?: { price: string; discount: string } | undefined;
  adjustments: Adjustment[];
  net: string;
  category: VatCategory;
  /** Percent; null outside the scope of VAT. */
  rate: string | null;
}

export interface VatBreakdown {
  category: VatCategory;
  rate: string | null;
  taxable: string;
  tax: string;
  exemption?: { code: string; text: string } | undefined;
}

export interface Totals {
  lines: string;
  allowances?: string | undefined;
  charges?: string | undefined;
  taxExclusive: string;
  tax: string;
  taxInclusive: string;
  prepaid?: string | undefined;
  rounding?: string | undefined;
  payable: string;
  /** VAT total in the tax currency (BT-111). */
  taxInTaxCurrency?: string | undefined;
}

export interface Period {
  start: string;
  end: string;
}

export interface Draft {
  number: string;
  /** UNTDID 1001; 381 makes a UBL document a CreditNote. */
  typeCode: string;
  issueDate: string;
  dueDate: string;
  currency: string;
  taxCurrency?: string | undefined;
  note?: string | undefined;
  buyerReference: string;
  orderReference: string;
  /** The invoice that a credit note or a correction speaks about. */
  preceding?: { number: string; issueDate: string } | undefined;
  seller: Party;
  buyer: Party;
  period?: Period | undefined;
  delivery?: { date: string; city: string; postcode: string; country: string } | undefined;
  payment: Payment;
  terms: string;
  lines: Line[];
  adjustments: Adjustment[];
  breakdown: VatBreakdown[];
  totals: Totals;
}
