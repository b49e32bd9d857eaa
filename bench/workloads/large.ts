import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServer } from '../../src/main/serve.ts';
import { openStore, sqlitePath } from '../../src/main/open-store.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';
import type { Bed } from '../bed.ts';
import { onPostgres } from '../compare/places.ts';
import { fill, type Filled } from '../large/fill.ts';
import { furnish, type Furniture } from '../large/furnish.ts';
import { listPages, personPages } from '../large/pages.ts';
import { findRows, measurePages, type Page } from '../large/read.ts';
import { routePages } from '../large/routes.ts';
import { record } from '../large/templates.ts';
import type { Report } from '../report.ts';
import { Server } from '../server.ts';

const FACTS = 'large.json';
/** Of the facts, and of what is in a database that they are of. */
const SHAPE = 2;
const WARM_UP = { reads: 5, most: 2000 };
const PATIENCE = { reads: 200, most: 10_000 };
const KEPT = 10;

export interface Size {
  /** Ended runs; a tenth as many are open beside them. */
  readonly runs: number;
  /** A folder (SQLite) that is filled once and kept, to be measured again. */
  readonly keep: string | undefined;
  /** That serves it; as it is published, where it has been built. */
  readonly program?: string | undefined;
}

/** A large organisation: how long a server takes to start on its database, and to answer what it is asked. */
export async function large(report: Report, kind: 'sqlite' | 'postgres', size: Size): Promise<void> {
  const place = await placeOf(kind, size.keep);
  try {
    const facts = place.facts ?? (await build(place.databaseUrl, size.runs));
    place.remember?.(facts);
    const { filled, runs } = facts;
    const served = size.program === undefined ? {} : { program: size.program };
    const name = `large, ${kind}`;
    report(`${name}: entries of ${runs} ended and ${runs / KEPT} open runs`, filled.entries, 'entries');
    const first = await Server.start(place.databaseUrl, served);
    report(`${name}: from the start of the process to its first answer`, first.took, 'ms');
    await first.end('SIGKILL');
    const second = await Server.start(place.databaseUrl, served);
    report(`${name}: the same after kill -9`, second.took, 'ms');
    await readAll((page, value, unit) => report(`${name}: ${page}`, value, unit), second.url, facts);
    await second.end('SIGTERM');
  } finally {
    await place.discard();
  }
}

async function readAll(report: Report, url: string, { filled, furniture, token }: Facts): Promise<void> {
  const all = [...listPages(filled), ...routePages({ ...filled, ...furniture })];
  const own = personPages(filled);
  await readPages(report, url, token, all);
  await readPages(named(report, 'as a person, '), url, furniture.person, own);
  await setVisibility(url, token, { unallocated: 'candidates', allocated: 'holder' });
  await readPages(named(report, 'as a person who sees only their own, '), url, furniture.person, own);
  await setVisibility(url, token, { unallocated: 'everyone', allocated: 'everyone' });
}

const named =
  (report: Report, before: string): Report =>
  (name, value, unit) =>
    report(before + name, value, unit);

async function readPages(report: Report, url: string, token: string, pages: readonly Page[]): Promise<void> {
  await findRows(url, token, pages);
  await measurePages(url, token, pages, WARM_UP);
  for (const { name, p50, p99 } of await measurePages(url, token, pages, PATIENCE)) {
    report(`${name}, p50`, p50, 'ms');
    report(`${name}, p99`, p99, 'ms');
  }
}

async function setVisibility(url: string, token: string, sight: Readonly<Record<string, string>>) {
  const answer = await fetch(`${url}/v1/visibility`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(sight),
  });
  if (!answer.ok) throw new Error(`visibility: ${answer.status} ${await answer.text()}`);
}

interface Facts {
  readonly shape: typeof SHAPE;
  readonly runs: number;
  readonly filled: Filled;
  readonly furniture: Furniture;
  /** The administrator's. */
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
    ...(existsSync(known) && { facts: readFacts(known) }),
    remember: (facts) => writeFileSync(known, JSON.stringify(facts)),
    discard: () => Promise.resolve(),
  };
}

/** @throws Error where the database has not all that is read */
function readFacts(file: string): Facts {
  const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts;
  if (facts.shape !== SHAPE)
    throw new Error(`${file} is of a database without all that is read: remove its folder to fill it again`);
  return facts;
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
  const furniture = await furnish(after);
  await after.stop();
  if (server.adminToken === undefined) throw new Error('the database was not new');
  return { shape: SHAPE, runs, filled, furniture, token: server.adminToken };
}
