/**
 * When a delivery that failed is tried again. Pure: chance comes in.
 *
 * RETRY-1  Delays grow threefold from five seconds to twelve hours, and are spread by a fifth to either side, so that what failed at
 *          one moment does not come back at one moment.
 * RETRY-2  A receiver may ask for more time than that, up to the longest delay, and never for less.
 * RETRY-3  After the last attempt, more than three days after the first, the delivery is dead until somebody asks for it again.
 */
const FIRST_MS = 5000;
const FACTOR = 3;
const LONGEST_MS = 12 * 3_600_000;
const SPREAD = 0.2;

/** Between two attempts at one delivery it is never as long as this. */
export const SILENCE_MS = 2 * LONGEST_MS;

export const MOST_ATTEMPTS = 16;

/**
 * Milliseconds to wait after the `attempts`-th attempt (from 1) has failed; null when it was the last. `chance` is from 0 to below 1,
 * `asked` is what the receiver asked for.
 */
export function retryDelay(attempts: number, chance: number, asked = 0): number | null {
  if (attempts >= MOST_ATTEMPTS) return null;
  const delay = Math.min(FIRST_MS * FACTOR ** (attempts - 1), LONGEST_MS);
  const spread = Math.round(delay * (1 - SPREAD + 2 * SPREAD * chance));
  return Math.max(spread, Math.min(asked, LONGEST_MS));
}

/** From 0 to below 1, of the first 48 bits of a digest: the same delivery and attempt have the same chance anywhere. */
export const chanceOf = (digest: Uint8Array): number =>
  digest.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48;

/** What a `Retry-After` header asks for, ms: seconds, or a date. 0 when it says nothing. */
export function retryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
