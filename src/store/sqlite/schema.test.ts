import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { isRunFinal, isTaskFinal } from '../../engine/lifecycle.ts';
import type { RunStatus, TaskStatus } from '../../engine/lifecycle.ts';
import { RUN_STATUS_CODES, TASK_STATUS_CODES } from '../codes.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

const DUMP = new URL('schema.sql', import.meta.url);

/** SHA-256 of each migration that has been released, in order: none of them changes any more. */
const RELEASED: readonly string[] = [];

/** `UPDATE_SCHEMA=1 node --conditions=source --test src/store/sqlite/schema.test.ts` writes it anew after a migration. */
test('schema.sql is what the migrations make', () => {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  const rows = db
    .prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name')
    .all();
  const schema = rows.map((row) => `${(row as { sql: string }).sql};\n`).join('\n');
  if (process.env['UPDATE_SCHEMA']) writeFileSync(DUMP, schema);
  assert.equal(schema, readFileSync(DUMP, 'utf8'));
});

test('released migrations are as they were', () => {
  const digests = MIGRATIONS.map((sql) => createHash('sha256').update(sql).digest('hex'));
  assert.deepEqual(digests.slice(0, RELEASED.length), RELEASED);
});

test('codes are as the partial indexes take them', () => {
  for (const [status, code] of Object.entries(TASK_STATUS_CODES)) {
    assert.equal(isTaskFinal(status as TaskStatus), code >= TASK_STATUS_CODES.completed, status);
  }
  assert.equal(TASK_STATUS_CODES.completed, 10);
  for (const [status, code] of Object.entries(RUN_STATUS_CODES)) {
    assert.equal(isRunFinal(status as RunStatus), code >= RUN_STATUS_CODES.completed, status);
  }
  assert.equal(RUN_STATUS_CODES.completed, 10);
});
