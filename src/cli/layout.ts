/** Text as people read it in a terminal. Nothing here knows colours, which have no width. */

/** Less of a text tells nothing; a moment fits in. */
const LEAST = 20;

/**
 * Rows under their headings. Of text in the last column the end is cut to the width; where more would be lost than that, each row has lines
 * of its own. `width`: Infinity where nobody reads it in a terminal.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const told = rows.map((row) => row.map(oneLine));
  const all = [headings.map((heading) => heading.toUpperCase()), ...told];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const left = widths.slice(0, -1).reduce((rest, one) => rest - one - 2, width);
  const isLost = (text = ''): boolean => widthOf(text) > left && (left < LEAST || !text.includes(' '));
  if (told.some((row) => isLost(row.at(-1)))) return apart(headings, rows);
  return all.map((row) => {
    const cells = row.map((text, column) =>
      column === row.length - 1 ? text : text + ' '.repeat((widths[column] ?? 0) - widthOf(text)),
    );
    return cut(cells.join('  '), width).trimEnd();
  });
}

const apart = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.flatMap((row, at) => [
    ...(at === 0 ? [] : ['']),
    ...pairs(headings.map((heading, column) => [heading, row[column]])),
  ]);

/** How a list goes on where a page of it ends. */
export const more = ({ next }: { readonly next: string | null }): string[] =>
  next === null ? [] : [`There are more: --cursor ${next}`];

interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/** A page of a list: its rows or what is said where it has none, and how it goes on. */
export const listed = <Row>(
  page: Page<Row>,
  empty: string,
  headings: readonly string[],
  cells: (row: Row) => readonly string[],
  width: number,
): string[] => [
  ...(page.rows.length === 0 ? [nothing(page, empty)] : table(headings, page.rows.map(cells), width)),
  ...more(page),
];

/** What stands in place of a page without rows. */
export const nothing = (page: { readonly next: string | null }, text: string): string =>
  page.next === null ? text : 'None of the first that were looked at.';

/** Pairs of a name and a value, the names of one width. */
export function pairs(entries: readonly (readonly [string, string | null | undefined])[]): string[] {
  const given = entries.filter(([, value]) => value != null && value !== '');
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value ?? '')}`);
}

export const cut = (text: string, width: number): string =>
  widthOf(text) <= width ? text : `${[...text].slice(0, Math.max(0, width - 1)).join('')}…`;

/** Control characters of what others wrote must not reach the terminal. */
export const oneLine = (text: string): string => plain(text).replaceAll(/\s+/g, ' ').trim();
export const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** A value in one cell: text as it is, else JSON. */
export const cell = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

const widthOf = (text: string): number => [...text].length;

/** `2026-11-21 06:07:34` in the zone of whoever reads. */
export const moment = (ms: number | null): string => {
  if (ms === null) return '';
  const at = new Date(ms);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

/** `1.2 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [large, small, names] =
    seconds < 3600
      ? [60, 1, ['min', 's']]
      : seconds < 86_400
        ? [3600, 60, ['h', 'min']]
        : [86_400, 3600, ['d', 'h']];
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return `${whole} ${names[0]}${rest > 0 ? ` ${rest} ${names[1]}` : ''}`;
}

/** JSON for reading, indented; long text is cut to `most` lines with a word on what is left out. */
export function document(value: unknown, most = Infinity): string[] {
  const lines = plain(typeof value === 'string' ? value : JSON.stringify(value, null, 2)).split('\n');
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `… ${lines.length - most} more lines (--json shows everything)`];
}

export const indent = (lines: readonly string[], by = 2): string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));

/** `▓▓▓▓▓▓░░░░` */
export const bar = (fraction: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return '▓'.repeat(full) + '░'.repeat(width - full);
};
