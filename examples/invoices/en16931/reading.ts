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
  readonly code?: string | undefined;
  /** The account's identifier (BT-84); `null` when there is no account at all. */
  readonly account: { readonly id?: string | undefined } | null;
}

/** A code in the file that the rule `rule` (BR-CL-…) judges. */
export interface CodedValue {
  readonly rule: string;
  readonly code: string;
  readonly at: Element;
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
  /** Every VAT category of an allowance, of a charge, of a line's item. */
  readonly allowanceVat: Placed<VatCategory>[];
  readonly chargeVat: Placed<VatCategory>[];
  readonly itemVat: Placed<VatCategory>[];
  /** Items of sub-lines, which are no invoice lines. */
  readonly nestedItemVat: Placed<VatCategory>[];
  readonly breakdowns: Placed<VatBreakdown>[];
  /** Breakdowns of lines, which UBL can hold and the standard does not know. */
  readonly nestedBreakdowns: Placed<VatBreakdown>[];
  readonly taxTotals: Placed<TaxTotal>[];
  readonly lines: Placed<Line>[];
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
  readonly vatIdentifiers: Placed<string>[];
  readonly countries: Placed<string>[];
  readonly cardAccounts: Placed<true>[];
  readonly mandates: Placed<true>[];
}

export interface Reading {
  readonly invoice: Invoice;
  readonly everywhere: Everywhere;
  readonly root: Element;
  readonly cii: boolean;
  readonly ubl: boolean;
  /** Whether a payment due date (BT-9) or payment terms (BT-20) are given, where the syntax looks for them. */
  readonly hasPaymentTerms: boolean;
}

export function emptyEverywhere(): Everywhere {
  return {
    codes: [],
    problems: [],
    allowanceVat: [],
    chargeVat: [],
    itemVat: [],
    nestedItemVat: [],
    breakdowns: [],
    nestedBreakdowns: [],
    taxTotals: [],
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
    cardAccounts: [],
    mandates: [],
  };
}
