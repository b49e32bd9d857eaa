import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { StoreFault } from '../fault.ts';
import { Connection } from './connection.ts';
import { LATEST_VERSION, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openSqlite } from './open.ts';
import { unprivileged } from '../../../test/unprivileged/index.ts';

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-open-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Every fault says what happened, why, and what to do. */
function requireFault(open: () => unknown, code: string, message: RegExp): void {
  assert.throws(open, (fault: StoreFault) => {
    assert.equal(fault.code, code);
    assert.match(fault.message, message);
    assert.ok(fault.remediation.length > 20);
    return true;
  });
}

test('a new database is durable, and private to its owner', async (t) => {
  const path = join(newFolder(t), 'new.db');
  const store = openSqlite(path);
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  await store.close();
  const [db, normal] = [new Database(path), join(newFolder(t), 'normal.db')];
  assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
  assert.equal(db.pragma('user_version', { simple: true }), LATEST_VERSION);
  db.close();
  await openSqlite(normal, { durability: 'normal' }).close();
  const either = new Database(normal);
  for (const [durability, level] of [
    ['full', 2],
    ['normal', 1],
  ] as const) {
    Connection.configure(either, durability);
    assert.equal(either.pragma('synchronous', { simple: true }), level);
  }
  either.close();
});

test('one process opens a database for writing once, by whatever name', async (t) => {
  const folder = newFolder(t);
  const [path, other] = [join(folder, 'humanos.db'), join(folder, 'other.db')];
  const store = openSqlite(path);
  symlinkSync(path, other);
  for (const name of [path, other, join(folder, '.', 'humanos.db')]) {
    requireFault(() => openSqlite(name), 'database_in_use', /in use.*only one process/);
  }
  await store.close();
  await openSqlite(other).close();
  await openSqlite(path).close();
});

test('a link to a database that is not there yet is that database', async (t) => {
  const folder = newFolder(t);
  mkdirSync(join(folder, 'data'));
  const [target, link, other] = ['data/humanos.db', 'humanos.db', 'other.db'].map((name) =>
    join(folder, name),
  );
  symlinkSync('data/humanos.db', link!);
  symlinkSync(link!, other!);
  const store = openSqlite(other!);
  for (const file of [target!, `${target}-wal`, `${target}.lock`]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  assert.equal(existsSync(`${link}.lock`), false);
  for (const name of [target!, link!, other!]) {
    requireFault(() => openSqlite(name), 'database_in_use', /in use.*only one process/);
  }
  await store.close();
});

test('links that lead nowhere are a fault that says so', (t) => {
  const folder = newFolder(t);
  const [one, two, gone] = ['one.db', 'two.db', 'gone.db'].map((name) => join(folder, name));
  symlinkSync(one!, two!);
  symlinkSync(two!, one!);
  symlinkSync(join(folder, 'missing', 'humanos.db'), gone!);
  for (const path of [one!, two!, gone!]) {
    requireFault(() => openSqlite(path), 'database_unavailable', /cannot be opened/);
  }
});

test('a database of a newer release is refused and left as it is', async (t) => {
  const path = join(newFolder(t), 'newer.db');
  await openSqlite(path).close();
  const db = new Database(path);
  db.pragma(`user_version = ${LATEST_VERSION + 1}`);
  db.close();
  const before = readFileSync(path);
  const said = new RegExp(`version ${LATEST_VERSION + 1}.*up to ${LATEST_VERSION}`);
  requireFault(() => openSqlite(path), 'database_too_new', said);
  requireFault(() => openSqlite(path, { readOnly: true }), 'database_too_new', said);
  assert.deepEqual(readFileSync(path), before);
});

test('a file that is something else is refused and left as it is', (t) => {
  const folder = newFolder(t);
  const [text, foreign, other] = ['notes.txt', 'foreign.db', 'other.db'].map((name) => join(folder, name));
  writeFileSync(text!, 'Not a database, but longer than the header of one would be. '.repeat(20));
  const db = new Database(foreign);
  db.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY)');
  db.close();
  const numbered = new Database(other);
  numbered.pragma('application_id = 7');
  numbered.close();
  for (const path of [text!, foreign!, other!]) {
    const before = readFileSync(path);
    requireFault(() => openSqlite(path), 'not_a_humanos_database', /not a HumanOS database/);
    requireFault(
      () => openSqlite(path, { readOnly: true }),
      'not_a_humanos_database',
      /not a HumanOS database/,
    );
    assert.deepEqual(readFileSync(path), before, path);
  }
});

