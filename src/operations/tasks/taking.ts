import { isTaskFinal, mayByRole } from '../../engine/index.ts';
import { toHex } from '../../ledger/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Outcome, Receipt } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { unseen } from '../admission.ts';
import { write, type Call, type Context } from '../context.ts';
import { obstacleOf } from '../eligibility.ts';
import { done, no, type Refused } from '../outcome.ts';
import { forNow } from '../repetition.ts';
import type { OutputOf } from '../schema/index.ts';
import { forWhom } from '../voices.ts';
import {
  authorityOver,
  barredFrom,
  ineligible,
  isWith,
  notAllowed,
  notEligible,
  rolesOf,
  unsuited,
  untaken,
} from './access.ts';
import { partyFor, tokenOf } from './holder.ts';
import { taskView } from './view.ts';
import { execute, findTask, onTask } from './tasks.ts';

/**
 * Who takes tasks, or says no to them, and how long they hold.
 *
 * TASKS-1  Only whom routing allows takes a task, and only its holder works on it: the token alone opens nothing.
 * TASKS-2  Agents and systems hold by a lease and name the fencing token; people hold until they give it back.
 */
const take = async (
  context: Context,
  task: TaskRow,
  call: Call<'task.claim' | 'task.start'>,
  type: 'task.claim' | 'task.start',
): Promise<Outcome<Receipt>> => {
  const { caller, input } = call;
  const taken = await mayTake(context, task, caller, type === 'task.claim' ? 'claim' : 'start');
  if (!taken.ok) return taken;
  const refused = await notFirst(context, task, caller);
  if (refused) return refused;
  const { administrator, role } = taken.value;
  const unless = administrator ? barredFrom : task.assignee === null ? unsuited : undefined;
  const command = { type, task: task.id, assignee: caller.id, ...(administrator && { administrator }) };
  const { leases, scheduler } = context.runtime;
  if (caller.kind === 'human') {
    const how = { role, ...(unless && { unless }) };
    const act = (): Promise<Outcome<Receipt>> => execute(context, task, command, call, how);
    return task.assignee === caller.id
      ? scheduler.beginning(caller, act)
      : scheduler.withinCapacity(caller, task, act);
  }
  const leaseUntil = context.clock.now() + input.leaseSeconds * 1000;
  const start = { ...command, type: 'task.start' } as const;
  const claim = (): Promise<Outcome<Receipt>> =>
    execute(context, task, start, call, { leaseUntil, ...(unless && { unless }) });
  const isHeld = leases.get(task.id)?.assignee === caller.id;
  return isHeld ? claim() : scheduler.withinCapacity(caller, task, claim);
};

interface Taken {
  /** Taken by somebody who administers it, and for whom it was not meant. */
  readonly administrator: boolean;
  readonly role: string | null;
}
const AS_ASKED: Taken = { administrator: false, role: null };

async function mayTake(
  context: Context,
  task: TaskRow,
  caller: Passport,
  command: 'claim' | 'start' | 'decline',
): Promise<Outcome<Taken>> {
  if (isTaskFinal(task.status)) return no('task_closed', `Task ${task.id} is ${task.status}.`);
  if (task.assignee !== null && !isWith(task, caller)) {
    const holder = await partyFor(context, task, caller, task.assignee);
    return no('task_held', `Task ${task.id} is held by ${holder}.`);
  }
  const closed = untaken(task, command);
  const why = unsuited(context, task, caller);
  if (closed) return why && task.status === 'created' ? notEligible(task, caller, why) : closed;
  const roles = rolesOf(context, task, null, caller);
  const own = roles.has('actual_owner') || roles.has('potential_owner');
  const may = mayByRole(task, command, roles);
  if (own && may) return done(AS_ASKED);
  const bar = may ? barredFrom(context, task, caller) : why;
  if (bar) return ineligible(context, task, command, caller, bar);
  if (may) return done({ administrator: true, role: authorityOver(context, task, caller) });
  return notAllowed(context, task, command, caller, roles);
}

