import type { JsonObject } from '../../src/definition/index.ts';
import { agents, discard, diskBytes, ended, median, now, openBed, prepare, start, type Bed } from '../bed.ts';
import type { Report } from '../report.ts';
import { rawLimit } from './raw-limit.ts';

export const sequence = (steps: number): JsonObject => ({
  id: 'sequence',
  name: 'Steps one after the other',
  phases: Array.from({ length: steps }, (_, index) => ({
    id: `p${index}`,
    ...(index > 0 && { needs: [`p${index - 1}`] }),
    steps: [{ id: 's', task: { requires: ['work'], by: 'agent', input: {} } }],
  })),
});

/** Runs before the measured ones, so that what is measured is a server that has been up for a moment. */
const WARM_UP = 2000;

export const runAll = async (bed: Bed, runs: number, inFlight: number): Promise<void> => {
  const waiting = new Map<string, () => void>();
  const leave = bed.runtime.feed.subscribe((entries) => {
    for (const { stream, text } of entries) {
      if (!text.endsWith('"type":"run.completed","version":1}')) continue;
      waiting.get(stream)?.();
      waiting.delete(stream);
    }
  });
  let started = 0;
  const next = async (): Promise<void> => {
    while (started < runs) {
      started += 1;
      const run = await start(bed, 'sequence');
      await new Promise<void>((resolve) => void waiting.set(run, resolve));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, next));
  leave();
};

/** Many runs of five steps, and the raw limit before and after them, since a disk is not as fast in one minute as in the next. */
export const sequenceRuns = async (report: Report, runs = 2000, inFlight = 100): Promise<void> => {
  const before = rawLimit();
  const bed = await openBed();
  await prepare(bed, sequence(5));
  const workers = agents(bed, 2 * inFlight);
  await runAll(bed, WARM_UP, inFlight);
  const empty = diskBytes(bed);
  const began = now();
  await runAll(bed, runs, inFlight);
  const rate = ((runs * 5) / (now() - began)) * 1000;
  await workers.stop();
  const raw = (before + rawLimit()) / 2;
  report('raw limit: one event row and one task row per step, 50 to a transaction', raw, 'steps/s');
  report(`sequence: ${runs} runs of 5 steps, ${inFlight} in flight`, rate, 'steps/s');
  report('sequence: share of the raw limit', rate / raw, 'ratio');
  await bed.runtime.log.settle();
  report('sequence: database growth per step', (diskBytes(bed) - empty) / (runs * 5), 'bytes');
  await bed.close();
  discard(bed);
};

export const idleHop = async (report: Report, runs = 200): Promise<void> => {
  const bed = await openBed();
  await prepare(bed, sequence(5));
  const hops: number[] = [];
  let last = 0;
  const workers = agents(bed, 2, () => {
    const at = now();
    if (last > 0) hops.push(at - last);
    last = at;
  });
  await runAll(bed, WARM_UP / 4, 1);
  hops.length = 0;
  for (let index = 0; index < runs; index += 1) {
    last = 0;
    const done = ended(bed, 1);
    await start(bed, 'sequence');
    await done;
  }
  await workers.stop();
  report('idle hop: one run in flight, end of a step to start of the next, p50', median(hops), 'ms');
  await bed.close();
  discard(bed);
};
