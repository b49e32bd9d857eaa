import type { Outcome, Receipt } from '../runtime/index.ts';
import type { Passport } from '../routing/index.ts';
import type { TaskRow } from '../store/index.ts';
import { artifactProblem } from './artifacts.ts';
import { write, type Call, type Context } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import type { OutputOf } from './schema/index.ts';
import { accessTo, notAllowed, unsuited } from './task-access.ts';
import { execute, findTask, holdOf } from './tasks.ts';
import { receiptView, taskView } from './task-view.ts';

/**
 * Completing a task, and what its doer does next.
 *
 * NEXT-1  Chained: the next task of the same run that they may do has begun in the commit that ended this one.
 * NEXT-2  Piled: the next task of the same step, of whatever run, is begun right after. One person at a time does so for a step; it
 *         ends when they complete one without, or there is none.
 */
export const completeTask = write<'task.complete', Receipt>('task.complete', {
  async act(context, call): Promise<Outcome<Receipt>> {
    const found = await findTask(context, call.input.id);
    return found.ok ? complete(context, found.value, call) : found;
  },
  answer({ runtime }, receipt, { input, caller }): OutputOf<'task.complete'> {
    const next = receipt.tasks.find(
      ({ id, status, assignee }) => id !== input.id && status === 'in_progress' && assignee === caller.id,
    );
    return {
      ...receiptView(receipt, input.id, runtime),
      next: input.next && next ? taskView(next, null) : null,
    };
  },
});

async function complete(
  context: Context,
  task: TaskRow,
  call: Call<'task.complete'>,
): Promise<Outcome<Receipt>> {
  const { caller, input } = call;
  const held = await holdOf(context, task, caller, input.token, 'complete');
  if (!held.ok) return held;
  const refused = (await mayGoOn(context, task, call)) ?? (await artifactProblem(context, input.output));
  if (refused) return refused;
  const { output, usage, confidence, next } = input;
  const command = {
    type: 'task.complete',
    task: task.id,
    token: held.value.token,
    output,
    ...(usage && { usage }),
    ...(confidence !== undefined && { confidence }),
    ...(next === 'chained' && { chain: true }),
  } as const;
  const keeps = ({ id, assignee }: { id: string; assignee: string | null }): boolean =>
    id === task.id || (next !== undefined && assignee === caller.id);
  const outcome = await execute(context, task, command, call, { role: held.value.role, keeps });
  if (!outcome.ok) return outcome;
  const more = await pile(context, task, call);
  return more ? done({ ...outcome.value, tasks: [...outcome.value.tasks, more] }) : outcome;
}

const pileOf = async ({ runtime }: Context, { run, step }: TaskRow): Promise<string> =>
  `${(await runtime.store.run(run))?.definition ?? ''}/${step}`;

async function mayGoOn(
  context: Context,
  task: TaskRow,
  { caller, input }: Call<'task.complete'>,
): Promise<Refused | null> {
  if (input.next === undefined) return null;
  if (caller.kind !== 'human')
    return no('kind_unsuited', 'Agents and systems go on with claim_next, which waits for work.');
  const privilege = input.next === 'piled' ? 'pile' : 'chain';
  const { access, may } = await accessTo(context, task, privilege, caller);
  if (!may) return notAllowed(context, task, privilege, caller, access.roles);
  const pile = input.next === 'piled' ? context.piles.get(await pileOf(context, task)) : undefined;
  return pile === undefined || pile === caller.id
    ? null
    : no('pile_taken', `${pile} takes the tasks of ${task.step} one after the other.`, { by: pile });
}

/** NEXT-2 */
async function pile(
  context: Context,
  task: TaskRow,
  call: Call<'task.complete'>,
): Promise<Receipt['tasks'][number] | null> {
  const { caller, input } = call;
  const { piles } = context;
  if (input.next !== 'piled' && piles.size === 0) return null;
  const key = await pileOf(context, task);
  if (input.next !== 'piled') {
    if (piles.get(key) === caller.id) piles.delete(key);
    return null;
  }
  piles.set(key, caller.id);
  const next = await nextOfPile(context, task, caller, key);
  if (!next) piles.delete(key);
  return next;
}

const MOST_LOOKED_AT = 500;

async function nextOfPile(
  context: Context,
  { step }: TaskRow,
  caller: Passport,
  key: string,
): Promise<Receipt['tasks'][number] | null> {
  const { rows } = await context.runtime.store.tasks(
    { step, status: ['ready', 'reserved'], open: true, order: 'queue' },
    { limit: MOST_LOOKED_AT },
  );
  for (const row of rows) {
    if (row.assignee !== null && row.assignee !== caller.id) continue;
    if ((await pileOf(context, row)) !== key || unsuited(context, row, caller)) continue;
    const start = { type: 'task.start', task: row.id, assignee: caller.id } as const;
    const begun = await execute(context, row, start, { caller });
    const started = begun.ok ? begun.value.tasks.find(({ id }) => id === row.id) : null;
    if (started) return started;
  }
  return null;
}
