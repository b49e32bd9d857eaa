import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../e2e/cli-kit.ts';
import { Cluster } from '../nodes-kit/index.ts';
import type { PostgresServer } from '../postgres/index.ts';
import { Load } from './load.ts';
import type { Weight } from './weigh.ts';

export interface SoakOptions {
  /** Of what the nodes can do while nothing else goes on. */
  readonly share: number;
  readonly seconds: number;
  readonly server: PostgresServer;
  log(line: string): void;
}

/** One part of the time, as it was measured. */
export interface Window {
  readonly runs: number;
  /** Milliseconds; the 95th of a hundred as well. */
  readonly run: Quantiles;
  readonly request: Quantiles;
  /** What a fixed piece of work takes here, ms: how busy the machine is with other things. */
  readonly probe: number;
  /** Bytes that the nodes hold together when nothing is left to collect. */
  readonly held: number;
  /** Milliseconds of the processor that the nodes spend on a run together. */
  readonly work: number;
  readonly rows: Readonly<{ [table: string]: number }>;
}
interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

export interface SoakReport {
  readonly peak: number;
  readonly rate: number;
  readonly finished: number;
  readonly leftOut: number;
  readonly windows: readonly Window[];
}

const NODES = 2;
const OPEN = 24;
const WINDOWS = 9;
/** Tables whose rows are of what is open: they grow with the load and not with the time. */
const BOUNDED = ['outbox', 'timers', 'commits', 'holds', 'task_parties'];
const OPEN_WORK: Readonly<{ [name: string]: string }> = {
  'open tasks': 'SELECT count(*)::int AS count FROM tasks WHERE open',
  leases: 'SELECT count(*)::int AS count FROM tasks WHERE status = 3 AND lease_until IS NOT NULL',
  'open runs': `SELECT count(*)::int AS count FROM streams WHERE status < 10`,
};

/**
 * A share of what the nodes can do, for a long time. What they hold in memory, how long things take and what is open in the database stays
 * as it was.
 */
