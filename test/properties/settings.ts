import type { TestContext } from 'node:test';
import fc from 'fast-check';

/**
 * How random tests run: `HUMANOS_SEED` repeats a run, `HUMANOS_PROPERTY_RUNS` multiplies the number of cases (1 by default). The
 * seed is printed with every run, and a failure names the seed and the path to its smallest case; `HUMANOS_SHRINK=0` leaves the case
 * as it was found.
 */
const SEED = process.env['HUMANOS_SEED'];
const FACTOR = Number(process.env['HUMANOS_PROPERTY_RUNS'] ?? 1);

const parametersOf = (t: TestContext, cases: number) => {
  const seed = SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
  const numRuns = Math.max(1, Math.round(cases * FACTOR));
  t.diagnostic(`HUMANOS_SEED=${seed}, ${numRuns} cases`);
  return { seed, numRuns, endOnFailure: process.env['HUMANOS_SHRINK'] === '0' };
};

/** Runs the property on `cases` cases, or as many more as the environment asks for. */
export const holds = <Case>(
  t: TestContext,
  cases: number,
  arbitrary: fc.Arbitrary<Case>,
  property: (value: Case) => void,
): void => {
  fc.assert(fc.property(arbitrary, property), parametersOf(t, cases));
};

/** The same of a property that takes time. */
export const holdsAsync = <Case>(
  t: TestContext,
  cases: number,
  arbitrary: fc.Arbitrary<Case>,
  property: (value: Case) => Promise<void>,
): Promise<void> => fc.assert(fc.asyncProperty(arbitrary, property), parametersOf(t, cases));
