import type { PostgresServer } from '../../test/postgres/index.ts';
import { partition, runsFrom } from '../../test/postgres/partitions.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { median } from '../clock.ts';
import type { Work } from '../cost/measure.ts';
import type { Report } from '../report.ts';
import { sequenceOf } from './nodes.ts';

const WORK: Work = { runs: 2000, warmUp: 500, inFlight: 100 };
const LIMIT_MS = 600_000;
const ROUNDS = 3;
const MONTH = 30 * 86_400_000;
const COUNTS = [1, 4, 13];

/** The same work on entries in one table, and on such as the guide to operating divides by months, with all work in one of them. */
export async function partitions(report: Report): Promise<void> {
  const rates = new Map(COUNTS.map((count) => [count, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [count, found] of rates) found.push(await sequenceOf(1, WORK, LIMIT_MS, divided(count)));
  const whole = median(rates.get(1) ?? []);
  for (const [count, found] of rates) {
    report(`partitions: entries in ${count}, sequence`, median(found), 'steps/s');
    if (count > 1) report(`partitions: ${count} against one`, median(found) / whole, 'ratio');
  }
}

/** What is before, what is after, and months between, of which the last has all that is written now. */
const divided = (count: number) => async (server: PostgresServer, url: string) => {
  if (count === 1) return;
  await (await openPostgres(url)).close();
  const bounds = Array.from({ length: count - 1 }, (_, at) => Date.now() + (at - count + 2.5) * MONTH);
  await partition(server, url, bounds.map(runsFrom));
};
