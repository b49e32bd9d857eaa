import type { User } from './record.ts';

/** Dollars to whole cents; half a cent goes to the even one. */
export const roundCents = (dollars: number): number => {
  const eighths = dollars * 8;
  // Half a cent is an odd number of eighths of a dollar; `toFixed` sees every other number as what it is.
  if (Math.abs(eighths % 2) !== 1) return Number(dollars.toFixed(2)) + 0;
  const below = Math.floor(dollars * 100);
  return (below + Math.abs(below % 2)) / 100;
};

/** Puts an amount on a gift card at once, or takes it where it is negative; other payment methods hold no balance here. */
export const credit = (user: User, method: string, amount: number): User => {
  const card = user.payment_methods[method];
  if (card?.source !== 'gift_card') return user;
  const balance = roundCents(card.balance + amount);
  return { ...user, payment_methods: { ...user.payment_methods, [method]: { ...card, balance } } };
};
