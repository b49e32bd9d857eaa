import type Database from 'better-sqlite3';
import type { ToolEntry } from './catalogue.ts';
import type { Order, Product, Records, User } from './record.ts';

/** What a shop is made of. */
export interface Stock {
  readonly tools: readonly ToolEntry[];
  readonly users: { readonly [id: string]: User };
  readonly orders: { readonly [id: string]: Order };
  readonly products: { readonly [id: string]: Product };
}

/** A record is kept whole, as JSON; beside it stands what it is looked up by. */
const SCHEMA = `
CREATE TABLE tool (name TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT;
CREATE TABLE product (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
CREATE TABLE customer (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  zip TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX customer_email ON customer (email);
CREATE INDEX customer_name ON customer (last_name, first_name, zip);
CREATE TABLE purchase (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
-- What was asked for and answered, under the key of the request; written with what it changed.
CREATE TABLE call (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  tool TEXT NOT NULL,
  arguments TEXT NOT NULL,
  answer TEXT NOT NULL,
  at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;
`;

/** A call with its answer, as JSON texts; the arguments in canonical form. */
export interface RecordedCall {
  readonly key: string;
  readonly tool: string;
  readonly arguments: string;
  readonly answer: string;
}

/** The shop's tables in the words of its tools. Whoever calls holds the transaction. */
export class Tables implements Records {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  get areThere(): boolean {
    return this.#one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'call'") !== undefined;
  }

  create({ tools, users, orders, products }: Stock): void {
    this.#database.exec(SCHEMA);
    for (const tool of tools) this.#run('INSERT INTO tool VALUES (?, ?)', tool.name, JSON.stringify(tool));
    for (const [id, record] of Object.entries(products))
      this.#run('INSERT INTO product VALUES (?, ?)', id, JSON.stringify(record));
    for (const [id, user] of Object.entries(users))
      this.#run(
        'INSERT INTO customer (id, email, first_name, last_name, zip, record) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        ...columnsOf(user),
      );
    for (const [id, record] of Object.entries(orders))
      this.#run('INSERT INTO purchase VALUES (?, ?)', id, JSON.stringify(record));
  }

  get tools(): ToolEntry[] {
    const rows = this.#all('SELECT entry FROM tool ORDER BY name') as { entry: string }[];
    return rows.map(({ entry }) => JSON.parse(entry) as ToolEntry);
  }

  order(id: string): Order | undefined {
    return this.#record('SELECT record FROM purchase WHERE id = ?', id) as Order | undefined;
  }

  user(id: string): User | undefined {
    return this.#record('SELECT record FROM customer WHERE id = ?', id) as User | undefined;
  }

  product(id: string): Product | undefined {
    return this.#record('SELECT record FROM product WHERE id = ?', id) as Product | undefined;
  }

  userIdByEmail(email: string): string | undefined {
    return this.#id('SELECT id FROM customer WHERE email = ? ORDER BY position LIMIT 1', email.toLowerCase());
  }

  userIdByNameAndZip(firstName: string, lastName: string, zip: string): string | undefined {
    return this.#id(
      'SELECT id FROM customer WHERE first_name = ? AND last_name = ? AND zip = ? ORDER BY position LIMIT 1',
      firstName.toLowerCase(),
      lastName.toLowerCase(),
      zip,
    );
  }

  productTypes(): Product[] {
    const rows = this.#all('SELECT record FROM product') as { record: string }[];
    return rows.map(({ record }) => JSON.parse(record) as Product);
  }

  putOrder(order: Order): void {
    this.#run('UPDATE purchase SET record = ? WHERE id = ?', JSON.stringify(order), order.order_id);
  }

  putUser(id: string, user: User): void {
    this.#run(
      'UPDATE customer SET email = ?, first_name = ?, last_name = ?, zip = ?, record = ? WHERE id = ?',
      ...columnsOf(user),
      id,
    );
  }

  call(key: string): RecordedCall | undefined {
    return this.#one('SELECT key, tool, arguments, answer FROM call WHERE key = ?', key) as
      | RecordedCall
      | undefined;
  }

  putCall({ key, tool, arguments: args, answer }: RecordedCall): void {
    this.#run('INSERT INTO call (key, tool, arguments, answer) VALUES (?, ?, ?, ?)', key, tool, args, answer);
  }

  /** All orders or customers by id, as JSON texts. */
  texts(of: 'orders' | 'users'): Map<string, string> {
    const rows = this.#all(
      of === 'orders' ? 'SELECT id, record FROM purchase' : 'SELECT id, record FROM customer',
    ) as { id: string; record: string }[];
    return new Map(rows.map(({ id, record }) => [id, record]));
  }

  #record(sql: string, id: string): unknown {
    const row = this.#one(sql, id) as { record: string } | undefined;
    return row && (JSON.parse(row.record) as unknown);
  }

  #id(sql: string, ...values: readonly string[]): string | undefined {
    return (this.#one(sql, ...values) as { id: string } | undefined)?.id;
  }

  #one(sql: string, ...values: readonly string[]): unknown {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string): unknown[] {
    return this.#statement(sql).all();
  }

  #run(sql: string, ...values: readonly string[]): void {
    this.#statement(sql).run(...values);
  }

  readonly #statements = new Map<string, Database.Statement>();
  #statement(sql: string): Database.Statement {
    const made = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

const columnsOf = (user: User): [string, string, string, string, string] => [
  user.email.toLowerCase(),
  user.name.first_name.toLowerCase(),
  user.name.last_name.toLowerCase(),
  user.address.zip,
  JSON.stringify(user),
];
