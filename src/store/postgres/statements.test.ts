import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dialectOf } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { runsQuery } from './runs-query.ts';
import { CHANNEL, LISTEN } from './sql/hints.ts';
import { STATEMENTS } from './statements.ts';
import * as moving from './sql/moving.ts';
import { tasksQuery } from './tasks-query.ts';

/** SQL stays inside what the distributed databases take that speak PostgreSQL's protocol, and managed ones as they come. */

const LISTS = [
  runsQuery({ status: ['running', 'failed'] }, { limit: 1 }),
  tasksQuery({ order: 'queue' }, { limit: 1 }),
];
const ALL: Readonly<Record<string, string>> = {
  ...STATEMENTS,
  ...moving,
  LISTEN,
  ...Object.fromEntries(MIGRATIONS.map(({ sql }, at) => [`migration ${at + 1}`, sql])),
  ...Object.fromEntries(LISTS.map((query, at) => [`list ${at + 1}`, query?.sql ?? ''])),
};

const BANNED: Readonly<Record<string, RegExp>> = {
  'advisory locks': /\bpg_(try_)?advisory/i,
  'triggers, functions, procedures and rules':
    /\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?(TRIGGER|FUNCTION|PROCEDURE|RULE)\b|\bDO\s+\$/i,
  'extensions, languages and roles': /\b(CREATE|ALTER)\s+(EXTENSION|LANGUAGE|ROLE|USER|DATABASE|SYSTEM)\b/i,
  'table locks': /\bLOCK\s+TABLE\b/i,
  'what only a superuser may':
    /\b(COPY\s.*\b(FROM|TO)\s+(PROGRAM|'))|\bpg_(read|write)_|\bsession_replication_role\b/is,
  'settings of the session, which a pooler hands on': /^\s*SET\s+(?!LOCAL)|\bset_config\b/im,
  'temporary and unlogged tables, cursors, tablespaces':
    /\b(TEMP|TEMPORARY|UNLOGGED|TABLESPACE)\b|\bDECLARE\b.*\bCURSOR\b/is,
  'transaction ids and physical places': /\b(xmin|xmax|ctid|pg_current_xact_id|pg_snapshot|txid_\w+)\b/i,
  'inheritance, exclusion and deferred constraints': /\b(INHERITS|EXCLUDE\s+USING|DEFERRABLE)\b/i,
  'foreign keys, which cross from shard to shard': /\b(REFERENCES|FOREIGN\s+KEY)\b/i,
};

for (const [what, pattern] of Object.entries(BANNED)) {
  test(`no ${what}`, () => {
    for (const [name, sql] of Object.entries(ALL)) assert.doesNotMatch(sql, pattern, name);
  });
}

test('listening and notifying are in one file, and in no statement of a commit', () => {
  for (const [name, sql] of Object.entries(ALL)) {
    if (name !== 'LISTEN' && name !== 'NOTIFY')
      assert.doesNotMatch(sql, /\b(UN)?LISTEN\b|\bNOTIFY\b|pg_notify/i, name);
  }
  const folder = new URL('.', import.meta.url);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /\.test\.ts$|hints\.ts$/.test(file)) continue;
    const text = readFileSync(new URL(file, folder), 'utf8');
    assert.doesNotMatch(text, new RegExp(`LISTEN ${CHANNEL}|pg_notify`), file);
  }
});

test('text is in the order of its bytes, by a word that CockroachDB is spared', () => {
  for (const [name, sql] of Object.entries(ALL)) {
    const migration = name.startsWith('migration');
    assert.doesNotMatch(migration ? dialectOf('CockroachDB CCL v25.2.1', sql) : sql, /\bCOLLATE\b/i, name);
    assert.equal(dialectOf('PostgreSQL 18.1', sql), sql);
  }
});

/** Found by a key of their own, whichever run it is: each is written by few steps, or once a group of them. */
const APART = ['commits', 'log', 'sequencer', 'outbox', 'timers', 'holds', 'idempotency'];
/** No step writes to them. */
const SELDOM = ['artifacts', 'documents', 'tiles', 'tree', 'checkpoints', 'run_counts'];

test('the run is in every key of the tables that a step writes to', () => {
  const schema = MIGRATIONS[0]?.sql ?? '';
  const keys = new Map(
    [...schema.matchAll(/CREATE TABLE (\w+) \(.*?PRIMARY KEY \(([^)]*)\)/gs)].map(([, table, key]) => [
      table,
      key,
    ]),
  );
  assert.equal(keys.get('streams'), 'name');
  for (const [table, key] of keys)
    if (table !== 'streams' && ![...APART, ...SELDOM].includes(table ?? ''))
      assert.match(key ?? '', /^run\b/, table);
  assert.doesNotMatch(
    schema,
    /\bUNIQUE\b/,
    'a unique index without the run would have to be asked on every shard',
  );
  assert.equal(keys.size, [...schema.matchAll(/CREATE TABLE/g)].length, 'every table has a key');
});

test('every statement that changes many rows takes them as arrays', () => {
  for (const [name, sql] of Object.entries(STATEMENTS)) {
    const isOne = ['PUT_CHECKPOINT', 'GIVE_POSITIONS'].includes(name);
    if (/\b(INSERT INTO|UPDATE|DELETE FROM)\b/.test(sql) && !/FOR UPDATE/.test(sql) && !isOne)
      assert.match(sql, /unnest\(|ANY\(/, name);
  }
});
