import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ToolEntry } from './shop/catalogue.ts';
import type { Order, Product, User } from './shop/record.ts';
import type { Stock } from './shop/table.ts';

/** Beside the checkout; `--data` names another folder. */
export const SHARED = resolve(import.meta.dirname, '../../../shared/data/retail');

/** The folder does not hold what the example works on, which is not a part of this project. */
export class SourceMissing extends Error {
  override readonly name = 'SourceMissing';
}

const FILES = ['tools.json', 'users.json', 'orders.json', 'products.json'];

/** Null where a folder has all files; else what to do about it. */
export const missingFrom = (folder: string, files: readonly string[] = FILES): string | null => {
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) return null;
  return `There is no ${missing.join(', ')} in ${folder}. The shop is that of tau-bench retail, which is not a part of this project: name the folder that holds it with --data DIR.`;
};

/** Reads a shop from its JSON files. @throws SourceMissing */
export const readStock = (folder: string): Stock => {
  const missing = missingFrom(folder);
  if (missing !== null) throw new SourceMissing(missing);
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const stock: Stock = {
    tools: json('tools.json') as ToolEntry[],
    users: json('users.json') as { [id: string]: User },
    orders: json('orders.json') as { [id: string]: Order },
    products: json('products.json') as { [id: string]: Product },
  };
  checkReferences(stock);
  return stock;
};

/** Tools rely on it that what an order names is there. */
const checkReferences = ({ users, orders, products }: Stock): void => {
  for (const { order_id, user_id, items, payment_history } of Object.values(orders)) {
    if (!users[user_id]) throw new Error(`order ${order_id} is of ${user_id}, who is not in users.json`);
    if (payment_history.length === 0) throw new Error(`order ${order_id} was never paid`);
    const lost = items.find(({ product_id }) => !products[product_id]);
    if (lost) throw new Error(`order ${order_id} holds ${lost.item_id}, of no product in products.json`);
  }
};
