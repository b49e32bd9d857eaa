import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { canonical } from './canonical.ts';
import { exportCheckpoint, exportEntry, exportHeader, exportVerifier } from './export.ts';
import { verifierKey } from './note.ts';
import {
  checkpointOver,
  headOf,
  ledgerKey,
  log,
  logOf,
  newSigner,
  origin,
  random,
  sha256,
  verifySignature,
} from './sample.test.ts';
import type { LogRecord, VerifyOptions } from './verify.ts';

const means = { sha256, verify: verifySignature };
const header = exportHeader({ origin, verifierKey: ledgerKey });

const fileOf = (records: readonly LogRecord[]): string =>
  header + records.map(exportEntry).join('') + exportCheckpoint(checkpointOver(headOf(records)));

function check(file: string, more: Partial<VerifyOptions> = {}, piece = 1000) {
  const verifier = exportVerifier({ ...means, ...more });
  for (let at = 0; at < file.length; at += piece) verifier.addText(file.slice(at, at + piece));
  return verifier.finish();
}

const event = {
  type: 'note.added',
  version: 1,
  at: 1,
  actor: 'passport_a',
  onBehalfOf: null,
  authority: { kind: 'role', id: 'clerk' },
  layer: 'record',
  payload: { text: 'line\u2028separators\u2029and "quotes"\r\n' },
} as const;
const records = logOf(['a', 'b', 'a'].map((run) => ({ run, event })));
const file = fileOf(records);
const codes = (changed: string, more: Partial<VerifyOptions> = {}) =>
  check(changed, more).problems.map((problem) => problem.code);

test('what is exported is verified offline, however the file is cut into pieces', () => {
  fc.assert(
    fc.property(log, fc.integer({ min: 1, max: 3000 }), (all, piece) => {
      const result = check(fileOf(all), { checkpoints: [checkpointOver(headOf(all.slice(0, 2)))] }, piece);
      assert.deepEqual(result.problems, []);
      assert.deepEqual(
        [result.verified, result.entries, result.checkpoint?.size],
        [true, all.length, all.length],
      );
    }),
    random,
  );
});

test('every line is canonical JSON', () => {
  for (const line of file.split('\n').slice(0, -1)) assert.equal(canonical(JSON.parse(line)), line);
});

test('a first or last line that is not canonical was not exported', () => {
  const lines = file.split('\n').slice(0, -1);
  const other = (at: number, change: (line: string) => string) =>
    codes(lines.with(at, change(lines.at(at)!)).join('\n'));
  const [first] = lines as [string];
  assert.deepEqual(
    other(0, (line) => `{"version":1,${line.slice(1).replace(',"version":1', '')}`),
    ['export_malformed'],
  );
  assert.deepEqual(
    other(0, (line) => line.replace('}', ',"version":1}')),
    ['export_malformed'],
  );
  assert.deepEqual(
    other(0, () => first.replace('{', '{ ')),
    ['export_malformed'],
  );
  assert.deepEqual(
    other(-1, (line) => line.replace('}', ',"note":"approved"}')),
    ['export_malformed', 'export_incomplete'],
  );
  assert.deepEqual(
    other(-1, (line) => line.replace('{', '{"checkpoint":"x",')),
    ['export_malformed', 'export_incomplete'],
  );
});

test('an empty ledger can be exported; a missing last newline or CRLF does no harm', () => {
  assert.ok(check(fileOf([])).verified);
  assert.ok(check(file.slice(0, -1)).verified);
  assert.ok(check(file.replaceAll('\n', '\r\n')).verified);
  assert.ok(check(`${file}\n\n`).verified);
});

test('any changed character of any line is found', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('a', 'Z', '0', ' ', '"', '}', '\n', '\0'), (chance, letter) => {
      const at = chance % (file.length - 1);
      fc.pre(file[at] !== letter);
      const result = check(file.slice(0, at) + letter + file.slice(at + 1));
      assert.ok(!result.verified && result.problems.length > 0);
    }),
    { numRuns: 400, ...random },
  );
});

