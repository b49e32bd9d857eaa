import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { cents, decimal, decimalsWritten, equal, near, sum, whole } from './decimal.ts';

const of = (text: string) => decimal(text) ?? assert.fail(text);

it('takes the decimals of XML Schema and nothing else', () => {
  for (const text of ['0', '-0', '+1', '1.', '.5', '-12.340', '007']) assert.ok(decimal(text), text);
  for (const text of [
    '',
    ' ',
    '1 ',
    '1e3',
    'NaN',
    'INF',
    '1,5',
    '1.2.3',
    '-',
    '.',
    '0x1',
    '１',
    '9'.repeat(61),
  ]) {
    assert.equal(decimal(text), undefined, text);
  }
});

it('rounds a half up, also below zero', () => {
  const rounded = (text: string) => whole(of(text)).toFixed();
  assert.deepEqual(['2.5', '-2.5', '-2.51', '2.49', '-0.5', '0'].map(rounded), [
    '3',
    '-2',
    '-3',
    '2',
    '0',
    '0',
  ]);
  assert.deepEqual(
    ['1.005', '-1.005', '1.0049', '3.1'].map((text) => cents(of(text)).toFixed()),
    ['1.01', '-1', '1', '3.1'],
  );
});

it('adds without loss, whatever is missing', () => {
  assert.equal(sum(['0.1', '0.2', undefined, 'x']).toFixed(), '0.3');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 })), (amounts) => {
      const texts = amounts.map(
        (amount) =>
          `${amount < 0 ? '-' : ''}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`,
      );
      assert.equal(
        sum(texts).times(100).toFixed(),
        String(amounts.reduce((total, amount) => total + amount, 0)),
      );
    }),
  );
});

it('finds nothing equal or near to what is absent', () => {
  assert.equal(equal(undefined, undefined), false);
  assert.equal(near(of('1'), undefined), false);
  assert.deepEqual([near(of('1'), of('1.99')), near(of('1'), of('2'))], [true, false]);
});

it('counts decimals as written', () => {
  assert.deepEqual(['1', '1.', '1.00', '1.000', undefined].map(decimalsWritten), [0, 0, 2, 3, 0]);
});
