import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentOf } from './input.ts';
import { Trouble } from './trouble.ts';

test('a time is a date of the calendar, with or without a time of the day, or so long from now', () => {
  for (const [text, at] of [
    ['2027-01-31T09:00:00Z', Date.UTC(2027, 0, 31, 9)],
    ['2027-01-31T09:00:00.5+01:00', Date.UTC(2027, 0, 31, 8, 0, 0, 500)],
    ['2027-01-31T23:00-0200', Date.UTC(2027, 1, 1, 1)],
    ['2028-02-29', new Date(2028, 1, 29).getTime()],
    ['2027-05-12 09:30', new Date(2027, 4, 12, 9, 30).getTime()],
    ['2027-05-12 09:30:15', new Date(2027, 4, 12, 9, 30, 15).getTime()],
  ] as const)
    assert.equal(momentOf(text), at, text);
  const soon = momentOf('8h') - Date.now();
  assert.ok(soon > 8 * 3_600_000 - 10_000 && soon <= 8 * 3_600_000);
});

test('a date alone begins as its day does here, as a time without a zone is one of here', (t) => {
  const before = process.env.TZ;
  t.after(() => (before === undefined ? delete process.env.TZ : (process.env.TZ = before)));
  for (const [zone, at] of [
    ['America/New_York', '2027-12-24T05:00:00Z'],
    ['Europe/Berlin', '2027-12-23T23:00:00Z'],
  ] as const) {
    process.env.TZ = zone;
    for (const text of ['2027-12-24', '2027-12-24 00:00'])
      assert.equal(new Date(momentOf(text)).toISOString(), new Date(at).toISOString(), `${text} ${zone}`);
  }
});

test('what could be taken for more than one time is none', () => {
  const wrong = [
    '45',
    '3600',
    '12.05.2027',
    '05/12/2027',
    '2027-02-30T09:00:00Z',
    '2027-02-29',
    '2027-13-01',
  ];
  for (const text of [...wrong, '2027-01-31T25:00Z', '2027-1-5', 'May 2027', '2027', '8 h', '-8h', ''])
    assert.throws(
      () => momentOf(text),
      (error) => error instanceof Trouble && error.exit === 2,
      text,
    );
});
