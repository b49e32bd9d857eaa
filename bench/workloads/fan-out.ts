import type { JsonObject } from '../../src/definition/index.ts';
import { agents, discard, ended, median, now, openBed, prepare, start } from '../bed.ts';
import type { Report } from '../report.ts';

const fanOut = (concurrency: number): JsonObject => ({
  id: 'fan-out',
  name: 'One step over a list',
  limits: { concurrency, tasks: 1_000_000 },
  phases: [
    {
      id: 'p',
      steps: [
        {
          id: 's',
          forEach: '${ input.items }',
          task: { requires: ['work'], by: 'agent', input: { item: '${ item }' } },
        },
      ],
    },
  ],
});

const perChild = async (children: number, runs: number): Promise<number> => {
  const bed = await openBed();
  await prepare(bed, fanOut(50));
  const workers = agents(bed, 100);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const done = ended(bed, 1);
    const began = now();
    await start(bed, 'fan-out', { items: Array.from({ length: children }, (_, index) => index) });
    await done;
    times.push((now() - began) / children);
  }
  await workers.stop();
  await bed.close();
  discard(bed);
  return median(times);
};

export const fanOuts = async (report: Report): Promise<void> => {
  const small = await perChild(100, 30);
  const large = await perChild(10_000, 3);
  report('fan-out: one run of 100 children, 50 at a time', small, 'ms/child');
  report('fan-out: one run of 10,000 children, 50 at a time', large, 'ms/child');
  report('fan-out: time per child, 10,000 against 100', large / small, 'ratio');
};

/** One run of sequential steps: a list taken one at a time. */
export const loop = async (report: Report, steps = 10_000): Promise<void> => {
  const bed = await openBed();
  await prepare(bed, fanOut(1));
  const times: number[] = [];
  const workers = agents(bed, 2, () => times.push(now()));
  const done = ended(bed, 1);
  await start(bed, 'fan-out', { items: Array.from({ length: steps }, (_, index) => index) });
  await done;
  await workers.stop();
  reportLoop(report, 'loop: 10,000 sequential steps in one run', times);
  await bed.close();
  discard(bed);
};

const reportLoop = (report: Report, name: string, times: readonly number[]): void => {
  const thousand = Math.floor(times.length / 10);
  const span = (from: number, to: number): number => ((times[to] ?? 0) - (times[from] ?? 0)) / (to - from);
  const last = times.length - 1;
  report(name, span(0, last), 'ms/step');
  report(`${name}: last tenth against first`, span(last - thousand, last) / span(0, thousand), 'ratio');
};
