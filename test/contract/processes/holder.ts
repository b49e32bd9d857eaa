import { writeSync } from 'node:fs';
import { StoreFault } from '../../../src/store/index.ts';
import { openSqlite } from '../../../src/store/sqlite/index.ts';

/** Opens the database, says how that went, and keeps it until standard input ends. */
const [path] = process.argv.slice(2);
try {
  const store = openSqlite(path!);
  writeSync(1, 'open\n');
  process.stdin.resume().once('end', () => void store.close());
} catch (error) {
  writeSync(1, `${error instanceof StoreFault ? error.code : String(error)}\n`);
}
