import type { EventView } from 'humanos/client';
import { oneLine, pairs } from '../../../src/cli/layout.ts';
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

/** In the order in which the members are promised: a record has them by their names. */
export const inOrder = ({ byCurrency }: JobSummary): JobSummary => ({
  byCurrency: Object.fromEntries(
    Object.entries(byCurrency).map(
      ([currency, { count, taxExclusive, taxAmount, taxInclusive, payable }]) => [
        currency,
        { count, taxExclusive, taxAmount, taxInclusive, payable },
      ],
    ),
  ),
});

/** A table of counts and sums, a line per currency. */
export const summaryLines = ({ byCurrency }: JobSummary): string[] => {
  const head = ['', 'count', 'without tax', 'tax', 'with tax', 'payable'];
  const rows = Object.entries(byCurrency).map(([key, sum]) => [
    oneLine(key),
    String(sum.count),
    sum.taxExclusive,
    sum.taxAmount,
    sum.taxInclusive,
    sum.payable,
  ]);
  if (rows.length === 0) return ['There is no valid invoice to sum.'];
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
};

/** A line for each invalid file with the rules it breaks, and some for each group of duplicates. */
export const exceptionLines = ({ invalid, duplicates }: Exceptions): [string[], string[]] => [
  Object.entries(invalid).map(([file, rules]) => `${oneLine(file)}  breaks ${rules.join(', ')}`),
  duplicates.flatMap(({ seller, number, files }) => [
    `${oneLine(seller)}, number ${oneLine(number)}`,
    ...files.map((file) => `  ${oneLine(file)}`),
  ]),
];

export const reportLines = (report: JobReport, decisions: readonly string[]): string[] => {
  const { run, verdict, summary, duplicates, ledger } = report;
  const [broken, twice] = exceptionLines(report);
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  return [
    '',
    `Run ${run}: ${verdict}`,
    '',
    ...(summary ? summaryLines(summary) : ['There is no summary.']),
    '',
    `${broken.length} invalid, and left out:`,
    ...indented(broken),
    `${duplicates.length} times the same seller and number more than once:`,
    ...indented(twice),
    '',
    'Who decided, and on what authority:',
    ...indented(decisions),
    '',
    `Ledger: ${ledger.entries} entries, ${ledger.verified ? 'verified: entries, chains, tree and signature' : 'NOT VERIFIED'}.`,
  ];
};

const WHAT: Readonly<Record<string, (payload: EventView['payload']) => string>> = {
  'run.created': () => 'started the run',
  'run.approved': () => 'approved the start',
  'task.completed': ({ task }) => `completed ${stepOf(task)}`,
  'task.decided': ({ task, decision }) => {
    const { outcome, reason } = decision as { outcome: string; reason: string | null };
    return `${stepOf(task)}: ${outcome}${reason === null ? '' : `, because: ${oneLine(reason)}`}`;
  },
};

/** `approval.decision` of `run_…:approval.decision:1.1`. */
const stepOf = (task: unknown): string => String(task).split(':')[1] ?? '';

/** What people decided in a run, in order. */
export const decisionLines = (
  events: readonly EventView[],
  nameOf: (participant: string) => string,
): string[] => {
  const made = events.filter(({ layer, type }) => layer === 'decide' && Object.hasOwn(WHAT, type));
  return pairs(
    made.map(({ actor, authority, type, payload }) => [
      `${nameOf(actor)} (${authority.kind} ${authority.id})`,
      WHAT[type]?.(payload),
    ]),
  );
};
