import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { fromHex } from './bytes.ts';
import { exportCheckpoint, exportEntry, exportHeader, exportPruned, exportVerifier } from './export.ts';
import { frontier, treeHasher } from './merkle.ts';
import { ARCHIVED, readSpans, spansOf, subtreesOf } from './pruned.ts';
import type { Pruned } from './pruned.ts';
import {
  checkpointOver,
  headOf,
  ledgerKey,
  logOf,
  origin,
  random,
  sha256,
  verifySignature,
} from './sample.test.ts';
import type { Event } from './sample.test.ts';
import { appendLeaves, subtreeAt } from './tiles.ts';
import { ledgerVerifier } from './verify.ts';
import type { LogRecord } from './verify.ts';

const means = { sha256, verify: verifySignature, verifierKeys: [ledgerKey], origin };

const event = (type: string, payload: object): Event => ({
  type,
  version: 1,
  at: 1,
  actor: 'system:humanos',
  onBehalfOf: null,
  authority: { kind: 'system', id: 'retention' },
  layer: 'record',
  payload,
});
/** Two runs among each other, then what says that the first was archived. */
const spans = spansOf([0, 1, 3]);
const records = logOf([
  ...['a', 'a', 'b', 'a', 'b'].map((run) => ({ run, event: event('task.completed', {}) })),
  { run: 'organisation', event: event(ARCHIVED, { spans }) },
]);

/** The log, with the roots of subtrees in place of all that is not wanted. */
function prune(
  log: readonly LogRecord[],
  isKept: (record: LogRecord) => boolean,
  cuts: readonly number[] = [],
) {
  const { tiles } = appendLeaves(
    0,
    log.map(({ hash }) => hash),
    () => undefined,
    sha256,
  );
  const read = (level: number, index: number) =>
    tiles.find((tile) => tile.level === level && tile.index === index)?.hashes;
  const lines: (LogRecord | Pruned)[] = [];
  let next = 0;
  for (const at of [...log.filter(isKept), null]) {
    for (const { index, count } of subtreesOf(next, at?.index ?? log.length, cuts))
      lines.push({ index, leaves: count, hash: subtreeAt(index, count, read, sha256) });
    if (at) lines.push(at);
    next = (at?.index ?? 0) + 1;
  }
  return lines;
}

function verify(lines: readonly (LogRecord | Pruned)[], more: object = {}, end: object = {}) {
  const verifier = ledgerVerifier({ ...means, ...more });
  for (const line of lines)
    if ('leaves' in line) verifier.addPruned(line);
    else verifier.add(line);
  return verifier.finish(end);
}
const codes = (...given: Parameters<typeof verify>) => verify(...given).problems.map(({ code }) => code);

test('a tree of which parts are only roots has the root of the whole tree, wherever they are', () => {
  const kept = fc.array(fc.boolean(), { minLength: 1, maxLength: 70 });
  const cuts = fc.array(fc.nat(70)).map((sizes) => sizes.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(kept, cuts, (flags, at) => {
      const log = logOf(flags.map((_, run) => ({ run: `r${run}`, event: event('x', {}) })));
      const lines = prune(log, ({ index }) => flags[index] === true, at);
      const sizes = [0, ...at.filter((size) => size <= log.length), log.length];
      const checkpoints = sizes.map((size) => checkpointOver(headOf(log.slice(0, size))));
      const { problems } = verify(lines, { isPart: true, checkpoints });
      assert.deepEqual(problems, []);
    }),
    random,
  );
});

test('what the log says was archived is not missing, and counted', () => {
  const found = verify(
    prune(records, ({ index }) => ![0, 1, 3].includes(index)),
    {},
    { head: headOf(records) },
  );
  assert.deepEqual(found.problems, []);
  assert.equal(found.archived, 3);
  assert.equal(found.entries, 6);
});

test('a gap that no entry names is a finding, also where another one is named', () => {
  const gone = prune(records, ({ index }) => ![0, 1, 3, 4].includes(index));
  assert.deepEqual(codes(gone), ['index_wrong']);
  assert.equal(verify(gone).problems[0]?.index, 4);
  assert.equal(verify(gone).archived, 3, 'and was not archived');
  const forged = logOf([
    { run: 'a', event: event('task.completed', {}) },
    { run: 'run_x', event: event(ARCHIVED, { spans: [0, 1] }) },
  ]);
  assert.deepEqual(codes(prune(forged, ({ index }) => index === 1)), ['index_wrong'], 'not in that stream');
  const ahead = logOf([
    { run: 'organisation', event: event(ARCHIVED, { spans: [1, 1] }) },
    { run: 'a', event: event('task.completed', {}) },
  ]);
  assert.deepEqual(codes(prune(ahead, ({ index }) => index === 0)), ['index_wrong'], 'not before it');
});

test('another hash in place of an archived entry shows against the head', () => {
  const lines = prune(records, ({ index }) => index > 3).map((line) =>
    'leaves' in line ? { ...line, hash: sha256('other') } : line,
  );
  assert.ok(codes(lines, {}, { head: headOf(records) }).includes('head_differs'));
});

