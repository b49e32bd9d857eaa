import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import Big from 'big.js';
import fc from 'fast-check';
import { readInvoice } from '../en16931/index.ts';
import { factsOf, findDuplicates, invalidFiles, summarise } from './index.ts';
import type { InvoiceFacts } from './index.ts';

const SEED = process.env['SEED'] ? Number(process.env['SEED']) : undefined;
const RANDOM = { numRuns: 200, ...(SEED === undefined ? {} : { seed: SEED }) };

const invoice = (more: Partial<InvoiceFacts> = {}): InvoiceFacts => ({
  file: 'a.xml',
  broken: [],
  seller: 'Nordhafen GmbH',
  number: '1',
  currency: 'EUR',
  creditNote: false,
  taxExclusive: '100.00',
  taxAmount: '19.00',
  taxInclusive: '119.00',
  payable: '119.00',
  ...more,
});

test('sums are exact and kept apart by currency and by credit note', () => {
  const { byCurrency } = summarise([
    invoice({ taxExclusive: '0.1', taxAmount: '0.02', taxInclusive: '0.12', payable: '0' }),
    invoice({ taxExclusive: '0.2', taxAmount: '0.04', taxInclusive: '0.24', payable: '-5.5' }),
    invoice({ creditNote: true, taxExclusive: '7', taxAmount: '1', taxInclusive: '8', payable: '8' }),
    invoice({
      currency: 'DKK',
      taxExclusive: '9007199254740993.01',
      taxAmount: '0',
      taxInclusive: '9007199254740993.01',
    }),
  ]);
  assert.deepEqual(byCurrency, {
    DKK: {
      count: 1,
      taxExclusive: '9007199254740993.01',
      taxAmount: '0.00',
      taxInclusive: '9007199254740993.01',
      payable: '119.00',
    },
    EUR: { count: 2, taxExclusive: '0.30', taxAmount: '0.06', taxInclusive: '0.36', payable: '-5.50' },
    'EUR/credit': {
      count: 1,
      taxExclusive: '7.00',
      taxAmount: '1.00',
      taxInclusive: '8.00',
      payable: '8.00',
    },
  });
  assert.deepEqual(Object.keys(byCurrency), ['DKK', 'EUR', 'EUR/credit']);
});

test('an empty batch has an empty summary', () => {
  assert.deepEqual(summarise([]), { byCurrency: {} });
  assert.deepEqual(findDuplicates([]), []);
  assert.deepEqual(invalidFiles([]), {});
});

test('an invalid file counts nowhere, and is named with its rules', () => {
  const files = [
    invoice({ file: 'b.xml', broken: ['BR-02', 'BR-CO-15'], currency: null, taxExclusive: null }),
    invoice({ file: 'a.xml', broken: ['XML'], seller: null, number: null }),
    invoice({ file: 'c.xml' }),
  ];
  assert.deepEqual(summarise(files).byCurrency['EUR']?.count, 1);
  assert.deepEqual(findDuplicates(files), []);
  assert.deepEqual(invalidFiles(files), { 'a.xml': ['XML'], 'b.xml': ['BR-02', 'BR-CO-15'] });
  assert.deepEqual(Object.keys(invalidFiles(files)), ['a.xml', 'b.xml']);
});

test('a file without VAT total adds no VAT; without another amount or currency it cannot be valid', () => {
  assert.equal(summarise([invoice({ taxAmount: null })]).byCurrency['EUR']?.taxAmount, '0.00');
  for (const field of ['taxExclusive', 'taxInclusive', 'payable', 'currency'] as const) {
    assert.throws(() => summarise([invoice({ [field]: null })]), new RegExp(`a\\.xml.*${field}`));
  }
});

test('a sum keeps more than two decimals where an amount has them', () => {
  assert.equal(summarise([invoice({ payable: '1.005' })]).byCurrency['EUR']?.payable, '1.005');
});

test('duplicates are the files with the same seller and number, whatever the rest', () => {
  const files = [
    invoice({ file: 'z.xml', number: '2', currency: 'USD' }),
    invoice({ file: 'c.xml', number: '1' }),
    invoice({ file: 'y.xml', number: '2', creditNote: true }),
    invoice({ file: 'b.xml', number: '1', seller: 'Other' }),
    invoice({ file: 'x.xml', number: '2', payable: '5.00' }),
    invoice({ file: 'w.xml', number: '1', seller: 'Nordhafen Gmb' }),
    invoice({ file: 'v.xml', number: '1', seller: 'A' }),
    invoice({ file: 'u.xml', number: '1', seller: 'A' }),
  ];
  assert.deepEqual(findDuplicates(files), [
    { seller: 'A', number: '1', files: ['u.xml', 'v.xml'] },
    { seller: 'Nordhafen GmbH', number: '2', files: ['x.xml', 'y.xml', 'z.xml'] },
  ]);
});