test('any line removed, repeated or moved is found', () => {
  const lines = file.split('\n').slice(0, -1);
  const joined = (changed: readonly string[]) => changed.map((line) => `${line}\n`).join('');
  for (const [at, line] of lines.entries()) {
    assert.ok(!check(joined(lines.toSpliced(at, 1))).verified, `line ${at + 1} removed`);
    assert.ok(!check(joined(lines.toSpliced(at, 0, line))).verified, `line ${at + 1} repeated`);
    const other = (at + 1) % lines.length;
    assert.ok(
      !check(joined(lines.with(at, lines[other]!).with(other, line))).verified,
      `line ${at + 1} moved`,
    );
  }
});

test('no file causes an exception', () => {
  const piece = fc.constantFrom(
    header,
    '\n',
    exportEntry(records[0]!),
    exportEntry(records[1]!),
    '{"checkpoint":',
    '{"entry":',
    '[',
    '\0',
    '\ud800',
    exportCheckpoint('x'),
    exportCheckpoint(checkpointOver(headOf([]))),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (input) => {
        const result = check(input);
        assert.equal(result.verified, result.problemCount === 0);
        assert.equal(check(header + input).verified, check(header + input).problemCount === 0);
      },
    ),
    random,
  );
});

test('says which line is wrong, and why', () => {
  const problemsOf = (text: string) => check(text).problems.map(({ code, line }) => [code, line]);
  assert.deepEqual(problemsOf(''), [['export_incomplete', 0]]);
  assert.deepEqual(problemsOf('a,b,c\n1,2,3\n'), [['export_malformed', 1]]);
  assert.deepEqual(problemsOf('[]'), [['export_malformed', 1]]);
  assert.deepEqual(problemsOf(header.replace('"version":1', '"version":2')), [['export_version_unknown', 1]]);
  assert.deepEqual(problemsOf(header.replace(`"${origin}"`, '7')), [['export_malformed', 1]]);
  assert.deepEqual(problemsOf(header), [['export_incomplete', 1]]);
  const after = `${file}{"more":1}\n`;
  assert.deepEqual(problemsOf(after), [['export_malformed', 6]]);
  const spaced = file.replace('{"entry":', '{ "entry":');
  assert.deepEqual(problemsOf(spaced)[0], ['export_malformed', 2]);
  const doubled = file.replace('{"entry":{', '{"entry":{"actor":"passport_x",');
  assert.deepEqual(codes(doubled).slice(0, 2), ['entry_not_canonical', 'entry_altered']);
});

test('an entry of many characters verifies like any other', () => {
  const payload = { input: Array.from({ length: 1_000_000 }, () => 1e20) };
  const large = logOf([{ run: 'a', event: { ...event, payload } }]);
  assert.ok(large[0]!.text.length > 20_000_000);
  assert.deepEqual(codes(fileOf(large)), []);
});

test('a line without end is refused and not kept', () => {
  const verifier = exportVerifier(means);
  verifier.addText(header);
  const piece = 'x'.repeat(1024 * 1024);
  for (let at = 0; at < 300; at++) verifier.addText(piece);
  verifier.addText(file.slice(file.indexOf('\n')));
  assert.deepEqual(
    verifier.finish().problems.map(({ code, line }) => [code, line]),
    [['export_malformed', 2]],
  );
});

test('EXP-2: a rewritten file that brings its own key fails against the key or a checkpoint from elsewhere', () => {
  const thief = newSigner(origin);
  const forged = logOf(
    ['a', 'b', 'a'].map((run) => ({ run, event: { ...event, actor: 'passport_forged' } })),
  );
  const thiefKey = verifierKey(origin, thief.publicKey, sha256);
  const rewritten =
    exportHeader({ origin, verifierKey: thiefKey }) +
    forged.map(exportEntry).join('') +
    exportCheckpoint(checkpointOver(headOf(forged), thief));
  assert.deepEqual(codes(rewritten), []);
  assert.deepEqual(codes(rewritten, { verifierKeys: [ledgerKey] }), ['key_unknown']);
  const kept = checkpointOver(headOf(records.slice(0, 2)));
  assert.deepEqual(codes(rewritten, { checkpoints: [kept] }), ['key_unknown']);
  assert.deepEqual(codes(rewritten, { checkpoints: [kept], verifierKeys: [ledgerKey, thiefKey] }), [
    'log_inconsistent',
  ]);
});

test('a file that is cut off in whole entries and signed over them fails against a later checkpoint', () => {
  const kept = checkpointOver(headOf(records));
  assert.deepEqual(codes(fileOf(records.slice(0, 2)), { checkpoints: [kept] }), ['log_truncated']);
});
