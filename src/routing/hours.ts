import { dayBefore, evenUntil, isDate, localMoment, MINUTE } from './zone.ts';

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

/** Ten years, as the longest duration by the clock: past it rare hours would be counted for minutes. */
const LONGEST = 3650 * 1440 * MINUTE;

/** When they next begin, ms since the epoch: `now` when they are on, null where they never come, or not within ten years. */
export const nextOpening = (hours: OpeningHours, now: number): number | null => {
  if (hours.spans.every((day) => day.length === 0)) return null;
  for (let at = now; at - now <= LONGEST; at = sameUntil(hours, at)) if (isOpen(hours, at)) return at;
  return null;
};

/** A moment after `at` before which they neither begin nor end. */
const sameUntil = ({ zone, spans }: OpeningHours, at: number): number => {
  const local = localMoment(zone, at);
  if (!local) return Infinity;
  const { day, minute } = local;
  let next = 1440;
  const note = (edge: number) => void (edge > minute && edge < next && (next = edge));
  for (const span of spans[day] ?? []) span.forEach(note);
  for (const [, to] of spans[day === 1 ? 7 : day - 1] ?? []) note(to - 1440);
  return Math.min(evenUntil(zone, at), (Math.floor(at / MINUTE) + next - minute) * MINUTE);
};

/** Through so much without an end their next beginning is looked for. */
const LOOK_AHEAD = 62 * 1440 * MINUTE;

/** When they next begin after `now`, also where they are on; null where they do not end within two months, or as for `nextOpening`. */
export const nextBeginning = (hours: OpeningHours, now: number): number | null => {
  let at = now;
  while (isOpen(hours, at)) {
    if (at - now > LOOK_AHEAD) return null;
    at = sameUntil(hours, at);
  }
  return nextOpening(hours, at);
};

/** The moment at which so much of them has passed since `from`, both in ms; null where they never come, or not within ten years. */
export const afterOpen = (hours: OpeningHours, from: number, ms: number): number | null => {
  let [at, left] = [from, ms];
  while (left > 0) {
    const open = nextOpening(hours, at);
    if (open === null || open - from > LONGEST) return null;
    at = Math.min(open + left, sameUntil(hours, open));
    left -= at - open;
  }
  return at;
};

/** How much of them lies between two moments, in ms: so much that `afterOpen` comes from the one to the other, where it ends in them. */
export const openBetween = (hours: OpeningHours, from: number, to: number): number => {
  let sum = 0;
  for (let at = from; at < to;) {
    const open = nextOpening(hours, at);
    if (open === null || open >= to || open - from > LONGEST) break;
    at = Math.min(to, sameUntil(hours, open));
    sum += at - open;
  }
  return sum;
};
