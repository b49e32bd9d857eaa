import { median, now } from '../clock.ts';
import type { Contender, Open, Place } from './contender.ts';

export interface Sizes {
  readonly runs: number;
  readonly warmUp: number;
  readonly inFlight: number;
  readonly hops: number;
  readonly children: readonly number[];
  readonly atOnce: number;
  readonly parked: number;
  readonly decisions: number;
  readonly loop: number;
}

/** What one process is asked to do. */
export interface Order {
  readonly module: string;
  readonly place: Place;
  readonly sizes: Sizes;
  readonly workload: Workload;
  /** The run to be decided, after a crash. */
  readonly run?: string;
}

export type Workload = 'sequence' | 'hop' | 'fan-out' | 'child-runs' | 'loop' | 'parked' | 'recover';

export type Tell = (figure: string, value: number | string) => void;

/** The steps that a contender has begun, and when the last of them was. */
class Steps {
  count = 0;
  times: number[] | null = null;
  readonly take = (): void => {
    this.count += 1;
    this.times?.push(now());
  };
}

/** Resolves to whether there is more to come: after `parked` the process waits to be killed. */
export async function measure(order: Order, tell: Tell): Promise<boolean> {
  const { open } = (await import(order.module)) as { open: Open };
  const steps = new Steps();
  const contender = await open(order.place, steps.take, concurrencyOf(order));
  const left = await WORKLOADS[order.workload](contender, order, tell, steps);
  if (!left) await contender.close();
  return left;
}

const concurrencyOf = ({ workload, sizes }: Order): number => {
  if (workload === 'fan-out' || workload === 'child-runs') return sizes.atOnce;
  return workload === 'sequence' || workload === 'parked' ? sizes.inFlight : 1;
};

type Act = (contender: Contender, order: Order, tell: Tell, steps: Steps) => Promise<boolean>;

const WORKLOADS: Record<Workload, Act> = {
  async sequence(contender, { sizes }, tell, steps) {
    const { runs, warmUp, inFlight } = sizes;
    await times(warmUp, inFlight, () => contender.sequence());
    steps.count = 0;
    const began = now();
    await times(runs, inFlight, () => contender.sequence());
    tell('sequence', ((runs * 5) / (now() - began)) * 1000);
    requireSteps(steps, runs * 5);
    return false;
  },

  async hop(contender, { sizes }, tell, steps) {
    await times(sizes.warmUp, 1, () => contender.sequence());
    const hops: number[] = [];
    for (let run = 0; run < sizes.hops; run += 1) {
      const at: number[] = [];
      steps.times = at;
      await contender.sequence();
      for (let step = 1; step < at.length; step += 1)
        hops.push((at[step] as number) - (at[step - 1] as number));
    }
    tell('hop', median(hops));
    return false;
  },

  async 'fan-out'(contender, { sizes }, tell, steps) {
    await fan(sizes, steps, (children) => contender.fanOut(children, sizes.atOnce), tell, 'fan-out');
    return false;
  },

  async 'child-runs'(contender, { sizes }, tell, steps) {
    const { childRuns } = contender;
    if (childRuns)
      await fan(sizes, steps, (children) => childRuns(children, sizes.atOnce), tell, 'child-runs');
    return false;
  },

  async loop(contender, { sizes }, tell, steps) {
    const at: number[] = [];
    steps.times = at;
    await contender.loop(sizes.loop);
    requireSteps(steps, sizes.loop);
    tell('loop', ((at.at(-1) as number) - (at[0] as number)) / (at.length - 1));
    return false;
  },

  async parked(contender, { sizes }, tell, steps) {
    const first: string[] = [];
    await times(sizes.inFlight, sizes.inFlight, async () => void first.push(await contender.park()));
    const ids: string[] = [];
    const began = now();
    await times(sizes.parked, sizes.inFlight, async () => void ids.push(await contender.park()));
    tell('parked', (sizes.parked / (now() - began)) * 1000);
    for (const run of first) await contender.decide(run);
    const waits: number[] = [];
    for (let at = 0; at < sizes.decisions; at += 1) {
      const begun: number[] = [];
      steps.times = begun;
      const decided = now();
      await contender.decide(ids[Math.floor((at * ids.length) / sizes.decisions)] as string);
      waits.push((begun[0] as number) - decided);
    }
    tell('decision', median(waits));
    tell('waiting', ids.at(-1) as string);
    return true;
  },

  async recover(contender, { run }, tell, steps) {
    const before = steps.count;
    await contender.decide(run as string);
    if (steps.count === before) throw new Error('the run has ended without its step');
    tell('honoured', 1);
    return true;
  },
};

/** The middle of some runs of each size, after small runs with as many children as warm-up runs have steps. */
async function fan(
  { children, warmUp }: Sizes,
  steps: Steps,
  run: (children: number) => Promise<void>,
  tell: Tell,
  name: string,
): Promise<void> {
  const small = children[0] ?? 1;
  await times(Math.ceil((warmUp * 5) / small), 1, () => run(small));
  for (const size of children) {
    const took: number[] = [];
    const rounds = Math.max(1, Math.min(5, Math.floor(2000 / size)));
    for (let round = 0; round < rounds; round += 1) {
      steps.count = 0;
      const began = now();
      await run(size);
      took.push((now() - began) / size);
      requireSteps(steps, size);
    }
    tell(`${name} ${size}`, median(took));
  }
}

async function times(count: number, inFlight: number, act: () => Promise<unknown>): Promise<void> {
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

/** A figure of work that was not done, or was done twice, is none. */
function requireSteps({ count }: Steps, expected: number): void {
  if (count !== expected) throw new Error(`${count} steps were done where ${expected} were asked for`);
}
