/**
 * What the agents work out over a batch of invoices: pure functions of facts that pass through JSON.
 *
 * ANALYSIS-1 Only valid files count, that is those that break no rule: they alone are summed and compared.
 * ANALYSIS-2 Sums are exact; an amount is a decimal string with at least two decimals.
 * ANALYSIS-3 The result does not depend on the order in which the files come.
 */
export { findDuplicates } from './duplicates.ts';
export type { Duplicate } from './duplicates.ts';
export { factsOf, invalidFiles } from './facts.ts';
export type { InvoiceFacts, ReadInvoice } from './facts.ts';
export { summarise } from './summary.ts';
export type { CurrencySum, Summary } from './summary.ts';
