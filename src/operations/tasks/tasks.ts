import { rolesFor, type Command, type Task, type TaskCommand } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import { byRole, byTask, type Outcome, type Receipt } from '../../runtime/index.ts';
import type { DocumentWrite, TaskRow } from '../../store/index.ts';
import { admit } from '../admission.ts';
import { absentTask } from '../archived.ts';
import { write, type Call, type Context } from '../context.ts';
import type { Obstacle } from '../eligibility.ts';
import { done } from '../outcome.ts';
import type { OperationName, OutputOf } from '../schema/index.ts';
import { authorityNow, authorityOver, isActualOwner, lost, notEligible, untaken } from './access.ts';
import { tokenOf } from './holder.ts';
import { receiptView } from './view.ts';
import { presently } from '../voices.ts';

/** What all that is done to one task has in common: the task is found, held by whoever does it, and the command carried out. */
export const findTask = async (context: Context, id: string): Promise<Outcome<TaskRow>> => {
  const task = await context.runtime.store.task(id);
  return task ? done(task) : absentTask(context, id);
};

/** Of a run that is not there: what is asked of it is refused. */
export const UNKNOWN = { id: 'unknown', version: 0 };

interface Execution {
  readonly leaseUntil?: number;
  /** The role of an operator, where it is not the task that gives the authority. */
  readonly role?: string | null;
  /** It takes somebody who operates runs, and not only one who administers the task. */
  readonly operates?: boolean;
  /** Which tasks the answer needs; the one it is about, if left out. */
  readonly keeps?: (task: Task) => boolean;
  readonly document?: DocumentWrite;
  /** What would keep the caller from it, looked at again when it is decided (VOICE-3). */
  readonly unless?: (context: Context, task: Task, caller: Passport) => Obstacle | null;
}

/** On the authority of the definition, or of the role by which the task names the caller (promise 2), as they are now (VOICE-3). */
export const execute = (
  context: Context,
  task: TaskRow,
  command: Command,
  { caller, idempotency }: Pick<Call<'task.claim'>, 'caller' | 'idempotency'>,
  { leaseUntil, role = null, operates, document, unless, keeps = ({ id }) => id === task.id }: Execution = {},
): Promise<Outcome<Receipt>> =>
  context.runtime.runs.execute(
    task.run,
    command,
    (state) => {
      const now = presently(context, caller);
      const as = unless && role === null ? null : authorityNow(context, task, command, now, role);
      return as === null ? byTask(now, task, state?.definition ?? UNKNOWN) : byRole(now, as);
    },
    {
      now: (state) => {
        const why = unless?.(context, state?.tasks[task.id] ?? task, caller);
        if (why) return notEligible(task, caller, why);
        const isAsked = unless && role === null;
        return (isAsked ? null : lost(context, task, command, caller, { state, operates })) ?? command;
      },
      ...(leaseUntil !== undefined && { leaseUntil }),
      ...(document && { document }),
      ...(idempotency && { idempotency: { ...idempotency, keeps } }),
    },
  );

/** The operations that are about one task, and answer with it. */
export type TaskOperation = {
  [Name in OperationName]: Name extends `task.${string}`
    ? OutputOf<Name> extends OutputOf<'task.claim'>
      ? Name
      : never
    : never;
}[OperationName];

export const onTask = <Name extends TaskOperation>(
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

/** What somebody does to a task that they hold, or that they administer. */
export interface Hold {
  readonly token: number;
  readonly role: string | null;
}

/**
 * Whoever holds it names its token, or, being a person, need not. Others are people who administer it, and whoever operates runs.
 * Other agents and systems hear that they do not hold it.
 */
export async function holdOf(
  context: Context,
  task: TaskRow,
  caller: Passport,
  token: number | undefined,
  command: TaskCommand,
): Promise<Outcome<Hold>> {
  const asHolder =
    isActualOwner(context, task, caller) ||
    (caller.kind !== 'human' && authorityOver(context, task, caller) === null);
  const named = asHolder ? await tokenOf(context, task, caller, token) : done(token ?? task.token);
  if (!named.ok) return named;
  const isUsual = task.rules === null && rolesFor(task, command).includes('actual_owner');
  if (asHolder && (isUsual || untaken(task, command))) return done({ token: named.value, role: null });
  const admitted = await admit(context, task, command, caller);
  return admitted.ok ? done({ token: named.value, role: admitted.value.authority }) : admitted;
}
