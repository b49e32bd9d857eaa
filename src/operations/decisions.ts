import type { Passport } from '../routing/index.ts';
import { byTask, chainOf, type Outcome, type Receipt } from '../runtime/index.ts';
import type { Attribution, RunState } from '../engine/index.ts';
import type { TaskRow } from '../store/index.ts';
import { artifactProblem } from './artifacts.ts';
import { write, type Call, type Context, type Idempotency } from './context.ts';
import { obstacleOf, type Obstacle } from './eligibility.ts';
import { no } from './outcome.ts';
import { findTask, notEligible, UNKNOWN } from './tasks.ts';
import { receiptView } from './task-view.ts';

/**
 * Decisions on approvals.
 *
 * DECISION-1  People alone decide, of those whom the approval is for, or in the name of somebody of them who is away.
 */
export type Said = Pick<Call<'task.decide'>['input'], 'id' | 'outcome' | 'subject'> &
  Partial<Pick<Call<'task.decide'>['input'], 'reason' | 'changes'>>;

interface Decider {
  readonly caller: Passport;
  readonly idempotency?: Idempotency;
}

async function decide(
  context: Context,
  { id, outcome, subject, reason, changes }: Said,
  { caller, idempotency }: Decider,
): Promise<Outcome<Receipt>> {
  const found = await findTask(context, id);
  if (!found.ok) return found;
  const task = found.value;
  if (caller.kind !== 'human')
    return no('human_required', `${caller.name} is no person: approvals are decided by people.`);
  const why = task.approval ? (obstacleOf(context, caller, task) ?? notNamed(task)) : null;
  if (why) return notEligible(task, caller, why);
  const unfit = changes === undefined ? null : await artifactProblem(context, changes);
  if (unfit) return unfit;
  const command = {
    type: 'task.decide',
    task: id,
    outcome,
    subject,
    ...(reason !== undefined && { reason }),
    ...(changes !== undefined && { changes }),
    as: [...spokenFor(context, caller, task)],
  } as const;
  return context.runtime.runs.execute(task.run, command, (state) => byDecider(context, caller, task, state), {
    ...(idempotency && { idempotency: { ...idempotency, keeps: (kept) => kept.id === id } }),
  });
}

/** Nobody decides where nobody is named. */
const notNamed = ({ from }: TaskRow): Obstacle | null =>
  from.length > 0 ? null : { code: 'not_named', message: 'the approval is for nobody' };

/** Of several parties that an approval is for, those that the decider is of; of one, the groups that the decider is in. */
const spokenFor = (context: Context, caller: Passport, { from }: TaskRow): readonly string[] =>
  from.length > 1
    ? from.filter((party) => isOf(context, caller, party))
    : caller.groups.map((name) => `group:${name}`);

function isOf({ runtime }: Context, caller: Passport, party: string): boolean {
  const { directory } = runtime.organisation;
  const known = directory.passport(caller.id);
  return known !== null && directory.isNamed(known, party);
}

/** Somebody who is asked only in place of another decides in the name of that other, of one who had no part in the work where there is one. */
function byDecider(
  context: Context,
  caller: Passport,
  task: TaskRow,
  state: RunState | undefined,
): Attribution {
  const by = byTask(caller, task, state?.definition ?? UNKNOWN);
  if (chainOf(caller) || task.from.some((party) => isOf(context, caller, party))) return by;
  const { directory } = context.runtime.organisation;
  const absent = directory
    .represented(caller.id)
    .map(({ passport }) => passport)
    .filter((passport) => task.from.some((party) => directory.isNamed(passport, party)));
  const free = absent.find(({ id }) => !Object.hasOwn(state?.contributors ?? {}, id)) ?? absent[0];
  return free ? { ...by, onBehalfOf: free.id } : by;
}

export const decideTask = write<'task.decide', Receipt>('task.decide', {
  act: (context, { input, ...call }) => decide(context, input, call),
  answer: ({ runtime }, receipt, { input }) => receiptView(receipt, input.id, runtime),
});