export async function soak({ share, seconds, server, log }: SoakOptions): Promise<SoakReport> {
  const databaseUrl = await server.newDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'humanos-soak-'));
  const weigh = join(folder, 'weight');
  const cluster = await Cluster.open({
    nodes: NODES,
    port: server.port,
    databaseUrl,
    program: [
      process.execPath,
      '--conditions=source',
      '--expose-gc',
      '--import',
      join(ROOT, 'test/soak/weigh.ts'),
      join(ROOT, 'src/main/humanos.ts'),
    ],
    env: { HUMANOS_WEIGHT_FILE: weigh },
  });
  const load = new Load(cluster);
  const probe = new Probe();
  try {
    await load.settle();
    const peak = await load.peak(Math.min(30, Math.max(5, seconds / 8)), OPEN);
    await load.drain();
    const rate = peak * share;
    log(`peak ${peak.toFixed(1)} runs/s, hence ${rate.toFixed(1)}`);
    const windows: Window[] = [];
    let weight = await weighed(cluster, weigh);
    for (let at = 0; at < WINDOWS; at += 1) {
      load.take();
      probe.take();
      const before = load.finished;
      await load.steady(rate, performance.now() + (seconds / WINDOWS) * 1000, 2 * OPEN);
      const rows = await countRows(server, databaseUrl);
      const { runs, requests } = load.take();
      const worked = weight.worked;
      weight = await weighed(cluster, weigh);
      const finished = load.finished - before;
      const window = {
        runs: finished,
        run: quantiles(runs),
        request: quantiles(requests),
        probe: probe.take(),
        held: weight.bytes,
        work: (weight.worked - worked) / finished,
        rows,
      };
      windows.push(window);
      log(told(at, window));
    }
    await load.drain();
    assert.deepEqual(
      nonZero(await countRows(server, databaseUrl)),
      {},
      'nothing is open when nothing is to be done',
    );
    const { finished, leftOut } = load;
    await load.end();
    return { peak, rate, finished, leftOut, windows };
  } finally {
    probe.stop();
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const told = (at: number, { runs, run, request, probe, held, work, rows }: Window): string =>
  `${at + 1}/${WINDOWS}: ${runs} runs, run ${run.p50.toFixed(0)}/${run.p95.toFixed(0)} ms, request ${request.p50.toFixed(1)}/${request.p95.toFixed(1)} ms, ` +
  `work ${work.toFixed(1)} ms, probe ${probe.toFixed(2)} ms, held ${(held / 2 ** 20).toFixed(1)} MiB, ${JSON.stringify(rows)}`;

/** `holds` has a row for each participant that ever had work, and keeps it. */
const nonZero = (rows: Readonly<{ [name: string]: number }>) =>
  Object.fromEntries(Object.entries(rows).filter(([name, count]) => count > 0 && name !== 'holds'));

async function countRows(server: PostgresServer, url: string): Promise<{ [name: string]: number }> {
  const all = [
    ...BOUNDED.map((table) => [table, `SELECT count(*)::int AS count FROM ${table}`] as const),
    ...Object.entries(OPEN_WORK),
  ];
  const counts: { [name: string]: number } = {};
  for (const [name, sql] of all) counts[name] = (await server.query(sql, url))[0]?.['count'] as number;
  return counts;
}

/** Asks each node in its turn. */
async function weighed(cluster: Cluster, file: string): Promise<Weight> {
  let [bytes, worked] = [0, 0];
  for (const node of cluster.up) {
    rmSync(file, { force: true });
    const written = appears(file);
    process.kill(node.pid, 'SIGUSR2');
    await written;
    const one = JSON.parse(readFileSync(file, 'utf8')) as Weight;
    bytes += one.bytes;
    worked += one.worked;
  }
  return { bytes, worked };
}

const appears = (file: string): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(dirname(file), () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const of = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { p50: of(0.5), p95: of(0.95) };
}

/** The same small piece of work, again and again: others on the machine make it slower, HumanOS by itself does not. */
class Probe {
  #times: number[] = [];
  readonly #block = Buffer.alloc(1 << 20);
  readonly #timer = setInterval(() => this.#measure(), 250);

  #measure(): void {
    const began = performance.now();
    createHash('sha256').update(this.#block).digest();
    this.#times.push(performance.now() - began);
  }

  take(): number {
    const { p50 } = quantiles(this.#times);
    this.#times = [];
    return p50;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

// --- what has to hold ----------------------------------------------------------------------------------------------

export interface Bounds {
  /** How much slower the last third may be than the first, by the median; absent where others use the machine, and what waits for them would tell. */
  readonly slower?: number;
  /** How much more the nodes may work for a run. */
  readonly busier: number;
  /** How much more may be held in the last third than in the first; what caches take until they are full is beside that. */
  readonly heavier: number;
}

/** Caches of runs and entries, which fill with what has been done and are full at some time. */
const CACHED_PER_RUN = 64 * 1024;
const MOST_CACHED = 128 * 2 ** 20;

/** Caches are full when a third of the time has brought so many runs; what is held more in the last than in the one before grows with them. */
const FULL = 10_000;
/** Bytes that a run may leave behind then: what weighing is off by, over so many. */
const LEFT_PER_RUN = 512;

/** Runs in a third of the time, without which times say nothing. */
const ENOUGH = 30;

/** @throws AssertionError where something grows with time */
export function checkFlat({ windows }: SoakReport, { slower, busier, heavier }: Bounds): void {
  const third = Math.floor(windows.length / 3);
  const [first, last] = [windows.slice(0, third), windows.slice(-third)];
  const enough = [first, last].every((part) => runsOf(part) >= ENOUGH);
  const grown = (of: (one: Window) => number): number => median(last.map(of)) / median(first.map(of));
  const machine = Math.max(
    1,
    grown(({ probe }) => probe),
  );
  for (const [what, ratio, bound] of [
    ['run takes', grown(({ run }) => run.p50), slower],
    ['request takes', grown(({ request }) => request.p50), slower],
    ['run is worked at', grown(({ work }) => work), busier],
  ] as const)
    assert.ok(
      !enough || bound === undefined || ratio / machine <= bound,
      `a ${what} ${ratio.toFixed(2)} times as long (machine: ${machine.toFixed(2)})`,
    );
  const runs = runsOf(windows.slice(third));
  const [before, after] = [median(first.map((one) => one.held)), median(last.map((one) => one.held))];
  const cached = Math.min(runs * CACHED_PER_RUN, MOST_CACHED);
  assert.ok(after <= before * heavier + cached, `${before} bytes became ${after} over ${runs} runs`);
  const left = (after - median(windows.slice(third, -third).map((one) => one.held))) / runsOf(last);
  if (runsOf(last) >= FULL) assert.ok(left <= LEFT_PER_RUN, `a run leaves ${left.toFixed(0)} bytes behind`);
  for (const name of Object.keys(windows[0]?.rows ?? {})) {
    const most = (part: readonly Window[]): number => Math.max(...part.map(({ rows }) => rows[name] ?? 0));
    assert.ok(
      most(last) <= 2 * most(first) + 4 * OPEN,
      `${name} grows: ${most(first)} rows became ${most(last)}`,
    );
  }
}

const runsOf = (part: readonly Window[]): number => part.reduce((sum, one) => sum + one.runs, 0);
const median = (values: readonly number[]): number => quantiles(values).p50;
