import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { createClient, type Client } from '../../src/client/index.ts';
import { verifyStore } from '../../src/main/ledger-check.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import type { Store } from '../../src/store/index.ts';
import { Cluster, type NodeSettings } from '../nodes-kit/index.ts';
import type { PostgresServer } from '../postgres/index.ts';
import { checkStored } from '../simulation/promises.ts';
import { randomInput } from '../simulation/definitions.ts';
import { Random } from '../simulation/random.ts';
import {
  actAsPerson,
  OPEN,
  operate,
  workCarelessly,
  workDuly,
  type Job,
  type Self,
  type Stage,
} from './cast.ts';
import { watchCapacity, type Capacities } from './capacity.ts';
import { checkCapacity, checkOperations, LedgerRecord } from './check.ts';
import { wordsOf } from './database-faults.ts';
import { BATCH, hastyDefinition, INVOICES, PAIR } from './definitions.ts';
import { Storm } from './faults.ts';
import { History, type Operation } from './history.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** How long it storms, ms; longer by `EXTRA_MS` at most, where a kind of fault has had no effect by then. */
  readonly stormMs: number;
  /** Of its own: it is killed. */
  readonly server: PostgresServer;
  /** What nodes are started with, in place of the sources. */
  readonly program?: NodeSettings['program'];
  log(line: string): void;
}

export interface CampaignReport {
  readonly runs: number;
  readonly entries: number;
  readonly operations: number;
  readonly unknown: number;
  readonly refused: number;
  /** Transactions of nodes that PostgreSQL ended because of one. */
  readonly deadlocks: number;
  /** What was checked. */
  readonly seen: Seen;
  /** How many of each kind had an effect. */
  readonly faults: Readonly<{ [name: string]: number }>;
}
export interface Seen {
  readonly operations: readonly Operation[];
  readonly record: LedgerRecord;
  readonly capacities: Capacities;
  readonly databaseUrl: string;
}

/** Between two faults, ms at most. */
const PACE_MS = 4000;
/** What a storm may last longer. */
const EXTRA_MS = 120_000;
const OPEN_RUNS = 20;
/** After the storm everything comes to its end within this. */
const CALM_MS = 180_000;
/** Settings of a server that shows deadlocks soon, so that many fit into a campaign. */
export const SERVER_SETTINGS = { deadlock_timeout: '40ms' };

/**
 * Three nodes on one PostgreSQL with agents and people at work, and faults of every kind. Then the sky clears, what can end ends, and what
 * clients saw is held against the ledger.
 * @throws AssertionError where a promise was broken; what was seen is kept in a folder that its message names
 */
export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const { seed, server, stormMs, program } = options;
  const began = performance.now();
  const log = (line: string): void =>
    options.log(`${((performance.now() - began) / 1000).toFixed(1)} s  ${line}`);
  const databaseUrl = await server.newDatabase();
  const cluster = await Cluster.open({ port: server.port, databaseUrl, ...(program && { program }) });
  const history = new History();
  const deadlocks = wordsOf(server, /deadlock detected/);
  const endings: (() => Promise<void>)[] = [];
  try {
    const world = new World(cluster, history, new Random(seed));
    await world.settle();
    const storm = new Storm({ cluster, server, databaseUrl }, seed + 1, log);
    const cast = world.act();
    const watching = watchCapacity(server, databaseUrl, world.capacities);
    endings.push(cast, watching);
    await letLoose(storm, new Random(seed + 2), stormMs);
    log('the sky clears');
    world.isCalm = true;
    await world.untilAllEnded();
    log('everything has ended');
    await cast();
    await watching();
    return {
      ...(await checkAll(databaseUrl, world)),
      faults: Object.fromEntries(storm.counts),
      deadlocks: deadlocks.count(),
    };
  } catch (fault) {
    // What else comes of them is a consequence.
    for (const end of endings) end().catch(() => {});
    throw new Error(
      `seed ${seed}: ${(fault as Error).message}\nwhat was seen is in ${await keep(history, cluster, databaseUrl)}`,
      {
        cause: fault,
      },
    );
  } finally {
    deadlocks.end();
    await cluster.close();
  }
}

async function letLoose(storm: Storm, pace: Random, stormMs: number): Promise<void> {
  const calmAt = performance.now() + stormMs;
  const isOver = (): boolean => performance.now() >= (storm.missing.length > 0 ? calmAt + EXTRA_MS : calmAt);
  while (!isOver()) {
    await elapse(pace.int(500, PACE_MS));
    storm.strike();
  }
  await storm.pass();
}

