import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PostgresServer } from '../../test/postgres/index.ts';
import { median } from '../clock.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import type { Report } from '../report.ts';

const PROGRAM = fileURLToPath(new URL('../cost/node.ts', import.meta.url));
const WORK: Work = { runs: 2000, warmUp: 500, inFlight: 100 };
const ROUNDS = 5;

export interface Work {
  readonly runs: number;
  /** Of each node, however many there are: what a process has not compiled yet says nothing of growth. */
  readonly warmUp: number;
  readonly inFlight: number;
}

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
 * flight; it is over when the last one is done. Nodes that are not done after `limitMs` are killed.
 * @throws Error when a node ends before it is done
 */
export async function sequenceOf(count: number, work: Work, limitMs = 600_000): Promise<number> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  const all: Awaited<ReturnType<typeof startNode>>[] = [];
  try {
    const url = await server.newDatabase();
    const share = { ...work, runs: work.runs / count, inFlight: work.inFlight / count };
    for (let at = 0; at < count; at += 1) all.push(await startNode(url, share, limitMs));
    const took = await Promise.all(all.map((node) => node.go()));
    await Promise.all(all.map((node) => node.end()));
    return (work.runs * 5 * 1000) / Math.max(...took);
  } finally {
    for (const node of all) node.kill();
    await server.remove();
  }
}

async function startNode(url: string, work: Work, limitMs: number) {
  const asked = [work.runs, work.warmUp, work.inFlight].map(String);
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM, url, ...asked], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const gone = once(child, 'exit').finally(() => clearTimeout(late));
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
    kill: () => child.kill('SIGKILL'),
  };
}
