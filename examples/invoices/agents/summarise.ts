import type { Handler } from 'humanos/worker';
import { summarise as sum, type InvoiceFacts } from '../analysis/index.ts';

/** Sums the valid invoices per currency, without those that a person excluded. */
export const summarise: Handler<{ invoices: InvoiceFacts[]; exclude: string[] }> = ({ input }) =>
  sum(input.invoices.filter(({ file }) => !input.exclude.includes(file)));
