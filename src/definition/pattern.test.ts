import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern } from './pattern.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const free = (_units: number): void => {};

function matches(pattern: string, text: string, spend: (units: number) => void = free): boolean {
  const result = compilePattern(pattern);
  assert.ok(result.ok, result.ok ? '' : `${pattern}: ${result.message}`);
  return result.pattern.test(text, spend);
}

const atoms = fc.constantFrom(
  'a',
  'b',
  'c',
  '.',
  '\\d',
  '\\w',
  '\\W',
  '[ab]',
  '[^a]',
  '[a-c0-9]',
  '\\b',
  '^',
  '$',
  'é',
  '😀',
  '\\.',
  '\\p{L}',
);
const quantifiers = fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{1,3}', '{0,}');
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  pattern: fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    { maxDepth: 2 },
    fc
      .tuple(atoms, quantifiers)
      .map(([atom, times]) => (['\\b', '^', '$'].includes(atom) ? atom : atom + times)),
    fc
      .tuple(tie('pattern'), tie('pattern'), quantifiers)
      .map(([left, right, times]) => `(${left}|${right})${times}`),
    fc.tuple(tie('pattern'), quantifiers).map(([inner, times]) => `(?:${inner})${times}`),
  ),
}));
const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', ' ', 'é', '😀', '.', '\n'), { maxLength: 8 })
  .map((parts) => parts.join(''));

test('finds what the built-in engine finds', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(pattern, texts, (source, text) => {
      assert.equal(
        matches(source, text),
        new RegExp(source, 'u').test(text),
        `/${source}/ on ${JSON.stringify(text)}`,
      );
    }),
    { seed, numRuns: 3000 },
  );
});

test('patterns that run away elsewhere take steps in proportion to the text', () => {
  const steps = (source: string, length: number): number => {
    let spent = 0;
    matches(source, 'a'.repeat(length) + '!', (units) => void (spent += units));
    return spent;
  };
  for (const source of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*a){12}$', '^(\\w+\\s?)*$']) {
    const ratio = steps(source, 2000) / steps(source, 1000);
    assert.ok(ratio < 2.2, `${source}: twice the text costs ${ratio} times as much`);
  }
});

test('what reads nothing is not repeated', () => {
  for (const empty of ['', '()', 'a{0}', '(?:b{1000}){0}', '(?:){1000}']) {
    const nested = Array.from({ length: 12 }).reduce<string>((inner) => `(?:${inner}){1000}`, empty);
    const result = compilePattern(`^${nested}$`);
    assert.ok(result.ok, nested);
    assert.equal(result.pattern.size, 3, nested);
    assert.equal(matches(`^${nested}$`, 'a'), false);
    assert.equal(matches(`^a${nested}$`, 'a'), true);
  }
});

test('a pattern that is too large tells what it cost to find out', () => {
  const result = compilePattern('(?:a{1000}){1000}');
  assert.ok(!result.ok);
  assert.equal(result.size, 5000);
});

test('patterns that are used in turns do not meet', () => {
  const [words, long] = [compilePattern('^\\w+$'), compilePattern('^(?:ab){500}$')];
  assert.ok(words.ok && long.ok);
  for (let round = 0; round < 3; round++) {
    assert.equal(words.pattern.test('abc', free), true);
    assert.equal(long.pattern.test('ab'.repeat(500), free), true);
    assert.equal(words.pattern.test('a-c', free), false);
    assert.equal(long.pattern.test('ab'.repeat(499), free), false);
  }
});

test('a leading (?i) ignores case', () => {
  assert.equal(matches('(?i)straße', 'STRASSE Straße'), true);
  assert.equal(matches('(?i)^[a-c]+$', 'ABC'), true);
});

test('what cannot be read in one pass, or is too large, is refused with the place', () => {
  const refused: Record<string, RegExp> = {
    '(?=a)': /looking ahead/,
    '(?!a)': /looking ahead/,
    '(?<=a)b': /looking ahead/,
    '(a)\\1': /back to a group/,
    '(a': /no '\)'/,
    'a)': /without its/,
    '[a': /no '\]'/,
    'a**': /nothing to repeat/,
    '*a': /nothing to repeat/,
    'a{2,1}': /smaller count/,
    'a{5000}': /more than 1000/,
    'x{': /brace/,
    '\\': /at the end/,
    '\\q': /means nothing/,
    '(((a{100}){100}){100})': /too large/,
    '[z-a]': /not a valid set/,
  };
  for (const [source, message] of Object.entries(refused)) {
    const result = compilePattern(source);
    assert.ok(!result.ok, source);
    assert.match(result.message, message, source);
  }
  assert.ok(!compilePattern('('.repeat(60) + ')'.repeat(60)).ok);
  assert.ok(!compilePattern('a'.repeat(3000)).ok);
});
