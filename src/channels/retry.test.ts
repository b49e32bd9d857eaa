import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chanceOf, MOST_ATTEMPTS, retryAfter, retryDelay } from './retry.ts';

const SEED = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };
const HOUR = 3_600_000;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempts = fc.integer({ min: 1, max: MOST_ATTEMPTS - 1 });

test('RETRY-1 a delay is within a fifth of its step, and steps never shrink', () => {
  fc.assert(
    fc.property(attempts, chance, (attempt, luck) => {
      const delay = retryDelay(attempt, luck) ?? assert.fail('no delay');
      const step = Math.min(5000 * 3 ** (attempt - 1), 12 * HOUR);
      assert.ok(delay >= step * 0.8 - 1 && delay <= step * 1.2 + 1, `${delay} of ${step}`);
      const least = retryDelay(attempt, 0) ?? 0;
      assert.ok(attempt === 1 || least >= (retryDelay(attempt - 1, 0) ?? 0));
    }),
    SEED,
  );
});

test('RETRY-2 a receiver gets the time it asks for, up to the longest, and never less than the step', () => {
  fc.assert(
    fc.property(attempts, chance, fc.integer({ min: 0, max: 1000 * HOUR }), (attempt, luck, asked) => {
      const delay = retryDelay(attempt, luck, asked) ?? assert.fail('no delay');
      assert.equal(delay, Math.max(retryDelay(attempt, luck) ?? 0, Math.min(asked, 12 * HOUR)));
    }),
    SEED,
  );
});

test('RETRY-3 attempts go on for more than three days, whatever the chance, and then end', () => {
  fc.assert(
    fc.property(fc.array(chance, { minLength: MOST_ATTEMPTS, maxLength: MOST_ATTEMPTS }), (luck) => {
      const delays = luck.map((one, at) => retryDelay(at + 1, one));
      assert.equal(delays.at(-1), null);
      const total = delays.reduce<number>((sum, delay) => sum + (delay ?? 0), 0);
      assert.ok(total > 66 * HOUR && total < 120 * HOUR, `${total / HOUR} hours`);
    }),
    SEED,
  );
  const middle = Array.from({ length: MOST_ATTEMPTS }, (_, at) => retryDelay(at + 1, 0.5) ?? 0);
  assert.ok(middle.reduce((sum, delay) => sum + delay) > 72 * HOUR);
});

test('chance is the same for the same digest, and below 1', () => {
  assert.equal(chanceOf(new Uint8Array(32)), 0);
  assert.ok(chanceOf(new Uint8Array(32).fill(255)) < 1);
  assert.equal(chanceOf(Uint8Array.of(128, 0, 0, 0, 0, 0, 99)), 0.5);
});

test('Retry-After is seconds or a date', () => {
  const now = Date.UTC(2026, 0, 5, 9);
  assert.equal(retryAfter(undefined, now), 0);
  assert.equal(retryAfter('120', now), 120_000);
  assert.equal(retryAfter(new Date(now + 5000).toUTCString(), now), 5000);
  assert.equal(retryAfter(new Date(now - 5000).toUTCString(), now), 0);
  for (const bad of ['soon', '-1', '', '1e9']) assert.ok(retryAfter(bad, now) >= 0, bad);
});
