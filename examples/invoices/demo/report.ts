import type { CurrencySum, Duplicate } from '../analysis/index.ts';

export interface JobSummary {
  readonly byCurrency: Readonly<Record<string, CurrencySum>>;
}
export interface Exceptions {
  readonly invalid: Readonly<Record<string, readonly string[]>>;
  readonly duplicates: readonly Duplicate[];
}
/** The result of the job, as one document. */
export interface JobReport {
  readonly run: string;
  readonly verdict: string;
  readonly summary: JobSummary | null;
  readonly invalid: Exceptions['invalid'];
  readonly duplicates: Exceptions['duplicates'];
  readonly ledger: { readonly entries: number; readonly verified: boolean };
}

/** A table of counts and sums, a line per currency. */
export const summaryLines = ({ byCurrency }: JobSummary): string[] => {
  const head = ['', 'count', 'without tax', 'tax', 'with tax', 'payable'];
  const rows = Object.entries(byCurrency).map(([key, sum]) => [
    key,
    String(sum.count),
    sum.taxExclusive,
    sum.taxAmount,
    sum.taxInclusive,
    sum.payable,
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
};

export const reportLines = ({ run, verdict, summary, invalid, duplicates, ledger }: JobReport): string[] => [
  `Run ${run}: ${verdict}`,
  '',
  ...(summary ? summaryLines(summary) : ['There is no summary.']),
  '',
  `${Object.keys(invalid).length} invalid, and left out:`,
  ...Object.entries(invalid).map(([file, rules]) => `  ${file}  ${rules.join(', ')}`),
  `${duplicates.length} groups with the same seller and number:`,
  ...duplicates.map(({ seller, number, files }) => `  ${seller}, ${number}: ${files.join(', ')}`),
  '',
  `Ledger: ${ledger.entries} entries, ${ledger.verified ? 'verified: every entry, every chain, the tree and its signature' : 'NOT VERIFIED'}.`,
];
