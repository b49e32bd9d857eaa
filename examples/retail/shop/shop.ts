/**
 * The shop's system of record: its tools over its tables.
 *
 * SHOP-1  A call that is refused changes no record.
 * SHOP-2  What a call changes and the key of its request are written in one transaction: a call repeated under its key has the answer of
 *         the first and no second effect, whatever was killed between.
 * SHOP-3  A key stands for one tool with one set of arguments; for another it is refused.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import canonicalize from 'canonicalize';
import type { Json } from 'humanos/worker';
import { refuse, type Answer, type Change } from './answer.ts';
import { Catalogue, type Arguments } from './catalogue.ts';
import { Tables, type RecordedCall, type Stock } from './table.ts';
import { CHANGES, READS } from './tools/index.ts';

export interface Call {
  readonly tool: string;
  readonly arguments: Arguments;
}
export interface KeyedCall extends Call {
  /** Names the request: the same for each repetition of a call, and for no other call. */
  readonly key: string;
}

/** There is no shop at this place yet, and nothing to make it of. */
export class ShopMissing extends Error {
  override readonly name = 'ShopMissing';
}

/** A call that changes records came without the key of its request. */
export class KeyMissing extends Error {
  override readonly name = 'KeyMissing';
}

/** A request used the key of another. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

export class Shop {
  readonly catalogue: Catalogue;
  readonly #database: Database.Database;
  readonly #tables: Tables;

  /** @throws ShopMissing where the database is empty and no stock is given; a shop that is there keeps what it holds */
  constructor(database: Database.Database, stock?: Stock) {
    database.pragma('busy_timeout = 5000');
    database.pragma('synchronous = FULL');
    this.#database = database;
    this.#tables = new Tables(database);
    this.#alone(() => {
      if (this.#tables.areThere) return;
      if (!stock) throw new ShopMissing(`There is no shop in ${database.name}: make it first.`);
      this.#tables.create(stock);
    });
    this.catalogue = new Catalogue(this.#tables.tools);
  }

  /** Calls a tool. What changes records needs a key; a read has no use for one. @throws KeyMissing, KeyTaken */
  call(asked: Call & { readonly key?: string | undefined }): Answer {
    const { tool, arguments: args, key } = asked;
    const entry = this.catalogue.entry(tool);
    if (!entry) return refuse(`unknown tool ${tool}`);
    const misfit = this.catalogue.misfit(entry, args);
    if (misfit) return misfit;
    const read = READS[tool];
    if (read) return read(this.#tables, args as never);
    if (key === undefined || key === '') throw new KeyMissing(`${tool} changes records: a call needs a key`);
    return this.#alone(
      () => this.#answered({ tool, arguments: args, key }) ?? this.#change({ tool, arguments: args, key }),
    );
  }

  /** What a call was answered, or undefined if it was not made. @throws KeyTaken */
  recall(call: KeyedCall): Answer | undefined {
    return this.#answered(call);
  }

  /** All orders or customers by id, as JSON texts. */
  texts(of: 'orders' | 'users'): Map<string, string> {
    return this.#tables.texts(of);
  }

  close(): void {
    this.#database.close();
  }

  #answered({ key, tool, arguments: args }: KeyedCall): Answer | undefined {
    const made = this.#tables.call(key);
    if (!made) return undefined;
    if (made.tool !== tool || made.arguments !== canonical(args))
      throw new KeyTaken(`the key ${key} stands for another call, of ${made.tool}`);
    return JSON.parse(made.answer) as Answer;
  }

  #change({ key, tool, arguments: args }: KeyedCall): Answer {
    const change = CHANGES[tool]?.(this.#tables, args as never);
    if (!change) throw new Error(`the tool ${tool} is not implemented`);
    if (change.ok) {
      if (change.order) this.#tables.putOrder(change.order);
      if (change.user) this.#tables.putUser(change.user.id, change.user.record);
    }
    const recorded: RecordedCall = {
      key,
      tool,
      arguments: canonical(args),
      answer: JSON.stringify(answerOf(change)),
    };
    this.#tables.putCall(recorded);
    return JSON.parse(recorded.answer) as Answer;
  }

  /** Nobody else writes meanwhile, and all of it is written or nothing. */
  #alone<Value>(work: () => Value): Value {
    return this.#database.transaction(work).immediate();
  }
}

const answerOf = (change: Change): Answer =>
  change.ok ? { ok: true, output: change.output as unknown as Json } : change;

const canonical = (args: Arguments): string => canonicalize(args) ?? 'null';

/** Opens the shop in a file, or makes it there. @throws ShopMissing */
export const openShop = (file: string, stock?: Stock): Shop => {
  if (!stock && !existsSync(file)) throw new ShopMissing(`There is no shop in ${file}: make it first.`);
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  return new Shop(database, stock);
};
