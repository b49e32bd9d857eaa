/**
 * What a reader must find in the batch, from what the generator knows of it: no file is read for it, and the sums are
 * made of whole cents, so that they check the decimal sums of `analysis/`.
 */
import type { Row } from './batch.ts';
import { FAULTS } from './faults.ts';
import type { Draft, Totals } from './invoice.ts';

export interface Expectation {
  byCurrency: Record<string, { count: number } & Record<Summed, string>>;
  /** Rule ids by file. */
  invalid: Record<string, readonly string[]>;
  duplicates: { seller: string; number: string; files: string[] }[];
}

const SUMMED = ['taxExclusive', 'taxAmount', 'taxInclusive', 'payable'] as const;
type Summed = (typeof SUMMED)[number];

/** One file of the batch: the row it comes from and the invoice before any fault. */
export interface Entry {
  file: string;
  row: Row;
  draft: Draft;
}

export function expectationOf(entries: readonly Entry[]): Expectation {
  const invalid = entries.flatMap(({ file, row }) =>
    row.fault ? [[file, FAULTS[row.fault].breaks] as const] : [],
  );
  const valid = entries.filter(({ row }) => !row.fault);
  return {
    byCurrency: sumsOf(valid),
    invalid: Object.fromEntries(invalid),
    duplicates: repetitionsOf(entries),
  };
}

function sumsOf(valid: readonly Entry[]): Expectation['byCurrency'] {
  const keyOf = ({ draft }: Entry): string => draft.currency + (draft.typeCode === '381' ? '/credit' : '');
  const sums: Expectation['byCurrency'] = {};
  for (const key of [...new Set(valid.map(keyOf))].toSorted()) {
    const drafts = valid.filter((entry) => keyOf(entry) === key).map(({ draft }) => draft);
    const total = (field: Summed): string =>
      inUnits(drafts.reduce((sum, { totals }) => sum + cents(totals, field), 0n));
    sums[key] = {
      count: drafts.length,
      taxExclusive: total('taxExclusive'),
      taxAmount: total('taxAmount'),
      taxInclusive: total('taxInclusive'),
      payable: total('payable'),
    };
  }
  return sums;
}

function cents(totals: Totals, field: Summed): bigint {
  return BigInt((field === 'taxAmount' ? totals.tax : totals[field]).replace('.', ''));
}

function inUnits(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function repetitionsOf(entries: readonly Entry[]): Expectation['duplicates'] {
  const groups = entries.map(({ draft, file }, index) => ({
    seller: draft.seller.name,
    number: draft.number,
    files: [
      file,
      ...entries.filter(({ row }) => row.again === index + 1).map((entry) => entry.file),
    ].toSorted(),
  }));
  return groups
    .filter(({ files }) => files.length > 1)
    .toSorted((a, b) => (`${a.seller}\n${a.number}` < `${b.seller}\n${b.number}` ? -1 : 1));
}

const WIDTH = 110;

/** The expectation as the project formats JSON: a list stands on one line where it fits. */
export function writeExpectation(expectation: Expectation): string {
  const text = JSON.stringify(expectation, null, 2);
  const compact = text.replace(
    /^(.*)\[\n((?: +"[^\n]*\n)+) +\](,?)$/gm,
    (whole, head: string, items: string, comma: string) => {
      const line = `${head}[${items.trim().replace(/\n +/g, ' ')}]${comma}`;
      return line.length <= WIDTH ? line : whole;
    },
  );
  return `${compact}\n`;
}
