import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bar, cut, document, indent, oneLine, pairs, span, table } from './layout.ts';

test('a table has columns of one width, and cuts the text in the last of them to the terminal', () => {
  const rows = [
    ['a', 'one'],
    ['long', `two\nlines${' of words'.repeat(9)}`],
  ];
  assert.deepEqual(table(['id', 'what'], rows, 40), [
    'ID    WHAT',
    'a     one',
    'long  two lines of words of words of wo…',
  ]);
  assert.ok(table(['id', 'what'], rows, Infinity).at(-1)?.endsWith('of words of words'));
});

test('where a table would lose more than the end of a text, each row has lines of its own', () => {
  const rows = [
    ['a', 'b'.repeat(20), 'on'],
    ['c', 'd', ''],
  ];
  const apart = ['id    a', `what  ${'b'.repeat(20)}`, 'is    on', '', 'id    c', 'what  d'];
  assert.deepEqual(table(['id', 'what', 'is'], rows, 27), apart);
  assert.deepEqual(table(['id', 'what', 'is'], rows, 28)[1], `a   ${'b'.repeat(20)}  on`);
  const digest = 'f'.repeat(64);
  assert.deepEqual(table(['id', 'digest'], [['a', digest]], 60), ['id      a', `digest  ${digest}`]);
  assert.deepEqual(table(['id', 'digest'], [], 60), ['ID  DIGEST']);
});

test('pairs leave out what is not there', () => {
  assert.deepEqual(
    pairs([
      ['one', '1'],
      ['none', null],
      ['empty', ''],
      ['three', '3'],
    ]),
    ['one    1', 'three  3'],
  );
});

test('nothing that others wrote can steer the terminal', () => {
  assert.equal(oneLine('a\u001b[31mred\u0007\r\n b\u009b2J'), 'a[31mred b2J');
  assert.deepEqual(document('a\u001b]0;title\u0007\nb'), ['a]0;title', 'b']);
  assert.deepEqual(document({ text: '\u001b[2J' }), ['{', '  "text": "\\u001b[2J"', '}']);
});

test('spans are read at a glance', () => {
  const cases = [
    [0, '0.0 s'],
    [1234, '1.2 s'],
    [65_000, '1 min 5 s'],
    [3_600_000, '1 h'],
    [7_860_000, '2 h 11 min'],
    [90_000_000, '1 d 1 h'],
    [-5, '0.0 s'],
  ] as const;
  for (const [ms, text] of cases) assert.equal(span(ms), text);
});

test('bars are full at the end and not before the beginning', () => {
  assert.equal(bar(0, 4), '░░░░');
  assert.equal(bar(0.5, 4), '▓▓░░');
  assert.equal(bar(2, 4), '▓▓▓▓');
});

test('long documents say how much is left out', () => {
  assert.deepEqual(document([1, 2, 3], 2), ['[', '  1,', '… 3 more lines (--json shows everything)']);
  assert.deepEqual(indent(['a', '']), ['  a', '']);
  assert.equal(cut('äöü', 2), 'ä…');
});
