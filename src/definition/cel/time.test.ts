import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp, inTimestampRange, parseSpan, parseTimestamp, timestampFields } from './time.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const moments = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });

test('a moment is written and read as the platform does', (t) => {
  t.diagnostic(`SEED=${seed}`);
  fc.assert(
    fc.property(moments, (ms) => {
      const date = new Date(ms);
      const iso = date.toISOString().replace('.000Z', 'Z');
      assert.equal(formatTimestamp(ms), iso);
      assert.equal(parseTimestamp(iso), ms);
      const fields = timestampFields(ms);
      assert.equal(fields.dayOfWeek, date.getUTCDay());
      assert.equal(fields.month, date.getUTCMonth() + 1);
      assert.equal(fields.dayOfYear, Math.floor((ms - new Date(ms).setUTCMonth(0, 1)) / 86_400_000));
    }),
    { seed, numRuns: 2000 },
  );
});

test('times with an offset, fractions and faults', () => {
  assert.equal(parseTimestamp('2026-01-31T08:00:00+02:00'), Date.UTC(2026, 0, 31, 6));
  assert.equal(parseTimestamp('2026-01-31T08:00:00.1239Z'), Date.UTC(2026, 0, 31, 8, 0, 0, 123));
  for (const wrong of [
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01',
    '2026-01-01T24:00:00Z',
    '0000-01-01T00:00:00Z',
    'soon',
  ]) {
    assert.equal(parseTimestamp(wrong), null, wrong);
  }
  assert.equal(inTimestampRange(253_402_300_800_000), false);
});

test('durations as CEL writes them', () => {
  assert.equal(parseSpan('1h30m'), 5_400_000);
  assert.equal(parseSpan('-1.5s'), -1500);
  assert.equal(parseSpan('0.29s'), 290);
  for (const wrong of ['', '-', '5', 'h', '1d', '1h 2m', '9'.repeat(30) + 'h'])
    assert.equal(parseSpan(wrong), null, wrong);
});
