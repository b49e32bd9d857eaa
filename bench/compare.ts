import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.ts';
import { median } from './clock.ts';
import { HUMANOS, PEERS as RIVALS, type Entrant } from './compare/field.ts';
import type { Sizes } from './compare/measure.ts';
import { PEERS } from './compare/places.ts';
import { figureOf, tableOf } from './compare/table.ts';
import { trial, WORKLOADS } from './compare/trial.ts';

const FULL: Sizes = {
  runs: 2000,
  warmUp: 500,
  inFlight: 100,
  hops: 100,
  children: [100, 1000, 10_000],
  atOnce: 50,
  parked: 10_000,
  decisions: 100,
  loop: 10_000,
};
const SIZES: Readonly<Record<string, Sizes>> = {
  full: FULL,
  short: {
    ...FULL,
    runs: 500,
    warmUp: 200,
    hops: 20,
    children: [100, 1000],
    parked: 1000,
    decisions: 30,
    loop: 500,
  },
  tiny: {
    runs: 4,
    warmUp: 1,
    inFlight: 2,
    hops: 2,
    children: [5],
    atOnce: 3,
    parked: 4,
    decisions: 2,
    loop: 5,
  },
};

const USE = `npm run bench:peers -- [--only NAME ...] [--workload NAME ...] [--size full|short|tiny] [--rounds N] [--limit SECONDS] [--json]
  names:     ${[...HUMANOS, ...RIVALS].map(({ name }) => name).join(', ')}; humanos for those of HumanOS
  workloads: ${WORKLOADS.join(', ')}`;

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    workload: { type: 'string', multiple: true, default: [...WORKLOADS] },
    size: { type: 'string', default: 'full' },
    rounds: { type: 'string', default: '3' },
    limit: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (asked.help) {
  console.log(USE);
  process.exit(0);
}

// What was started for a contender ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const note = (text: string): void => void (asked.json ? null : console.error(text));
const entrants = chosen(asked.only);
const workloads = WORKLOADS.filter((name) => asked.workload.includes(name));
const sizes = SIZES[asked.size];
if (entrants.length === 0 || workloads.length === 0 || !sizes) throw new Error(USE);

/** Why something is missing, and what. */
const missing = new Map<string, string[]>();
if (entrants.some((entrant) => RIVALS.includes(entrant))) install();
if (entrants.some((entrant) => HUMANOS.includes(entrant))) await build();
const results = new Map<string, Map<string, number[]>>();
for (let round = 1; round <= Number(asked.rounds); round += 1)
  for (const workload of workloads)
    for (const entrant of entrants) await take(entrant, workload, round, sizes);
print();

function chosen(only: readonly string[]): readonly Entrant[] {
  const all = [...HUMANOS, ...RIVALS];
  if (only.length === 0) return all;
  const names = only.flatMap((name) => (name === 'humanos' ? HUMANOS.map((one) => one.name) : [name]));
  const isMeant = (name: string, asked: string): boolean =>
    name === asked || (name.startsWith(`${asked}-`) && all.every((one) => one.name !== asked));
  return all.filter(({ name }) => names.some((asked) => isMeant(name, asked)));
}

/** Rounds go round: what changes on the machine meanwhile meets everybody. */
async function take(
  entrant: Entrant,
  workload: (typeof WORKLOADS)[number],
  round: number,
  sizes: Sizes,
): Promise<void> {
  const { figures, fault } = await trial(entrant, workload, sizes, Number(asked.limit) * 1000);
  const own = results.get(entrant.name) ?? new Map<string, number[]>();
  results.set(entrant.name, own);
  for (const [name, value] of Object.entries(figures)) {
    own.set(name, [...(own.get(name) ?? []), value]);
    note(`${round} ${entrant.name}: ${name} ${Number(value.toPrecision(3))} ${figureOf(name).unit}`);
  }
  if (fault === null) return;
  miss(fault, `${entrant.title}: ${workload}`);
  note(`${round} ${entrant.name}: ${workload} FAILED: ${fault}`);
}

/** Into `bench/peers/`, from its own lockfile; no script of a package is run. */
function install(): void {
  if (existsSync(join(PEERS, 'node_modules', '.package-lock.json'))) return;
  note('installing the peers into bench/peers/ ...');
  const { status, stderr } = spawnSync('npm', ['ci'], { cwd: PEERS, encoding: 'utf8' });
  const why = stderr
    .trim()
    .split('\n')
    .filter((line) => /error/.test(line))
    .slice(0, 4)
    .join(' ');
  if (status !== 0) miss(why, 'the peers, which npm ci could not install');
}

/** HumanOS runs as it is published: bundled. */
async function build(): Promise<void> {
  note('bundling HumanOS ...');
  const folder = fileURLToPath(new URL('../.build/bench', import.meta.url));
  await bundle(folder, { humanos: 'bench/compare/humanos-start.ts' });
}

function miss(reason: string, what: string): void {
  missing.set(reason, [...new Set([...(missing.get(reason) ?? []), what])]);
}

function print(): void {
  const names = new Set([...results.values()].flatMap((figures) => [...figures.keys()]));
  const order = ['sequence', 'hop', ...kinds(names, 'fan-out'), ...kinds(names, 'child-runs')];
  const ordered = [...order, 'parked', 'decision', 'recovery', 'loop'].filter((name) => names.has(name));
  if (asked.json) {
    for (const [entrant, figures] of results)
      for (const [name, values] of figures)
        console.log(
          JSON.stringify({ entrant, name, value: median(values), unit: figureOf(name).unit, rounds: values }),
        );
    for (const [reason, what] of missing) console.log(JSON.stringify({ missing: what, reason }));
    return;
  }
  console.log(
    `\nMedians of ${asked.rounds} round(s), ${asked.size} size; ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}\n`,
  );
  console.log(tableOf(entrants, results, ordered));
  for (const [reason, what] of missing) console.log(`\nMissing, ${what.join('; ')}: ${reason}`);
}

function kinds(names: ReadonlySet<string>, kind: string): string[] {
  const sizeOf = (name: string): number => Number(name.split(' ')[1]);
  return [...names].filter((name) => name.startsWith(`${kind} `)).sort((a, b) => sizeOf(a) - sizeOf(b));
}
