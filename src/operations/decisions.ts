import type { Directory, Passport } from '../routing/index.ts';
import { chainOf, partiesOf, type Outcome, type Receipt } from '../runtime/index.ts';
import {
  apartFrom,
  hasSpoken,
  policiesAsking,
  type Attribution,
  type Command,
  type RunState,
  type Task,
} from '../engine/index.ts';
import { artifactProblem } from './artifacts.ts';
import { write, type Call, type Context, type Idempotency } from './context.ts';
import { obstacleOf, type Obstacle } from './eligibility.ts';
import { no, type Refused } from './outcome.ts';
import { notEligible } from './tasks/access.ts';
import { findTask, UNKNOWN } from './tasks/tasks.ts';
import { receiptView } from './tasks/view.ts';
import { decidingAs, inNameOf, involvement, speakerOf, voiceOn, type Voice } from './voices.ts';

/**
 * Decisions on approvals.
 *
 * DECISION-1  People alone decide, of those whom the approval is for, or in the name of somebody of them who is away.
 * DECISION-2  It counts for the parties of whoever is spoken for (VOICE-1 to 3).
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
  const unfit = changes === undefined ? null : await artifactProblem(context, changes);
  if (unfit) return unfit;
  const command = {
    type: 'task.decide',
    task: id,
    outcome,
    subject,
    reason,
    ...(changes !== undefined && { changes }),
  } as const;
  return context.runtime.runs.execute(task.run, command, (state) => byDecider(context, caller, task, state), {
    now: (state) => countedFor(context, caller, command, state?.tasks[id] ?? task, state),
    ...(idempotency && { idempotency: { ...idempotency, keeps: (kept) => kept.id === id } }),
  });
}

/** VOICE-3. The decision with what it counts for, or why it does not count. */
function countedFor(
  context: Context,
  caller: Passport,
  command: Extract<Command, { type: 'task.decide' }>,
  task: Task,
  state: RunState | undefined,
): Command | Refused {
  if (!task.approval) return command;
  const why = obstacleOf(context, caller, task) ?? notNamed(task);
  if (why) return notEligible(task, caller, why);
  const voice = voiceNow(context, caller, task, state);
  if (!voice) return notEligible(task, caller, NOT_FOR_THEM);
  if (!voice.isFree) return keptFrom(task, voice);
  const as = spokenFor(context.runtime.organisation.directory, voice, task);
  return { ...command, as, ...inNameOf(voice) };
}

const NOT_FOR_THEM: Obstacle = { code: 'not_named', message: 'the approval is for others' };

/** Nobody decides where nobody is named. */
const notNamed = ({ from }: Task): Obstacle | null =>
  from.length > 0 ? null : { code: 'not_named', message: 'the approval is for nobody' };

const keptFrom = ({ id, approval }: Task, { of }: Voice): Refused =>
  approval && hasSpoken(approval, of.id)
    ? no(
        'already_decided',
        `${of.name}, who is away, has decided on task ${id} already, or somebody has for them.`,
      )
    : no(
        'separation_of_duties',
        `${of.name}, who is away, may not decide on task ${id}, so nobody does in their place. Ask someone else.`,
      );

/** Whether they have decided, or those for whom they act have. */
export const hasDecided = ({ approval }: Task, caller: Passport): boolean =>
  approval !== null &&
  [caller.id, chainOf(caller)?.accountable].some((voice) => voice != null && hasSpoken(approval, voice));

/** With all who are kept from deciding on it by now. */
export const asItIs = <One extends Task>(task: One, state: Pick<RunState, 'deciders'>): One => ({
  ...task,
  separate: apartFrom(state, task),
});

/** In whose voice the caller decides; without the state of the run it is not known who took part in the work. */
export function voiceNow(
  context: Context,
  caller: Passport,
  task: Task,
  state: Pick<RunState, 'contributors' | 'deciders'> = { contributors: {} },
): Voice | null {
  const { directory } = context.runtime.organisation;
  const speaker = speakerOf(context, caller);
  const isInvolved = involvement(directory, state.contributors);
  return speaker && voiceOn(directory, speaker, asItIs(task, state), isInvolved);
}

/** Somebody who has a part in what the caller decides, and took part in the work as well. */
export const tookPart = (
  { runtime }: Context,
  caller: Passport,
  { contributors }: Pick<RunState, 'contributors'>,
): string | undefined => {
  const chain = chainOf(caller);
  const parties = [caller.id, ...(chain ? partiesOf(chain) : [])];
  return parties.find(involvement(runtime.organisation.directory, contributors));
};

/** Of several parties that an approval is for, those that the voice is of; of one, the groups that it is in. */
export const spokenFor = (directory: Directory, { of }: Voice, { from }: Task): readonly string[] =>
  from.length > 1
    ? from.filter((party) => directory.isNamed(of, party))
    : of.groups.map((name) => `group:${name}`);

function byDecider(context: Context, caller: Passport, row: Task, state: RunState | undefined): Attribution {
  const task = state?.tasks[row.id] ?? row;
  const policies = state ? policiesAsking(state, task) : [];
  const { definition } = state ?? { definition: UNKNOWN };
  return decidingAs(caller, voiceNow(context, caller, task, state), {
    from: task.from,
    policies,
    definition,
  });
}

export const decideTask = write<'task.decide', Receipt>('task.decide', {
  act: (context, { input, ...call }) => decide(context, input, call),
  answer: ({ runtime }, receipt, { input }) => receiptView(receipt, input.id, runtime),
});
