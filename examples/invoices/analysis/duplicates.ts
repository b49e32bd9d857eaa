import { compare, groupedBy, isValid } from './facts.ts';
import type { InvoiceFacts } from './facts.ts';

/** Files that carry the same invoice number of the same seller; at least two. */
export interface Duplicate {
  seller: string;
  number: string;
  files: string[];
}

/**
 * The groups of valid files with the same seller name and number, whatever their syntax, type or content; in the order
 * of seller and number, the files of each in the order of their names.
 */
export function findDuplicates(invoices: readonly InvoiceFacts[]): Duplicate[] {
  const named = invoices.filter(
    (invoice) => isValid(invoice) && invoice.seller !== null && invoice.number !== null,
  );
  const groups = groupedBy(named, ({ seller, number }) => JSON.stringify([seller, number]));
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      seller: group[0]!.seller!,
      number: group[0]!.number!,
      files: group.map(({ file }) => file).toSorted(compare),
    }))
    .toSorted((a, b) => compare(a.seller, b.seller) || compare(a.number, b.number));
}
