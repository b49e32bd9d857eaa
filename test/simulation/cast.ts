import type { Command, Task } from '../../src/engine/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { attribute, byTask, type Outcome, type Receipt, type Runtime } from '../../src/runtime/index.ts';
import { person } from '../routing-kit/person.ts';
import type { World } from './world.ts';

/** Where the participants reach HumanOS: the process that is alive now, if any. */
export interface Door {
  readonly runtime: Runtime | null;
  /** Rejects when the process dies that is alive now. */
  readonly death: Promise<never>;
}

/** What participants remember, to be held against the ledger at the end. */
export interface Memory {
  /** Completions and decisions that were acknowledged: task ids. */
  readonly acknowledged: Set<string>;
  /** Runs whose start was acknowledged. */
  readonly started: Set<string>;
}

const passport = (id: string, kind: Passport['kind'], more: Partial<Passport>): Passport =>
  person(id, { kind, owner: kind === 'human' ? null : 'owner', ...more });

export const PEOPLE = {
  owner: passport('owner', 'human', { roles: ['administrator'] }),
  managers: ['manager1', 'manager2', 'manager3'].map((id) =>
    passport(id, 'human', { roles: ['manager'], capacity: 99 }),
  ),
  clerks: ['clerk1', 'clerk2', 'clerk3'].map((id) =>
    passport(id, 'human', { roles: ['clerk'], capacity: 99 }),
  ),
};
export const AGENTS = ['agent1', 'agent2', 'agent3'].map((id) =>
  passport(id, 'agent', { capabilities: ['work'] }),
);
export const SYSTEM = passport('system1', 'system', { name: 'erp' });
export const EVERYBODY = [PEOPLE.owner, ...PEOPLE.managers, ...PEOPLE.clerks, ...AGENTS, SYSTEM];

export const asOwner = attribute(PEOPLE.owner, { kind: 'role', id: 'administrator' });

/** A worker that fails, is late, answers twice, dies in the middle, and all that as often as the seed says. */
export const workAs = async (
  world: World,
  door: () => Door,
  self: Passport,
  memory: Memory,
  until: () => boolean,
) => {
  const { random } = world;
  while (!until()) {
    const task = await reach(world, door, (runtime) =>
      runtime.scheduler.claimNext({
        passport: self,
        until: world.now + 20_000,
        leaseMs: random.pick([5000, 10_000, 600_000]),
      }),
    );
    if (!task?.ok || !task.value) {
      await world.pause(random.int(100, 2000));
      continue;
    }
    await perform(world, door, self, task.value, memory);
  }
};

const perform = async (
  world: World,
  door: () => Door,
  self: Passport,
  task: Task,
  memory: Memory,
): Promise<void> => {
  const { random } = world;
  const { id, run, token } = task;
  const act = (command: Command) =>
    reach(world, door, (runtime) =>
      runtime.runs.execute(run, command, byTask(self, task, { id: 'd', version: 1 })),
    );
  if (random.chance(0.05)) return;
  await world.pause(random.chance(0.1) ? random.int(9_000, 30_000) : random.int(1, 3000));
  if (random.chance(0.2))
    await reach(world, door, (runtime) => runtime.heartbeat(id, token, self.id, 10_000));
  if (random.chance(0.2))
    await act({ type: 'task.progress', task: id, token, fraction: 0.5, usage: { tokens: 1, cost: 0.01 } });
  if (random.chance(0.1)) {
    await act({
      type: 'task.fail',
      task: id,
      token,
      code: 'bad_day',
      message: 'it did not work',
      retryable: random.chance(0.8),
    });
    return;
  }
  if (random.chance(0.05)) {
    await act({ type: 'task.release', task: id, token });
    return;
  }
  const output = task.kind === 'verification' ? random.chance(0.9) : { by: self.id };
  const sure = random.chance(0.2) ? { confidence: random.int(0, 10) / 10 } : {};
  const complete: Command = { type: 'task.complete', task: id, token, output, ...sure };
  let answer = await act(complete);
  if (random.chance(0.1) || !answer) answer = (await act(complete)) ?? answer;
  if (answer?.ok && task.kind !== 'verification') memory.acknowledged.add(id);
};

/** A call to the process that is alive; undefined when it dies, or its store fails, before it has answered. */
export const reach = async <Answer>(
  world: World,
  door: () => Door,
  call: (runtime: Runtime) => Promise<Answer>,
): Promise<Answer | undefined> => {
  const { runtime, death } = door();
  if (!runtime) {
    await world.pause(50);
    return undefined;
  }
  try {
    return await Promise.race([call(runtime), death]);
  } catch {
    return undefined;
  }
};

/** People look at what is open now and then, and decide or do it. */
export const actAsPeople = async (world: World, door: () => Door, memory: Memory, until: () => boolean) => {
  const { random } = world;
  while (!until()) {
    await world.pause(random.int(500, 60_000));
    const page = await reach(world, door, (runtime) =>
      runtime.store.tasks({ open: true, by: ['human'] }, { limit: 50 }),
    );
    if (!page || page.rows.length === 0) continue;
    const task = random.pick(page.rows);
    await (task.kind === 'approval' ? decide(world, door, task, memory) : doTask(world, door, task, memory));
  }
};

const decide = async (world: World, door: () => Door, task: Task, memory: Memory): Promise<void> => {
  const { random } = world;
  const self = random.pick([...PEOPLE.managers, ...PEOPLE.clerks.slice(0, 1)]);
  const command: Command = {
    type: 'task.decide',
    task: task.id,
    outcome: random.chance(0.75) ? 'approve' : 'reject',
    subject: random.chance(0.95) ? (task.approval?.subject ?? '') : 'something else',
    reason: 'because',
  };
  const answer = await reach(world, door, (runtime) =>
    runtime.runs.execute(task.run, command, byTask(self, task, { id: 'd', version: 1 })),
  );
  if (closes(answer, task.id)) memory.acknowledged.add(task.id);
};

