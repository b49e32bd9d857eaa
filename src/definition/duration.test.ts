import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

test('short and ISO 8601 durations give milliseconds', () => {
  const known: Record<string, number> = {
    '250ms': 250,
    '30s': 30_000,
    '15m': 900_000,
    '8h': 28_800_000,
    '7d': 604_800_000,
    '0s': 0,
    PT8H: 28_800_000,
    P1DT12H: 129_600_000,
    P2W: 1_209_600_000,
    'PT0.25S': 250,
    PT1H30M: 5_400_000,
  };
  for (const [text, ms] of Object.entries(known)) assert.equal(parseDuration(text), ms, text);
});

test('everything else is none', () => {
  for (const text of ['', '5', '5 m', '1.5h', 'P', 'PT', 'P1DT', 'P1Y', 'P1M', '-5m', '1h30m', 'soon']) {
    assert.equal(parseDuration(text), null, text);
  }
});
