import type { Database, Statement } from 'better-sqlite3';

export type Statements<Name extends string> = Readonly<Record<Name, Statement>>;

/** Prepares texts by name. Those in `single` answer with their only column instead of a row. */
export function prepareAll<Name extends string>(
  db: Database,
  texts: Readonly<Record<Name, string>>,
  single: readonly NoInfer<Name>[],
): Statements<Name> {
  const prepared = Object.entries<string>(texts).map(([name, sql]) => {
    const statement = db.prepare(sql);
    return [name, single.includes(name as Name) ? statement.pluck() : statement];
  });
  return Object.fromEntries(prepared) as Statements<Name>;
}
