import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';
import { ENDED_RUNS, endedParameters, FIND_ENDED, REMOVE_RUN } from './sql/retention.ts';
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

test('a page of what has ended costs nothing for the runs that others have started', () => {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${ENDED_RUNS}`).all(...endedParameters(0, 10)) as {
    detail: string;
  }[];
  const searches = plan.filter(({ detail }) => detail.startsWith('SEARCH'));
  assert.equal(searches.length, 4, 'one for each status in which a run has ended');
  for (const { detail } of searches)
    assert.equal(detail, 'SEARCH streams USING INDEX streams_ended (status=? AND rowid>?)');
});
