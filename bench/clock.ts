/** Milliseconds of a clock that only goes forward. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
