import type { TaskPrivilege } from '../definition/index.ts';
import type { TaskCommand } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Outcome } from '../runtime/index.ts';
import type { TaskRow } from '../store/index.ts';
import type { Context } from './context.ts';
import { done, no, type Refused } from './outcome.ts';
import { accessTo, isActualOwner, notAllowed, untaken, type Access } from './tasks/access.ts';
import { seesAll, sightOf } from './sight/sight.ts';
import { isSeen } from './sight/visibility.ts';

/** ACCESS-1, ACCESS-2, ACCESS-4 */
export async function admit(
  context: Context,
  task: TaskRow,
  command: TaskCommand,
  caller: Passport,
  privilege: TaskPrivilege = command,
): Promise<Outcome<Access>> {
  const closed = untaken(task, command);
  if (closed) return closed;
  const { access, may } = await accessTo(context, task, privilege, caller);
  if (!may) return notAllowed(context, task, privilege, caller, access.roles);
  return (await unseen(context, task, caller)) ?? done(access);
}

/** ACCESS-4 */
export async function unseen(context: Context, task: TaskRow, caller: Passport): Promise<Refused | null> {
  if (seesAll(caller) || isActualOwner(context, task, caller)) return null;
  if (await isSeen(context, task, caller, await sightOf(context))) return null;
  return no('not_eligible', `${caller.name} has nothing to do with task ${task.id}.`);
}
