import { setTimeout as elapse } from 'node:timers/promises';
import { Client } from 'pg';
import type { Cluster, Place } from '../nodes-kit/index.ts';
import type { PostgresServer } from '../postgres/index.ts';
import type { Random } from '../simulation/random.ts';
import { LEASE_MS } from './cast.ts';

/** What faults befall: nodes, the database they share, and the networks between. */
export interface Site {
  readonly cluster: Cluster;
  readonly server: PostgresServer;
  readonly databaseUrl: string;
  readonly random: Random;
}

/** Resolves when it is over and all is as it was. */
type Fault = (site: Site) => Promise<void>;

const NODES: Readonly<Record<string, (place: Place, random: Random) => Promise<void>>> = {
  'kill -9 of a node': async ({ node }, random) => {
    await node.stop('SIGKILL');
    await elapse(random.int(0, 2000));
    await startAgain(node);
  },
  'a node is told to end': async ({ node }) => {
    const patience = elapse(END_MS, 'late', { ref: false });
    if ((await Promise.race([node.stop('SIGTERM'), patience])) === 'late')
      throw new Error(`process ${node.pid} was told to end and does not`);
    await startAgain(node);
  },
  /** Longer than any lease: what it does when it goes on, it does as somebody whom all others have given up. */
  'a node stands still': async ({ node }, random) => {
    node.freeze();
    await elapse(LEASE_MS + random.int(1000, 4000));
    if (node.isUp) node.thaw();
  },
  'connections of a node are cut': async ({ network }) => network.cut(),
  'a node cannot reach the database': async ({ network }, random) => {
    network.refuse(true);
    network.cut();
    await elapse(random.int(500, 5000));
    network.refuse(false);
  },
  'a slow network': async ({ network }, random) => {
    network.delay(random.int(5, 150));
    await elapse(random.int(1000, 5000));
    network.delay(0);
  },
  'answers of the database are lost': async ({ network }, random) => {
    network.holdAnswers();
    await elapse(random.int(100, 3000));
    network.cut();
    network.releaseAnswers();
  },
  'answers of the database are late': async ({ network }, random) => {
    network.holdAnswers();
    await elapse(random.int(500, LEASE_MS + 2000));
    network.releaseAnswers();
  },
};

/** How long a node may take to its end, ms. */
const END_MS = 90_000;

/** How often a start may fail before it is taken for impossible, with a database that comes and goes. */
const STARTS = 20;

/** A supervisor starts it again and again, whether or not the database is there. */
async function startAgain(node: Place['node']): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await node.start();
    } catch (fault) {
      if (attempt >= STARTS) throw fault;
      await elapse(300 * attempt);
    }
  }
}

const DATABASE: Readonly<Record<string, Fault>> = {
  'kill -9 of PostgreSQL': (site) => restart(site, 'SIGKILL'),
  'fast shutdown of PostgreSQL': (site) => restart(site, 'SIGINT'),
  'nobody hears of anything': ({ server }) =>
    ask(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`),
  'transactions are serializable': async ({ server, random }) => {
    await isolate(server, 'serializable');
    await elapse(random.int(1000, 4000));
    await isolate(server, 'read committed');
  },
  'rows are locked in the wrong order': (site) => getInTheWay(site, 3000),
};

async function restart({ server, random }: Site, signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
  await server.stop(signal);
  await elapse(random.int(0, 2000));
  await server.start();
}

/** For all sessions, those included that are open. */
export async function isolate(server: PostgresServer, level: string): Promise<void> {
  await ask(server, `ALTER SYSTEM SET default_transaction_isolation = '${level}'`);
  await ask(server, 'SELECT pg_reload_conf()');
}

/** Whatever is under way when the database goes away has no effect. */
const ask = async (server: PostgresServer, sql: string): Promise<void> =>
  void (await server.query(sql).catch(() => []));

/**
 * Transactions that lock what commits lock, the last first. Nodes look for a deadlock sooner than this does, so that more often than
 * not a node's transaction is its victim.
 */
async function getInTheWay({ databaseUrl, random }: Site, ms: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  const until = performance.now() + ms;
  try {
    await client.connect();
    await client.query(`SET deadlock_timeout = '5s'`);
    while (performance.now() < until) {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      await client.query(`SELECT 1 FROM streams WHERE status = 1 ORDER BY random() LIMIT 8 FOR UPDATE`);
      await elapse(random.int(1, 30));
      await client.query('SELECT 1 FROM holds ORDER BY participant FOR UPDATE').catch(() => {});
      await client.query('ROLLBACK');
      await elapse(random.int(1, 30));
    }
  } catch {
    // The database has gone away meanwhile.
  } finally {
    await client.end().catch(() => {});
  }
}

/** Places that have a fault at the same time, at most: where nothing is ever done, nothing is ever wrong. */
const MOST_PLACES = 2;

/** One fault after another, some while others last; each place has one at a time. */
export class Storm {
  readonly #site: Site;
  readonly #busy = new Set<Place | PostgresServer>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #log: (line: string) => void;
  readonly counts = new Map<string, number>();
  #failure: { readonly of: unknown } | null = null;

  constructor(site: Site, log: (line: string) => void) {
    this.#site = site;
    this.#log = log;
  }

  /** Draws the next and lets it loose. @throws what went wrong with one before */
  strike(): void {
    this.#requireSound();
    const { cluster, server, random } = this.#site;
    if (random.chance(0.3)) {
      const [name, fault] = random.pick(Object.entries(DATABASE));
      return this.#begin(name, server, () => fault(this.#site));
    }
    const place = random.pick(cluster.places);
    const [name, fault] = random.pick(Object.entries(NODES));
    this.#begin(`${name} (${cluster.places.indexOf(place)})`, place, () => fault(place, random));
  }

  #begin(name: string, where: Place | PostgresServer, fault: () => Promise<void>): void {
    const places = this.#busy.size - (this.#busy.has(this.#site.server) ? 1 : 0);
    if (this.#busy.has(where) || (where !== this.#site.server && places >= MOST_PLACES)) return;
    this.#busy.add(where);
    const kind = name.replace(/ \(\d\)$/, '');
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#log(name);
    const done = fault()
      .catch((failure: unknown) => void (this.#failure ??= { of: failure }))
      .finally(() => {
        this.#busy.delete(where);
        this.#underWay.delete(done);
      });
    this.#underWay.add(done);
  }

  /** Resolves when every fault is over. @throws what went wrong with one of them */
  async pass(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#requireSound();
    await isolate(this.#site.server, 'read committed');
  }

  #requireSound(): void {
    if (this.#failure) throw new Error('a fault could not be made', { cause: this.#failure.of });
  }
}
