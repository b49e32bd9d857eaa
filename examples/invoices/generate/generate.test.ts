import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { factsOf, findDuplicates, invalidFiles, summarise } from '../analysis/index.ts';
import { readInvoice } from '../en16931/index.ts';
import { BATCH } from './batch.ts';
import { compose } from './compose.ts';
import { writeExpectation } from './expectation.ts';
import { generate } from './generate.ts';
import { ibanOf } from './iban.ts';
import { chanceFrom } from './random.ts';

const EXAMPLE = join(import.meta.dirname, '..');
const INBOX = join(EXAMPLE, 'inbox');
const { files, expectation } = generate();

test('the generator makes the committed files, byte for byte, and no others', async () => {
  assert.deepEqual((await readdir(INBOX)).toSorted(), files.map(({ name }) => name).toSorted());
  for (const { name, content } of files) {
    const committed = await readFile(join(INBOX, name));
    assert.equal(committed.equals(Buffer.from(content)), true, `${name} is not what the generator makes`);
  }
  const expected = await readFile(join(EXAMPLE, 'expected.json'), 'utf8');
  assert.equal(expected, writeExpectation(expectation));
});

test('a second run gives the same', () => {
  assert.deepEqual(generate(), { files, expectation });
});

test('chance is the same on every machine', () => {
  const chance = chanceFrom('a seed');
  const draws = Array.from({ length: 6 }, () => chance.integer(0, 999));
  assert.deepEqual(draws, [684, 266, 513, 860, 1, 174]);
  assert.deepEqual(chance.sample(['a', 'b', 'c'], 9), ['a', 'b', 'c']);
  assert.deepEqual(chance.sample([], 2), []);
});

test('changing one row leaves the others as they are', () => {
  const changed = BATCH.map((row, index) => (index === 3 ? { ...row, extras: [] } : row));
  const [before, after] = [compose(BATCH), compose(changed)];
  const differing = before.flatMap((draft, index) =>
    JSON.stringify(draft) === JSON.stringify(after[index]) ? [] : [index],
  );
  assert.deepEqual(differing, [3]);
});

test('the batch has what the example wants to show', () => {
  const drafts = compose(BATCH);
  assert.equal(files.length, 50);
  assert.equal(new Set(files.map(({ name }) => name)).size, 50);
  const distinct = <T extends string>(values: readonly T[]): T[] =>
    [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
  assert.deepEqual(distinct(drafts.map(({ currency }) => currency)), [
    'CHF',
    'DKK',
    'EUR',
    'GBP',
    'NOK',
    'PLN',
    'SEK',
    'USD',
  ]);
  const categories = drafts.flatMap(({ breakdown }) => breakdown.map(({ category }) => category));
  assert.deepEqual(distinct(categories), ['AE', 'E', 'G', 'K', 'L', 'O', 'S', 'Z']);
  assert.deepEqual(distinct(drafts.map(({ typeCode }) => typeCode)), ['326', '380', '381', '384', '389']);
  assert.deepEqual(distinct(drafts.map(({ payment }) => payment.means)), ['30', '48', '58', '59']);
  const roots = files.map(({ content }) => /<([A-Za-z:]+) xmlns/.exec(content)?.[1]);
  for (const root of ['Invoice', 'CreditNote', 'rsm:CrossIndustryInvoice']) {
    assert.ok(roots.filter((one) => one === root).length >= 4, root);
  }
  for (const part of ['prepaid', 'rounding', 'allowances', 'charges', 'taxInTaxCurrency'] as const) {
    assert.ok(
      drafts.some(({ totals }) => totals[part] !== undefined),
      part,
    );
  }
  assert.ok(
    drafts.some(({ breakdown }) => breakdown.length > 1),
    'several rates',
  );
  assert.equal(Object.keys(expectation.invalid).length, 7);
  assert.deepEqual(
    expectation.duplicates.map((group) => group.files.length),
    [2, 3, 2],
  );
});

test('two sellers use the same number, which is no duplicate', () => {
  const sellers = compose(BATCH)
    .filter(({ number }) => number === '2026-0117')
    .map(({ seller }) => seller.name);
  assert.equal(new Set(sellers).size, 2);
  assert.equal(expectation.duplicates.filter(({ number }) => number === '2026-0117').length, 1);
});

test('an IBAN has right check digits', () => {
  for (const country of ['DE', 'NO', 'FR', 'GB']) {
    const iban = ibanOf(country, 'anybody');
    const moved = `${iban.slice(4)}${iban.slice(0, 4)}`;
    const digits = [...moved].map((character) => Number.parseInt(character, 36)).join('');
    assert.equal(BigInt(digits) % 97n, 1n, iban);
  }
});

test('the reader finds in the files what the generator put there', () => {
  const facts = files.map(({ name, content }) => factsOf(name, readInvoice(Buffer.from(content))));
  assert.deepEqual(invalidFiles(facts), expectation.invalid);
  assert.deepEqual(summarise(facts).byCurrency, expectation.byCurrency);
  assert.deepEqual(findDuplicates(facts), expectation.duplicates);
});
