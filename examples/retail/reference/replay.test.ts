/** The calls of every case, made straight at the shop, against what must come of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingFrom, readStock, SHARED } from '../source.ts';
import { CASE_FILES, readCases, readExpected } from './cases.ts';
import { replay, shopsLike } from './replay.ts';

const skip = (missingFrom(SHARED) ?? missingFrom(SHARED, CASE_FILES)) || false;

describe('the cases of the shop', { skip }, () => {
  if (skip) return;
  const openCopy = shopsLike(readStock(SHARED));
  const cases = readCases(SHARED);
  const expected = readExpected(SHARED);

  it('are as many as the oracle has answers for', () => {
    assert.deepEqual(
      expected.map(({ task }) => task),
      cases.map(({ number }) => number),
    );
  });

  for (const [index, one] of cases.entries())
    it(`case ${one.number} of ${one.customer}`, () => {
      const shop = openCopy();
      const wanted = expected[index];
      assert.deepEqual(replay(shop, one), { steps: wanted?.steps, finalDelta: wanted?.finalDelta });
      shop.close();
    });
});
