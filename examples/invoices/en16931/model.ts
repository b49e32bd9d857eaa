/**
 * The semantic model of EN 16931, as far as the rules and the summary need it.
 *
 * MODEL-1 A field is absent (`undefined`) when the file has no such element, and `''` when the element is empty: the
 *         rules tell these apart.
 * MODEL-2 Amounts, quantities and rates are the decimal strings of the file; nothing here is a floating point number.
 * MODEL-3 Dates are ISO (`2026-11-30`); a text that is no date stays as written and is a finding of its own.
 */

export type Syntax = 'UBL-Invoice' | 'UBL-CreditNote' | 'CII';

/** A broken rule. `rule` is its id in the standard, or `XML`, `SYNTAX`, `ENCODING`, `SIZE`, `NUMBER`, `DATE`. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
  /** Where: a path into the file, or the line, allowance or VAT category concerned. */
  readonly at?: string;
}

export interface Identifier {
  readonly value: string;
  readonly scheme?: string | undefined;
  /** Where CII has an element of its own (`GlobalID`) for identifiers that are unique in the world. */
  readonly isGlobal?: boolean | undefined;
}

export interface TaxRegistration {
  readonly value: string;
  /** `vat`: VAT identifier (BT-31, BT-48, BT-63); `tax`: local registration (BT-32); `other` counts for no rule. */
  readonly kind: 'vat' | 'tax' | 'other';
}

export interface Address {
  readonly line?: string | undefined;
  readonly city?: string | undefined;
  readonly postCode?: string | undefined;
  readonly country?: string | undefined;
}

export interface Party {
  readonly name?: string | undefined;
  readonly tradingName?: string | undefined;
  readonly identifiers: readonly Identifier[];
  readonly legalId?: Identifier | undefined;
  readonly taxRegistrations: readonly TaxRegistration[];
  readonly electronicAddress?: Identifier | undefined;
  readonly address?: Address | undefined;
}

export interface Period {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  /** VAT point date code (BT-8) where UBL puts it. */
  readonly code?: string | undefined;
}

/** A VAT category as a line, allowance, charge or breakdown names it. */
export interface VatCategory {
  readonly code?: string | undefined;
  readonly rate?: string | undefined;
  /** Whether the tax scheme is VAT; other taxes are outside the rules. */
  readonly isVat: boolean;
}

export interface AllowanceCharge {
  readonly amount?: string | undefined;
  readonly baseAmount?: string | undefined;
  readonly percent?: string | undefined;
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly vat: readonly VatCategory[];
}

/** One VAT breakdown (BG-23). */
export interface VatBreakdown extends VatCategory {
  readonly taxableAmount?: string | undefined;
  readonly taxAmount?: string | undefined;
  readonly exemptionReason?: string | undefined;
  readonly exemptionReasonCode?: string | undefined;
}

/** An invoice total VAT amount: BT-110 or, in the accounting currency, BT-111. */
export interface TaxTotal {
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
  readonly breakdown: readonly VatBreakdown[];
}

export interface Totals {
  /** BT-106 */
  readonly lines?: string | undefined;
  /** BT-107 */
  readonly allowances?: string | undefined;
  /** BT-108 */
  readonly charges?: string | undefined;
  /** BT-109 */
  readonly taxExclusive?: string | undefined;
  /** BT-110, in the invoice currency */
  readonly taxAmount?: string | undefined;
  /** BT-111, in the accounting currency */
  readonly taxAmountAccounting?: string | undefined;
  /** BT-112 */
  readonly taxInclusive?: string | undefined;
  /** BT-113 */
  readonly prepaid?: string | undefined;
  /** BT-114 */
  readonly rounding?: string | undefined;
  /** BT-115 */
  readonly payable?: string | undefined;
}

/** An invoice line (BG-25). */
export interface Line {
  readonly id?: string | undefined;
  readonly quantity?: string | undefined;
  readonly unit?: string | undefined;
  readonly netAmount?: string | undefined;
  readonly itemName?: string | undefined;
  readonly itemDescription?: string | undefined;
  /** BT-146 */
  readonly netPrice?: string | undefined;
  /** BT-148 */
  readonly grossPrice?: string | undefined;
  readonly vat: readonly VatCategory[];
  readonly allowances: readonly AllowanceCharge[];
  readonly charges: readonly AllowanceCharge[];
  readonly period?: Period | undefined;
  /** BT-157 */
  readonly standardId?: Identifier | undefined;
}

export interface Delivery {
  /** BT-72 */
  readonly date?: string | undefined;
  readonly locationId?: Identifier | undefined;
  readonly address?: Address | undefined;
}

export interface Invoice {
  readonly syntax: Syntax;
  /** BT-24 */
  readonly customization?: string | undefined;
  /** BT-23 */
  readonly profile?: string | undefined;
  /** BT-1 */
  readonly number?: string | undefined;
  /** BT-2 */
  readonly issueDate?: string | undefined;
  /** BT-9 */
  readonly dueDate?: string | undefined;
  /** BT-3 */
  readonly typeCode?: string | undefined;
  /** Type 381, or a UBL CreditNote. */
  readonly creditNote: boolean;
  /** BT-5 */
  readonly currency?: string | undefined;
  /** BT-6 */
  readonly taxCurrency?: string | undefined;
  /** BT-7 */
  readonly taxPointDate?: string | undefined;
  /** BT-8 */
  readonly taxPointCode?: string | undefined;
  /** BT-10 */
  readonly buyerReference?: string | undefined;
  /** BT-13 */
  readonly orderReference?: string | undefined;
  /** BT-20 */
  readonly paymentTerms?: string | undefined;
  readonly notes: readonly string[];
  readonly seller?: Party | undefined;
  readonly buyer?: Party | undefined;
  readonly payee?: Party | undefined;
  readonly taxRepresentative?: Party | undefined;
  readonly delivery?: Delivery | undefined;
  readonly period?: Period | undefined;
  readonly allowances: readonly AllowanceCharge[];
  readonly charges: readonly AllowanceCharge[];
  readonly vatBreakdown: readonly VatBreakdown[];
  readonly taxTotals: readonly TaxTotal[];
  readonly totals: Totals;
  readonly lines: readonly Line[];
}