/** Where a step says so, its tasks are taken in the order of the queue: the first that the caller may take. */
const notFirst = async (context: Context, task: TaskRow, caller: Passport): Promise<Refused | null> => {
  if (task.assignee !== null) return null;
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

export const claimTask = onTask('task.claim', (context, task, call) =>
  take(context, task, call, 'task.claim'),
);
export const startTask = onTask('task.start', (context, task, call) =>
  take(context, task, call, 'task.start'),
);

export const claimNext = write<'task.claim_next', OutputOf<'task.claim_next'>>('task.claim_next', {
  unrecorded: true,
  async act(context, call) {
    const { runtime, sha256 } = context;
    const { input, caller, since, signal, idempotency } = call;
    if (caller.kind === 'human')
      return no(
        'kind_unsuited',
        'People choose their tasks: list them (task.list with mine), then claim one.',
      );
    const { capabilities, waitSeconds, leaseSeconds } = input;
    const claim = idempotency && toHex(sha256(`${idempotency.key} ${idempotency.fingerprint}`));
    const held = claim === undefined ? null : await heldBy(claim, context, call);
    if (held) return done({ task: held });
    const outcome = await runtime.scheduler.claimNext({
      passport: caller,
      until: since + waitSeconds * 1000,
      leaseMs: leaseSeconds * 1000,
      claim,
      ...(capabilities && { capabilities }),
      ...(signal && { signal }),
    });
    const task = outcome.ok ? outcome.value : null;
    if (claim !== undefined && runtime.leases.isShared) {
      const kept = await keptOf(claim, context, caller);
      if (kept !== null && kept !== task?.id) return done({ task: await holdOn(kept, claim, context, call) });
    }
    if (!outcome.ok) return outcome;
    return done({ task: task && taskView(task, runtime.leases.get(task.id)?.until ?? null) });
  },
  answer: (_, claimed) => forNow(claimed),
});

/** REPEAT-3. What the caller holds by a claim; null where that is nothing. */
const heldBy = async (claim: string, context: Context, call: Call<'task.claim_next'>) => {
  const kept = await keptOf(claim, context, call.caller);
  return kept === null ? null : holdOn(kept, claim, context, call);
};

/** REPEAT-5. The task that the caller holds by a claim; what it holds by it beside that is given back. */
async function keptOf(claim: string, context: Context, caller: Passport): Promise<string | null> {
  const { leases } = context.runtime;
  const [kept = null, ...others] = await leases.byClaim(caller.id, claim);
  for (const id of others) {
    const row = await heldRow(id, claim, context);
    const command = { type: 'task.release', task: id, token: row?.token ?? 0, reason: GIVEN_TWICE } as const;
    if (row) await execute(context, row, command, { caller });
  }
  return kept;
}
const GIVEN_TWICE = 'given for a claim that was given another task at the same moment';

/** From now on for as long as the caller asks for again; null where it is not held by the claim any more. */
async function holdOn(
  id: string,
  claim: string,
  context: Context,
  { caller, input }: Call<'task.claim_next'>,
) {
  const row = await heldRow(id, claim, context);
  if (!row) return null;
  const lease = await context.runtime.heartbeat(id, row.token, caller.id, input.leaseSeconds * 1000);
  return lease.ok ? taskView(row, lease.value.leaseUntil) : null;
}

async function heldRow(id: string, claim: string, { runtime }: Context): Promise<TaskRow | null> {
  const row = await runtime.store.task(id);
  return row?.claim === claim ? row : null;
}

export const declineTask = onTask('task.decline', async (context, task, call) => {
  const { caller, input } = call;
  const taken = await mayTake(context, task, caller, 'decline');
  if (!taken.ok) return taken;
  const refused = await unseen(context, task, caller);
  if (refused) return refused;
  const { reason } = input;
  const command = {
    type: 'task.decline',
    task: task.id,
    participant: task.assignee ?? forWhom(context, caller),
    reason,
  } as const;
  return execute(context, task, command, call);
});

export const heartbeat = write<'task.heartbeat', OutputOf<'task.heartbeat'>>('task.heartbeat', {
  unrecorded: true,
  async act(context, { input, caller }) {
    const found = await findTask(context, input.id);
    if (!found.ok) return found;
    const token = await tokenOf(context, found.value, caller, input.token);
    if (!token.ok) return token;
    if (caller.kind === 'human') return done({ leaseUntil: null });
    return context.runtime.heartbeat(input.id, token.value, caller.id, input.leaseSeconds * 1000);
  },
  answer: (_, lease) => forNow(lease),
});
