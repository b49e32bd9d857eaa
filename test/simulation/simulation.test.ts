import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';

const WORLDS = Number(process.env['HUMANOS_WORLDS'] ?? 200);
const FIRST = Number(process.env['HUMANOS_SEED'] ?? 1);

test(`the promises hold in ${WORLDS} worlds from seed ${FIRST} on`, async () => {
  for (let seed = FIRST; seed < FIRST + WORLDS; seed += 1) {
    try {
      await simulate(seed);
    } catch (fault) {
      throw new Error(`seed ${seed} broke a promise; repeat it with: npm run simulate -- 1 ${seed}`, {
        cause: fault,
      });
    }
  }
});

test('the same seed gives the same world, so that a broken promise can be looked into', async () => {
  for (let seed = FIRST; seed < FIRST + 5; seed += 1)
    assert.deepEqual(await simulate(seed), await simulate(seed));
});
