import { chainOf, type Outcome, type Receipt } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { artifactProblem } from '../artifacts.ts';
import { write, type Call, type Context } from '../context.ts';
import { done, no, type Refused } from '../outcome.ts';
import type { OutputOf } from '../schema/index.ts';
import { goOnWithPile, pileOf } from '../pile.ts';
import { accessTo, barred, notAllowed } from './access.ts';
import { partyFor } from './holder.ts';
import { execute, findTask, holdOf } from './tasks.ts';
import { receiptView, taskView } from './view.ts';

/**
 * Completing a task, and what its doer does next.
 *
 * ONWARD-1  Chained: the next task of the same run that they may do has begun in the commit that ended this one.
 * ONWARD-2  Piled: the next task of the same step, of whatever run, is begun right after, by one person at a time (`pile.ts`). Where
 *           that faults the task is completed all the same, and the next begins when it is asked for again.
 */
export const completeTask = write<'task.complete', Receipt>('task.complete', {
  async act(context, call): Promise<Outcome<Receipt>> {
    const found = await findTask(context, call.input.id);
    return found.ok ? complete(context, found.value, call) : found;
  },
  resume: withNext,
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
  const refused =
    (await barred(context, task, 'complete', caller)) ??
    (await mayGoOn(context, task, call)) ??
    (await artifactProblem(context, input.output));
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
  return done(await withNext(context, outcome.value, call));
}

/** ONWARD-2 */
async function withNext(
  context: Context,
  receipt: Receipt,
  { caller, input }: Call<'task.complete'>,
): Promise<Receipt> {
  const unheard = (fault: unknown): null => {
    context.onFault(fault);
    return null;
  };
  const completed = input.next === 'piled' && receipt.tasks.find(({ id }) => id === input.id);
  const next = completed ? await goOnWithPile(context, completed, caller).catch(unheard) : null;
  return next ? { ...receipt, tasks: [...receipt.tasks, next] } : receipt;
}

async function mayGoOn(
  context: Context,
  task: TaskRow,
  { caller, input }: Call<'task.complete'>,
): Promise<Refused | null> {
  if (input.next === undefined) return null;
  if (caller.kind !== 'human')
    return no('kind_unsuited', 'Agents and systems go on with claim_next, which waits for work.');
  if (input.next === 'chained' && chainOf(caller))
    return no(
      'delegation_scope',
      'Under a delegation the next task of a run is taken by its id, as what it covers.',
    );
  const privilege = input.next === 'piled' ? 'pile' : 'chain';
  const { access, may } = await accessTo(context, task, privilege, caller);
  if (!may) return notAllowed(context, task, privilege, caller, access.roles);
  const pile = input.next === 'piled' ? await pileOf(context, task) : null;
  const holder = pile?.assignee ?? caller.id;
  if (!pile || holder === caller.id) return null;
  const who = await partyFor(context, pile, caller, holder);
  return no('pile_taken', `${who} takes the tasks of ${task.step} one after the other.`);
}