test('the order of the files changes nothing, and no cent is lost (property)', () => {
  const amount = fc
    .integer({ min: -10_000_000, max: 10_000_000 })
    .map((cents) => new Big(cents).div(100).toFixed(2));
  const anInvoice = fc
    .record({
      seller: fc.constantFrom('A', 'B', 'A"', ''),
      number: fc.constantFrom('1', '2', '"1'),
      currency: fc.constantFrom('EUR', 'SEK', 'USD'),
      creditNote: fc.boolean(),
      broken: fc.constantFrom<string[]>([], [], ['BR-02']),
      taxExclusive: amount,
      taxAmount: amount,
      taxInclusive: amount,
      payable: amount,
    })
    .map((facts): Omit<InvoiceFacts, 'file'> => facts);
  const batch = fc
    .array(anInvoice, { maxLength: 30 })
    .map((facts) =>
      facts.map((one, index): InvoiceFacts => ({ ...one, file: `${String(index).padStart(2, '0')}.xml` })),
    );
  fc.assert(
    fc.property(batch, fc.func(fc.integer()), (files, key) => {
      const shuffled = files.toSorted((a, b) => key(a.file) - key(b.file));
      assert.deepEqual(summarise(shuffled), summarise(files));
      assert.deepEqual(findDuplicates(shuffled), findDuplicates(files));
      const sums = Object.values(summarise(files).byCurrency);
      const valid = files.filter(({ broken }) => broken.length === 0);
      assert.equal(
        sums.reduce((count, one) => count + one.count, 0),
        valid.length,
      );
      const total = sums.reduce((sum, one) => sum.plus(one.payable), new Big(0));
      assert.equal(total.eq(valid.reduce((sum, one) => sum.plus(one.payable!), new Big(0))), true);
      for (const { files: repeated } of findDuplicates(files)) assert.equal(repeated.length >= 2, true);
    }),
    RANDOM,
  );
});

test('facts of what the reader found: rules once and sorted, absent fields null', () => {
  const broken = [{ rule: 'BR-CO-15' }, { rule: 'BR-02' }, { rule: 'BR-02' }];
  assert.deepEqual(factsOf('a.xml', { broken }), {
    file: 'a.xml',
    broken: ['BR-02', 'BR-CO-15'],
    seller: null,
    number: null,
    currency: null,
    creditNote: false,
    taxExclusive: null,
    taxAmount: null,
    taxInclusive: null,
    payable: null,
  });
});

interface Published {
  byCurrency: Record<string, Record<string, string | number>>;
  sameSellerAndNumber: { seller: string; number: string; files: string[] }[];
  invalid: Record<string, string[]>;
}

const SAMPLES = join(import.meta.dirname, '../../../../shared/data/invoices');
const skip = existsSync(SAMPLES) ? false : 'the official samples are not beside the project';

test('the official samples have their published sums, duplicates and invalid files', { skip }, async () => {
  const expected = JSON.parse(await readFile(join(SAMPLES, 'expected.json'), 'utf8')) as Published;
  const names = (await readdir(SAMPLES, { recursive: true })).filter((name) => name.endsWith('.xml'));
  assert.equal(names.length, 55);
  const facts: InvoiceFacts[] = [];
  for (const name of names) facts.push(factsOf(name, readInvoice(await readFile(join(SAMPLES, name)))));
  const { byCurrency } = summarise(facts);
  assert.deepEqual(numbersOf(byCurrency), numbersOf(expected.byCurrency));
  const sorted = (groups: Published['sameSellerAndNumber']): string[] =>
    groups.map(({ seller, number, files }) => JSON.stringify([seller, number, files.toSorted()])).toSorted();
  assert.deepEqual(sorted(findDuplicates(facts)), sorted(expected.sameSellerAndNumber));
  assert.deepEqual(invalidFiles(facts), expected.invalid);
});

/** The same sums in one form of number, so that `115000` and `115000.00` are equal. */
function numbersOf(sums: Record<string, object>): Record<string, string[]> {
  const entries = Object.entries(sums).map(([key, sum]) => {
    const fields = Object.entries(sum as Record<string, string | number>).map(
      ([field, value]) => `${field} ${new Big(value).toFixed(2)}`,
    );
    return [key, fields.toSorted()] as const;
  });
  return Object.fromEntries(entries);
}
