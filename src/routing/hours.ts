import { dayBefore, isDate, localMoment, MINUTE } from './zone.ts';

/** When a participant works, in its own time zone. */
export interface WorkingHours {
  /** IANA name, `Europe/Berlin`. */
  readonly zone: string;
  readonly weekly: readonly WeeklyHours[];
  /** Days off, `2027-12-24`, in the zone. */
  readonly holidays: readonly string[];
}

/** An interval that ends at or before its start ends on the next day; it belongs to the day on which it starts. */
export interface WeeklyHours {
  /** 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** `HH:MM`, 00:00 to 24:00. */
  readonly from: string;
  readonly to: string;
}

/** What is wrong with working hours, in words; null when nothing is. */
export const hoursProblem = ({ zone, weekly, holidays }: WorkingHours): string | null => {
  if (localMoment(zone, 0) === null)
    return `'${zone}' is no time zone. Write an IANA name such as Europe/Berlin.`;
  for (const { days, from, to } of weekly) {
    if (days.some((day) => !Number.isInteger(day) || day < 1 || day > 7))
      return 'Days are numbers from 1 (Monday) to 7 (Sunday).';
    const wrong = [from, to].find((time) => minuteOf(time) === null);
    if (wrong !== undefined) return `'${wrong}' is no time. Write HH:MM, from 00:00 to 24:00.`;
  }
  const wrong = holidays.find((date) => !isDate(date));
  return wrong === undefined ? null : `'${wrong}' is no day. Write it as 2027-12-24.`;
};

const TIME = /^(\d\d):(\d\d)$/;
const minuteOf = (time: string): number | null => {
  const [, hour, minute] = TIME.exec(time) ?? [];
  const all = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && all <= 1440 ? all : null;
};

/** Working hours, made ready to be asked often. */
export interface OpeningHours {
  readonly zone: string;
  /** Per day (index 1..7): minutes from, to; `to` is over 1440 where it is on the next day. */
  readonly spans: readonly (readonly (readonly [number, number])[])[];
  readonly holidays: ReadonlySet<string>;
  /** The last answer: hundreds who share their hours are asked about the same moment. */
  asked: number;
  answer: boolean;
}

/** What cannot be read is no time at all: hours bound, and never widen. */
export const openingHours = ({ zone, weekly, holidays }: WorkingHours): OpeningHours => {
  const spans: (readonly [number, number])[][] = Array.from({ length: 8 }, () => []);
  for (const { days, from, to } of weekly) {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    if (start === null || end === null) continue;
    for (const day of new Set(days)) spans[day]?.push([start, end <= start ? end + 1440 : end]);
  }
  return { zone, spans, holidays: new Set(holidays), asked: Number.NaN, answer: false };
};

/** Whether `now` lies in them. An interval over midnight goes on into the next day, also when that one is a holiday. */
export const isOpen = (hours: OpeningHours, now: number): boolean => {
  if (hours.asked !== now) [hours.asked, hours.answer] = [now, look(hours, now)];
  return hours.answer;
};

const look = ({ zone, spans, holidays }: OpeningHours, now: number): boolean => {
  const local = localMoment(zone, now);
  if (!local) return false;
  const { date, day, minute } = local;
  const within = (at: number) => (span: readonly [number, number]) => span[0] <= at && at < span[1];
  if (!holidays.has(date) && spans[day]?.some(within(minute))) return true;
  const before = day === 1 ? 7 : day - 1;
  return (spans[before]?.some(within(minute + 1440)) ?? false) && !holidays.has(dayBefore(date));
};

const MOST_KNOWN = 1000;

/** One object for all who have the same hours. */
export class Timetables {
  #known = new Map<string, OpeningHours>();

  of(hours: WorkingHours): OpeningHours {
    const key = JSON.stringify(hours);
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const made = openingHours(hours);
    this.#known.set(key, made);
    return made;
  }
}

const QUARTER = 15 * MINUTE;
const LOOK_AHEAD = 62 * 96;

/**
 * When they next begin, ms since the epoch: `now` when they are on, null when not within two months. Exact to the minute; spans of
 * less than a quarter of an hour can be passed over.
 */
export const nextOpening = (hours: OpeningHours, now: number): number | null => {
  if (isOpen(hours, now)) return now;
  const first = Math.floor(now / MINUTE) * MINUTE;
  for (let at = first + QUARTER; at <= first + LOOK_AHEAD * QUARTER; at += closedFor(hours, at)) {
    if (!isOpen(hours, at)) continue;
    let earliest = at;
    while (earliest - MINUTE > now && isOpen(hours, earliest - MINUTE)) earliest -= MINUTE;
    return earliest;
  }
  return null;
};

/** No clock is set by more, in minutes. */
const CLOCK_CHANGE = 180;

/** Where they are not on: for how long that is sure to stay so on that day, in ms; a quarter of an hour at least. */
const closedFor = ({ zone, spans, holidays }: OpeningHours, at: number): number => {
  const local = localMoment(zone, at);
  if (!local || local.minute < CLOCK_CHANGE) return QUARTER;
  const { date, day, minute } = local;
  let next = 1440;
  const before = (spans[day === 1 ? 7 : day - 1] ?? []).map(
    ([from, to]) => [from - 1440, to - 1440] as const,
  );
  for (const [from, to] of [...before, ...(holidays.has(date) ? [] : (spans[day] ?? []))]) {
    if (from > minute) next = Math.min(next, from);
    else if (to > minute - CLOCK_CHANGE) return QUARTER;
  }
  const sure = (next - minute - CLOCK_CHANGE) * MINUTE;
  return Math.max(QUARTER, Math.floor(sure / QUARTER) * QUARTER);
};

/** When they next begin after `now`, also where they are on; null when not within two months, as where they never end. */
export const nextBeginning = (hours: OpeningHours, now: number): number | null => {
  let at = now;
  for (let step = 0; isOpen(hours, at); step += 1) {
    if (step > LOOK_AHEAD) return null;
    at = (Math.floor(at / QUARTER) + 1) * QUARTER;
  }
  return nextOpening(hours, at);
};

/** Ten years, as the longest duration by the clock: past it rare hours would be counted for minutes. */
const LONGEST = 3650 * 1440 * MINUTE;

/**
 * The moment at which so much of them has passed since `from`, both in ms. Exact to the minute, with the bounds of `nextOpening`; null
 * where they never come, or not within ten years.
 */
export const afterOpen = (hours: OpeningHours, from: number, ms: number): number | null => {
  let [at, left] = [from, ms];
  while (left > 0) {
    const open = nextOpening(hours, at);
    if (open === null || open - from > LONGEST) return null;
    const step = openFor(hours, open, left);
    at = open + step;
    left -= step;
  }
  return at;
};

/** How much of them lies between two moments, in ms: so much that `afterOpen` comes from the one to the other, where it ends in them. */
export const openBetween = (hours: OpeningHours, from: number, to: number): number => {
  let sum = 0;
  for (let at = from; at < to;) {
    const open = nextOpening(hours, at);
    if (open === null || open >= to || open - from > LONGEST) break;
    const step = openFor(hours, open, to - open);
    at = open + step;
    sum += step;
  }
  return sum;
};

/** Where they are on: a part of `most`, in ms, through which they stay so. */
const openFor = (hours: OpeningHours, at: number, most: number): number => {
  const whole = most >= QUARTER && isOpen(hours, at + QUARTER - MINUTE);
  return Math.min(most, whole ? QUARTER : MINUTE - (at % MINUTE));
};
