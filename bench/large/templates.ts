import type { JsonObject } from '../../src/definition/index.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import type { Change, NewEntry, RunRow, TaskRow, Timer } from '../../src/store/index.ts';
import { agents, asManager, ended, passport, prepare, start, type Bed } from '../bed.ts';

/** All that one run has left in the store. */
export interface Template {
  readonly run: string;
  readonly entries: readonly NewEntry[];
  readonly row: RunRow;
  readonly tasks: readonly TaskRow[];
  readonly timers: readonly Timer[];
}

/** A run, and those that it has started. */
export type Family = readonly [Template, ...Template[]];

export interface Templates {
  readonly finished: readonly Family[];
  /** People's tasks, approvals, timers, tasks that no agent has taken, and runs of other runs: four, three, two, one and one of eleven. */
  readonly open: readonly Family[];
}

const TEAMS = 20;
export const KINDS = Array.from({ length: 20 }, (_, at) => `kind-${String(at).padStart(2, '0')}`);
/** What this one sees is what an ordinary person sees. */
export const PERSON = 'passport_human_team_0';
const CHILDREN = 3;

const one = (id: string, step: JsonObject): JsonObject => ({
  id,
  name: `Work of the kind ${id}`,
  input: { type: 'object' },
  phases: [{ id: 'p', steps: [{ id: 's', ...step }] }],
});

const STEPS: readonly ((team: number, kind: string) => JsonObject)[] = [
  (team) => ({ task: { by: 'human', from: [`role:team_${team}`], input: { what: 'something to look at' } } }),
  (team) => ({ approval: { subject: '${ input }', from: `group:desk_${team}` } }),
  () => ({ wait: { for: '30d' } }),
  () => ({ task: { requires: ['rare'], by: 'agent', input: {} } }),
  (_, kind) => ({
    forEach: Array.from({ length: CHILDREN }, (__, at) => at),
    workflow: { definition: `${kind}-0`, input: { amount: 10 } },
  }),
];
const SHARES = [4, 3, 2, 1, 1];

/** Real runs, one of each kind: what they wrote is what is written again under other names. */
export async function record(bed: Bed): Promise<Templates> {
  const kept = recording(bed.runtime);
  for (let team = 0; team < TEAMS; team += 1) {
    const id = `passport_human_team_${team}`;
    const somebody = passport(id, 'human', { roles: [`team_${team}`], groups: [`desk_${team}`] });
    await bed.runtime.organisation.register(somebody, asManager);
  }
  const finished: Family[] = [];
  const open: Family[] = [];
  for (const [at, kind] of KINDS.entries()) {
    finished.push([kept.of(await finish(bed, kind, at))]);
    for (const [variant, step] of STEPS.entries()) {
      const id = `${kind}-${variant}`;
      await prepare(bed, one(id, step(at % TEAMS, kind)));
      const run = await start(bed, id, { amount: 10 });
      const family = await kept.family(run, 'workflow' in step(0, kind) ? CHILDREN : 0);
      for (let share = 0; share < (SHARES[variant] ?? 0); share += 1) open.push(family);
    }
  }
  return { finished, open };
}

/** A run of one task that an agent has done. */
async function finish(bed: Bed, kind: string, page: number): Promise<string> {
  await prepare(bed, one(kind, { task: { requires: ['work'], by: 'agent', input: { page } } }));
  const workers = agents(bed, 1);
  const over = ended(bed, 1);
  const run = await start(bed, kind, { amount: 10 });
  await over;
  await workers.stop();
  return run;
}

interface Recorded {
  /** What a run has left. */
  of(run: string): Template;
  /** The same of a run and so many that it starts, once they have begun. */
  family(run: string, children: number): Promise<Family>;
}

/** Follows what is committed from now on. */
function recording({ store, feed }: Runtime): Recorded {
  const changes = new Map<string, Change[]>();
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const results = await commit(batch);
    batch.forEach((change, at) => {
      if (results[at]?.ok) changes.set(change.stream, [...(changes.get(change.stream) ?? []), change]);
    });
    return results;
  };
  const of = (run: string): Template => left(run, changes.get(run) ?? []);
  const childrenOf = (run: string): string[] =>
    [...changes].filter(([, [first]]) => first?.run?.parent === run).map(([name]) => name);
  const family = (run: string, children: number): Promise<Family> =>
    new Promise((resolve) => {
      const look = (): void => {
        const begun = childrenOf(run);
        if (begun.length < children) return;
        leave();
        resolve([of(run), ...begun.map(of)]);
      };
      const leave = feed.subscribe(look);
      look();
    });
  return { of, family };
}

function left(run: string, all: readonly Change[]): Template {
  const tasks = new Map(all.flatMap((change) => (change.tasks ?? []).map((task) => [task.id, task])));
  const cancelled = new Set(all.flatMap((change) => change.cancelled ?? []));
  const row = all.findLast((change) => change.run !== undefined)?.run;
  if (!row) throw new Error(`nothing was committed of ${run}`);
  return {
    run,
    row,
    entries: all.flatMap(({ entries }) => entries),
    tasks: [...tasks.values()],
    timers: all.flatMap(({ timers = [] }) => timers).filter(({ id }) => !cancelled.has(id)),
  };
}
