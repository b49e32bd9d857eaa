import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, sharedPostgres, skipWithout } from '../../../test/postgres/index.ts';
import { writeCursor } from '../cursor.ts';
import type { ListQuery } from '../list-query.ts';
import type { RunFilter, TaskFilter } from '../port.ts';
import { texts } from './binary.ts';
import { openPostgres } from './open.ts';
import type { Step } from './pipeline.ts';
import { runsQuery } from './runs-query.ts';
import { Session } from './session.ts';
import { DOCUMENTS_AFTER } from './sql/documents.ts';
import { ENTRIES_AFTER, ENTRIES_OF_STREAM, HEADS, LAST_ENTRY, LOAD_RUN } from './sql/entries.ts';
import { MESSAGES_AFTER } from './sql/outbox.ts';
import { ENDED_RUNS, REMOVE_RUNS } from './sql/retention.ts';
import { FIND_RUN } from './sql/streams.ts';
import { COUNT_PEOPLE_TASKS, FIND_TASK } from './sql/tasks.ts';
import { DUE_TIMERS, NEXT_TIMER } from './sql/timers.ts';
import { tasksQuery } from './tasks-query.ts';

/** In a database with much in it, what is asked all the time is found by an index, and read no further than the page. */

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 120_000 };

/** 20,000 runs of which one in ten is open, two tasks and five entries each. */
const FILL = `
  INSERT INTO streams (name, status, definition, definition_version, sequence, priority, started_by, parent, created_at, updated_at, summary)
  SELECT 'run_' || n, CASE WHEN n % 10 = 0 THEN 1 ELSE 10 END, 'd' || n % 20, 1, 5, 5, 'p' || n % 50,
    CASE WHEN n % 4 = 0 THEN 'run_' || n / 100 END, n, n, '{}' FROM generate_series(1, 20000) AS n;
  INSERT INTO tasks (run, name, open, status, performer, priority, place, step, kind, assignee, token, lease_until, body)
  SELECT 'run_' || n / 2, 's:' || n % 2, n % 20 = 0, CASE WHEN n % 20 = 0 THEN 1 + n / 20 % 3 WHEN n % 100 = 1 THEN 11 ELSE 10 END,
    1 + n / 20 % 3, n % 9, n % 977, 's', 0, CASE WHEN n % 20 <> 0 OR n / 20 % 3 > 0 THEN 'p' || n % 50 END, 1,
    CASE WHEN n % 20 = 0 AND n / 20 % 3 > 0 THEN n END, '{}' FROM generate_series(1, 40000) AS n;
  INSERT INTO entries (run, sequence, hash, text) SELECT 'run_' || n / 5, n % 5 + 1, '\\x00', '{}' FROM generate_series(1, 100000) AS n;
  INSERT INTO log (position, run, sequence, count) SELECT n * 5, 'run_' || n, 1, 5 FROM generate_series(0, 20000) AS n;
  INSERT INTO timers (id, run, due, what) SELECT 't' || n, 'run_' || n, n, '{}' FROM generate_series(1, 20000) AS n;
  INSERT INTO documents (kind, id, revision, body) SELECT 'token', 't' || n, 1, '{}' FROM generate_series(1, 20000) AS n;
  INSERT INTO outbox (run, message) SELECT 'run_' || n, '{}' FROM generate_series(1, 20000) AS n;
  INSERT INTO task_parties (party, place, number, run, name)
  SELECT 'role:r' || n % 20, n, n, 'run_' || n, 's:0' FROM generate_series(1, 2000) AS n;`;
const INBOX: TaskFilter = { inbox: { assignees: ['p1', 'p2'], parties: ['p1', 'role:r1', 'role:r2'] } };

