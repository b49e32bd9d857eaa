/**
 * What the rules are asked of: the invoice, and what the official artefacts look for anywhere in a document,
 * whatever its place (in sub-lines of an extension, for instance).
 */
import type { Element } from './xml.ts';
import type {
  Address,
  AllowanceCharge,
  Identifier,
  Invoice,
  Line,
  Party,
  Period,
  TaxTotal,
  VatBreakdown,
  VatCategory,
} from './model.ts';

/** A value with the element it was read from. */
export interface Placed<T> {
  readonly value: T;
  readonly at: Element;
}

export interface PaymentMeans {
  /** As written: some rules take white space away from it and others do not. */
  readonly code?: string | undefined;
  /** The account's identifiers (BT-84), of which CII has two; `null` when there is no account at all. */
  readonly accountIds: readonly string[] | null;
}

/** A code in the file that the rule `rule` (BR-CL-…) judges. */
export interface CodedValue {
  readonly rule: string;
  readonly code: string;
  readonly at: Element;
}

/** Where in a syntax the codes that a rule judges are. */
export interface CodePlace {
  readonly rule: string | ((element: Element, parent: Element) => string | undefined);
  /** Where given, only below this parent. */
  readonly parent?: string;
  /** The code is in this attribute, and is judged only when the attribute is there. */
  readonly attribute?: string;
  /** White space around the code counts. */
  readonly asWritten?: true;
}

/** Content that is no number or no date. */
export interface Problem {
  readonly rule: 'NUMBER' | 'DATE';
  readonly message: string;
  readonly at: Element;
}

export interface Everywhere {
  readonly codes: CodedValue[];
  readonly problems: Problem[];
  /** Every VAT category of an allowance, of a charge. */
  readonly allowanceVat: Placed<VatCategory>[];
  readonly chargeVat: Placed<VatCategory>[];
  /** These, and those of parts that do not say which of the two they are, or (in CII) that belong to a price. */
  readonly partVat: Placed<VatCategory>[];
  /** Every VAT category of a line's item. */
  readonly itemVat: Placed<VatCategory>[];
  /** Items of sub-lines, which are no invoice lines. */
  readonly nestedItemVat: Placed<VatCategory>[];
  readonly breakdowns: Placed<VatBreakdown>[];
  /** Breakdowns of lines, which UBL can hold and the standard does not know. */
  readonly nestedBreakdowns: Placed<VatBreakdown>[];
  /** Breakdowns of tax that the buyer keeps back (UBL): no VAT breakdowns, though they can name its categories. */
  readonly withheldBreakdowns: Placed<VatBreakdown>[];
  readonly taxTotals: Placed<TaxTotal>[];
  /** VAT totals of lines, which UBL can hold. */
  readonly nestedTaxTotals: Placed<TaxTotal>[];
  /** The elements that hold the totals of the document. */
  readonly totals: Placed<true>[];
  readonly lines: Placed<Line>[];
  /** These four in CII only where the indicator is a word: rules about each part do not see `0` and `1`. */
  readonly documentAllowances: Placed<AllowanceCharge>[];
  readonly documentCharges: Placed<AllowanceCharge>[];
  readonly lineAllowances: Placed<AllowanceCharge>[];
  readonly lineCharges: Placed<AllowanceCharge>[];
  readonly documentPeriods: Placed<Period>[];
  readonly linePeriods: Placed<Period>[];
  readonly deliveryAddresses: Placed<Address>[];
  readonly supportingDocuments: Placed<string | undefined>[];
  readonly precedingInvoices: Placed<string | undefined>[];
  readonly itemAttributes: Placed<{
    readonly name?: string | undefined;
    readonly value?: string | undefined;
  }>[];
  readonly itemClassifications: Placed<Identifier>[];
  readonly paymentMeans: Placed<PaymentMeans>[];
  readonly cardNumbers: Placed<string>[];
  readonly payees: Placed<Party>[];
  readonly taxRepresentatives: Placed<Party>[];
  /** As written, white space included. */
  readonly vatIdentifiers: Placed<string>[];
  readonly countries: Placed<string>[];
  /** Where the rules look for BT-7 and BT-8. */
  readonly taxPointDates: Element[];
  readonly taxPointCodes: Element[];
}

export interface Reading {
  readonly invoice: Invoice;
  readonly everywhere: Everywhere;
  readonly root: Element;
  readonly cii: boolean;
  readonly ubl: boolean;
  /** The currencies (BT-5, BT-6) with their white space: those of amounts are held against them as they are. */
  readonly written: { readonly currency: string | undefined; readonly taxCurrency: string | undefined };
  /** Whether a payment due date (BT-9) or payment terms (BT-20) are given, where the syntax looks for them. */
  readonly hasPaymentTerms: boolean;
}

export function emptyEverywhere(): Everywhere {
  return {
    codes: [],
    problems: [],
    allowanceVat: [],
    chargeVat: [],
    partVat: [],
    itemVat: [],
    nestedItemVat: [],
    breakdowns: [],
    nestedBreakdowns: [],
    withheldBreakdowns: [],
    taxTotals: [],
    nestedTaxTotals: [],
    totals: [],
    lines: [],
    documentAllowances: [],
    documentCharges: [],
    lineAllowances: [],
    lineCharges: [],
    documentPeriods: [],
    linePeriods: [],
    deliveryAddresses: [],
    supportingDocuments: [],
    precedingInvoices: [],
    itemAttributes: [],
    itemClassifications: [],
    paymentMeans: [],
    cardNumbers: [],
    payees: [],
    taxRepresentatives: [],
    vatIdentifiers: [],
    countries: [],
    taxPointDates: [],
    taxPointCodes: [],
  };
}
