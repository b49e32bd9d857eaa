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

export interface Templates {
  readonly finished: readonly Template[];
  /** People's tasks, approvals, timers, and tasks that no agent has taken: four, three, two and one of ten. */
  readonly open: readonly Template[];
}

const TEAMS = 20;
const KINDS = 20;

const one = (id: string, step: JsonObject): JsonObject => ({
  id,
  name: `Work of the kind ${id}`,
  input: { type: 'object' },
  phases: [{ id: 'p', steps: [{ id: 's', ...step }] }],
});

const STEPS: readonly ((team: string) => JsonObject)[] = [
  (team) => ({ task: { by: 'human', from: [team], input: { what: 'something to look at' } } }),
  (team) => ({ approval: { subject: '${ input }', from: team } }),
  () => ({ wait: { for: '30d' } }),
  () => ({ task: { requires: ['rare'], by: 'agent', input: {} } }),
];
const SHARES = [4, 3, 2, 1];

/** Real runs, one of each kind: what they wrote is what is written again under other names. */
export async function record(bed: Bed): Promise<Templates> {
  const kept = recording(bed.runtime);
  for (let team = 0; team < TEAMS; team += 1) {
    const id = `passport_human_team_${team}`;
    const somebody = passport(id, 'human', { roles: [`team_${team}`] });
    await bed.runtime.organisation.register(somebody, asManager);
  }
  const finished: Template[] = [];
  const open: Template[] = [];
  for (let kind = 0; kind < KINDS; kind += 1) {
    const id = `kind-${String(kind).padStart(2, '0')}`;
    await prepare(bed, one(id, { task: { requires: ['work'], by: 'agent', input: { page: kind } } }));
    const workers = agents(bed, 1);
    const over = ended(bed, 1);
    const run = await start(bed, id, { amount: 10 });
    await over;
    await workers.stop();
    finished.push(kept(run));
    for (const [at, step] of STEPS.entries()) {
      await prepare(bed, one(`${id}-${at}`, step(`role:team_${kind % TEAMS}`)));
      const waiting = kept(await start(bed, `${id}-${at}`, { amount: 10 }));
      for (let share = 0; share < (SHARES[at] ?? 0); share += 1) open.push(waiting);
    }
  }
  return { finished, open };
}

/** Follows what is committed from now on; what is returned gives what a run has left. */
function recording({ store }: Runtime): (run: string) => Template {
  const changes = new Map<string, Change[]>();
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const results = await commit(batch);
    batch.forEach((change, at) => {
      if (results[at]?.ok) changes.set(change.stream, [...(changes.get(change.stream) ?? []), change]);
    });
    return results;
  };
  return (run) => {
    const all = changes.get(run) ?? [];
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
  };
}
