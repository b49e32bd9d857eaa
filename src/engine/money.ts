/**
 * Amounts are numbers of currency units, counted to a billionth, and above nine million to as many digits as are exact there: sums of
 * what was held and given back come out at what is left, which plain floating point does not promise.
 */
const GRAIN = 1e9;
const FINE = Number.MAX_SAFE_INTEGER / GRAIN;
/** Every decimal of so many digits is a number of its own. */
const DIGITS = 15;

const grainAt = (amount: number): number => {
  const size = Math.abs(amount);
  return size <= FINE ? GRAIN : 10 ** (DIGITS - 1 - Math.floor(Math.log10(size)));
};

export const addMoney = (a: number, b: number): number => {
  const grain = grainAt(a + b);
  return Math.round((a + b) * grain) / grain;
};

/** An equal part of an amount, never more. */
export const shareMoney = (amount: number, shares: number): number => {
  const grain = grainAt(amount / shares);
  return Math.floor((amount / shares) * grain) / grain;
};
