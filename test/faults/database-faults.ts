import { setTimeout as elapse } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { Cluster } from '../nodes-kit/index.ts';
import type { PostgresServer } from '../postgres/index.ts';
import type { Random } from '../simulation/random.ts';

/** What faults befall: nodes, the database they share, and the networks between. */
export interface Site {
  readonly cluster: Cluster;
  readonly server: PostgresServer;
  readonly databaseUrl: string;
}

/** Resolves when it is over and all is as it was: false where it had no effect. */
type DatabaseFault = (site: Site, random: Random) => Promise<boolean>;

/**
 * They meet a server that is up (STORM-1), so whatever goes wrong with one of them is its own fault and thrown, beside locks that are
 * not given.
 */
export const DATABASE: Readonly<Record<string, DatabaseFault>> = {
  'kill -9 of PostgreSQL': (site, random) => restart(site, random, 'SIGKILL'),
  'fast shutdown of PostgreSQL': (site, random) => restart(site, random, 'SIGINT'),
  'nobody hears of anything': async ({ server }) =>
    (await server.query(DEAFEN)).some(({ ended }) => ended === true),
  'transactions are serializable': async ({ server }, random) => {
    const refusals = wordsOf(server, /could not serialize access/);
    await isolate(server, 'serializable');
    await elapse(random.int(1000, 4000));
    await until(() => refusals.count() > 0);
    await isolate(server, 'read committed');
    return refusals.end() > 0;
  },
  'rows are locked in the wrong order': getInTheWay,
};

const DEAFEN = `
  SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`;

async function restart({ server }: Site, random: Random, signal: 'SIGKILL' | 'SIGINT'): Promise<boolean> {
  const { pid } = server;
  await server.stop(signal);
  await elapse(random.int(0, 2000));
  await server.start();
  return server.pid !== pid;
}

/** For all sessions, those included that are open. */
export async function isolate(server: PostgresServer, level: string): Promise<void> {
  await server.query(`ALTER SYSTEM SET default_transaction_isolation = '${level}'`);
  await server.query('SELECT pg_reload_conf()');
}

/** How long it is waited for that a fault has its effect, ms. */
const EFFECT_MS = 15_000;

async function until(hasEffect: () => boolean): Promise<void> {
  const late = performance.now() + EFFECT_MS;
  while (!hasEffect() && performance.now() < late) await elapse(50);
}

/** How many lines the server has said of a kind, from now to the end. */
export function wordsOf(server: PostgresServer, kind: RegExp): { count(): number; end(): number } {
  let count = 0;
  const leave = server.listen((line) => (count += kind.test(line) ? 1 : 0));
  return {
    count: () => count,
    end: () => {
      leave();
      return count;
    },
  };
}

/** For so long at least rows are locked in the wrong order, ms. */
const IN_THE_WAY_MS = 3000;

/**
 * Transactions that lock what commits lock, the last first, until one of a node was their victim. They look for a deadlock long after
 * nodes do, and rather give up than wait so long: the victim is never theirs.
 */
async function getInTheWay({ server, databaseUrl }: Site, random: Random): Promise<boolean> {
  const client = new Client({ connectionString: server.administering(databaseUrl) });
  client.on('error', () => {});
  await client.connect();
  const [{ pid }] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows as [
    { pid: number },
  ];
  const victims = wordsOf(server, new RegExp(`blocked by process ${pid}\\.`));
  try {
    await client.query(`SET deadlock_timeout = '1min'; SET lock_timeout = '500ms'`);
    const least = performance.now() + IN_THE_WAY_MS;
    const most = least + EFFECT_MS;
    while (performance.now() < least || (victims.count() === 0 && performance.now() < most))
      await lockBackwards(client, random);
  } finally {
    await client.end();
  }
  return victims.end() > 0;
}

async function lockBackwards(client: Client, random: Random): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await client.query('SELECT 1 FROM streams WHERE status = 1 ORDER BY random() LIMIT 8 FOR UPDATE');
    await elapse(random.int(1, 30));
    await client.query('SELECT 1 FROM holds ORDER BY participant FOR UPDATE');
  } catch (fault) {
    if (!(fault instanceof DatabaseError) || fault.code !== LOCK_NOT_GIVEN) throw fault;
  }
  await client.query('ROLLBACK');
  await elapse(random.int(1, 30));
}

const LOCK_NOT_GIVEN = '55P03';
