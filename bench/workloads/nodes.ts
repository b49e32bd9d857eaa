import { PostgresServer } from '../../test/postgres/index.ts';
import { median } from '../clock.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import { startCompanion, type Companion } from '../cost/companion.ts';
import type { Work } from '../cost/measure.ts';
import type { Report } from '../report.ts';

const NODE = new URL('../cost/node.ts', import.meta.url);
/** Each node warms up, however many there are: what a process has not compiled yet says nothing of growth. */
const WORK: Work = { runs: 2000, warmUp: 500, inFlight: 100 };
const ROUNDS = 5;

/** The same work by one node and by two, on one PostgreSQL and one machine: steps a second, and the ratio. */
export async function nodes(report: Report): Promise<void> {
  const rates = new Map<number, number[]>([
    [1, []],
    [2, []],
  ]);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [count, found] of rates) found.push(await sequenceOf(count, WORK));
  for (const [count, found] of rates)
    report(`nodes: ${count} on one PostgreSQL, sequence`, median(found), 'steps/s');
  const ratio = median(rates.get(2) ?? []) / median(rates.get(1) ?? []);
  report('nodes: two against one', ratio, 'ratio');
}

/**
 * The sequence by so many nodes on a new PostgreSQL, steps a second. Each node has its share of the runs, and of those that are in
 * flight; it is over when the last one is done. Nodes that are not done after `limitMs` are killed. `furnish` changes the database first.
 * @throws Error when a node ends before it is done
 */
export async function sequenceOf(
  count: number,
  work: Work,
  limitMs = 600_000,
  furnish?: (server: PostgresServer, url: string) => Promise<void>,
): Promise<number> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  const all: Companion[] = [];
  try {
    const url = await server.newDatabase();
    await furnish?.(server, url);
    const share = { ...work, runs: work.runs / count, inFlight: work.inFlight / count };
    const args = [url, ...[share.runs, share.warmUp, share.inFlight].map(String)];
    for (let at = 0; at < count; at += 1) all.push(await startCompanion(NODE, args, limitMs));
    const took = await Promise.all(all.map(async (node) => Number(await node.ask('go'))));
    await Promise.all(all.map((node) => node.end()));
    return (work.runs * 5 * 1000) / Math.max(...took);
  } finally {
    for (const node of all) node.kill();
    await server.remove();
  }
}
