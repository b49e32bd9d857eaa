import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundCents } from './money.ts';

test('dollars are rounded to whole cents, half a cent to the even one', () => {
  for (const [value, rounded] of [
    [0.1 + 0.2, 0.3],
    [2.675, 2.67],
    [1.005, 1],
    [0.125, 0.12],
    [0.375, 0.38],
    [-0.125, -0.12],
    [-0.375, -0.38],
    [-0.001, 0],
    [173.829_999_999_999_93, 173.83],
  ] as const)
    assert.equal(Object.is(roundCents(value), rounded), true, `${value} became ${roundCents(value)}`);
});
