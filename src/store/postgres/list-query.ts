/**
 * Filtered lists as SQL. A list is a few ranges, each of which is a part of one index in the order of the list, cut to the page,
 * then merged: so a page costs the page and not the table, however long the list is.
 *
 * LIST-1  One row more than the page is read, which tells whether there is a next page.
 * LIST-2  Everything that callers bring is a parameter; codes stand in the text, so that partial indexes are recognised.
 * LIST-3  These texts are not kept prepared: a plan made for any page could expect far more rows than a page has.
 */
export interface ListQuery {
  readonly sql: string;
  readonly values: readonly Parameter[];
}
export type Parameter = string | number;

/** A condition on the rows of a range; `?` stands for each of the values. */
export interface Term {
  readonly sql: string;
  readonly values: readonly Parameter[];
}
export type Range = readonly Term[];

export const term = (sql: string, ...values: readonly Parameter[]): Term => ({ sql, values });

export const equal = (column: string, value: Parameter | undefined): Term[] =>
  value === undefined ? [] : [term(`${column} = ?`, value)];

export function among<Word extends string>(
  column: string,
  words: readonly Word[] | undefined,
  codes: Readonly<Record<Word, number>>,
): Term[] {
  if (words === undefined) return [];
  const sorted = [...new Set(words)].map((word) => codes[word]).toSorted((a, b) => a - b);
  return [term(`${column} IN (${sorted.join(', ')})`)];
}

/** Each range narrowed by each of the alternatives. */
export const narrow = (ranges: readonly Range[], alternatives: readonly Range[]): Range[] =>
  ranges.flatMap((range) => alternatives.map((more) => [...range, ...more]));

/** The first `limit` rows of all ranges together. There must be at least one range. */
export function merge(
  from: { readonly table: string; readonly columns: string; readonly order: string },
  ranges: readonly Range[],
  limit: number,
): ListQuery {
  const { table, columns, order } = from;
  const selects = ranges.map((range) => {
    const where = range.map(({ sql }) => sql).join(' AND ');
    return `(SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ?)`;
  });
  const values = ranges.flatMap((range) => [...range.flatMap((one) => one.values), limit]);
  if (selects.length === 1) return { sql: numbered(selects[0]!), values };
  const sql = `${selects.join(' UNION ALL ')} ORDER BY ${order} LIMIT ?`;
  return { sql: numbered(sql), values: [...values, limit] };
}

export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}
