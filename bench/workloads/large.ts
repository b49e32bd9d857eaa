import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServer } from '../../src/main/serve.ts';
import { openStore, sqlitePath } from '../../src/main/open-store.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';
import type { Bed } from '../bed.ts';
import { onPostgres } from '../compare/places.ts';
import { fill, type Filled } from '../large/fill.ts';
import { measurePages, pagesOf } from '../large/pages.ts';
import { record } from '../large/templates.ts';
import type { Report } from '../report.ts';
import { Server } from '../server.ts';

const FACTS = 'large.json';
const READS = 200;
const KEPT = 10;

export interface Size {
  /** Ended runs; a tenth as many are open beside them. */
  readonly runs: number;
  /** A folder (SQLite) that is filled once and kept, to be measured again. */
  readonly keep: string | undefined;
}

/** A large organisation: how long a server takes to start on its database, and to answer what is asked most. */
export async function large(report: Report, kind: 'sqlite' | 'postgres', size: Size): Promise<void> {
  const { runs } = size;
  const place = await placeOf(kind, size.keep);
  try {
    const { filled, token } = await (place.facts ?? build(place.databaseUrl, runs));
    place.remember?.({ filled, token });
    const name = `large, ${kind}`;
    report(`${name}: entries of ${runs} ended and ${runs / KEPT} open runs`, filled.entries, 'entries');
    const first = await Server.start(place.databaseUrl);
    report(`${name}: from the start of the process to its first answer`, first.took, 'ms');
    await first.end('SIGKILL');
    const second = await Server.start(place.databaseUrl);
    report(`${name}: the same after kill -9`, second.took, 'ms');
    const kinds = Array.from({ length: 20 }, (_, at) => `kind-${String(at).padStart(2, '0')}`);
    const pages = pagesOf(filled, filled.entries, kinds);
    await measurePages(second.url, token, pages, 5);
    for (const { name: page, p50, p99 } of await measurePages(second.url, token, pages, READS)) {
      report(`${name}: ${page}, p50`, p50, 'ms');
      report(`${name}: ${page}, p99`, p99, 'ms');
    }
    await second.end('SIGTERM');
  } finally {
    await place.discard();
  }
}

interface Facts {
  readonly filled: Filled;
  readonly token: string;
}
interface LargePlace {
  readonly databaseUrl: string;
  /** Of a database that has been filled before. */
  readonly facts?: Facts;
  remember?(facts: Facts): void;
  discard(): Promise<void>;
}

async function placeOf(kind: 'sqlite' | 'postgres', keep: string | undefined): Promise<LargePlace> {
  if (kind === 'postgres') {
    const { place, discard } = await onPostgres();
    return { databaseUrl: place.address, discard };
  }
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'humanos-large-'));
  const databaseUrl = `sqlite:${join(folder, 'humanos.sqlite')}`;
  if (keep === undefined)
    return { databaseUrl, discard: () => Promise.resolve(rmSync(folder, { recursive: true })) };
  mkdirSync(folder, { recursive: true });
  const known = join(folder, FACTS);
  return {
    databaseUrl,
    ...(existsSync(known) && { facts: JSON.parse(readFileSync(known, 'utf8')) as Facts }),
    remember: (facts) => writeFileSync(known, JSON.stringify(facts)),
    discard: () => Promise.resolve(),
  };
}

/** Records real runs on a server, writes them again under many names, and lets a server follow all of it once. */
async function build(databaseUrl: string, runs: number): Promise<Facts> {
  const server = await openServer({ databaseUrl, port: 0 });
  const bed = { runtime: server.runtime } as Bed;
  const templates = await record(bed);
  await server.stop();
  const path = sqlitePath(databaseUrl);
  const store = path === null ? await openStore(databaseUrl) : openSqlite(path, { durability: 'normal' });
  const filled = await fill(store, templates, { finished: runs, open: runs / KEPT });
  await store.close();
  const after = await openServer({ databaseUrl, port: 0 });
  await after.runtime.log.settle();
  await after.stop();
  if (server.adminToken === undefined) throw new Error('the database was not new');
  return { filled, token: server.adminToken };
}
