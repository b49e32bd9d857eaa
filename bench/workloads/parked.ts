import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/definition/index.ts';
import { asManager, discard, diskBytes, now, openBed, prepare, start, type Bed } from '../bed.ts';
import type { Report } from '../report.ts';

const approval: JsonObject = {
  id: 'approval',
  name: 'A run that waits for a human',
  phases: [
    { id: 'p', steps: [{ id: 'approve', approval: { subject: '${ input }', from: 'role:manager' } }] },
  ],
};

const IN_FLIGHT = 200;

const park = async (bed: Bed, runs: number): Promise<string> => {
  let started = 0;
  let last = '';
  const next = async (): Promise<void> => {
    while (started < runs) {
      started += 1;
      last = await start(bed, 'approval', { amount: started });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, next));
  return last;
};

/** Bytes in use, and bytes that the process has of the machine, of which V8 keeps a reserve. */
const memory = (): { held: number; resident: number } => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
};

/** Parks the runs in a process of its own, which is then killed without warning; this one opens what it left. */
export const parked = async (report: Report, runs = 100_000): Promise<void> => {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), String(runs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let facts:
    | { folder: string; run: string; rate: number; held: number; resident: number; disk: number }
    | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    facts = JSON.parse(line) as typeof facts;
    break;
  }
  if (!facts) throw new Error('the process that parks runs ended without a word');
  child.kill('SIGKILL');
  await once(child, 'exit');
  report(`parked: ${runs} runs waiting for a human`, facts.rate, 'runs/s');
  report('parked: memory held per run, after collection', facts.held / runs, 'bytes');
  report('parked: growth of the resident set per run', facts.resident / runs, 'bytes');
  report('parked: disk per run', facts.disk / runs, 'bytes');
  const began = now();
  const bed = await openBed(facts.folder);
  const { runtime } = bed;
  const found = await runtime.runs.state(facts.run);
  const task = Object.values(found?.state.tasks ?? {})[0];
  if (!task?.approval) throw new Error('the run has lost its approval');
  const command = {
    type: 'task.decide' as const,
    task: task.id,
    outcome: 'approve' as const,
    subject: task.approval.subject,
  };
  const decided = await runtime.runs.execute(facts.run, command, asManager);
  if (!decided.ok || decided.value.status !== 'completed') throw new Error(JSON.stringify(decided));
  report('parked: from the restart after kill -9 to a decision honoured', now() - began, 'ms');
  await bed.close();
  discard(bed);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runs = Number(process.argv[2]);
  const bed = await openBed();
  await prepare(bed, approval);
  await park(bed, 1000);
  const before = memory();
  const disk = diskBytes(bed);
  const began = now();
  const run = await park(bed, runs);
  const rate = (runs / (now() - began)) * 1000;
  const after = memory();
  const grown = { held: after.held - before.held, resident: after.resident - before.resident };
  console.log(JSON.stringify({ folder: bed.folder, run, rate, ...grown, disk: diskBytes(bed) - disk }));
  process.stdin.resume();
}
