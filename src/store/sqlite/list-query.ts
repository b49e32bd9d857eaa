/**
 * Filtered lists as SQL. A list is a few ranges of an index, each in the order of the list and cut to the page, then merged: so
 * a page costs the page and not the table, however long the list is.
 *
 * LIST-1  Every range names its index (INDEXED BY), so that a plan cannot change with the contents of the database.
 * LIST-2  One row more than the page is read, which tells whether there is a next page.
 * LIST-3  Codes stand in the text, sorted; everything that callers bring is a parameter. So there are only as many texts as
 *         there are combinations of filters.
 */
export interface ListQuery {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}
export type Parameter = string | number;

/** A part of an index, or of the table itself in the order of its numbers (`index: null`). */
export interface Range {
  readonly index: string | null;
  readonly terms: readonly Term[];
}
/** A condition on the rows of a range. */
export interface Term {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

export const term = (sql: string, ...parameters: readonly Parameter[]): Term => ({ sql, parameters });

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
export const narrow = (ranges: readonly Range[], alternatives: readonly (readonly Term[])[]): Range[] =>
  ranges.flatMap(({ index, terms }) => alternatives.map((more) => ({ index, terms: [...terms, ...more] })));

/** The first `limit` rows of all ranges together. There must be at least one range. */
export function merge(
  from: { readonly table: string; readonly columns: string; readonly order: string },
  ranges: readonly Range[],
  limit: number,
): ListQuery {
  const { table, columns, order } = from;
  const selects = ranges.map(({ index, terms }) => {
    const source = index === null ? `${table} NOT INDEXED` : `${table} INDEXED BY ${index}`;
    const where = terms.map(({ sql }) => sql).join(' AND ');
    return `SELECT * FROM (SELECT ${columns} FROM ${source} WHERE ${where} ORDER BY ${order} LIMIT ?)`;
  });
  const parameters = ranges.flatMap(({ terms }) => [...terms.flatMap((one) => one.parameters), limit]);
  if (selects.length === 1) return { sql: selects[0]!, parameters };
  return {
    sql: `${selects.join(' UNION ALL ')} ORDER BY ${order} LIMIT ?`,
    parameters: [...parameters, limit],
  };
}
