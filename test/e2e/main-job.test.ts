import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from './cli-kit.ts';
import { humanos, jobOver, npmRunDemo, type Report, type Sums } from './main-job-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'humanos-job-'));
const database = join(folder, 'job.sqlite');
after(() => rmSync(folder, { recursive: true, force: true }));

/** What somebody with the database in their hands could do to the record. */
const CHANGES: Readonly<Record<string, (opened: Database.Database) => void>> = {
  'one byte of one entry': (opened) => {
    const { text } = opened.prepare('SELECT text FROM entries WHERE position = 40').get() as { text: string };
    const at = text.indexOf('"actor":"') + 12;
    const other = text[at] === 'x' ? 'y' : 'x';
    const written = opened
      .prepare('UPDATE entries SET text = ? WHERE position = 40')
      .run(`${text.slice(0, at)}${other}${text.slice(at + 1)}`);
    assert.equal(written.changes, 1);
  },
  'the last entries are gone': (opened) => {
    opened.exec('DELETE FROM entries WHERE position >= (SELECT max(position) - 4 FROM entries)');
  },
  'the last entries are gone, and every trace of them': (opened) => {
    opened.exec(`
      DELETE FROM entries WHERE position >= (SELECT max(position) - 4 FROM entries);
      DELETE FROM checkpoints;
      DELETE FROM tiles;
      UPDATE tree SET size = 0;
    `);
  },
  'an entry in the middle is gone': (opened) => {
    opened.exec('DELETE FROM entries WHERE position = 60');
  },
  'two entries have changed places': (opened) => {
    opened.exec(`
      UPDATE entries SET position = -1 WHERE position = 70;
      UPDATE entries SET position = 70 WHERE position = 71;
      UPDATE entries SET position = 71 WHERE position = -1;
    `);
  },
};

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('fifty invoices, unattended', { timeout: 300_000 }, () => {
  let ended: Awaited<ReturnType<typeof humanos>>;
  before(async () => {
    ended = await npmRunDemo('--yes', '--json', '--database', database);
  });

  test('one JSON document with exactly the members that are promised, and nothing beside it', () => {
    assert.deepEqual([ended.code, ended.err], [0, '']);
    const report = JSON.parse(ended.out) as Report;
    assert.deepEqual(Object.keys(report), ['run', 'verdict', 'summary', 'invalid', 'duplicates', 'ledger']);
    assert.deepEqual(Object.keys(report.summary), ['byCurrency']);
    assert.deepEqual(Object.keys(report.ledger), ['entries', 'verified']);
    for (const sums of Object.values(report.summary.byCurrency)) {
      const { count, ...amounts } = sums;
      assert.ok(Number.isInteger(count) && count > 0);
      assert.deepEqual(Object.keys(amounts), ['taxExclusive', 'taxAmount', 'taxInclusive', 'payable']);
      for (const amount of Object.values(amounts)) assert.match(amount, /^-?\d+\.\d{2,}$/);
    }
  });

  test('the sums, the invalid files with their rules and the duplicates that the generator put there', () => {
    const { verdict, summary, invalid, duplicates, ledger, run } = JSON.parse(ended.out) as Report;
    assert.match(run, /^run_[0-9a-f]{32}$/);
    const found = { byCurrency: summary.byCurrency, invalid, duplicates };
    assert.deepEqual(found, read(join(ROOT, 'examples/invoices/expected.json')));
    assert.deepEqual([verdict, ledger.verified], ['ok', true]);
    assert.ok(ledger.entries > 150, 'every step of every invoice is recorded');
  });

  describe('its ledger', () => {
    test('verifies, from the database and the checkpoint and key beside it', async () => {
      const { code, out, err } = await verify(database);
      assert.deepEqual([code, err], [0, '']);
      const { ledger } = JSON.parse(ended.out) as Report;
      const report = JSON.parse(out) as Verification;
      assert.deepEqual([report.verified, report.problems, report.entries], [true, [], ledger.entries]);
    });

    for (const [what, change] of Object.entries(CHANGES))
      test(`is found to be changed: ${what}`, async () => {
        const changed = join(folder, `${what.replaceAll(/\W+/g, '-')}.sqlite`);
        copyFileSync(database, changed);
        const opened = new Database(changed);
        change(opened);
        opened.close();
        const { code, out } = await verify(changed);
        const { verified, problems } = JSON.parse(out) as Verification;
        assert.deepEqual([code, verified], [1, false]);
        assert.ok(problems.length > 0, 'it says what is wrong');
        for (const { code: problem, message } of problems) assert.ok(problem && message);
      });
  });
});

interface Verification {
  readonly verified: boolean;
  readonly entries: number;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

/** Against the checkpoint and the key that the job left, as somebody does who kept them. */
const verify = (path: string) =>
  humanos(
    'ledger',
    'verify',
    '--json',
    '--database',
    `sqlite:${path}`,
    '--checkpoint',
    `${database}.checkpoint`,
    '--key',
    `${database}.key`,
  );

const OFFICIAL = join(ROOT, '../shared/data/invoices');
const absent = existsSync(OFFICIAL)
  ? false
  : 'the official samples are not beside the project, in ../shared/data';

describe('the official samples', { skip: absent, timeout: 300_000 }, () => {
  test('their sums to the cent, the five invalid ones with their rules, and every group of duplicates', async () => {
    const expected = read(join(OFFICIAL, 'expected.json')) as {
      byCurrency: Record<string, Sums>;
      invalid: Report['invalid'];
      sameSellerAndNumber: Report['duplicates'];
    };
    const report = await jobOver(OFFICIAL, join(folder, 'official.sqlite'));
    assert.deepEqual([report.verdict, report.ledger.verified], ['ok', true]);
    assert.deepEqual(inCents(report.summary.byCurrency), inCents(expected.byCurrency));
    assert.equal(Object.keys(report.invalid).length, 5);
    assert.deepEqual(report.invalid, expected.invalid);
    assert.deepEqual(asSets(report.duplicates), asSets(expected.sameSellerAndNumber));
  });
});

/** Amounts as whole cents, so that `115000` and `115000.00` are the same. */
const inCents = (sums: Readonly<Record<string, Sums>>): object =>
  Object.fromEntries(
    Object.entries(sums).map(([key, { count, ...amounts }]) => [
      key,
      { count, ...Object.fromEntries(Object.entries(amounts).map(([name, text]) => [name, cents(text)])) },
    ]),
  );

const cents = (text: string): bigint => {
  const [, sign = '', units = '', rest = ''] = /^(-?)(\d+)(?:\.(\d\d?))?$/.exec(text) ?? assert.fail(text);
  return BigInt(`${sign}${units}${rest.padEnd(2, '0')}`);
};

const asSets = (groups: Report['duplicates']): string[] =>
  groups.map(({ seller, number, files }) => JSON.stringify([seller, number, files.toSorted()])).toSorted();
