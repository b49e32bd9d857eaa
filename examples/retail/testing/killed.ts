/** `node killed.ts POINT FILE CALL`: makes a call at the shop in FILE, and is killed at a point of it. */
import Database from 'better-sqlite3';
import { Shop, type KeyedCall } from '../shop/shop.ts';
import { STOCK } from './small-shop.ts';

const [point, file = '', call = ''] = process.argv.slice(2);
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const database = new Database(file);
database.function('die', die);
if (point === 'making') {
  const stock = {
    ...STOCK,
    get orders(): never {
      die();
      throw new Error('still alive');
    },
  };
  process.exitCode = new Shop(database, stock).catalogue.entries.length;
} else {
  const shop = new Shop(database);
  // The last that is written before the commit.
  if (point === 'before-commit')
    database.exec('CREATE TEMP TRIGGER dying AFTER INSERT ON call BEGIN SELECT die(); END');
  shop.call(JSON.parse(call) as KeyedCall);
  if (point === 'after-commit') die();
}