test('an empty file becomes a database', async (t) => {
  const path = join(newFolder(t), 'empty.db');
  writeFileSync(path, '');
  await openSqlite(path).close();
  await openSqlite(path, { readOnly: true }).close();
});

test('a database that cannot be reached is a fault that says so', (t) => {
  const folder = newFolder(t);
  requireFault(
    () => openSqlite(join(folder, 'missing', 'humanos.db')),
    'database_unavailable',
    /cannot be opened/,
  );
  requireFault(() => openSqlite(folder), 'database_unavailable', /cannot be opened/);
  const absent = join(folder, 'absent.db');
  requireFault(() => openSqlite(absent, { readOnly: true }), 'database_unavailable', /cannot be opened/);
  assert.equal(existsSync(absent), false);
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  if (process.getuid?.() !== 0) {
    requireFault(() => openSqlite(join(locked, 'humanos.db')), 'database_unavailable', /cannot be opened/);
  }
});

test('whoever may read a database, and write nothing beside it, is told to open a copy', async (t) => {
  const folder = newFolder(t);
  const path = join(folder, 'humanos.db');
  await openSqlite(path).close();
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  try {
    unprivileged(() =>
      assert.throws(
        () => openSqlite(path, { readOnly: true }),
        ({ code, remediation }: StoreFault) =>
          code === 'database_unavailable' && /copy .*-wal.* to a folder of your own/.test(remediation),
      ),
    );
  } finally {
    chmodSync(folder, 0o755);
  }
  const copy = join(newFolder(t), 'copy.db');
  copyFileSync(path, copy);
  await openSqlite(copy, { readOnly: true }).close();
});

test('a failed opening gives the lock back', async (t) => {
  const path = join(newFolder(t), 'humanos.db');
  await openSqlite(path).close();
  const db = new Database(path);
  db.pragma(`user_version = ${LATEST_VERSION + 1}`);
  requireFault(() => openSqlite(path), 'database_too_new', /newer release/);
  db.pragma(`user_version = ${LATEST_VERSION}`);
  db.close();
  await openSqlite(path).close();
});

test('migrations bring an older database up one by one, and a failing one leaves it where it was', (t) => {
  const db = new Database(join(newFolder(t), 'old.db'));
  const second = 'CREATE TABLE second (id INTEGER PRIMARY KEY)';
  const broken = 'CREATE TABLE third (id INTEGER PRIMARY KEY); CREATE TABLE second (id INTEGER PRIMARY KEY)';
  migrate(db, 'old.db', MIGRATIONS);
  assert.throws(() => migrate(db, 'old.db', [...MIGRATIONS, second, broken]), /second already exists/);
  assert.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length + 1);
  assert.equal(db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'third'`).get(), undefined);
  migrate(db, 'old.db', [...MIGRATIONS, second, 'CREATE TABLE third (id INTEGER PRIMARY KEY)']);
  assert.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length + 2);
  db.close();
});

test('a reader refuses a database that has yet to be migrated', async (t) => {
  const path = join(newFolder(t), 'older.db');
  await openSqlite(path).close();
  const db = new Database(path);
  db.pragma(`user_version = ${LATEST_VERSION - 1}`);
  db.close();
  requireFault(() => openSqlite(path, { readOnly: true }), 'database_too_old', /schema version/);
});
