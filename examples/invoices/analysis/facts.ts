/** One file of the batch, reduced to what the summary and the search for duplicates need. */
export interface InvoiceFacts {
  file: string;
  /** Ids of the broken rules, sorted, each once; empty for a valid file. */
  broken: string[];
  /** Name of the seller (BT-27). This and the fields below are null where the file does not have them. */
  seller: string | null;
  /** BT-1 */
  number: string | null;
  /** BT-5 */
  currency: string | null;
  /** Type 381, or a UBL CreditNote. */
  creditNote: boolean;
  /** BT-109 */
  taxExclusive: string | null;
  /** BT-110, in the invoice currency. */
  taxAmount: string | null;
  /** BT-112 */
  taxInclusive: string | null;
  /** BT-115 */
  payable: string | null;
}

/** The part of a reader's answer that the analysis uses; `readInvoice` of `en16931/` gives more. */
export interface ReadInvoice {
  readonly invoice?:
    | {
        readonly number?: string | undefined;
        readonly currency?: string | undefined;
        readonly creditNote: boolean;
        readonly seller?: { readonly name?: string | undefined } | undefined;
        readonly totals: {
          readonly taxExclusive?: string | undefined;
          readonly taxAmount?: string | undefined;
          readonly taxInclusive?: string | undefined;
          readonly payable?: string | undefined;
        };
      }
    | null
    | undefined;
  readonly broken: readonly { readonly rule: string }[];
}

export function factsOf(file: string, { invoice, broken }: ReadInvoice): InvoiceFacts {
  return {
    file,
    broken: [...new Set(broken.map(({ rule }) => rule))].toSorted(),
    seller: invoice?.seller?.name ?? null,
    number: invoice?.number ?? null,
    currency: invoice?.currency ?? null,
    creditNote: invoice?.creditNote ?? false,
    taxExclusive: invoice?.totals.taxExclusive ?? null,
    taxAmount: invoice?.totals.taxAmount ?? null,
    taxInclusive: invoice?.totals.taxInclusive ?? null,
    payable: invoice?.totals.payable ?? null,
  };
}

export function isValid(invoice: InvoiceFacts): boolean {
  return invoice.broken.length === 0;
}

/** The rules that each invalid file breaks, by file in the order of their names. */
export function invalidFiles(invoices: readonly InvoiceFacts[]): Record<string, string[]> {
  const invalid = invoices.filter((invoice) => !isValid(invoice));
  return Object.fromEntries(
    invalid.toSorted((a, b) => compare(a.file, b.file)).map(({ file, broken }) => [file, broken]),
  );
}

/** Order by code units: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
