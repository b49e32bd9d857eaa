import { isDeepStrictEqual } from 'node:util';
import Database from 'better-sqlite3';
import { Shop } from '../shop/shop.ts';
import type { Stock } from '../shop/table.ts';
import type { Case, Expected } from './cases.ts';

/** Makes copies of a shop in memory, each as it was at first. */
export const shopsLike = (stock: Stock): (() => Shop) => {
  const database = new Database(':memory:');
  const shop = new Shop(database, stock);
  const image = database.serialize();
  shop.close();
  return () => new Shop(new Database(image));
};

type Outcome = Omit<Expected, 'task'>;

/** Makes the calls of a case straight at the shop, asking nobody, and tells what came of it in the words of the oracle. */
export const replay = (shop: Shop, { number, actions }: Case): Outcome => {
  const before = tablesOf(shop);
  const steps = actions.map(({ tool, arguments: args }, index) => {
    const answer = shop.call({ tool, arguments: args, key: `${number}/${index}` });
    return {
      name: tool,
      cls: shop.catalogue.entry(tool)?.class ?? 'unknown',
      error: answer.ok ? null : answer.error,
    };
  });
  return { steps, finalDelta: changesSince(before, shop) };
};

type TablesOfTexts = { readonly [table in 'orders' | 'users']: ReadonlyMap<string, string> };

export const tablesOf = (shop: Shop): TablesOfTexts => ({
  orders: shop.texts('orders'),
  users: shop.texts('users'),
});

/** Records that differ, whole, by id; a table without any is left out. */
export const changesSince = (before: TablesOfTexts, shop: Shop): Expected['finalDelta'] => {
  const after = tablesOf(shop);
  const changed = (['orders', 'users'] as const).map((table) => {
    const records = [...after[table]]
      .filter(([id, text]) => before[table].get(id) !== text)
      .map(([id, text]) => [id, JSON.parse(text) as unknown] as const)
      // A record written again may have its members in another order.
      .filter(([id, record]) => !isDeepStrictEqual(record, JSON.parse(before[table].get(id) ?? 'null')));
    return [table, Object.fromEntries(records)] as const;
  });
  return Object.fromEntries(changed.filter(([, records]) => Object.keys(records).length > 0));
};
