/**
 * Filtered lists as SQL. A list is a few ranges, each of which is a part of one index in the order of the list, cut to the page, then
 * merged: so a page costs the page and not the table, however long the list is.
 *
 * LIST-1  One row more than the page is read, which tells whether there is a next page.
 * LIST-2  Codes stand in the text, sorted, so that partial indexes are recognised; everything that callers bring is a value. So there
 *         are only as many texts as there are combinations of filters.
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
/** A part of an index, or of the table itself in the order of its numbers (`index: null`). */
export interface Range {
  readonly index: string | null;
  readonly terms: readonly Term[];
}
/** A range with the table that it is read from. */
export interface Source {
  readonly from: string;
  readonly terms: readonly Term[];
}

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
export const narrow = <Part extends { readonly terms: readonly Term[] }>(
  ranges: readonly Part[],
  alternatives: readonly (readonly Term[])[],
): Part[] =>
  ranges.flatMap((range) => alternatives.map((more) => ({ ...range, terms: [...range.terms, ...more] })));

/** The first `limit` rows of all sources together, each row once. There must be at least one source. */
export function merge(
  rows: { readonly columns: string; readonly order: string; readonly overlap?: boolean },
  sources: readonly Source[],
  limit: number,
): ListQuery {
  const { columns, order, overlap = false } = rows;
  const selects = sources.map(({ from, terms }) => {
    const where = terms.map(({ sql }) => sql).join(' AND ');
    return `SELECT * FROM (SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ?) AS part`;
  });
  const values = sources.flatMap(({ terms }) => [...terms.flatMap((one) => one.values), limit]);
  if (selects.length === 1) return { sql: selects[0]!, values };
  const union = overlap ? ' UNION ' : ' UNION ALL ';
  return { sql: `${selects.join(union)} ORDER BY ${order} LIMIT ?`, values: [...values, limit] };
}
