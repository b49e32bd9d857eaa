const UNITS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SHORT = /^(\d{1,15})(ms|s|m|h|d)$/;
const ISO =
  /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,9}))?S)?)?$/;

/** Ten years: no timer, time-out or delay of a definition is longer. */
export const MAX_DURATION = 3650 * 86_400_000;

/**
 * Milliseconds of `250ms`, `30s`, `15m`, `8h`, `7d` or ISO 8601 (`PT8H`, `P1DT12H`, `P2W`), or null where the text is
 * none. Years and months have no fixed length and are refused. Fractions below a millisecond are cut off.
 */
export function parseDuration(text: string): number | null {
  const short = SHORT.exec(text);
  if (short) return Number(short[1]) * UNITS[short[2]!]!;
  const iso = ISO.exec(text);
  if (!iso || text.endsWith('T') || text === 'P') return null;
  const [weeks, days, hours, minutes, seconds] = [1, 2, 3, 4, 5].map((group) => Number(iso[group] ?? 0));
  const fraction = Number((iso[6] ?? '').padEnd(3, '0').slice(0, 3));
  return (
    weeks! * 7 * UNITS['d']! +
    days! * UNITS['d']! +
    hours! * UNITS['h']! +
    minutes! * UNITS['m']! +
    seconds! * 1000 +
    fraction
  );
}

const WORKING = /^(\d{1,6}) working (minutes?|hours?)$/;

/** `8 working hours`, `30 working minutes`, or a duration by the clock; null where the text is neither. */
export function parseSpan(text: string): { readonly ms: number; readonly working: boolean } | null {
  const working = WORKING.exec(text);
  if (working)
    return { ms: Number(working[1]) * UNITS[working[2]!.startsWith('hour') ? 'h' : 'm']!, working: true };
  const ms = parseDuration(text);
  return ms === null ? null : { ms, working: false };
}

/** Milliseconds of `1h before`, or null where the text is no such thing. */
export function parseReminder(text: string): number | null {
  const ms = text.endsWith(' before') ? parseDuration(text.slice(0, -' before'.length)) : null;
  return ms !== null && ms >= 1 && ms <= MAX_DURATION ? ms : null;
}
