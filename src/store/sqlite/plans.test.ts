import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { writeCursor } from '../cursor.ts';
import type { ListQuery } from '../list-query.ts';
import type { RunFilter, TaskFilter } from '../port.ts';
import { migrate } from './migrate.ts';
import { READS } from './read.ts';
import { runsQuery } from './runs-query.ts';
import { FORGET_IDEMPOTENCY } from './sql/idempotency.ts';
import { GROW_TREE, PUT_CHECKPOINT, PUT_TILE } from './sql/tree.ts';
import { tasksQuery } from './tasks-query.ts';
import { WRITES } from './write.ts';

/** No statement reads a table, or a whole index, from one end to the other: a large database answers as fast as a small one. */

const db = new Database(':memory:');
migrate(db, ':memory:');

/** Runs are counted once when a writer is asked first, and by readers. */
const WHOLE_INDEX: readonly string[] = [READS.countRuns];

function planOf(sql: string, values: ListQuery['values']): string[] {
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

function requireSearch(sql: string, values?: ListQuery['values']): void {
  const bound = values ?? Array.from(sql.matchAll(/\?/g), () => 1);
  for (const detail of planOf(sql, bound)) {
    const scans = /^SCAN (?!(?:found|part)$|given VIRTUAL TABLE|\(subquery|CONSTANT ROW|SUBQUERY)/.test(
      detail,
    );
    assert.ok(!scans, `${detail}\n${sql}`);
  }
}

function requireSearchList(query: ListQuery | null): void {
  if (query) requireSearch(query.sql, query.values);
}

test('every prepared statement searches', () => {
  const others = { FORGET_IDEMPOTENCY, GROW_TREE, PUT_TILE, PUT_CHECKPOINT };
  for (const sql of Object.values({ ...READS, ...WRITES, ...others })) {
    if (!WHOLE_INDEX.includes(sql)) requireSearch(sql);
  }
});

test('every list of runs searches', () => {
  const parts: RunFilter[] = [
    {},
    { status: ['running'] },
    { status: ['running', 'failed'] },
    { definition: 'd' },
    { startedBy: 'p' },
    { parent: 'r' },
  ];
  for (const filter of pairs(parts)) {
    for (const page of pages([1])) {
      requireSearchList(runsQuery(filter, page));
    }
  }
});

test('what agents ask for all the time is read from its index, in its order and no further than the page', () => {
  const claim = tasksQuery({ status: ['ready'], by: ['agent'], order: 'queue' }, { limit: 10 });
  const [inner, search] = planOf(claim!.sql, claim!.values);
  assert.match(inner!, /CO-ROUTINE/);
  assert.equal(search, 'SEARCH tasks USING COVERING INDEX tasks_queue (status=? AND performer=?)');
  const timers = planOf(READS.dueTimers, [1, 1]);
  assert.deepEqual(timers, ['SEARCH timers USING INDEX timers_due (due<?)']);
});

test('an inbox is a few ranges of the tasks that wait for its parties, in both orders', () => {
  const inbox = { assignees: ['p', 'q'], parties: ['p', 'role:r'] };
  for (const order of ['queue', 'newest'] as const)
    for (const page of pages(order === 'queue' ? [1, 1] : [1])) {
      const { sql, values } = tasksQuery({ inbox, order }, page)!;
      requireSearch(sql, values);
      const parties = planOf(sql, values).filter((detail) => detail.includes('task_parties'));
      assert.ok(parties.length >= 2);
      for (const detail of parties) assert.match(detail, /^SEARCH task_parties USING PRIMARY KEY \(party=\?/);
    }
});

test('every list of tasks searches, in both orders', () => {
  const parts: TaskFilter[] = [
    {},
    { run: 'r' },
    { step: 's' },
    { status: ['ready'] },
    { status: ['ready', 'failed'] },
    { status: ['completed'] },
    { open: true },
    { open: false },
    { assignee: 'p' },
    { by: ['agent', 'any'] },
    { kind: ['task'] },
  ];
  for (const filter of pairs(parts)) {
    for (const page of pages([1])) {
      requireSearchList(tasksQuery(filter, page));
    }
    for (const page of pages([1, 1])) {
      requireSearchList(tasksQuery({ ...filter, order: 'queue' }, page));
    }
  }
});

test('what somebody has is read without what waits for anybody', () => {
  const theirs = tasksQuery({ assignee: 'p' }, { limit: 10 });
  const searches = planOf(theirs!.sql, theirs!.values).filter((detail) =>
    detail.startsWith('SEARCH tasks USING'),
  );
  assert.deepEqual(searches.map((detail) => detail.replace('COVERING ', '')).sort(), [
    'SEARCH tasks USING INDEX tasks_done (assignee=? AND rowid<?)',
    'SEARCH tasks USING INDEX tasks_held (assignee=? AND rowid<?)',
    'SEARCH tasks USING INDEX tasks_queue (status=? AND performer=?)',
    'SEARCH tasks USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});

const pairs = <Filter>(parts: readonly Filter[]): Filter[] =>
  parts.flatMap((one) => parts.map((other) => ({ ...one, ...other })));

const pages = (key: readonly number[]) => [{ limit: 10 }, { limit: 10, cursor: writeCursor(key) }];
