import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documentedCodes, errorPage } from './page.ts';
import { errorEntry, ERRORS, refusalOf } from './catalogue.ts';
import { FAILURES } from '../failures.ts';

const SOURCE = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/errors/', import.meta.url));
const FOLDERS = ['channels', 'engine', 'policy', 'runtime', 'operations', 'http'];

const sources = (): string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(SOURCE, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(SOURCE, folder, name), 'utf8')),
  );
const found = (pattern: RegExp): string[] => [
  ...new Set(sources().flatMap((text) => [...text.matchAll(pattern)].map(([, code = '']) => code))),
];

test('every code that something is refused with is in the catalogue', () => {
  const refused = found(/\b(?:refuse|refusal|no)\(\s*'([a-z_]+)'/g);
  assert.ok(refused.length > 40, 'the pattern finds them');
  assert.deepEqual(
    refused.filter((code) => !Object.hasOwn(ERRORS, code)),
    [],
  );
});

test('the catalogue holds no code that nothing is refused with', () => {
  const all = sources().join('\n');
  const named = (code: string): number => all.split(`'${code}'`).length - 1;
  const unused = Object.keys(ERRORS).filter((code) => named(code) === 0);
  assert.deepEqual(unused, []);
});

test('every code that work fails with has a page too', () => {
  const failed = found(/\bcode: '([a-z_]+)', message/g).concat(
    found(/\b(?:exceeded|fail)\([^'`]{0,40}'([a-z_]+)'/g),
  );
  const known = new Set(documentedCodes());
  assert.ok(failed.length > 5, 'the pattern finds them');
  assert.deepEqual(
    failed.filter((code) => !known.has(code) && !INNER.has(code)),
    [],
  );
});
/** Reasons inside of another refusal. */
const INNER = new Set(['not_named', 'status', 'kind', 'capability', 'excluded', 'separation']);

test('every code that workers, and programs that they run, say of themselves has a page too', () => {
  const text = ['worker/attempt.ts', 'worker/failure.ts', 'main/program.ts']
    .map((name) => readFileSync(join(SOURCE, name), 'utf8'))
    .join('\n');
  const said = /(?:\b(?:Retryable|Final)Error\([^]*?\bcode: |#fail\(\{ code: |\bUNKNOWN = )'([a-z_]+)'/g;
  const codes = new Set([...text.matchAll(said)].map(([, code = '']) => code));
  assert.ok(codes.size > 5, 'the pattern finds them');
  assert.deepEqual(
    [...codes].filter((code) => !Object.hasOwn(FAILURES, code)),
    [],
  );
});

test('no code means two things', () => {
  assert.deepEqual(
    Object.keys(FAILURES).filter((code) => Object.hasOwn(ERRORS, code)),
    [],
  );
});

test('each code has a page, and each page a code; npm run docs writes them', () => {
  const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md') && name !== 'README.md');
  assert.deepEqual(
    pages.toSorted(),
    documentedCodes()
      .map((code) => `${code}.md`)
      .toSorted(),
  );
  for (const code of documentedCodes()) {
    const text = readFileSync(join(DOCS, `${code}.md`), 'utf8');
    const page = errorPage(code) ?? '';
    assert.ok(
      text.startsWith(page.trimEnd()),
      `docs/errors/${code}.md is out of date: node scripts/generate-error-pages.ts`,
    );
  }
});

test('a fault shows nothing of what happened inside', () => {
  const fault = Object.assign(new Error('secret: 123'), { code: 'database_failed' });
  assert.equal(refusalOf(fault).code, 'storage_unavailable');
  assert.equal(refusalOf({ code: 'database_full' }).code, 'storage_full');
  assert.equal(refusalOf({ code: 'database_read_only' }).code, 'storage_read_only');
  const unknown = Object.assign(new Error('secret: 123'), { code: 'outcome_unknown' });
  assert.equal(refusalOf(unknown).code, 'storage_outcome_unknown');
  assert.equal(refusalOf(new Error('secret: 123')).code, 'internal');
  assert.ok(!JSON.stringify([refusalOf(fault), refusalOf(new Error('secret: 123'))]).includes('123'));
  assert.equal(refusalOf(Object.assign(new Error('x'), { code: 'invalid_cursor' })).isFault, false);
  assert.equal(errorEntry('never_heard_of').kind, 'fault');
});

test('what passes by itself is told as that, and only that: clients send it again until it has passed', () => {
  const passing = Object.entries(ERRORS).filter(([, { kind }]) => kind === 'at_capacity');
  assert.deepEqual(
    passing.map(([code]) => code),
    ['capacity_reached'],
  );
});

test('a command that a page names is whole: without a reason nothing is lifted', () => {
  assert.match(ERRORS.emergency_stop.remediation, /`humanos emergency-stop --lift -r TEXT`/);
});
