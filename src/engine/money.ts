/**
 * Amounts are numbers of currency units, counted to a billionth, and above a million to as many digits as are exact there: sums of
 * what was held and given back come out at what is left, which plain floating point does not promise.
 */
const GRAIN = 1e9;
/** Every decimal of so many digits is a number of its own. */
const DIGITS = 15;
const FINE = 10 ** DIGITS / GRAIN;

const grainAt = (amount: number): number => {
  const size = Math.abs(amount);
  return size < FINE ? GRAIN : 10 ** (DIGITS - 1 - Math.floor(Math.log10(size)));
};

/** As coarse as the largest of the three: what is left of much is known no better than that was. */
export const addMoney = (a: number, b: number): number => {
  const grain = Math.min(grainAt(a), grainAt(b), grainAt(a + b));
  return Math.round((a + b) * grain) / grain;
};

/** An equal part of an amount, never more. As coarse as the amount: what all parts make is a sum of it. */
export const shareMoney = (amount: number, shares: number): number => {
  const grain = grainAt(amount);
  const near = Math.round((amount / shares) * grain);
  return near / grain <= amount / shares ? near / grain : (near - 1) / grain;
};
