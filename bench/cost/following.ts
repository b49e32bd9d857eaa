import { openPostgres } from '../../src/store/postgres/index.ts';
import { PostgresServer } from '../../test/postgres/index.ts';
import { discard, openBed } from '../bed.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import type { Report } from '../report.ts';
import { startCompanion, type Companion } from './companion.ts';
import { counting, measure, nothing, type Measured, type Work } from './measure.ts';
import { cpuOf } from './processors.ts';

const FOLLOWER = new URL('./follower.ts', import.meta.url);
/** Until what was done before has left no work behind. */
const REST_MS = 1500;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Followed {
  readonly followed: number;
  /** Of the process that follows, µs. */
  readonly cpu: number;
}
interface Written extends Measured {
  /** Of PostgreSQL, µs. */
  readonly server: number;
}
interface Beside extends Written {
  readonly busy: Followed;
  /** In as much time, in which nothing happened. */
  readonly idle: Followed;
}

/** What a node that is idle spends on what another one writes, and what PostgreSQL spends on telling it. */
export async function following(report: Report, work: Work): Promise<void> {
  const alone = await onServer((server, url) => sequenceOn(server, url, work));
  const beside = await onServer((server, url) => followed(server, url, work));
  const { steps, ms, busy, idle } = beside;
  const spent = busy.cpu - idle.cpu;
  const one = `cost, PostgreSQL, ${work.inFlight} in flight, one of several nodes, the others away`;
  const two = `cost, PostgreSQL, ${work.inFlight} in flight, an idle second node`;
  report(`${one}, processor of the node per step`, alone.cpu / steps, 'us');
  report(`${one}, processor of PostgreSQL per step`, alone.server / steps, 'us');
  report(`${two}, steps`, (steps / ms) * 1000, 'steps/s');
  report(`${two}, entries it follows per step`, busy.followed / steps, 'rows');
  report(`${two}, its processor per entry followed`, spent / busy.followed, 'us');
  report(`${two}, its processor per step`, spent / steps, 'us');
  report(`${two}, its processor when nothing happens`, idle.cpu / (ms / 1000), 'us/s');
  report(`${two}, processor of the first node per step`, beside.cpu / steps, 'us');
  report(`${two}, processor of PostgreSQL per step`, beside.server / steps, 'us');
}

async function onServer<Found>(
  find: (server: PostgresServer, url: string) => Promise<Found>,
): Promise<Found> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  try {
    return await find(server, await server.newDatabase());
  } finally {
    await server.remove();
  }
}

async function followed(server: PostgresServer, url: string, work: Work): Promise<Beside> {
  const node = await startCompanion(FOLLOWER, [url]);
  try {
    let busy: Followed = { followed: 0, cpu: 0 };
    const written = await sequenceOn(server, url, work, {
      begun: () => node.ask('begin'),
      over: async ({ counted }) => void (busy = await until(node, counted.entries)),
    });
    await rest(REST_MS);
    await node.ask('begin');
    await rest(written.ms);
    const idle = await until(node, 0);
    await node.end();
    return { ...written, busy, idle };
  } finally {
    node.kill();
  }
}

const until = async (node: Companion, entries: number): Promise<Followed> =>
  JSON.parse(await node.ask(`until ${entries}`)) as Followed;

interface Beholder {
  begun(): Promise<unknown>;
  over(measured: Measured): Promise<unknown>;
}
const NOBODY: Beholder = { begun: () => Promise.resolve(), over: () => Promise.resolve() };

/** The sequence by a node that reckons with others. PostgreSQL's time goes on until all of them know. */
async function sequenceOn(
  server: PostgresServer,
  url: string,
  work: Work,
  { begun, over } = NOBODY,
): Promise<Written> {
  const counted = nothing();
  const bed = await openBed(undefined, async () => counting(await openPostgres(url), counted), true);
  let cpu = 0;
  const measured = await measure(bed, counted, work, async () => {
    await rest(REST_MS);
    await begun();
    cpu = cpuOf(server);
  });
  await over(measured);
  const spent = cpuOf(server) - cpu;
  await bed.close();
  discard(bed);
  return { ...measured, server: spent };
}
