import type { Handler } from 'humanos/worker';
import { findDuplicates, invalidFiles, type InvoiceFacts } from '../analysis/index.ts';

/** Gathers the invoices that break rules, and the groups of valid ones with the same seller and number. */
export const compare: Handler<{ invoice_facts: InvoiceFacts[] }> = ({
  input: { invoice_facts: invoices },
}) => ({
  invalid: invalidFiles(invoices),
  duplicates: findDuplicates(invoices),
});
