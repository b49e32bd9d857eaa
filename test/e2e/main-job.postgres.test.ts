import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStore } from '../../src/main/open-store.ts';
import { killJob, runJob } from '../crash/job.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { Random } from '../simulation/random.ts';
import { ROOT, Running, type Ended } from './cli-kit.ts';
import type { Report } from './main-job-program.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 300_000 };
const folder = mkdtempSync(join(tmpdir(), 'humanos-job-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The program, told by its environment which database it is to work on. */
const humanos = (url: string, ...args: readonly string[]): Promise<Ended> => {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TMPDIR: folder, NO_COLOR: '1', HUMANOS_DATABASE_URL: url };
  const program = join(ROOT, 'src/main/humanos.ts');
  return new Running(process.execPath, ['--conditions=source', program, ...args], { env }).ended;
};

/** What somebody with the database in their hands could do to the record. */
const CHANGES: Readonly<Record<string, string>> = {
  'one byte of one entry': `
    UPDATE entries SET text = replace(text, '"layer":"execute"', '"layer":"decides"')
    WHERE (run, sequence) IN (SELECT run, sequence FROM entries WHERE text LIKE '%"layer":"execute"%' LIMIT 1)`,
  'an entry in the middle is gone': `
    DELETE FROM entries USING log WHERE log.position <= 60 AND log.position + log.count > 60 AND entries.run = log.run
      AND entries.sequence = log.sequence + 60 - log.position`,
  'the last entries are gone': `
    DELETE FROM entries USING log WHERE log.position >= (SELECT next - 6 FROM sequencer) AND entries.run = log.run
      AND entries.sequence >= log.sequence`,
  'the last entries are gone, and every trace of them': `
    DELETE FROM entries USING log WHERE log.position >= (SELECT next - 6 FROM sequencer) AND entries.run = log.run
      AND entries.sequence >= log.sequence;
    DELETE FROM log WHERE position >= (SELECT next - 6 FROM sequencer);
    UPDATE sequencer SET next = (SELECT max(position + count) FROM log);
    DELETE FROM checkpoints; DELETE FROM tiles; UPDATE tree SET size = 0`,
  'two entries have changed places': `
    UPDATE log SET position = CASE position WHEN 1 THEN -2 ELSE -1 END WHERE position IN (1, 2);
    UPDATE log SET position = -position WHERE position < 0`,
};

describe('fifty invoices on PostgreSQL, unattended', needed, () => {
  let url: string;
  let report: Report;
  let evidence: readonly string[];
  before(async () => {
    url = await serverOf(postgres).newSchema();
    const ended = await humanos(url, 'demo', '--yes', '--json');
    assert.deepEqual([ended.code, ended.err], [0, '']);
    report = JSON.parse(ended.out) as Report;
    const store = await openStore(url, { readOnly: true });
    const checkpoint = join(folder, 'checkpoint');
    const note = await store.checkpoint();
    await store.close();
    assert.ok(note);
    writeFileSync(checkpoint, note.note);
    evidence = ['--checkpoint', checkpoint];
  });

  test('come to the same result as on SQLite', () => {
    const { verdict, summary, invalid, duplicates, ledger } = report;
    const expected = JSON.parse(
      readFileSync(join(ROOT, 'examples/invoices/expected.json'), 'utf8'),
    ) as unknown;
    assert.deepEqual({ byCurrency: summary.byCurrency, invalid, duplicates }, expected);
    assert.deepEqual([verdict, ledger.verified], ['ok', true]);
  });

  test('its ledger verifies', async () => {
    const { code, out } = await humanos(url, 'ledger', 'verify', '--json', ...evidence);
    const { verified, entries } = JSON.parse(out) as { verified: boolean; entries: number };
    assert.deepEqual([code, verified, entries], [0, true, report.ledger.entries]);
  });

  for (const [what, sql] of Object.entries(CHANGES))
    test(`its ledger is found to be changed: ${what}`, async () => {
      const server = serverOf(postgres);
      const undo = await copyOf(url);
      await server.query(sql, url);
      const { code, out } = await humanos(url, 'ledger', 'verify', '--json', ...evidence);
      const { verified, problems } = JSON.parse(out) as { verified: boolean; problems: readonly unknown[] };
      assert.deepEqual([code, verified], [1, false]);
      assert.ok(problems.length > 0, 'it says what is wrong');
      await server.query(undo, url);
    });
});

const RECORD = ['entries', 'log', 'sequencer', 'tiles', 'tree', 'checkpoints'] as const;

/** Keeps the record; what brings it back. */
async function copyOf(url: string): Promise<string> {
  const keep = RECORD.map(
    (table) => `DROP TABLE IF EXISTS kept_${table}; CREATE TABLE kept_${table} AS TABLE ${table};`,
  );
  await serverOf(postgres).query(keep.join('\n'), url);
  return RECORD.map((table) => `DELETE FROM ${table}; INSERT INTO ${table} TABLE kept_${table};`).join('\n');
}

const SEED = Number(process.env['HUMANOS_SEED'] ?? Math.floor(Math.random() * 1e9));

test(`the invoice job on PostgreSQL survives kill -9 (seed ${SEED})`, needed, async () => {
  const random = new Random(SEED);
  const url = await serverOf(postgres).newSchema();
  const began = performance.now();
  const expected = shape(await runJob(await serverOf(postgres).newSchema()));
  const whole = performance.now() - began;
  let kills = 0;
  while (kills < 2 && (await killJob(url, (0.2 + random.next() * 0.7) * whole))) kills += 1;
  const report = await runJob(url);
  assert.deepEqual(shape(report), expected);
  const store = await openStore(url, { readOnly: true });
  const entries = await store.entries({ position: -1 }, 100_000);
  assert.deepEqual(
    entries.map(({ position }) => position),
    entries.map((_, at) => at),
  );
  const read = entries.filter(
    ({ stream, text }) =>
      stream === report.run &&
      /"type":"task.completed"/.test(text) &&
      /invoice_processing\.each\./.test(text),
  );
  assert.equal(read.length, 50, 'every invoice was read into the summary once');
  await store.close();
});

/** What must be the same however often the job was interrupted. */
const shape = (report: Awaited<ReturnType<typeof runJob>>): object => {
  const { run: _, ledger, ...rest } = report;
  return { ...rest, verified: ledger.verified };
};
