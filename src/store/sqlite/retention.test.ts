import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';
import { ENDED_RUNS, FIND_ENDED, REMOVE_RUN } from './sql/retention.ts';
import { CHECKPOINTS_AFTER } from './sql/tree.ts';

/** What archiving asks is found by indexes: it costs what is archived, and not what there is. */
test('what has ended is found and removed without reading a table', () => {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  for (const sql of [ENDED_RUNS, FIND_ENDED, CHECKPOINTS_AFTER, ...REMOVE_RUN]) {
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from(sql.matchAll(/\?/g), () => 1)) as {
      detail: string;
    }[];
    for (const { detail } of rows)
      assert.doesNotMatch(detail, /^SCAN (?!\(subquery|CONSTANT ROW)/, `${detail}\n${sql}`);
  }
});
