import { median } from '../clock.ts';
import type { Entrant } from './field.ts';

/** All rounds of each figure, by entrant. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly isRate: boolean;
}

const RATES = ['sequence', 'parked'];
const TITLES: Readonly<Record<string, readonly [title: string, unit: string]>> = {
  sequence: ['sequence', 'steps/s'],
  hop: ['hop p50', 'ms'],
  parked: ['parked', 'runs/s'],
  decision: ['decision p50', 'ms'],
  recovery: ['kill -9', 'ms'],
  loop: ['loop', 'ms/step'],
};

export const figureOf = (name: string): Figure => {
  const [kind = '', size] = name.split(' ');
  const [title, unit] = TITLES[name] ?? [
    `${kind === 'fan-out' ? 'fan-out' : 'child runs'} ${size}`,
    'ms/child',
  ];
  return { name, title, unit, isRate: RATES.includes(name) };
};

/** How many times better the first is, whichever way is better. */
const ratio = ({ isRate }: Figure, ours: number, theirs: number): number =>
  isRate ? ours / theirs : theirs / ours;

const tidy = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(value < 1 ? 2 : 3)));

const of = (results: Results, entrant: string, { name }: Figure): number | null => {
  const values = results.get(entrant)?.get(name) ?? [];
  return values.length === 0 ? null : median(values);
};

/** A row for each entrant, and under it how many times better each HumanOS beside it is. */
export function tableOf(entrants: readonly Entrant[], results: Results, names: readonly string[]): string {
  const figures = names.map(figureOf);
  const titles = new Map(entrants.map(({ name, title }) => [name, title]));
  const rows: string[][] = [['', ...figures.map(({ title, unit }) => `${title}, ${unit}`)]];
  for (const { name, title, beside } of entrants) {
    rows.push([title, ...figures.map((figure) => cell(of(results, name, figure)))]);
    for (const other of beside) {
      if (!titles.has(other)) continue;
      const ratios = figures.map((figure) =>
        ratioCell(figure, of(results, other, figure), of(results, name, figure)),
      );
      rows.push([`  times ahead: ${titles.get(other)}`, ...ratios]);
    }
  }
  return aligned(rows);
}

const cell = (value: number | null): string => (value === null ? '' : tidy(value));
const ratioCell = (figure: Figure, ours: number | null, theirs: number | null): string =>
  ours === null || theirs === null ? '' : `${ratio(figure, ours, theirs).toPrecision(2)}x`;

/** A table of Markdown. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [line(head), rule, ...rest.map(line)].join('\n');
}
