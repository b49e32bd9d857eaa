import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PostgresServer } from '../../test/postgres/index.ts';
import { median } from '../bed.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import type { Report } from '../report.ts';

const PROGRAM = fileURLToPath(new URL('../cost/node.ts', import.meta.url));
const RUNS = 2000;
const IN_FLIGHT = 100;
const ROUNDS = 5;

/** The same work by one node and by two, on one PostgreSQL and one machine: steps a second, and the ratio. */
export async function nodes(report: Report): Promise<void> {
  const rates = new Map<number, number[]>([
    [1, []],
    [2, []],
  ]);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [count, found] of rates) found.push(await rateOf(count));
  for (const [count, found] of rates)
    report(`nodes: ${count} on one PostgreSQL, sequence`, median(found), 'steps/s');
  const ratio = median(rates.get(2) ?? []) / median(rates.get(1) ?? []);
  report('nodes: two against one', ratio, 'ratio');
}

/** Each node has its share of the runs, and of those that are in flight; it is over when the last node is done. */
async function rateOf(count: number): Promise<number> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  try {
    const url = await server.newDatabase();
    const all: Awaited<ReturnType<typeof startNode>>[] = [];
    for (let at = 0; at < count; at += 1) all.push(await startNode(url, RUNS / count, IN_FLIGHT / count));
    const took = await Promise.all(all.map((node) => node.go()));
    await Promise.all(all.map((node) => node.end()));
    return (RUNS * 5 * 1000) / Math.max(...took);
  } finally {
    await server.remove();
  }
}

async function startNode(url: string, runs: number, inFlight: number) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', PROGRAM, url, String(runs), String(inFlight)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('a node ended without a word');
    return value;
  };
  await next();
  return {
    async go(): Promise<number> {
      child.stdin.write('go\n');
      return Number(await next());
    },
    async end(): Promise<void> {
      child.stdin.end('end\n');
      await gone;
    },
  };
}
