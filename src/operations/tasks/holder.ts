import { isTaskFinal, type Task } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Outcome } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { done, no, type Refused } from '../outcome.ts';
import { isActualOwner } from './access.ts';
import { sightOf } from '../sight/sight.ts';
import { isSeen } from '../sight/visibility.ts';

/** A party to a task, by name for whoever sees the task (SEE-2). */
export const partyFor = async (
  context: Context,
  task: Task,
  caller: Passport,
  party: string,
): Promise<string> => ((await isSeen(context, task, caller, await sightOf(context))) ? party : 'somebody');

/** The token with which the caller holds the task. */
export const tokenOf = async (
  context: Context,
  task: TaskRow,
  caller: Passport,
  token: number | undefined,
): Promise<Outcome<number>> => {
  if (!isActualOwner(context, task, caller)) return notHolder(context, task, caller);
  if (token !== undefined) return done(token);
  if (caller.kind === 'human') return done(task.token);
  return no(
    'token_required',
    `${caller.name} is no person, and names the fencing token that came with task ${task.id}.`,
  );
};

const notHolder = async (context: Context, task: TaskRow, caller: Passport): Promise<Refused> => {
  if (isTaskFinal(task.status))
    return no('task_closed', `Task ${task.id} is ${task.status}. Stop working on it.`);
  const { assignee } = task;
  if (assignee === caller.id)
    return no(
      'not_holder',
      `${caller.name} has task ${task.id} of its own, and not for whom it acts for here.`,
    );
  const who = assignee === null ? 'nobody' : await partyFor(context, task, caller, assignee);
  return no(
    'not_holder',
    `${caller.name} does not hold task ${task.id}: ${who} has it. Stop working on it, or claim it.`,
  );
};
