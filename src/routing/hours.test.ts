import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import {
  afterOpen,
  hoursProblem,
  isOpen,
  nextBeginning,
  nextOpening,
  openBetween,
  openingHours,
  type OpeningHours,
  type WorkingHours,
} from './hours.ts';
import { localMoment } from './zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

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
  const round = { ...office, weekly: [{ days: [7], from: '08:00', to: '08:00' }] };
  assert.ok(
    open(round, '2027-01-17T07:00:00Z') && open(round, '2027-01-18T06:59:00Z'),
    'once round the clock',
  );
  assert.ok(!open(round, '2027-01-17T06:59:00Z') && !open(round, '2027-01-18T07:00:00Z'));
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

test('hours stay where the clock has them when it is set forward and back', () => {
  const open = openingHours(office);
  // Berlin goes forward on 28 March 2027, and back on 31 October 2027.
  assert.equal(nextOpening(open, at('2027-03-26T17:00:00+01:00')), at('2027-03-29T09:00:00+02:00'));
  assert.equal(nextOpening(open, at('2027-10-29T17:00:00+02:00')), at('2027-11-01T09:00:00+01:00'));
  assert.equal(afterOpen(open, at('2027-03-26T13:00:00+01:00'), 8 * HOUR), at('2027-03-29T13:00:00+02:00'));
  assert.equal(afterOpen(open, at('2027-10-29T13:00:00+02:00'), 8 * HOUR), at('2027-11-01T13:00:00+01:00'));
});

test('a night in which the clock is set is as long as it is', () => {
  const night = openingHours({
    zone: 'Europe/Berlin',
    weekly: [{ days: [6], from: '22:00', to: '06:00' }],
    holidays: [],
  });
  assert.equal(afterOpen(night, at('2027-03-27T21:00:00+01:00'), 7 * HOUR), at('2027-03-28T06:00:00+02:00'));
  assert.equal(afterOpen(night, at('2027-10-30T21:00:00+02:00'), 9 * HOUR), at('2027-10-31T06:00:00+01:00'));
  const early = openingHours({
    zone: 'Europe/Berlin',
    weekly: [{ days: [7], from: '02:30', to: '04:00' }],
    holidays: [],
  });
  assert.equal(
    nextOpening(early, at('2027-03-28T00:00:00Z')),
    at('2027-03-28T03:00:00+02:00'),
    'there is no 2:30',
  );
});

test('working time passes over days off, however many come together', () => {
  const closed = Array.from({ length: 40 }, (_, day) =>
    new Date(at('2027-12-20') + day * 24 * HOUR).toISOString().slice(0, 10),
  );
  const open = openingHours({ ...office, holidays: closed });
  assert.equal(afterOpen(open, at('2027-12-17T16:00:00+01:00'), 2 * HOUR), at('2028-01-31T10:00:00+01:00'));
  assert.equal(afterOpen(openingHours({ ...office, weekly: [] }), 0, 1), null);
});

test('days off are passed over, be they years, and hours that are none never come', () => {
  const from = at('2027-06-30T16:00:00Z');
  for (const days of [61, 62, 90, 1000]) {
    const first = at('2027-07-01');
    const holidays = Array.from({ length: days }, (_, day) =>
      new Date(first + day * 24 * HOUR).toISOString().slice(0, 10),
    );
    const daily = { zone: 'UTC', weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '17:00' }] };
    const { counted, looks } = watched(openingHours({ ...daily, holidays }));
    const opens = first + days * 24 * HOUR + 9 * HOUR;
    assert.equal(nextOpening(counted, from + HOUR), opens);
    assert.equal(nextBeginning(counted, from), opens);
    assert.equal(afterOpen(counted, from, 8 * HOUR), opens + 7 * HOUR);
    assert.equal(openBetween(counted, from, opens + 2 * HOUR), 3 * HOUR);
    assert.ok(looks() < days * 50, `${looks()} looks`);
  }
  for (const none of [{ weekly: [] }, { zone: 'Europe/Atlantis' }]) {
    const { counted, looks } = watched(openingHours({ ...office, ...none }));
    assert.equal(nextOpening(counted, from), null);
    assert.ok(looks() < 10, `${looks()} looks`);
  }
});

test('hours and breaks of minutes are counted to the minute, also while clocks are set', (t) => {
  const daily = (...spans: string[]): OpeningHours =>
    openingHours({
      zone: 'UTC',
      weekly: spans.map((span) => {
        const [from = '', to = ''] = span.split('-');
        return { days: [1, 2, 3, 4, 5], from, to };
      }),
      holidays: [],
    });
  const wednesday = at('2027-06-30');
  const short = daily('08:00-08:10');
  assert.equal(nextOpening(short, at('2027-06-30T08:20:00Z')), at('2027-07-01T08:00:00Z'));
  assert.equal(afterOpen(short, at('2027-06-30T08:07:00Z'), 10 * MINUTE), at('2027-07-01T08:07:00Z'));
  const broken = daily('08:00-12:00', '12:10-16:10');
  assert.equal(afterOpen(broken, at('2027-06-30T11:37:00Z'), HOUR), at('2027-06-30T12:47:00Z'));
  assert.equal(openBetween(broken, wednesday, wednesday + 24 * HOUR), 8 * HOUR);
  const time = fc
    .integer({ min: 0, max: 1440 })
    .map((all) => [Math.floor(all / 60), all % 60].map((part) => String(part).padStart(2, '0')).join(':'));
  const span = fc.record({ days: fc.constant([1, 2, 4, 6, 7]), from: time, to: time });
  const drawn = fc.record({
    zone: fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
    weekly: fc.array(span, { minLength: 1, maxLength: 4 }),
    holidays: fc.constant(['2027-03-27', '2027-11-01']),
  });
  const days = ['2027-03-14', '2027-03-28', '2027-04-04', '2027-10-03', '2027-10-31', '2027-11-07'];
  holds(t, 60, fc.tuple(drawn, fc.constantFrom(...days)), ([written, day]) => {
    const hours = openingHours(written);
    const [from, to] = [at(day) - 24 * HOUR, at(day) + 48 * HOUR];
    let minutes = 0;
    for (let now = from; now < to; now += MINUTE) minutes += isOpen(hours, now) ? 1 : 0;
    assert.equal(openBetween(hours, from, to), minutes * MINUTE);
  });
});

