/** Significant digits that tell any two numbers apart; more say something that is held of none. */
const MOST_DIGITS = 17;
const DECIMAL = /^[-+]?(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?$/i;

/**
 * Whether a decimal comes back as it was written, but for zeros around it: a whole number in plain digits in any case, others written with
 * as many digits (`0.10000000000000001` is 0.1).
 */
export function keepsDigits(decimal: string): boolean {
  const number = Number(decimal);
  const isPlain = /^-?\d+$/.test(decimal);
  if (isPlain && Number.isSafeInteger(number)) return true;
  if (!Number.isFinite(number)) return false;
  const { digits, power } = normal(decimal);
  const isShort = isPlain || digits.length > MOST_DIGITS;
  const held = normal(isShort ? String(number) : number.toPrecision(Math.max(1, digits.length)));
  return held.digits === digits && held.power === power;
}

/** Of the decimals as they are written: 19.99 is a multiple of 0.01, which a division of what is held of both does not say. */
export function isMultipleOf(value: number, unit: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(unit)) return value % unit === 0;
  const [of, by] = [normal(String(value)), normal(String(unit))];
  const least = Math.min(of.power, by.power);
  const whole = ({ digits, power }: Normal): bigint => BigInt(digits) * 10n ** BigInt(power - least);
  return whole(of) % whole(by) === 0n;
}

interface Normal {
  readonly digits: string;
  readonly power: number;
}

/** Its digits without zeros around them, and the power of ten of the last. */
function normal(decimal: string): Normal {
  const [, whole = '', fraction = '', power = '0'] = DECIMAL.exec(decimal) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/(?<!0)0+$/, '');
  return {
    digits,
    power: digits === '' ? 0 : Number(power) - fraction.length + all.length - digits.length,
  };
}
