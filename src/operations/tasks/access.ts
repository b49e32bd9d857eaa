import type { TaskPrivilege, TaskRole } from '../../definition/index.ts';
import {
  isTakenIn,
  isTaskFinal,
  mayByRole,
  rolesFor,
  takenBy,
  type Command,
  type Task,
  type TaskCommand,
} from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import { accountableFor } from '../../routing/index.ts';
import { chainOf } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { barOf, obstacleOf, type Obstacle } from '../eligibility.ts';
import { no, type Refused } from '../outcome.ts';
import { grantOf } from '../permissions.ts';
import { forWhom, isParty, presently, speakerOf } from '../voices.ts';

/**
 * Who is what to a task, and may do what with it (ROLE-1 to 3).
 *
 * ACCESS-1  A task that has ended takes nothing (`task_closed`), before it is asked who asks; then its status says what it takes
 *           (`task_status`), and only then it is the role that lacks (`not_allowed`).
 * ACCESS-2  A refusal for lack of a role is in the ledger.
 * ACCESS-3  Who administers a task need not be named or capable, yet takes and completes nothing that is barred to them.
 * ACCESS-4  Whoever does not see a task does nothing to it, unless they have been asked to take it: what it answers shows it (SEE-1).
 * ACCESS-5  What its owners may, whoever it is for, or was passed to, does on the authority of the task. What only an administrator may, and
 *           all with a task that is theirs only as that, they do as one, though they hold it.
 * ACCESS-6  Under a delegation a task is had for the first grantor, who could take it: what is one's own, and not for them, is not had
 *           under it. What is reserved for them is had by whoever acts for them; with what they have begun they go on themselves.
 */
export interface Access {
  readonly roles: ReadonlySet<TaskRole>;
  /** The role of the organisation on whose authority it is done; null where the task gives the authority. */
  readonly authority: string | null;
}

/** What is done to a task, by the name of the operation or of the command of its run. */
export const commandIn = (name: string): TaskCommand => name.slice('task.'.length) as TaskCommand;

/** Why somebody is no potential owner; null when they are one. Being away, or busy, is no reason. */
export function unsuited(context: Context, task: Task, caller: Passport): Obstacle | null {
  const found = partOf(task, caller) ?? obstacleOf(context, caller, task);
  return found && found.code !== 'away' ? found : null;
}

/** What stands against anybody, also against those who administer the task; null where nothing does (ACCESS-3). */
export const barredFrom = (context: Context, task: Task, caller: Passport): Obstacle | null =>
  partOf(task, caller) ?? barOf(context, caller, task);

const obstacle = (code: string, message: string): Obstacle => ({ code, message });

/** An excluded owner, by name or through whom they act for. */
const partOf = ({ excluded, separate }: Task, caller: Passport): Obstacle | null => {
  if (excluded.includes(caller.id)) return obstacle('excluded', `${caller.name} is excluded`);
  const human = accountableFor(caller);
  return separate.includes(caller.id) || (human !== null && separate.includes(human))
    ? obstacle('separation', `${caller.name} took part in what it has to be separate from`)
    : null;
};

/** Whether they have it, for whomever they act for (ACCESS-6). */
export const isActualOwner = (context: Context, task: Task, caller: Passport): boolean =>
  isWith(task, caller) && (chainOf(caller) === null || couldTake(context, task, caller));

/** It is theirs, or lies there to be begun by whom they act for. */
export const isWith = ({ assignee, status, suspension }: Task, caller: Passport): boolean =>
  assignee === caller.id ||
  (assignee !== null &&
    assignee === chainOf(caller)?.grantor.id &&
    (suspension?.from ?? status) === 'reserved');

/** As it is for them; or as they administer it (ACCESS-3), and whoever acts does not have it of their own. */
const couldTake = (context: Context, task: Task, caller: Passport): boolean =>
  unsuited(context, task, caller) === null ||
  (authorityOver(context, task, caller) !== null &&
    barredFrom(context, task, caller) === null &&
    (isHadFor(task, caller) || unsuited(context, task, onTheirOwn(context, caller)) !== null));

