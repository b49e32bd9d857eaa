/** A moment as clocks and calendars of a zone show it. */
export interface LocalMoment {
  /** `2027-12-24`. */
  readonly date: string;
  /** 1 Monday to 7 Sunday. */
  readonly day: number;
  /** Minutes since 00:00. */
  readonly minute: number;
}

export const MINUTE = 60_000;

interface Zone {
  readonly format: (now: number) => string;
  /** Minutes ahead of UTC through a whole day of UTC, by its number; null where that changes in the day. */
  readonly ahead: Map<number, number | null>;
  minute: number;
  moment: LocalMoment;
}
const zones = new Map<string, Zone | null>();
const MOST_ZONES = 1000;
const MOST_DAYS = 10_000;
const DAY = 1440;
const QUARTER = 15;

/**
 * Null where there is no such zone. The rules of time zones are published data that changes a few times a year, and Node carries
 * them: this is the one place that asks for them. What is remembered changes no answer.
 */
export function localMoment(zone: string, now: number): LocalMoment | null {
  const known = zoneNamed(zone);
  if (known === null) return null;
  const minute = Math.floor(now / MINUTE);
  if (known.minute !== minute) {
    known.minute = minute;
    known.moment = momentIn(known, minute);
  }
  return known.moment;
}

/** A moment after `now`, in ms, before which the clocks of the zone are not set. They are set as a quarter of an hour begins. */
export function evenUntil(zone: string, now: number): number {
  const known = zoneNamed(zone);
  const minute = Math.floor(now / MINUTE);
  const part = known && aheadOn(known, Math.floor(minute / DAY)) === null ? QUARTER : DAY;
  return (Math.floor(minute / part) + 1) * part * MINUTE;
}

function zoneNamed(zone: string): Zone | null {
  let known = zones.get(zone);
  if (known === undefined) {
    if (zones.size >= MOST_ZONES) zones.clear();
    known = zoneOf(zone);
    zones.set(zone, known);
  }
  return known;
}

/** Clocks are set forward and back twice a year: on all other days it is a sum. */
function momentIn(zone: Zone, minute: number): LocalMoment {
  const ahead = aheadOn(zone, Math.floor(minute / DAY));
  if (ahead === null) return parse(zone.format(minute * MINUTE));
  const local = minute + ahead;
  const day = Math.floor(local / DAY);
  return { date: dateOf(day), day: weekdayOf(day), minute: local - day * DAY };
}

function aheadOn(zone: Zone, day: number): number | null {
  const known = zone.ahead.get(day);
  if (known !== undefined) return known;
  const [begin, end] = [day, day + 1].map((at) => {
    const { date, minute } = parse(zone.format(at * DAY * MINUTE));
    return (dayOf(date) - at) * DAY + minute;
  });
  const ahead = begin === end ? (begin as number) : null;
  if (zone.ahead.size >= MOST_DAYS) zone.ahead.clear();
  zone.ahead.set(day, ahead);
  return ahead;
}

function zoneOf(timeZone: string): Zone | null {
  try {
    // eslint-disable-next-line no-restricted-globals -- see above: the same everywhere for one edition of the rules
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    return { format: (now) => format.format(now), ahead: new Map(), minute: Number.NaN, moment: NEVER };
  } catch {
    return null;
  }
}
const NEVER: LocalMoment = { date: '', day: 0, minute: 0 };

const PARTS = /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d):(\d\d)$/;
/** `12/24/2027, 08:05`. */
function parse(text: string): LocalMoment {
  const [, month = '', day = '', year = '', hour = '', minute = ''] = PARTS.exec(text) ?? [];
  return {
    date: `${year}-${month}-${day}`,
    day: weekdayOf(daysFrom(Number(year), Number(month), Number(day))),
    minute: Number(hour) * 60 + Number(minute),
  };
}

/** The day before, as `LocalMoment.date`. */
export const dayBefore = (date: string): string => dateOf(dayOf(date) - 1);

const dayOf = (date: string): number => {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return daysFrom(year, month, day);
};

/** Days since 1970-01-01 in the Gregorian calendar, by the arithmetic of years that begin in March. */
function daysFrom(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function dateOf(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * month + 2) / 5) + 1;
  const calendar = month < 10 ? month + 3 : month - 9;
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${year + era * 400 + (calendar <= 2 ? 1 : 0)}-${pad(calendar)}-${pad(day)}`;
}

/** 1970-01-01 was a Thursday. */
const weekdayOf = (days: number): number => ((((days + 3) % 7) + 7) % 7) + 1;

/** Whether the calendar has the day. */
export const isDate = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  return /^\d{4}-\d\d-\d\d$/.test(text) && month >= 1 && dateOf(daysFrom(year, month, day)) === text;
};