const fileOf = (lines: readonly (LogRecord | Pruned)[], note: string): string =>
  [
    exportHeader({ origin, verifierKey: ledgerKey, part: 'archive' }),
    ...lines.map((line) => ('leaves' in line ? exportPruned(line) : exportEntry(line))),
    exportCheckpoint(note),
  ].join('');
const verifyFile = (text: string, checkpoints: readonly string[] = []) => {
  const verifier = exportVerifier({ ...means, checkpoints });
  verifier.addText(text);
  return verifier.finish();
};

test('an archive of one run verifies by itself, and against checkpoints of before', () => {
  const lines = prune(records, ({ text }) => text.includes('"run":"a"'), [2]);
  const text = fileOf(lines, checkpointOver(headOf(records)));
  const found = verifyFile(text, [checkpointOver(headOf(records.slice(0, 2)))]);
  assert.deepEqual(found.problems, []);
  assert.deepEqual([found.entries, found.runs, found.archived], [3, 1, 0]);
  assert.equal(found.checkpoint?.size, 6);
  const inside = checkpointOver(headOf(records.slice(0, 5)));
  const several = verifyFile(text, [inside, inside, checkpointOver(headOf(records))]);
  assert.deepEqual(
    several.problems.map(({ code }) => code),
    ['checkpoint_uncovered', 'checkpoint_uncovered'],
    'the one behind them is compared all the same',
  );
  const between = verifyFile(text, [inside]);
  assert.deepEqual(
    between.problems.map(({ code }) => code),
    ['checkpoint_uncovered'],
  );
});

test('a file with entries taken out is no whole ledger, whatever its first line says', () => {
  const checkpoints = [checkpointOver(headOf(records))];
  const partOf = (isKept: (record: LogRecord) => boolean) =>
    verifyFile(fileOf(prune(records, isKept), checkpoints[0]!), checkpoints);
  const run = partOf(({ text }) => !text.includes('"run":"b"'));
  assert.deepEqual([run.problems, run.part, run.absent, run.entries], [[], true, 2, 4]);
  const tail = partOf(({ index }) => index !== 4);
  assert.deepEqual([tail.problems, tail.part, tail.absent, tail.entries], [[], true, 1, 5]);
  const whole = verify(records);
  assert.deepEqual([whole.part, whole.absent], [false, 0]);
});

test('what is cut from the end of a part is missing from it, and not only out of sight', () => {
  const last = checkpointOver(headOf(records));
  const cut = (isKept: (record: LogRecord) => boolean, from: number) =>
    verifyFile(
      fileOf(
        prune(records, isKept).filter(({ index }) => index < from),
        last,
      ),
    ).problems.map(({ code }) => code);
  assert.deepEqual(
    cut(({ text }) => text.includes('"run":"a"'), 3),
    ['log_truncated'],
  );
  assert.deepEqual(
    cut(() => true, 5),
    ['log_truncated'],
    'also of a whole log that says it is a part',
  );
});

test('whatever is changed in an archive is found', () => {
  const text = fileOf(
    prune(records, ({ text: own }) => own.includes('"run":"a"')),
    checkpointOver(headOf(records)),
  );
  const lines = text.split('\n').slice(0, -1);
  for (let at = 1; at < lines.length; at += 1) {
    const without = lines.toSpliced(at, 1).join('\n');
    assert.equal(verifyFile(`${without}\n`).verified, false, `without line ${at}`);
    if (at === lines.length - 1) continue;
    const other = lines.with(
      at,
      lines[at]!.replace(/[0-9a-f](?=")/, (digit) => (digit === '0' ? '1' : '0')),
    );
    assert.equal(verifyFile(`${other.join('\n')}\n`).verified, false, `line ${at} changed`);
  }
});

test('spans are read as they are written', () => {
  assert.deepEqual(spansOf([1, 2, 5]), [1, 2, 5, 1]);
  assert.deepEqual(readSpans([1, 2, 5, 1]), [
    { index: 1, count: 2 },
    { index: 5, count: 1 },
  ]);
  for (const wrong of [null, [1], [1, 0], [5, 1, 1, 2], [-1, 1], [0, 0.5]])
    assert.equal(readSpans(wrong), null);
});

test('leaves that are nearly a power of two are no subtree', () => {
  const nearly = 2 ** 49 - 1;
  const lines = [
    { index: 0, leaves: nearly, hash: new Uint8Array(32) },
    { index: nearly, leaves: 1, hash: new Uint8Array(32) },
  ];
  assert.deepEqual(new Set(codes(lines)), new Set(['index_wrong']));
});

test('a subtree stands only where the tree has one', () => {
  const tree = frontier(sha256);
  tree.appendTree(treeHasher(sha256).leaf(fromHex('00'.repeat(32))!), 1);
  assert.throws(() => tree.appendTree(new Uint8Array(32), 2), RangeError);
  assert.throws(() => tree.appendTree(new Uint8Array(32), 3), RangeError);
});
