import { openPostgres } from '../../src/store/postgres/index.ts';
import { PostgresServer, Proxy } from '../../test/postgres/index.ts';
import { diskBytes, discard, openBed } from '../bed.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import { following } from '../cost/following.ts';
import { counting, measure, nothing, type Measured, type Work } from '../cost/measure.ts';
import { positions } from '../cost/positions.ts';
import { cpuOf } from '../cost/processors.ts';
import { Wire } from '../cost/wire.ts';
import type { Report } from '../report.ts';

/** A node that is busy, and one that is not. */
const BUSY: Work = { runs: 1000, warmUp: 200, inFlight: 100 };
const QUIET: Work = { runs: 100, warmUp: 20, inFlight: 1 };
/** Longer: a second node has to have compiled what it follows with, and its share is small. */
const FOLLOWED: Work = { runs: 4000, warmUp: 1500, inFlight: 100 };

/** What one step costs, on both databases: rows, bytes, statements, ways to the server, flushes, time of processors. */
export async function cost(report: Report): Promise<void> {
  for (const work of [BUSY, QUIET]) {
    await onSqlite(report, work);
    await onPostgres(report, work);
  }
  await following(report, FOLLOWED);
  await positions(report);
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

async function onSqlite(report: Report, work: Work): Promise<void> {
  const counted = nothing();
  const bed = await openBed();
  counting(bed.runtime.store, counted);
  let disk = 0;
  const measured = await measure(bed, counted, work, () => {
    disk = diskBytes(bed);
    return Promise.resolve();
  });
  const name = `cost, SQLite, ${work.inFlight} in flight`;
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

async function onPostgres(report: Report, work: Work): Promise<void> {
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
    const measured = await measure(bed, counted, work, async () => {
      before = await statistics();
      wire.reset();
      cpu = cpuOf(server);
    });
    const name = `cost, PostgreSQL, ${work.inFlight} in flight`;
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
