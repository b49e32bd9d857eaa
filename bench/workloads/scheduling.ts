import type { JsonObject } from '../../src/definition/index.ts';
import { attribute } from '../../src/runtime/index.ts';
import { passportOf, type FullPassport } from '../../src/routing/index.ts';
import { asManager, discard, median, now, openBed, passport, prepare, start, type Bed } from '../bed.ts';
import type { Report } from '../report.ts';

const KINDS = 100;
const AGENTS = 1000;
const RUNS = 10;
/** Agents that ask at the same moment. */
const AT_ONCE = 50;
/** Assignments that are measured, and as many before them. */
const ASSIGNMENTS = 400;
const ROUNDS = 5;

const job = (each: number): JsonObject => ({
  id: 'kinds',
  name: 'Work of many kinds',
  limits: { concurrency: 10_000, tasks: 1_000_000 },
  phases: [
    {
      id: 'p',
      steps: Array.from({ length: KINDS }, (_, kind) => ({
        id: `kind${kind}`,
        priority: 1 + (kind % 10),
        forEach: { items: Array.from({ length: each }, (_, at) => at), concurrency: each },
        task: { requires: [`kind${kind}`], by: 'agent', input: '${ item }' },
      })),
    },
  ],
});

const agentAt = (at: number): FullPassport =>
  passportOf(passport(`passport_agent_${at}`, 'agent', { capabilities: [`kind${at % KINDS}`] }));

/** What giving one ready task to an agent that comes for it costs, while more or fewer tasks wait. */
export async function scheduling(report: Report): Promise<void> {
  const few = await costOf(1000);
  const many = await costOf(10_000);
  report(
    'scheduling: 1,000 ready tasks of 100 kinds, 1,000 agents that come and go',
    few,
    'ms per assignment',
  );
  report('scheduling: 10,000 ready tasks', many, 'ms per assignment');
  report('scheduling: 10,000 against 1,000', many / few, 'ratio');
}

async function costOf(ready: number): Promise<number> {
  const bed = await openBed();
  await prepare(bed, job(ready / KINDS / RUNS));
  const agents = Array.from({ length: AGENTS }, (_, at) => agentAt(at));
  await Promise.all(agents.map((agent) => bed.runtime.organisation.register(agent, asManager)));
  for (let run = 0; run < RUNS; run += 1) await start(bed, 'kinds');
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const began = now();
    for (let at = 0; at < ASSIGNMENTS; at += AT_ONCE) await comeAndGo(bed, agents, round * ASSIGNMENTS + at);
    if (round > 0) times.push((now() - began) / ASSIGNMENTS);
  }
  await bed.close();
  discard(bed);
  return median(times);
}

/** Each takes the first task that it may do, and gives it back, so that as many wait as before. */
const comeAndGo = async ({ runtime }: Bed, agents: readonly FullPassport[], from: number): Promise<void> => {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, at) => {
      const agent = agents[(from + at) % AGENTS] as FullPassport;
      const claim = await runtime.scheduler.claimNext({ passport: agent, until: 0, leaseMs: 60_000 });
      if (!claim.ok || !claim.value) throw new Error(`there was nothing for ${agent.id}`);
      const { id, run, token } = claim.value;
      const by = attribute(agent, { kind: 'definition', id: 'kinds', version: '1' });
      const released = await runtime.runs.execute(run, { type: 'task.release', task: id, token }, by);
      if (!released.ok) throw new Error(released.rejection.message);
    }),
  );
};
