/** After this long an outcome counts half. 30 days, ms. */
export const HALF_LIFE_MS = 30 * 86_400_000;

const TERMS = 18;

/**
 * 2^x by multiplication and addition alone, which give the same bits on every machine (`Math.pow` and `Math.exp` need not).
 * Good to about 1e-15, relatively.
 */
export function powerOfTwo(x: number): number {
  const whole = Math.floor(x);
  const rest = (x - whole) * Math.LN2;
  let sum = 1;
  for (let n = TERMS; n >= 1; n--) sum = 1 + (sum * rest) / n;
  return sum * scale(whole);
}

/** 2^n for whole n, exactly; 0 and Infinity beyond what a number holds. */
function scale(n: number): number {
  if (n < -1074) return 0;
  if (n > 1023) return Number.POSITIVE_INFINITY;
  let result = 1;
  let factor = n < 0 ? 0.5 : 2;
  for (let left = Math.abs(n); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}

/** What is left of a weight after so many ms. */
export const faded = (ms: number): number => (ms <= 0 ? 1 : powerOfTwo(-ms / HALF_LIFE_MS));
