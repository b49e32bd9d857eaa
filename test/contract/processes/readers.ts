import Database from 'better-sqlite3';
import { writeSync } from 'node:fs';

/** Reads without end, on two connections in turn, so that there is no moment without an open snapshot. Says when it has begun. */
const [path] = process.argv.slice(2);
const connections = [0, 1].map(() => new Database(path, { readonly: true }));
const begin = (db: Database.Database): void => {
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM checkpoints').get();
};
begin(connections[0]!);
writeSync(1, 'reading\n');
for (let turn = 1; ; turn += 1) {
  begin(connections[turn % 2]!);
  connections[(turn + 1) % 2]!.exec('COMMIT');
  await new Promise((resolve) => setImmediate(resolve));
}