const closes = (answer: Outcome<Receipt> | undefined, id: string): boolean =>
  answer?.ok === true && answer.value.tasks.some((task) => task.id === id && task.status === 'completed');

const doTask = async (world: World, door: () => Door, task: Task, memory: Memory): Promise<void> => {
  const { random } = world;
  if (task.status === 'created') return;
  const able = task.from.includes(PEOPLE.owner.id) ? [PEOPLE.owner] : PEOPLE.clerks;
  const holder = able.find(({ id }) => id === task.assignee);
  const self = holder ?? random.pick(able);
  const act = (command: Command) =>
    reach(world, door, (runtime) =>
      runtime.runs.execute(task.run, command, byTask(self, task, { id: 'd', version: 1 })),
    );
  if (random.chance(0.2)) {
    await act({ type: 'task.skip', task: task.id, reason: 'not needed' });
    return;
  }
  const holds = holder !== undefined && task.status === 'in_progress';
  const started = holds ? undefined : await act({ type: 'task.start', task: task.id, assignee: self.id });
  const mine = holds ? task : started?.ok ? started.value.tasks.find(({ id }) => id === task.id) : undefined;
  if (!mine) return;
  const answer = await act({
    type: 'task.complete',
    task: task.id,
    token: mine.token,
    output: { by: self.id },
  });
  if (answer?.ok) memory.acknowledged.add(task.id);
};

/** Somebody else than whoever started it. */
const APPROVE: Command = { type: 'approve', as: ['role:administrator'] };
const asDeputy = attribute(PEOPLE.managers[0] as Passport, { kind: 'role', id: 'administrator' });
const ORDERS: readonly Command[] = [
  { type: 'cancel' },
  { type: 'cancel', recovery: 'none' },
  { type: 'rollback', phase: 'p0', reason: 'once more' },
  { type: 'rollback', phase: 'p1' },
  { type: 'pause' },
  { type: 'stop' },
  { type: 'pause' },
  { type: 'resume' },
  { type: 'resume', limits: { tasks: 1000 } },
  { type: 'stop' },
  { type: 'signal', signal: 'go', payload: 1 },
  { type: 'signal', signal: 'go', payload: 2 },
];

/** What the operations team does to a task, wherever it stands. */
const interfere = async (world: World, door: () => Door): Promise<void> => {
  const { random } = world;
  const page = await reach(world, door, (runtime) => runtime.store.tasks({ open: true }, { limit: 50 }));
  if (!page || page.rows.length === 0) return;
  const { id: task, run, token, assignee } = random.pick(page.rows);
  const recovery = random.pick(['none', 'none', 'compensate', { rollback: 'p0' }] as const);
  const handling = { task, token, recovery, reason: 'because', cause: 'external' as const };
  const begins = [...PEOPLE.clerks, PEOPLE.owner].some(({ id }) => id === assignee);
  const command = random.pick<Command>([
    { type: 'task.force_complete', ...handling, output: random.chance(0.5) ? true : { by: 'force' } },
    {
      type: 'task.force_fail',
      ...handling,
      ...(random.chance(0.1) && { remove: random.pick(['run', 'all']) }),
    },
    { type: 'task.restart', ...handling, begins },
    { type: 'task.restart', ...handling, begins },
  ]);
  await reach(world, door, (runtime) => runtime.runs.execute(run, command, asOwner));
};

const HELP: readonly Command[] = [
  { type: 'resume' },
  { type: 'resume', limits: { tasks: 1000 } },
  { type: 'signal', signal: 'go', payload: 1 },
];

/** While the storm goes on, people and agents fall ill, and come back; afterwards all are there. */
export const fallIll = async (
  world: World,
  door: () => Door,
  isCalm: () => boolean,
  until: () => boolean,
): Promise<void> => {
  const { random } = world;
  const some = [...AGENTS, ...PEOPLE.clerks];
  const set = (id: string, status: Passport['status']) =>
    reach(world, door, (runtime) => runtime.organisation.participants.update(id, { status }, asOwner));
  while (!isCalm()) {
    await world.pause(random.int(5000, 120_000));
    await set(random.pick(some).id, random.pick(['away', 'busy', 'available', 'available']));
  }
  for (const { id } of some) while (!until() && !(await set(id, 'available'))?.ok) await world.pause(1000);
};

/** The operations team: starts runs, meddles while the storm goes on, and afterwards only helps. */
export const operate = async (
  world: World,
  door: () => Door,
  memory: Memory,
  starts: readonly { definition: string; input: object }[],
  isCalm: () => boolean,
  until: () => boolean,
): Promise<void> => {
  const { random } = world;
  for (const { definition, input } of starts) {
    await world.pause(random.int(0, 5000));
    const answer = await reach(world, door, (runtime) =>
      runtime.startRun({ definition, input: input as never, hold: random.chance(0.1) }, asOwner),
    );
    if (answer?.ok) memory.started.add(answer.value.run);
  }
  while (!until()) {
    await world.pause(random.int(1000, 60_000));
    if (!isCalm() && random.chance(0.3)) await interfere(world, door);
    const page = await reach(world, door, (runtime) => runtime.store.runs({}, { limit: 50 }));
    if (!page || page.rows.length === 0) continue;
    const run = random.pick(page.rows);
    const waits = run.status === 'pending_approval';
    const order = waits ? APPROVE : random.pick(isCalm() ? HELP : ORDERS);
    await reach(world, door, (runtime) => runtime.runs.execute(run.id, order, waits ? asDeputy : asOwner));
  }
};
