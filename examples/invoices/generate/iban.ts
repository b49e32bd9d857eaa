import { chanceFrom } from './random.ts';

/** Digits of the basic account number, after country and check digits, that stand in for the national formats. */
const LENGTH: Record<string, number> = {
  AT: 16,
  DE: 18,
  DK: 14,
  ES: 20,
  FI: 14,
  FR: 23,
  GB: 18,
  IE: 18,
  NL: 14,
  NO: 11,
  PL: 24,
  SE: 20,
};

/** An invented IBAN with right check digits (ISO 7064 mod 97-10); its bank code is a run of nines. */
export function ibanOf(country: string, holder: string): string {
  const chance = chanceFrom(`iban ${holder}`);
  const length = LENGTH[country] ?? 16;
  const account = `9999${Array.from({ length: length - 4 }, () => chance.integer(0, 9)).join('')}`;
  const check = 98n - (BigInt(`${account}${letters(country)}00`) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

function letters(text: string): string {
  return [...text].map((letter) => String(letter.charCodeAt(0) - 55)).join('');
}
