import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursProblem, isOpen, nextOpening, openingHours, type WorkingHours } from './hours.ts';

const at = (text: string): number => Date.parse(text);
const office: WorkingHours = {
  zone: 'Europe/Berlin',
  weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
  holidays: ['2027-12-24'],
};
const nights: WorkingHours = {
  zone: 'America/New_York',
  weekly: [{ days: [6], from: '22:00', to: '06:00' }],
  holidays: [],
};
const open = (hours: WorkingHours, text: string): boolean => isOpen(openingHours(hours), at(text));

test('hours are those of the zone, in winter and in summer', () => {
  assert.ok(open(office, '2027-01-15T08:00:00Z'));
  assert.ok(!open(office, '2027-01-15T07:59:59Z'));
  assert.ok(!open(office, '2027-01-15T16:00:00Z'));
  assert.ok(open(office, '2027-07-15T07:00:00Z'));
  assert.ok(!open(office, '2027-07-15T15:00:00Z'));
  assert.ok(!open(office, '2027-01-16T10:00:00Z'), 'Saturday');
});

test('a day off is off, and a shift over midnight belongs to the day on which it starts', () => {
  assert.ok(!open(office, '2027-12-24T10:00:00Z'));
  assert.ok(open(nights, '2027-01-17T03:30:00Z'), 'Saturday 22:30 in New York');
  assert.ok(open(nights, '2027-01-17T10:59:00Z'), 'Sunday 05:59');
  assert.ok(!open(nights, '2027-01-17T11:00:00Z'));
  assert.ok(!open(nights, '2027-01-18T03:30:00Z'), 'Sunday 22:30');
  assert.ok(!open({ ...nights, holidays: ['2027-01-16'] }, '2027-01-17T10:00:00Z'), 'the shift of a day off');
  assert.ok(open({ ...nights, holidays: ['2027-01-17'] }, '2027-01-17T10:00:00Z'));
  assert.ok(open({ ...office, weekly: [{ days: [7], from: '00:00', to: '24:00' }] }, '2027-01-17T22:59:00Z'));
});

test('the next opening is exact, over nights, days off and changes of the clock', () => {
  const next = (hours: WorkingHours, text: string): string | null => {
    const found = nextOpening(openingHours(hours), at(text));
    return found === null ? null : new Date(found).toISOString();
  };
  assert.equal(next(office, '2027-01-15T10:00:30Z'), '2027-01-15T10:00:30.000Z');
  assert.equal(next(office, '2027-01-15T16:07:30Z'), '2027-01-18T08:00:00.000Z');
  assert.equal(next(office, '2027-03-26T16:00:00Z'), '2027-03-29T07:00:00.000Z');
  assert.equal(next(office, '2027-12-23T20:00:00Z'), '2027-12-27T08:00:00.000Z');
  assert.equal(next({ ...office, weekly: [] }, '2027-12-23T20:00:00Z'), null);
});

test('what is no time is said to be none, and opens nothing', () => {
  assert.equal(hoursProblem(office), null);
  assert.match(hoursProblem({ ...office, zone: 'Europe/Atlantis' }) ?? '', /Atlantis/);
  assert.ok(!open({ ...office, zone: 'Europe/Atlantis' }, '2027-01-15T08:00:00Z'));
  for (const time of ['9:00', '24:01', '09:60'])
    assert.match(
      hoursProblem({ ...office, weekly: [{ days: [1], from: time, to: '17:00' }] }) ?? '',
      /HH:MM/,
    );
  assert.match(
    hoursProblem({ ...office, weekly: [{ days: [0], from: '09:00', to: '17:00' }] }) ?? '',
    /Monday/,
  );
  for (const date of ['2027-02-29', '2027-13-01', '24.12.2027', '2027-00-10'])
    assert.match(hoursProblem({ ...office, holidays: [date] }) ?? '', /no day/);
  assert.equal(hoursProblem({ ...office, holidays: ['2028-02-29'] }), null);
});
