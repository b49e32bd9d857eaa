import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { PostgresServer, skipWithout, type Availability } from '../postgres/index.ts';
import { campaign, SERVER_SETTINGS, type Seen } from './campaign.ts';
import { watchCapacity } from './capacity.ts';
import { checkCapacity, checkOperations } from './check.ts';
import { KINDS } from './faults.ts';
import type { Operation } from './history.ts';

/** `FAULTS_SEED=n` repeats the faults of one campaign; `FAULTS_SECONDS=n` makes it longer. `npm run faults` is the long one. */
const SEED = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 1e9));
const SECONDS = Number(process.env['FAULTS_SECONDS'] ?? 120);

/** A server of its own, since it is killed. */
async function open(): Promise<Availability> {
  try {
    const server = await PostgresServer.create({ settings: SERVER_SETTINGS });
    after(() => server.remove());
    return { server };
  } catch (fault) {
    if (process.env['CI']) throw fault;
    return { reason: `PostgreSQL cannot be started here: ${(fault as Error).message}` };
  }
}

const postgres = await open();
const needed = { skip: skipWithout(postgres), timeout: 600_000 };
let seen: Seen | null = null;

test(
  `whatever befalls three nodes and their database, every promise holds (seed ${SEED})`,
  needed,
  async (t) => {
    if ('reason' in postgres) return;
    const log = (line: string): void => t.diagnostic(line);
    const report = await campaign({ seed: SEED, stormMs: SECONDS * 1000, server: postgres.server, log });
    ({ seen } = report);
    const { seen: _, ...told } = report;
    t.diagnostic(JSON.stringify(told));
    const missing = KINDS.filter((kind) => !report.faults[kind]);
    assert.deepEqual(missing, [], 'every kind of fault had an effect');
    assert.ok(report.deadlocks > 0, 'nodes were victims of deadlocks');
  },
);

const NOTHING = 'there is nothing that could be forged: the campaign did not come to its end';

test('the checker sees what may not be', needed, (t) => {
  if (!seen) return t.skip(NOTHING);
  const { operations, record } = seen;
  type Change = (one: Operation) => Partial<Operation>[];
  const forge = (promise: string, is: (one: Operation) => boolean, change: Change): void => {
    const at = operations.findIndex(is);
    const one = operations[at] as Operation;
    assert.ok(one, `there is one to be forged for ${promise}`);
    const forged = operations.toSpliced(at, 1, ...change(one).map((other) => ({ ...one, ...other })));
    saw(t, promise, () => checkOperations(forged, record));
  };
  forge('SEEN-1', isWork, () => [{ mark: '~lost~' }]);
  forge('SEEN-1', isWork, () => [{ outcome: 'refused' }]);
  forge('SEEN-4', isWork, ({ token }) => [{ token: (token ?? 0) + 1 }]);
  forge('SEEN-4', isWork, () => [{ by: 'passport_m1' }]);
  forge('SEEN-2', isWork, ({ answer }) => [{ answer: answer && { ...answer, sequence: 1 } }]);
  forge('SEEN-2', isWork, ({ answer }) => [{ answer: answer && { ...answer, sequence: 1e6 } }]);
  forge('SEEN-3', isClaim, () => [{}, {}]);
  forge('SEEN-3', isClaim, () => [{ by: 'passport_m1' }]);
  const isLost = ({ answer }: Operation): boolean =>
    answer?.task?.leaseUntil != null && record.losses.has(`${answer.task.id} ${answer.task.token}`);
  forge(
    'SEEN-5',
    (one) => isClaim(one) && isLost(one),
    ({ answer }) => [
      {
        answer: answer?.task
          ? { ...answer, task: { ...answer.task, leaseUntil: Number.MAX_SAFE_INTEGER } }
          : answer,
      },
    ],
  );
  const refusal = { mark: null, outcome: 'refused', code: 'task_closed', returnedAt: 0 } as const;
  forge('SEEN-7', isWork, () => [refusal]);
  // Read before the operations that had led there, after somebody had heard of them.
  forge(
    'SEEN-2',
    ({ verb, outcome, answer }) => verb === 'read' && outcome === 'done' && (answer?.sequence ?? 0) > 3,
    ({ answer }) => [{}, { invoked: 1e9, returned: 1e9 + 1, answer: answer && { ...answer, sequence: 1 } }],
  );
});

test('the checker sees who was given more than they may hold', needed, (t) => {
  if (!seen) return t.skip(NOTHING);
  const { operations, capacities } = seen;
  for (const [by, capacity] of capacities) {
    const [claim, end] = workOf(by, operations);
    const more = Array.from({ length: capacity }, (_, at) => twin(claim, end, `other ${at}`));
    saw(t, 'SEEN-6', () => checkCapacity([...operations, ...more.flat()], capacities));
  }
});

test('the watch sees who holds more in the database than they may', needed, async (t) => {
  if (!seen || 'reason' in postgres) return t.skip(NOTHING);
  const { server } = postgres;
  const { capacities, databaseUrl } = seen;
  const watched = (): Promise<void> => watchCapacity(server, databaseUrl, capacities)();
  await watched();
  for (const [by, capacity] of capacities) {
    await server.query(hold(by, capacity), databaseUrl);
    await watched();
    await server.query(hold(by, capacity + 1), databaseUrl);
    await assert.rejects(watched(), { message: `SCHED-2 ${by} holds ${capacity + 1}` });
    await server.query(hold(by, 0), databaseUrl);
  }
});

const isWork = ({ outcome, act, mark, token }: Operation): boolean =>
  outcome === 'done' && act === 'complete' && mark !== null && token !== null;
const isClaim = ({ verb, outcome, answer }: Operation): boolean =>
  verb === 'claim' && outcome === 'done' && answer?.task != null;

/** A claim of somebody, and how they ended what it had given them. */
function workOf(by: string, operations: readonly Operation[]): readonly [Operation, Operation] {
  for (const end of operations) {
    if (end.by !== by || !isWork(end)) continue;
    const claim = operations.find(
      (one) => isClaim(one) && one.answer?.task?.id === end.task && one.answer.task.token === end.token,
    );
    if (claim) return [claim, end];
  }
  throw new Error(`${by} has done nothing`);
}

/** The same at the same time, with another task. */
const twin = (claim: Operation, end: Operation, id: string): readonly Operation[] => [
  { ...claim, answer: claim.answer?.task ? { ...claim.answer, task: { ...claim.answer.task, id } } : null },
  { ...end, task: id },
];

/** Gives somebody so many tasks that they do not have, and no others. */
const hold = (by: string, tasks: number): string => `
  UPDATE tasks SET open = counted.number <= ${tasks}, status = 3, assignee = '${by}'
  FROM (SELECT run, name, row_number() OVER (ORDER BY run, name) AS number FROM tasks) AS counted
  WHERE tasks.run = counted.run AND tasks.name = counted.name`;

function saw(t: TestContext, promise: string, check: () => void): void {
  try {
    check();
  } catch (fault) {
    const { message } = fault as Error;
    assert.ok(message.startsWith(`${promise} `), `${promise} was expected, and not: ${message}`);
    return t.diagnostic(message.slice(0, 60));
  }
  assert.fail(`it did not see what breaks ${promise}`);
}
