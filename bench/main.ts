import { cost } from './workloads/cost.ts';
import { decisions } from './workloads/decisions.ts';
import { fanOuts, loop } from './workloads/fan-out.ts';
import { inbox } from './workloads/inbox.ts';
import { large } from './workloads/large.ts';
import { nodes } from './workloads/nodes.ts';
import { parked } from './workloads/parked.ts';
import { partitions } from './workloads/partitions.ts';
import { routing } from './workloads/routing.ts';
import { scheduling } from './workloads/scheduling.ts';
import { idleHop, sequenceRuns } from './workloads/sequence.ts';
import { start } from './workloads/start.ts';
import { jsonReport, plainReport } from './report.ts';

/** `npm run bench [-- --json] [-- NAME …]`: runs the workloads named, or all but those that take many minutes. */
const report = process.argv.includes('--json') ? jsonReport : plainReport;
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const beside = process.argv.flatMap((argument) => argument.match(/^--beside=(.+)$/)?.[1] ?? []);
const size = { runs: Number(option('runs') ?? 1_000_000), keep: option('keep'), program: option('program') };

const WORKLOADS: Record<string, () => Promise<void>> = {
  sequence: () => sequenceRuns(report),
  'idle-hop': () => idleHop(report),
  'fan-out': () => fanOuts(report),
  loop: () => loop(report),
  decisions: () => decisions(report),
  parked: () => parked(report),
  start: () => start(report, beside),
  inbox: () => inbox(report),
  routing: () => routing(report),
  scheduling: () => scheduling(report),
};
/** Only where they are named. */
const LONG: Record<string, () => Promise<void>> = {
  large: () => large(report, 'sqlite', size),
  cost: () => cost(report),
  nodes: () => nodes(report),
  partitions: () => partitions(report),
  'large-postgres': () => large(report, 'postgres', size),
};

const strange = named.filter((name) => !(name in WORKLOADS) && !(name in LONG));
if (strange.length > 0) {
  const known = [...Object.keys(WORKLOADS), ...Object.keys(LONG)].join(', ');
  console.error(`There is no workload ${strange.join(', ')}. There are: ${known}`);
  process.exit(2);
}
for (const [name, run] of Object.entries(WORKLOADS))
  if (named.length === 0 || named.includes(name)) await run();
for (const [name, run] of Object.entries(LONG)) if (named.includes(name)) await run();
report('peak memory of the process', process.resourceUsage().maxRSS / 1024, 'MiB');
