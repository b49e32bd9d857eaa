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
/** Assignments of a round; of which a few to warm up, then those that are measured. */
const ASSIGNMENTS = 400;
const WARM_UP = 5;
const ROUNDS = 15;

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

/**
 * What giving one ready task to an agent that comes for it costs, while more or fewer tasks wait. Rounds take turns, so that both meet
 * the same compiled code, disk and neighbours.
 */
export async function scheduling(report: Report): Promise<void> {
  const [few, many] = [await bedWith(1000), await bedWith(10_000)];
  const agents = Array.from({ length: AGENTS }, (_, at) => agentAt(at));
  const [times, ratios]: [{ few: number[]; many: number[] }, number[]] = [{ few: [], many: [] }, []];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const [a, b] = [await costOf(few, agents, round), await costOf(many, agents, round)];
    if (round < WARM_UP) continue;
    times.few.push(a);
    times.many.push(b);
    ratios.push(b / a);
  }
  for (const bed of [few, many]) {
    await bed.close();
    discard(bed);
  }
  const unit = 'ms per assignment';
  report(
    'scheduling: 1,000 ready tasks of 100 kinds, 1,000 agents that come and go',
    median(times.few),
    unit,
  );
  report('scheduling: 10,000 ready tasks', median(times.many), unit);
  report('scheduling: 10,000 against 1,000', median(ratios), 'ratio');
}

async function bedWith(ready: number): Promise<Bed> {
  const bed = await openBed();
  await prepare(bed, job(ready / KINDS / RUNS));
  const agents = Array.from({ length: AGENTS }, (_, at) => agentAt(at));
  await Promise.all(agents.map((agent) => bed.runtime.organisation.register(agent, asManager)));
  for (let run = 0; run < RUNS; run += 1) await start(bed, 'kinds');
  return bed;
}

async function costOf(bed: Bed, agents: readonly FullPassport[], round: number): Promise<number> {
  const began = now();
  for (let at = 0; at < ASSIGNMENTS; at += AT_ONCE) await comeAndGo(bed, agents, round * ASSIGNMENTS + at);
  return (now() - began) / ASSIGNMENTS;
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