test('working time that ten years do not hold never comes, and is not counted to its end', () => {
  const rare = openingHours({
    zone: 'UTC',
    weekly: [{ days: [1], from: '09:00', to: '09:20' }],
    holidays: [],
  });
  const { counted, looks } = watched(rare);
  const monday = at('2027-01-04T09:00:00Z');
  assert.equal(afterOpen(rare, monday, 521 * 20 * MINUTE), monday + 520 * 7 * 24 * HOUR + 20 * MINUTE);
  assert.equal(afterOpen(counted, monday, 8760 * HOUR), null);
  assert.ok(looks() < 522 * 250, `${looks()} looks`);
});

/** Counts how often they are looked at. */
const watched = (hours: OpeningHours): { counted: OpeningHours; looks: () => number } => {
  let looks = 0;
  const counted = new Proxy(hours, {
    get: (target, name, self) => {
      looks += name === 'answer' ? 1 : 0;
      return Reflect.get(target, name, self) as unknown;
    },
  });
  return { counted, looks: () => looks };
};

test('what lies between two moments is what takes from the one to the other', (t) => {
  const kept = { ...office, holidays: ['2027-03-29', '2027-12-24'] };
  const times = fc.constantFrom('00:00', '00:30', '02:30', '06:00', '08:45', '12:15', '17:00', '24:00');
  const drawn = fc.record({
    zone: fc.constantFrom('Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'UTC'),
    weekly: fc.array(
      fc.record({
        days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        from: times,
        to: times,
      }),
      { minLength: 1, maxLength: 2 },
    ),
    holidays: fc.constantFrom([], ['2027-03-29', '2027-10-31']),
  });
  const from = fc.integer({ min: at('2027-03-20'), max: at('2027-11-10') });
  const ms = fc.integer({ min: 1, max: 200 * HOUR });
  holds(t, 300, fc.tuple(fc.oneof(fc.constant(kept), drawn), from, ms), ([written, start, time]) => {
    const hours = openingHours(written);
    const end = afterOpen(hours, start, time);
    assert.equal(end === null ? time : openBetween(hours, start, end), time);
  });
  const open = openingHours(office);
  assert.equal(
    openBetween(open, at('2027-01-15T16:30:00+01:00'), at('2027-01-18T09:20:30+01:00')),
    50.5 * MINUTE,
  );
  assert.equal(openBetween(open, at('2027-01-16T00:00:00Z'), at('2027-01-17T00:00:00Z')), 0);
  assert.equal(openBetween(open, at('2027-01-15T16:30:00Z'), at('2027-01-15T12:30:00Z')), 0);
  assert.equal(openBetween(openingHours({ ...office, weekly: [] }), 0, at('2027-01-15')), 0);
});

test('what lies between moments that are years apart is counted in one pass', () => {
  const [from, weeks] = [at('2027-01-04T00:00:00Z'), 520];
  const { counted, looks } = watched(openingHours({ ...office, zone: 'UTC', holidays: [] }));
  assert.equal(openBetween(counted, from, from + weeks * 7 * 24 * HOUR), weeks * 40 * HOUR);
  assert.ok(looks() < weeks * 7 * 100, `${looks()} looks`);
});

test('a moment in a zone is the one that its clocks show, on days on which they are set too', (t) => {
  const zones = [
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  ];
  const shown = new Map(
    zones.map((timeZone) => [
      timeZone,
      new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }),
    ]),
  );
  const day = fc.constantFrom(
    '2027-03-28',
    '2027-10-31',
    '2027-03-14',
    '2027-11-07',
    '2027-04-04',
    '2027-10-03',
  );
  const when = fc.oneof(
    fc.integer({ min: at('2001-01-01'), max: at('2040-01-01') }),
    fc
      .tuple(day, fc.integer({ min: -24 * 60, max: 48 * 60 }))
      .map(([date, minutes]) => at(date) + minutes * 60_000),
  );
  holds(t, 3000, fc.tuple(fc.constantFrom(...zones), when), ([zone, now]) => {
    const { date = '', minute = 0 } = localMoment(zone, now) ?? {};
    const clock = [Math.floor(minute / 60), minute % 60]
      .map((part) => String(part).padStart(2, '0'))
      .join(':');
    assert.equal(`${date} ${clock}`, shown.get(zone)?.format(now));
  });
});
