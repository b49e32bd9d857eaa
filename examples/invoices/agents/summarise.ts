import type { Handler } from 'humanos/worker';
import { summarise as sum, type InvoiceFacts } from '../analysis/index.ts';

interface Given {
  readonly invoice_facts: readonly InvoiceFacts[];
  /** Null where there was nothing to clarify. */
  readonly clarification: { readonly exclude: readonly string[] } | null;
}

/** Sums the valid invoices per currency, without those that a person excluded. */
export const summarise: Handler<Given> = ({ input: { invoice_facts: invoices, clarification } }) =>
  sum(invoices.filter(({ file }) => !clarification?.exclude.includes(file)));
