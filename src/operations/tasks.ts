import { isTaskFinal, type Command } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import { byRole, byTask, type Outcome, type Receipt } from '../runtime/index.ts';
import type { TaskRow } from '../store/index.ts';
import { artifactProblem } from './artifacts.ts';
import { maySkip } from './asked.ts';
import { write, type Call, type Context } from './context.ts';
import { obstacleOf, type Obstacle } from './eligibility.ts';
import { done, no, type Refused } from './outcome.ts';
import { grantOf } from './permissions.ts';
import type { OutputOf } from './schema/index.ts';
import { receiptView, taskView } from './task-view.ts';

/**
 * Work on tasks.
 *
 * TASKS-1  Only whom routing allows takes a task, and only its holder works on it: the token alone opens nothing.
 * TASKS-2  Agents and systems hold by a lease and name the fencing token; people hold until they give it back.
 */
export const findTask = async ({ runtime }: Context, id: string): Promise<Outcome<TaskRow>> => {
  const task = await runtime.store.task(id);
  return task ? done(task) : no('task_unknown', `There is no task ${id}.`);
};

const UNKNOWN = { id: 'unknown', version: 0 };

interface Execution {
  readonly leaseUntil?: number;
  /** The role of an operator, where it is not the task that gives the authority. */
  readonly role?: string | null;
}

/** On the authority of the definition, or of the role by which the task names the caller (promise 2). */
const execute = (
  { runtime }: Context,
  task: TaskRow,
  command: Command,
  { caller, idempotency }: Pick<Call<'task.claim'>, 'caller' | 'idempotency'>,
  { leaseUntil, role }: Execution = {},
): Promise<Outcome<Receipt>> =>
  runtime.runs.execute(
    task.run,
    command,
    (state) => (role == null ? byTask(caller, task, state?.definition ?? UNKNOWN) : byRole(caller, role)),
    {
      ...(leaseUntil !== undefined && { leaseUntil }),
      ...(idempotency && { idempotency: { ...idempotency, keeps: ({ id }) => id === task.id } }),
    },
  );

type TaskOperation =
  | 'task.claim'
  | 'task.start'
  | 'task.progress'
  | 'task.complete'
  | 'task.fail'
  | 'task.release'
  | 'task.decline'
  | 'task.skip'
  | 'task.decide';

const onTask = <Name extends TaskOperation>(
  name: Name,
  act: (context: Context, task: TaskRow, call: Call<Name>) => Promise<Outcome<Receipt>>,
) =>
  write<Name, Receipt>(name, {
    async act(context, call) {
      const found = await findTask(context, call.input.id);
      return found.ok ? act(context, found.value, call) : found;
    },
    answer: ({ runtime }, receipt, { input }) => receiptView(receipt, input.id, runtime) as OutputOf<Name>,
  });

// --- taking ---------------------------------------------------------------------------------------------------------

const take = async (
  context: Context,
  task: TaskRow,
  call: Call<'task.claim' | 'task.start'>,
  type: 'task.claim' | 'task.start',
): Promise<Outcome<Receipt>> => {
  const { caller, input } = call;
  const refused = mayTake(context, task, caller) ?? (await notFirst(context, task, caller));
  if (refused) return refused;
  const command = { type, task: task.id, assignee: caller.id };
  if (caller.kind === 'human') return execute(context, task, command, call);
  const { leases, scheduler } = context.runtime;
  const leaseUntil = context.clock.now() + input.leaseSeconds * 1000;
  const start = { ...command, type: 'task.start' } as const;
  const claim = (): Promise<Outcome<Receipt>> => execute(context, task, start, call, { leaseUntil });
  return leases.get(task.id)?.assignee === caller.id ? claim() : scheduler.withinCapacity(caller, claim);
};

const mayTake = (context: Context, task: TaskRow, caller: Passport): Refused | null => {
  if (isTaskFinal(task.status)) return no('task_closed', `Task ${task.id} is ${task.status}.`);
  if (task.assignee === caller.id) return null;
  if (task.assignee !== null) return no('task_held', `Task ${task.id} is held by ${task.assignee}.`);
  const why = obstacleOf(context, caller, task);
  return why ? notEligible(task, caller, why) : null;
};

