/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Finer fractions of a second are cut off. */
export class Timestamp {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** A span of time in milliseconds, possibly negative. */
export class Span {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

const DAY = 86_400_000;
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;

/** CEL's range of moments: the years 1 to 9999. */
export const inTimestampRange = (ms: number): boolean => ms >= FIRST && ms <= LAST;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

export type TimestampField =
  | 'year'
  | 'month'
  | 'day'
  | 'hours'
  | 'minutes'
  | 'seconds'
  | 'milliseconds'
  | 'dayOfWeek'
  | 'dayOfYear';

/** The parts of a moment in UTC; `month` and `day` from 1, `dayOfWeek` from Sunday = 0, `dayOfYear` from 0. */
export function timestampFields(ms: number): { readonly [field in TimestampField]: number } {
  const days = Math.floor(ms / DAY);
  const rest = ms - days * DAY;
  const { year, month, day } = civilFromDays(days);
  return {
    year,
    month,
    day,
    hours: Math.floor(rest / 3_600_000),
    minutes: Math.floor(rest / 60_000) % 60,
    seconds: Math.floor(rest / 1000) % 60,
    milliseconds: rest % 1000,
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    dayOfYear: days - daysFromCivil(year, 1, 1),
  };
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Milliseconds since the epoch of an RFC 3339 time (`2026-01-31T08:00:00Z`, `…+02:00`), or null where it is none. */
export function parseTimestamp(text: string): number | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const part = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day, hours, minutes, seconds] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10)) * 60_000;
  const days = daysFromCivil(year, month, day);
  const date = civilFromDays(days);
  if (month < 1 || month > 12 || date.month !== month || date.day !== day) return null;
  if (hours > 23 || minutes > 59 || seconds > 59 || part(9) > 23 || part(10) > 59) return null;
  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const ms = days * DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + fraction - offset;
  return inTimestampRange(ms) ? ms : null;
}

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** RFC 3339 in UTC, with milliseconds only where there are any. */
export function formatTimestamp(ms: number): string {
  const at = timestampFields(ms);
  const fraction = at.milliseconds === 0 ? '' : `.${digits(at.milliseconds, 3)}`;
  const date = `${digits(at.year, 4)}-${digits(at.month, 2)}-${digits(at.day, 2)}`;
  return `${date}T${digits(at.hours, 2)}:${digits(at.minutes, 2)}:${digits(at.seconds, 2)}${fraction}Z`;
}

/** Seconds, as CEL and protobuf write a duration: `5400s`, `0.25s`. */
export const formatSpan = (ms: number): string => `${ms / 1000}s`;

const SPAN_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/y;
const SPAN_UNITS: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a CEL duration (`1h30m`, `-1.5s`, `300ms`), or null where it is none. */
export function parseSpan(text: string): number | null {
  const negative = text.startsWith('-');
  let at = negative || text.startsWith('+') ? 1 : 0;
  if (at === text.length || text.length > 64) return null;
  let ms = 0;
  while (at < text.length) {
    SPAN_PART.lastIndex = at;
    const match = SPAN_PART.exec(text);
    if (!match) return null;
    ms += Number(match[1]) * SPAN_UNITS[match[2]!]!;
    at = SPAN_PART.lastIndex;
  }
  const whole = Math.floor(ms + 1e-6);
  return Number.isSafeInteger(whole) ? (negative ? -whole : whole) : null;
}
