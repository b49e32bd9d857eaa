import type { Store } from '../../src/store/index.ts';
import { agents, now, prepare, type Bed } from '../bed.ts';
import { runAll, sequence } from '../workloads/sequence.ts';

const STEPS = 5;

export interface Work {
  readonly runs: number;
  readonly warmUp: number;
  /** Runs at a time. */
  readonly inFlight: number;
}

export interface Counted {
  commits: number;
  changes: number;
  entries: number;
  entryBytes: number;
  tasks: number;
  runs: number;
}
export const nothing = (): Counted => ({
  commits: 0,
  changes: 0,
  entries: 0,
  entryBytes: 0,
  tasks: 0,
  runs: 0,
});

/** Counts what the runtime gives to the store. */
export function counting(store: Store, counted: Counted): Store {
  const commit = store.commit.bind(store);
  store.commit = (changes) => {
    counted.commits += 1;
    counted.changes += changes.length;
    for (const { entries, tasks = [], run } of changes) {
      counted.entries += entries.length;
      for (const { text } of entries) counted.entryBytes += text.length;
      counted.tasks += tasks.length;
      if (run) counted.runs += 1;
    }
    return commit(changes);
  };
  return store;
}

export interface Measured {
  readonly counted: Counted;
  readonly steps: number;
  readonly ms: number;
  /** Of this process, µs. */
  readonly cpu: number;
}

/** The sequence on a bed whose store counts into `counted`. `begun` is called after the warm-up. */
export async function measure(
  bed: Bed,
  counted: Counted,
  { runs, warmUp, inFlight }: Work,
  begun: () => Promise<void>,
): Promise<Measured> {
  await prepare(bed, sequence(STEPS));
  const workers = agents(bed, 2 * inFlight);
  await runAll(bed, warmUp, inFlight);
  await bed.runtime.log.settle();
  Object.assign(counted, nothing());
  await begun();
  const cpu = process.cpuUsage();
  const began = now();
  await runAll(bed, runs, inFlight);
  await bed.runtime.log.settle();
  const ms = now() - began;
  const { user, system } = process.cpuUsage(cpu);
  await workers.stop();
  return { counted: { ...counted }, steps: runs * STEPS, ms, cpu: user + system };
}