/** Where a step says so, its tasks are taken in the order of the queue: the first that the caller may take. */
const notFirst = async (context: Context, task: TaskRow, caller: Passport): Promise<Refused | null> => {
  if (task.assignee === caller.id) return null;
  const { runs, store } = context.runtime;
  const run = await runs.state(task.run);
  const node = run?.graph.steps.find(({ id }) => id === task.step);
  if (node?.kind !== 'task' || node.assign?.order !== 'queue') return null;
  const page = await store.tasks(
    { step: task.step, open: true, status: ['ready'], order: 'queue' },
    { limit: 1000 },
  );
  for (const row of page.rows) {
    if (row.id === task.id) return null;
    const other = await runs.state(row.run);
    if (other?.graph.id === run?.graph.id && !obstacleOf(context, caller, row))
      return no('not_first', `The tasks of ${task.step} are taken in order, and ${row.id} comes first.`, {
        first: row.id,
      });
  }
  return null;
};

const notEligible = (task: TaskRow, caller: Passport, why: Obstacle): Refused =>
  no('not_eligible', `${caller.name} may not do task ${task.id}: ${why.message}.`, { reason: why.code });

export const claimTask = onTask('task.claim', (context, task, call) =>
  take(context, task, call, 'task.claim'),
);
export const startTask = onTask('task.start', (context, task, call) =>
  take(context, task, call, 'task.start'),
);

export const claimNext = write<'task.claim_next', OutputOf<'task.claim_next'>>('task.claim_next', {
  unrecorded: true,
  async act({ runtime, clock }, { input, caller, signal }) {
    if (caller.kind === 'human')
      return no(
        'kind_unsuited',
        'People choose their tasks: list them (task.list with mine), then claim one.',
      );
    const { capabilities, waitSeconds, leaseSeconds } = input;
    const now = clock.now();
    const outcome = await runtime.scheduler.claimNext({
      passport: caller,
      until: now + waitSeconds * 1000,
      leaseMs: leaseSeconds * 1000,
      ...(capabilities && { capabilities }),
      ...(signal && { signal }),
    });
    if (!outcome.ok) return outcome;
    const task = outcome.value;
    return done({ task: task && taskView(task, runtime.leases.get(task.id)?.until ?? null) });
  },
  answer: (_, claimed) => claimed,
});

// --- holding --------------------------------------------------------------------------------------------------------

/** The token with which the caller holds the task. */
const tokenOf = (task: TaskRow, caller: Passport, token: number | undefined): Outcome<number> => {
  if (task.assignee !== caller.id) return notHolder(task, caller);
  if (token !== undefined) return done(token);
  if (caller.kind === 'human') return done(task.token);
  return no(
    'token_required',
    `${caller.name} is no person, and names the fencing token that came with task ${task.id}.`,
  );
};

const notHolder = (task: TaskRow, caller: Passport): Refused => {
  if (isTaskFinal(task.status))
    return no('task_closed', `Task ${task.id} is ${task.status}. Stop working on it.`);
  const who = task.assignee === null ? 'nobody has it' : `${task.assignee} has it`;
  return no(
    'not_holder',
    `${caller.name} does not hold task ${task.id}: ${who}. Stop working on it, or claim it.`,
  );
};

type HeldOperation = 'task.progress' | 'task.complete' | 'task.fail' | 'task.release';

const onHeld = <Name extends HeldOperation>(
  name: Name,
  commandOf: (input: Call<Name>['input'], held: { task: string; token: number }) => Command,
  refusal: (context: Context, input: Call<Name>['input']) => Promise<Refused | null> = async () => null,
) =>
  onTask(name, async (context, task, call) => {
    const token = tokenOf(task, call.caller, call.input.token);
    if (!token.ok) return token;
    const refused = await refusal(context, call.input);
    if (refused) return refused;
    return execute(context, task, commandOf(call.input, { task: task.id, token: token.value }), call);
  });

