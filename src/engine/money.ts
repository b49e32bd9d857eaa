/**
 * Amounts are numbers of currency units, counted to a billionth: sums of what was held and given back come out at what is left,
 * which plain floating point does not promise. Exact up to nine million units.
 */
const GRAIN = 1e9;

export const addMoney = (a: number, b: number): number => Math.round((a + b) * GRAIN) / GRAIN;

/** An equal part of an amount, never more. */
export const shareMoney = (amount: number, shares: number): number =>
  Math.floor((amount / shares) * GRAIN) / GRAIN;
