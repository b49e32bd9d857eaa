import { readdirSync, readFileSync } from 'node:fs';
import { openPostgres } from '../../src/store/postgres/index.ts';
import type { Store } from '../../src/store/index.ts';
import { PostgresServer, Proxy } from '../../test/postgres/index.ts';
import { agents, diskBytes, discard, now, openBed, prepare, type Bed } from '../bed.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import { Wire } from '../cost/wire.ts';
import type { Report } from '../report.ts';
import { runAll, sequence } from './sequence.ts';

const STEPS = 5;
const RUNS = 1000;
const WARM_UP = 200;
/** Runs at a time: a node that is busy, and one that is not. */
const IN_FLIGHT = [100, 1];

/** What one step costs, on both databases: rows, bytes, statements, ways to the server, flushes, time of processors. */
export async function cost(report: Report): Promise<void> {
  for (const inFlight of IN_FLIGHT) {
    await onSqlite(report, inFlight);
    await onPostgres(report, inFlight);
  }
}

interface Counted {
  commits: number;
  changes: number;
  entries: number;
  entryBytes: number;
  tasks: number;
  runs: number;
}

/** Counts what the runtime gives to the store. */
function counting(store: Store, counted: Counted): Store {
  const commit = store.commit.bind(store);
  store.commit = (changes) => {
    counted.commits += 1;
    counted.changes += changes.length;
    for (const { entries, tasks = [], run } of changes) {
      counted.entries += entries.length;
      for (const { text } of entries) counted.entryBytes += text.length;
      counted.tasks += tasks.length;
      if (run) counted.runs += 1;
    }
    return commit(changes);
  };
  return store;
}
const nothing = (): Counted => ({ commits: 0, changes: 0, entries: 0, entryBytes: 0, tasks: 0, runs: 0 });

interface Measured {
  readonly counted: Counted;
  readonly steps: number;
  readonly ms: number;
  /** Of this process, µs. */
  readonly cpu: number;
}

/** `begun` is called after the warm-up. */
async function measure(
  bed: Bed,
  counted: Counted,
  inFlight: number,
  begun: () => Promise<void>,
): Promise<Measured> {
  const runs = inFlight === 1 ? RUNS / 10 : RUNS;
  await prepare(bed, sequence(STEPS));
  const workers = agents(bed, 2 * inFlight);
  await runAll(bed, inFlight === 1 ? WARM_UP / 10 : WARM_UP, inFlight);
  await bed.runtime.log.settle();
  Object.assign(counted, nothing());
  await begun();
  const cpu = process.cpuUsage();
  const began = now();
  await runAll(bed, runs, inFlight);
  await bed.runtime.log.settle();
  const ms = now() - began;
  const { user, system } = process.cpuUsage(cpu);
  await workers.stop();
  return { counted: { ...counted }, steps: runs * STEPS, ms, cpu: user + system };
}

function told(report: Report, name: string, { counted, steps, ms, cpu }: Measured): void {
  const each = (value: number): number => value / steps;
  report(`${name}, steps`, (steps / ms) * 1000, 'steps/s');
  report(`${name}, changes in a commit`, counted.changes / counted.commits, 'changes');
  report(`${name}, entries per step`, each(counted.entries), 'rows');
  report(`${name}, bytes of entries per step`, each(counted.entryBytes), 'bytes');
  report(`${name}, rows of tasks written per step`, each(counted.tasks), 'rows');
  report(`${name}, rows of runs written per step`, each(counted.runs), 'rows');
  report(`${name}, processor of the node per step`, each(cpu), 'us');
}

async function onSqlite(report: Report, inFlight: number): Promise<void> {
  const counted = nothing();
  const bed = await openBed();
  counting(bed.runtime.store, counted);
  let disk = 0;
  const measured = await measure(bed, counted, inFlight, () => {
    disk = diskBytes(bed);
    return Promise.resolve();
  });
  const name = `cost, SQLite, ${inFlight} in flight`;
  told(report, name, measured);
  report(`${name}, growth of the database per step`, (diskBytes(bed) - disk) / measured.steps, 'bytes');
  await bed.close();
  discard(bed);
}

const STATISTICS = `
  SELECT (SELECT wal_bytes::float8 FROM pg_stat_wal) AS wal, (SELECT wal_records::float8 FROM pg_stat_wal) AS records,
    (SELECT sum(n_tup_ins)::float8 FROM pg_stat_user_tables) AS inserted, (SELECT sum(n_tup_upd)::float8 FROM pg_stat_user_tables) AS updated,
    (SELECT sum(n_tup_del)::float8 FROM pg_stat_user_tables) AS deleted, pg_database_size(current_database())::float8 AS size,
    (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS flushes`;

async function onPostgres(report: Report, inFlight: number): Promise<void> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  try {
    const url = await server.newDatabase();
    const proxy = await Proxy.to(server.port);
    const wire = new Wire();
    proxy.watch((piece, connection) => wire.take(piece, connection));
    const counted = nothing();
    const bed = await openBed(undefined, async () => counting(await openPostgres(proxy.url(url)), counted));
    const statistics = async (): Promise<Record<string, number>> => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return (await server.query(STATISTICS, url))[0] as Record<string, number>;
    };
    let before: Record<string, number> = {};
    let cpu = 0;
    const measured = await measure(bed, counted, inFlight, async () => {
      before = await statistics();
      wire.reset();
      cpu = cpuOf(server);
    });
    const name = `cost, PostgreSQL, ${inFlight} in flight`;
    const spent = cpuOf(server) - cpu;
    const { statements, trips, bytes } = wire;
    const after = await statistics();
    const each = (value: number): number => value / measured.steps;
    const grown = (what: string): number => each((after[what] ?? 0) - (before[what] ?? 0));
    told(report, name, measured);
    report(`${name}, statements per step`, each(statements), 'statements');
    report(`${name}, ways to the server per step`, each(trips), 'ways');
    report(`${name}, ways to the server per commit`, trips / measured.counted.commits, 'ways');
    report(`${name}, bytes sent per step`, each(bytes), 'bytes');
    report(`${name}, rows inserted per step`, grown('inserted'), 'rows');
    report(`${name}, rows updated per step`, grown('updated'), 'rows');
    report(`${name}, rows deleted per step`, grown('deleted'), 'rows');
    report(`${name}, write-ahead log per step`, grown('wal'), 'bytes');
    report(`${name}, flushes of it per step`, grown('flushes'), 'flushes');
    report(`${name}, growth of the database per step`, grown('size'), 'bytes');
    report(`${name}, processor of PostgreSQL per step`, each(spent), 'us');
    await bed.close();
    discard(bed);
    await proxy.close();
  } finally {
    await server.remove();
  }
}

const TICK_US = 10_000;

/** Time of processors that the server and all its processes have had, µs, as the system counts it (in ticks of 10 ms). */
function cpuOf({ pid }: PostgresServer): number {
  const all = new Map<number, readonly string[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      all.set(Number(name), stat.slice(stat.lastIndexOf(')') + 2).split(' '));
    } catch {
      continue;
    }
  }
  let ticks = 0;
  for (const [id, fields] of all) {
    if (id !== pid && Number(fields[1]) !== pid) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
    if (id === pid) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks * TICK_US;
}