export const progressTask = onHeld('task.progress', ({ fraction, message, usage }, held) => ({
  type: 'task.progress',
  ...held,
  ...(fraction !== undefined && { fraction }),
  ...(message !== undefined && { message }),
  ...(usage && { usage }),
}));

export const completeTask = onHeld(
  'task.complete',
  ({ output, usage, confidence }, held) => ({
    type: 'task.complete',
    ...held,
    output,
    ...(usage && { usage }),
    ...(confidence !== undefined && { confidence }),
  }),
  (context, { output }) => artifactProblem(context, output),
);

export const failTask = onHeld('task.fail', ({ code, message, retryable, usage }, held) => ({
  type: 'task.fail',
  ...held,
  code,
  message,
  retryable,
  ...(usage && { usage }),
}));

/** An operator may give back what somebody holds who cannot. */
export const releaseTask = onTask('task.release', async (context, task, call) => {
  const { caller, input } = call;
  const role = task.assignee === caller.id ? null : grantOf(caller, 'runs.operate');
  const token: Outcome<number> =
    role === null ? tokenOf(task, caller, input.token) : done(input.token ?? task.token);
  if (!token.ok) return token;
  const { reason } = input;
  const command = {
    type: 'task.release',
    task: task.id,
    token: token.value,
    ...(reason !== undefined && { reason }),
  } as const;
  return execute(context, task, command, call, { role });
});

export const declineTask = onTask('task.decline', async (context, task, call) => {
  const { caller, input } = call;
  const refused = mayTake(context, task, caller);
  if (refused) return refused;
  const { reason } = input;
  const command = {
    type: 'task.decline',
    task: task.id,
    participant: caller.id,
    ...(reason !== undefined && { reason }),
  } as const;
  return execute(context, task, command, call);
});

export const heartbeat = write<'task.heartbeat', OutputOf<'task.heartbeat'>>('task.heartbeat', {
  unrecorded: true,
  async act(context, { input, caller }) {
    const found = await findTask(context, input.id);
    if (!found.ok) return found;
    const token = tokenOf(found.value, caller, input.token);
    if (!token.ok) return token;
    if (caller.kind === 'human') return done({ leaseUntil: null });
    return context.runtime.heartbeat(input.id, token.value, caller.id, input.leaseSeconds * 1000);
  },
  answer: (_, lease) => lease,
});

// --- deciding -------------------------------------------------------------------------------------------------------

export const skipTask = onTask('task.skip', async (context, task, call) => {
  const { caller, input } = call;
  if (caller.kind !== 'human')
    return no('human_required', 'Whether a task is left out is decided by a person.');
  const why = obstacleOf(context, caller, task);
  if (task.skippable && why && !maySkip(context, task, caller)) return notEligible(task, caller, why);
  const role = why && task.assignee !== caller.id ? grantOf(caller, 'runs.operate') : null;
  const { reason } = input;
  return execute(
    context,
    task,
    { type: 'task.skip', task: task.id, ...(reason !== undefined && { reason }) },
    call,
    { role },
  );
});

export const decideTask = onTask('task.decide', async (context, task, call) => {
  const { caller, input } = call;
  if (caller.kind !== 'human')
    return no('human_required', `${caller.name} is no person: approvals are decided by people.`);
  const why = task.approval ? (obstacleOf(context, caller, task) ?? notNamed(task)) : null;
  if (why) return notEligible(task, caller, why);
  const { outcome, subject, reason } = input;
  const command = {
    type: 'task.decide',
    task: task.id,
    outcome,
    subject,
    ...(reason !== undefined && { reason }),
  } as const;
  return execute(context, task, command, call);
});

/** Nobody decides where nobody is named. */
const notNamed = ({ from }: TaskRow): Obstacle | null =>
  from.length > 0 ? null : { code: 'not_named', message: 'the approval is for nobody' };