test(
  'what is asked is found by indexes, in any order and with any filter that has one',
  needed,
  async (t) => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    await (await openPostgres(url)).close();
    await server.query(FILL, url);
    await server.query('ANALYZE', url);
    const session = await Session.connect(url, { texts: new Set(), works: true });
    const planOf = async ({ sql, values = [] }: Step): Promise<string> => {
      const [answer] = await session.run([{ sql: `EXPLAIN ${sql}`, values }]);
      return (answer?.rows ?? []).map((row) => String(row['QUERY PLAN'])).join('\n');
    };
    const requireSearch = async (step: Step): Promise<void> => {
      const { sql } = step;
      const plan = await planOf(step);
      assert.doesNotMatch(
        plan,
        /Seq Scan on (streams|tasks|entries|log|timers|documents|outbox)\b/,
        `${sql}\n${plan}`,
      );
    };
    const requireSearchList = async (query: ListQuery | null): Promise<void> => {
      if (query) await requireSearch(query);
    };

    await t.test('statements', async () => {
      const runs = texts(['run_7', 'run_8']);
      for (const step of [
        { sql: HEADS, values: [runs] },
        { sql: LAST_ENTRY, values: ['run_7'] },
        { sql: LOAD_RUN, values: ['run_7'] },
        { sql: ENTRIES_OF_STREAM, values: ['run_7', 0, 100] },
        { sql: ENTRIES_AFTER, values: [50_000, 1_000] },
        { sql: FIND_RUN, values: ['run_7'] },
        { sql: FIND_TASK, values: ['run_7', 's:1'] },
        { sql: COUNT_PEOPLE_TASKS },
        { sql: DUE_TIMERS, values: [100, 50] },
        { sql: NEXT_TIMER },
        { sql: MESSAGES_AFTER, values: [0, 200] },
        { sql: DOCUMENTS_AFTER, values: ['token', 't5', 100] },
        { sql: ENDED_RUNS, values: [100, 50] },
        { sql: REMOVE_RUNS, values: [runs, 1] },
      ])
        await requireSearch(step);
    });

    await t.test('lists of runs', async () => {
      const parts: RunFilter[] = [
        {},
        { status: ['running'] },
        { status: ['completed', 'failed'] },
        { definition: 'd1' },
        { startedBy: 'p1' },
        { parent: 'run_1' },
      ];
      for (const filter of pairs(parts))
        for (const page of pages([9_000])) await requireSearchList(runsQuery(filter, page));
    });

    await t.test('lists of tasks, in both orders', async () => {
      const parts: TaskFilter[] = [
        {},
        { run: 'run_7' },
        { status: ['ready'] },
        { status: ['ready', 'failed'] },
        { status: ['completed'] },
        { open: true },
        { open: false },
        { assignee: 'p1' },
        { by: ['agent', 'any'] },
        { kind: ['task'] },
      ];
      for (const filter of pairs(parts)) {
        for (const page of pages([9_000])) await requireSearchList(tasksQuery(filter, page));
        for (const page of pages([4, 9_000]))
          await requireSearchList(tasksQuery({ ...filter, order: 'queue' }, page));
      }
    });
    await t.test('inboxes', async () => {
      for (const page of pages([4, 9_000])) await requireSearchList(tasksQuery(INBOX, page));
      for (const page of pages([9_000]))
        await requireSearchList(tasksQuery({ ...INBOX, order: 'newest' }, page));
    });
    await t.test('what agents ask for all the time is in its order already', async () => {
      const queue = tasksQuery({ status: ['ready'], by: ['agent'], order: 'queue' }, { limit: 10 });
      assert.match(await planOf(queue!), /^Limit[^\n]*\n +-> +Index Scan using tasks_queue on tasks/);
      const timers = await planOf({ sql: DUE_TIMERS, values: [100, 50] });
      assert.match(timers, /^Limit[^\n]*\n +-> +Index Scan using timers_due/);
      const held = await planOf(tasksQuery({ status: ['in_progress'], open: true }, { limit: 10 })!);
      assert.match(held, /Scan (using|on) tasks_held/);
    });
    await session.close();
  },
);

test('a page of an inbox does not read the table, also before anything is known of it', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await (await openPostgres(url)).close();
  await server.query('ALTER TABLE tasks SET (autovacuum_enabled = false)', url);
  await server.query(FILL, url);
  const { sql, values } = tasksQuery(INBOX, { limit: 50 })!;
  const session = await Session.connect(url, { texts: new Set(), works: true });
  const [plan] = await session.run([{ sql: `EXPLAIN ${sql}`, values }]);
  assert.doesNotMatch(JSON.stringify(plan?.rows), /Seq Scan on tasks\b/);
  await session.close();
});

test('whose work was most of it, and who has none now, is not looked for in all of it', needed, async () => {
  const server = serverOf(postgres);
  const url = await server.newSchema();
  await (await openPostgres(url)).close();
  await server.query(FILL, url);
  await server.query(
    `UPDATE tasks SET open = number % 2 = 0, assignee = CASE number % 2 WHEN 0 THEN 'p' || number % 50 ELSE 'most' END`,
    url,
  );
  await server.query('ANALYZE', url);
  const { sql, values } = tasksQuery({ assignee: 'most' }, { limit: 10 })!;
  const session = await Session.connect(url, { texts: new Set(), works: true });
  const [plan] = await session.run([{ sql: `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, values }]);
  assert.ok(mostRead(plan?.rows) < 100, JSON.stringify(plan?.rows));
  await session.close();
});

/** Rows that any part of the plan has looked at. */
const mostRead = (plan: unknown): number =>
  Math.max(
    ...[...JSON.stringify(plan).matchAll(/(?:Actual Rows|Rows Removed by Filter)\\?":\s*([\d.]+)/g)].map(
      ([, rows]) => Number(rows),
    ),
  );

const pairs = <Filter>(parts: readonly Filter[]): Filter[] =>
  parts.flatMap((one) => parts.map((other) => ({ ...one, ...other })));

const pages = (key: readonly number[]) => [{ limit: 10 }, { limit: 10, cursor: writeCursor(key) }];
