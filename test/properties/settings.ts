import type { TestContext } from 'node:test';
import fc from 'fast-check';

/**
 * How random tests run: `HUMANOS_SEED` repeats a run, `HUMANOS_PROPERTY_RUNS` multiplies the number of cases (1 by default). The
 * seed is printed with every run, and a failure names the seed and the path to its smallest case; `HUMANOS_SHRINK=0` leaves the case
 * as it was found.
 */
const SEED = process.env['HUMANOS_SEED'];
const FACTOR = Number(process.env['HUMANOS_PROPERTY_RUNS'] ?? 1);

/** Runs the property on `cases` cases, or as many more as the environment asks for. */
export const holds = <Case>(
  t: TestContext,
  cases: number,
  arbitrary: fc.Arbitrary<Case>,
  property: (value: Case) => void,
): void => {
  const seed = SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
  const numRuns = Math.max(1, Math.round(cases * FACTOR));
  t.diagnostic(`HUMANOS_SEED=${seed}, ${numRuns} cases`);
  const endOnFailure = process.env['HUMANOS_SHRINK'] === '0';
  fc.assert(fc.property(arbitrary, property), { seed, numRuns, endOnFailure });
};