/** It lies there for whom they act for, or was taken under that delegation (TAKE-5). */
const isHadFor = ({ assignee, takenAs }: Task, caller: Passport): boolean =>
  assignee !== caller.id ||
  (takenAs?.delegation !== undefined && takenAs.delegation === chainOf(caller)?.links.at(-1)?.delegation);

const onTheirOwn = ({ runtime }: Context, caller: Passport): Passport =>
  runtime.organisation.passport(caller.id) ?? caller;

/** The run as far as roles depend on it. */
export interface Answerable {
  readonly startedBy: string;
  readonly accountable: string | null;
}

export function rolesOf(
  context: Context,
  task: Task,
  run: Answerable | null,
  caller: Passport,
): ReadonlySet<TaskRole> {
  const roles = new Set<TaskRole>();
  if (isActualOwner(context, task, caller)) roles.add('actual_owner');
  const why = unsuited(context, task, caller);
  if (!why) roles.add('potential_owner');
  else if (why.code === 'excluded' || why.code === 'separation') roles.add('excluded_owner');
  return new Set([...roles, ...rolesToAll(context, task, run, caller)]);
}

/** Those to every task with these rules, whoever has it. */
export function rolesToAll(
  context: Context,
  of: Ruled,
  run: Answerable | null,
  caller: Passport,
): ReadonlySet<TaskRole> {
  const roles = new Set(run ? rolesByRun(context, of, run, caller) : []);
  return authorityOver(context, of, caller) === null ? roles : new Set(['business_administrator', ...roles]);
}

type Ruled = Pick<Task, 'rules'>;

/** Whether they act on a task that is meant for others. */
export const isOutside = (roles: ReadonlySet<TaskRole>): boolean =>
  !roles.has('actual_owner') && !roles.has('potential_owner');

/** Those that come from the run. */
export function rolesByRun(
  context: Context,
  of: Ruled,
  run: Answerable,
  caller: Passport,
): ReadonlySet<TaskRole> {
  const roles = new Set<TaskRole>();
  if (run.startedBy === speakerOf(context, caller)?.id) roles.add('initiator');
  if (isStakeholder(context, of, run, caller)) roles.add('stakeholder');
  return roles;
}

const isStakeholder = (context: Context, { rules }: Ruled, run: Answerable, caller: Passport): boolean =>
  rules && rules.stakeholders.length > 0
    ? isParty(context, rules.stakeholders, caller)
    : run.accountable === forWhom(context, caller);

/** On what an administrator of the task acts: the role that operates runs, or being named; null for anybody else. */
export function authorityOver(context: Context, { rules }: Ruled, caller: Passport): string | null {
  const role = grantOf(caller, 'runs.operate');
  if (role !== null) return role;
  const named = rules?.administrators.find((party) => isParty(context, [party], caller));
  return named === undefined ? null : named.replace(/^role:/, '');
}

/** The run is looked up only where the roles that come from it could matter. */
export async function accessTo(
  context: Context,
  task: TaskRow,
  privilege: TaskPrivilege,
  caller: Passport,
): Promise<{ readonly access: Access; readonly may: boolean }> {
  let roles = rolesOf(context, task, null, caller);
  let may = mayByRole(task, privilege, roles);
  const needed = rolesFor(task, privilege);
  if (!may && (needed.includes('initiator') || needed.includes('stakeholder'))) {
    const found = await context.runtime.runs.state(task.run);
    roles = rolesOf(context, task, found?.state ?? null, caller);
    may = mayByRole(task, privilege, roles);
  }
  return {
    access: { roles, authority: isOwn(roles, needed) ? null : authorityOver(context, task, caller) },
    may,
  };
}

/** ACCESS-5 */
const isOwn = (roles: ReadonlySet<TaskRole>, needed: readonly TaskRole[]): boolean =>
  roles.has('potential_owner') && OWNERS.some((role) => roles.has(role) && needed.includes(role));

