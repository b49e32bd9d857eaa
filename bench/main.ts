import { decisions } from './workloads/decisions.ts';
import { fanOuts, loop } from './workloads/fan-out.ts';
import { inbox } from './workloads/inbox.ts';
import { parked } from './workloads/parked.ts';
import { rawLimit } from './workloads/raw-limit.ts';
import { routing } from './workloads/routing.ts';
import { scheduling } from './workloads/scheduling.ts';
import { idleHop, sequenceRuns } from './workloads/sequence.ts';
import { jsonReport, plainReport } from './report.ts';

/** `npm run bench [-- --json] [-- NAME …]`: runs the workloads named, or all. */
const report = process.argv.includes('--json') ? jsonReport : plainReport;
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const WORKLOADS: Record<string, () => Promise<void>> = {
  sequence: async () => sequenceRuns(report, rawLimit(report)),
  'idle-hop': () => idleHop(report),
  'fan-out': () => fanOuts(report),
  loop: () => loop(report),
  decisions: () => decisions(report),
  parked: () => parked(report),
  inbox: () => inbox(report),
  routing: () => routing(report),
  scheduling: () => scheduling(report),
};

for (const [name, run] of Object.entries(WORKLOADS))
  if (named.length === 0 || named.includes(name)) await run();
report('peak memory of the process', process.resourceUsage().maxRSS / 1024, 'MiB');