const AGENTS = { passport_a: 1, passport_b: 2, passport_c: 3, passport_d: 3, passport_e: 2 } as const;
const PEOPLE = {
  passport_m1: 'manager',
  passport_m2: 'manager',
  passport_m3: 'manager',
  passport_k1: 'clerk',
  passport_k2: 'clerk',
} as const;
const OWNER = 'passport_human_admin';

/** Everybody who takes part. */
class World {
  readonly history: History;
  readonly capacities = new Map<string, number>(Object.entries(AGENTS));
  readonly notes: string[] = [];
  isCalm = false;
  #isOver = false;
  #quiet = 0;
  #ended: (() => void) | null = null;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #admin: Client;
  readonly #selves = new Map<string, Self>();
  readonly #definitions: string[] = [];

  constructor(cluster: Cluster, history: History, random: Random) {
    this.#cluster = cluster;
    this.history = history;
    this.#random = random;
    const way = cluster.through(([first]) => first);
    this.#admin = createClient({
      url: 'http://nodes',
      token: cluster.adminToken,
      fetch: (where, init) => way(where, { ...init, signal: init?.signal ?? AbortSignal.timeout(5000) }),
      retries: 20,
    });
  }

  /** The organisation, and what there is to do. */
  async settle(): Promise<void> {
    for (const [id, capacity] of Object.entries(AGENTS))
      await this.#join({ id, kind: 'agent', capacity, capabilities: ['work'] });
    for (const [id, role] of Object.entries(PEOPLE))
      await this.#join({ id, kind: 'human', capacity: 200, roles: [role] });
    await this.#join({ id: 'passport_erp', kind: 'system', name: 'erp', capacity: 3 });
    this.#selves.set(OWNER, { id: OWNER, token: this.#cluster.adminToken });
    const documents = [INVOICES, PAIR, BATCH];
    for (let at = 0; at < 6; at += 1)
      documents.push(
        hastyDefinition(
          this.#random,
          `random${at}`,
          at < 3 ? null : this.#random.pick(['pair', 'random0', 'random1']),
        ),
      );
    for (const document of documents) {
      await this.#admin.workflow.saveDefinition({ document });
      this.#definitions.push(document['id'] as string);
    }
  }

  async #join(passport: {
    id: string;
    kind: 'agent' | 'human' | 'system';
    name?: string;
    capacity: number;
    roles?: string[];
    capabilities?: string[];
  }) {
    const owner = passport.kind === 'human' ? null : OWNER;
    const { id } = await this.#admin.participant.register({ name: passport.id, owner, ...passport });
    const { secret } = await this.#admin.token.issue({ passport: id });
    this.#selves.set(id, { id, token: secret ?? '' });
  }

  /** Sets everybody to work. The function that it gives ends that. */
  act(): () => Promise<void> {
    let seeds = this.#random.int(1, 1e6);
    const stage = (): Stage => {
      const random = new Random((seeds += 1));
      return {
        random,
        history: this.history,
        way: this.#cluster.through((nodes) => (nodes.length > 0 ? random.pick(nodes) : undefined)),
        isCalm: () => this.isCalm,
        isOver: () => this.#isOver,
      };
    };
    const self = (id: string): Self => this.#selves.get(id)!;
    const careless = ['passport_a', 'passport_b', 'passport_b', 'passport_c', 'passport_c', 'passport_erp'];
    const acts = [
      ...careless.map((id) => workCarelessly(stage(), self(id))),
      ...Object.keys(PEOPLE).map((id) => actAsPerson(stage(), self(id))),
      actAsPerson(stage(), self(OWNER)),
      operate(stage(), self(OWNER), {
        most: OPEN_RUNS,
        next: () => this.#nextJob(),
        isOver: (open) => this.#looked(open),
      }),
      this.#keepCheckpoints(stage().random),
    ];
    // Two of one passport, which together want more than it may hold.
    const workers = ['passport_d', 'passport_d', 'passport_e'].map((id) => workDuly(stage(), self(id), 2));
    return async () => {
      this.#isOver = true;
      await Promise.all([...acts, ...workers.map((one) => one.stop(1))]);
    };
  }

  #nextJob(): Job {
    const random = this.#random;
    if (random.chance(0.4))
      return {
        definition: 'invoices',
        input: { invoices: Array.from({ length: random.int(1, 8) }, (_, at) => at) },
      };
    return { definition: random.pick(this.#definitions.slice(1)), input: randomInput(random) };
  }

  /** Heads of the tree, from any node at any time: whoever keeps them can tell later whether anything has changed. */
  async #keepCheckpoints(random: Random): Promise<void> {
    while (!this.#isOver) {
      const checkpoint = await this.#admin.ledger.checkpoint().catch(() => null);
      if (checkpoint) this.notes.push(checkpoint.note);
      await elapse(random.int(1000, 4000));
    }
  }

  #looked(open: number): void {
    this.#quiet = this.isCalm && open === 0 ? this.#quiet + 1 : 0;
    if (this.#quiet >= 2) this.#ended?.();
  }

  /** @throws AssertionError naming what has not ended */
  async untilAllEnded(): Promise<void> {
    const ended = new Promise<boolean>((resolve) => (this.#ended = () => resolve(true)));
    let late: NodeJS.Timeout | undefined;
    const isEnded = await Promise.race([
      ended,
      new Promise<false>((resolve) => (late = setTimeout(() => resolve(false), CALM_MS))),
    ]);
    clearTimeout(late);
    if (isEnded) return;
    const { rows } = await this.#admin.workflow.listRuns({ status: OPEN });
    assert.fail(`${rows.length} runs do not end: ${JSON.stringify(rows.slice(0, 5))}`);
  }
}

/** What clients saw, what is in the database, and what the ledger says, against each other. */
async function checkAll(databaseUrl: string, { history, notes, capacities }: World) {
  const store = await openPostgres(databaseUrl);
  try {
    const { operations, violations } = history;
    assert.deepEqual(violations, []);
    const { states, entries } = await checkStored(store, remembered(history));
    const record = new LedgerRecord(entries);
    checkOperations(operations, record);
    checkCapacity(operations, capacities);
    await countsAgree(store, states.values());
    const report = await verifyStore(store, { checkpoints: notes, keys: [] });
    assert.deepEqual(report.problems, []);
    assert.ok(report.verified);
    return {
      seen: { operations, record, capacities, databaseUrl },
      runs: states.size,
      entries: entries.length,
      operations: operations.length,
      unknown: operations.filter(({ outcome }) => outcome === 'unknown').length,
      refused: operations.filter(({ outcome }) => outcome === 'refused').length,
    };
  } finally {
    await store.close();
  }
}

const remembered = ({ operations }: History) => ({
  started: new Set(
    operations.flatMap(({ act, outcome, verb, answer }) =>
      verb === 'start' && act === 'start' && outcome === 'done' ? (answer?.run ?? []) : [],
    ),
  ),
  acknowledged: new Set(
    operations.flatMap(({ act, outcome, task }) =>
      act === 'complete' && outcome === 'done' ? (task ?? []) : [],
    ),
  ),
});

/** The counts that lists show are those of the runs that there are. */
async function countsAgree(store: Store, states: Iterable<{ readonly status: string }>): Promise<void> {
  const counts: { [status: string]: number } = {};
  for (const { status } of states) counts[status] = (counts[status] ?? 0) + 1;
  const shown = Object.entries(await store.runCounts()).filter(([, count]) => count !== 0);
  assert.deepEqual(Object.fromEntries(shown), counts);
}

/** What a broken promise is looked into with. */
async function keep(history: History, cluster: Cluster, databaseUrl: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-faults-'));
  const lines = (values: readonly unknown[]): string => values.map((one) => JSON.stringify(one)).join('\n');
  writeFileSync(join(folder, 'operations.jsonl'), lines(history.operations));
  for (const [at, { node }] of cluster.places.entries()) {
    const ended = await node.stop('SIGKILL').catch(() => null);
    writeFileSync(join(folder, `node-${at}.log`), ended?.err ?? 'it had ended before');
  }
  try {
    const store = await openPostgres(databaseUrl);
    const entries: unknown[] = [];
    for (
      let page = await store.entries({ position: -1 }, 1000);
      page.length > 0;
      page = await store.entries({ position: entries.length - 1 }, 1000)
    )
      entries.push(
        ...page.map(({ position, stream, sequence, text }) => ({
          position,
          stream,
          sequence,
          ...(JSON.parse(text) as object),
        })),
      );
    writeFileSync(join(folder, 'entries.jsonl'), lines(entries));
    await store.close();
  } catch (fault) {
    writeFileSync(join(folder, 'entries.jsonl'), String(fault));
  }
  return folder;
}