const OWNERS: readonly TaskRole[] = ['potential_owner', 'actual_owner'];

/** VOICE-3. As `Access.authority`, which was `asked` when they asked: who had it from the task acts on it while it is theirs. */
export function authorityNow(
  context: Context,
  task: Task,
  { type }: Command,
  now: Passport,
  asked: string | null,
): string | null {
  const role = authorityOver(context, task, now);
  if (role === null || asked !== null) return role;
  const needed = rolesFor(task, commandIn(type));
  return isOwn(rolesOf(context, task, null, now), needed) ? null : role;
}

/** VOICE-3. What let somebody do it does so no longer. What the status does not take is not refused for that. */
export function lost(
  context: Context,
  task: TaskRow,
  { type }: Command,
  caller: Passport,
  { state, operates }: { readonly state: Answerable | undefined; readonly operates: boolean | undefined },
): Refused | null {
  const command = commandIn(type);
  const now = presently(context, caller);
  const roles = rolesFor(task, command);
  const isLet = operates
    ? grantOf(now, 'runs.operate') !== null
    : !isTakenIn(task.status, command) ||
      (roles.includes('actual_owner') && isActualOwner(context, task, now)) ||
      mayByRole(task, command, rolesOf(context, task, state ?? null, now));
  if (isLet) return null;
  const message = `${inWords(now)} may not ${command} task ${task.id} any more.`;
  return no('not_allowed', message, { roles, yours: [] });
}

/** What the status of the task says, whoever asks. */
export function untaken(task: TaskRow, command: TaskCommand): Refused | null {
  if (isTakenIn(task.status, command)) return null;
  if (isTaskFinal(task.status)) return no('task_closed', `Task ${task.id} is ${task.status}.`);
  const allowed = takenBy(task);
  return no(
    'task_status',
    `Task ${task.id} is ${task.status}, so ${command} is not possible. It takes: ${allowed.join(', ')}.`,
    { status: task.status, allowed },
  );
}

export async function notAllowed(
  { refusals }: Context,
  task: TaskRow,
  privilege: TaskPrivilege,
  caller: Passport,
  has: ReadonlySet<TaskRole>,
): Promise<Refused> {
  const roles = rolesFor(task, privilege);
  const yours = [...has];
  const who = roles.length > 0 ? `That takes: ${roles.join(', ')}.` : 'Its step lets nobody.';
  const message = `${inWords(caller)} may not ${privilege} task ${task.id}. ${who}`;
  const refused = no('not_allowed', message, { roles, yours });
  await refusals.keep(caller, `task.${privilege}`, { task: task.id }, refused.rejection);
  return refused;
}

/** Who asks, and for whom. */
const inWords = (caller: Passport): string => {
  const chain = chainOf(caller);
  return chain ? `${caller.name}, for ${chain.grantor.name},` : caller.name;
};

export const notEligible = (task: Pick<Task, 'id'>, caller: Passport, why: Obstacle): Refused =>
  no('not_eligible', `${caller.name} may not do task ${task.id}: ${why.message}.`, { reason: why.code });

/** Why whoever does not hold a task may not answer it, though they administer it (ACCESS-3). */
export async function barred(
  context: Context,
  task: TaskRow,
  command: 'complete' | 'predo',
  caller: Passport,
): Promise<Refused | null> {
  const bar = isActualOwner(context, task, caller) ? null : barredFrom(context, task, caller);
  return bar && ineligible(context, task, command, caller, bar);
}

/** ACCESS-2 */
export async function ineligible(
  { refusals }: Context,
  task: TaskRow,
  command: TaskCommand,
  caller: Passport,
  why: Obstacle,
): Promise<Refused> {
  const refused = notEligible(task, caller, why);
  await refusals.keep(caller, `task.${command}`, { task: task.id }, refused.rejection);
  return refused;
}
