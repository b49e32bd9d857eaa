import type { Command } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { Outcome, Receipt } from '../../runtime/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { admit } from '../admission.ts';
import { artifactProblem } from '../artifacts.ts';
import { write, type Call, type Context } from '../context.ts';
import type { Obstacle } from '../eligibility.ts';
import { done, no } from '../outcome.ts';
import type { OutputOf } from '../schema/index.ts';
import { accessTo, barred, commandIn, isOutside, type Access } from './access.ts';
import { partyFor } from './holder.ts';
import { execute, findTask, holdOf, onTask, type TaskOperation } from './tasks.ts';
import { forWhom, isParty } from '../voices.ts';

/**
 * What is done with tasks beside taking and completing them. Who may is in the table of roles, and how the engine follows in its
 * own; here the one is looked up and the other told.
 */
interface Told {
  readonly task: string;
  readonly token: number;
}
type Acting = Extract<
  TaskOperation,
  | 'task.activate'
  | 'task.nominate'
  | 'task.stop'
  | 'task.suspend'
  | 'task.resume'
  | 'task.delegate'
  | 'task.forward'
  | 'task.exit'
  | 'task.progress'
  | 'task.fail'
  | 'task.release'
  | 'task.draft'
  | 'task.request_help'
>;

/** What an administrator does is decided by a person. */
const BY_PEOPLE: readonly Acting[] = ['task.activate', 'task.nominate', 'task.exit'];

/** What changes who has a task, or where it stands, names the token it had when it was looked at. */
const act = <Name extends Acting>(
  name: Name,
  commandOf: (input: Call<Name>['input'], told: Told, context: Context) => Command,
) =>
  onTask(name, async (context, task, call) => {
    const { caller, input } = call;
    if (BY_PEOPLE.includes(name) && caller.kind !== 'human')
      return no('human_required', `${name} is decided by a person.`);
    const held = await holdOf(context, task, caller, input.token, commandIn(name));
    if (!held.ok) return held;
    const { token, role } = held.value;
    const leaseUntil = leaseOf(context, task, call);
    const told = commandOf(input, { task: task.id, token }, context);
    return execute(context, task, told, call, { role, ...(leaseUntil !== null && { leaseUntil }) });
  });

/** An agent that goes on holds by a lease again. */
const leaseOf = (
  { runtime, clock }: Context,
  { suspension, assignee }: TaskRow,
  { input }: Call<Acting>,
): number | null => {
  if (suspension?.from !== 'in_progress' || !('leaseSeconds' in input) || assignee === null) return null;
  const holder = runtime.organisation.passport(assignee);
  return holder?.kind === 'human' ? null : clock.now() + input.leaseSeconds * 1000;
};

export const progressTask = act('task.progress', ({ fraction, message, usage }, told) => ({
  type: 'task.progress',
  ...told,
  ...(fraction !== undefined && { fraction }),
  ...(message !== undefined && { message }),
  ...(usage && { usage }),
}));
export const failTask = act('task.fail', ({ code, message, retryable, usage }, told) => ({
  type: 'task.fail',
  ...told,
  code,
  message,
  retryable,
  ...(usage && { usage }),
}));
export const releaseTask = act('task.release', ({ reason }, told) => ({
  type: 'task.release',
  ...told,
  reason,
}));
export const activateTask = act('task.activate', (_, told) => ({ type: 'task.activate', ...told }));
export const nominateTask = act('task.nominate', ({ to }, told) => ({ type: 'task.nominate', ...told, to }));
export const stopTask = act('task.stop', (_, told) => ({ type: 'task.stop', ...told }));
export const suspendTask = act('task.suspend', ({ until, seconds, reason }, told, { clock }) => ({
  type: 'task.suspend',
  ...told,
  ...(seconds !== undefined && { until: clock.now() + seconds * 1000 }),
  ...(until !== undefined && { until }),
  reason,
}));
export const resumeTask = act('task.resume', (_, told) => ({ type: 'task.resume', ...told }));
export const delegateTask = act('task.delegate', ({ to, keepState, reason }, told) => ({
  type: 'task.delegate',
  ...told,
  to,
  keepState,
  reason,
}));
export const exitTask = act('task.exit', ({ reason }, told) => ({
  type: 'task.exit',
  ...told,
  reason,
}));
export const draftTask = act('task.draft', ({ draft }, told) => ({ type: 'task.draft', ...told, draft }));
export const requestHelp = act('task.request_help', ({ from, text }, told) => ({
  type: 'task.request_help',
  ...told,
  from,
  text,
}));

/** Whoever passes on what nobody has is no potential owner any more; an administrator was none. */
export const forwardTask = onTask('task.forward', async (context, task, call) => {
  const { caller, input } = call;
  const held = await holdOf(context, task, caller, input.token, 'forward');
  if (!held.ok) return held;
  const { token, role } = held.value;
  const { to, keepState, reason } = input;
  const { access } = await accessTo(context, task, 'forward', caller);
  const from = access.roles.has('potential_owner') ? forWhom(context, caller) : null;
  const told = {
    type: 'task.forward',
    task: task.id,
    token,
    to,
    from,
    keepState,
    reason,
  } as const;
  return execute(context, task, told, call, { role });
});

export const skipTask = onTask('task.skip', async (context, task, call) => {
  const { caller, input } = call;
  if (caller.kind !== 'human')
    return no('human_required', 'Whether a task is left out is decided by a person.');
  const admitted = await admit(context, task, 'skip', caller);
  if (!admitted.ok) return admitted;
  const role = admitted.value.authority;
  const { reason } = input;
  return execute(context, task, { type: 'task.skip', task: task.id, reason }, call, { role });
});

// --- notes ------------------------------------------------------------------------------------------------------------

type Noting = Extract<
  TaskOperation,
  'task.comment' | 'task.attach' | 'task.detach' | 'task.set' | 'task.predo'
>;

/** What many may do at once. */
const note = <Name extends Noting>(
  name: Name,
  tell: (
    input: Call<Name>['input'],
    task: TaskRow,
    context: Context,
    caller: Passport,
    access: Access,
  ) => Outcome<Command> | Promise<Outcome<Command>>,
) =>
  onTask(name, async (context, task, call) => {
    const admitted = await admit(context, task, commandIn(name), call.caller);
    if (!admitted.ok) return admitted;
    const told = await tell(call.input, task, context, call.caller, admitted.value);
    return told.ok ? execute(context, task, told.value, call, { role: admitted.value.authority }) : told;
  });

export const commentTask = note('task.comment', ({ text, mentions }, { id }) =>
  done({ type: 'task.comment', task: id, text, mentions }),
);
export const attachTask = note('task.attach', async ({ name, sha256 }, { id }, { runtime }) => {
  const found = await runtime.store.artifact(sha256);
  if (!found)
    return no(
      'artifact_unknown',
      `There is no artifact ${sha256}. Put it first (artifact.put), then attach it.`,
    );
  return done({ type: 'task.attach', task: id, name, sha256, mediaType: found.mediaType });
});
export const detachTask = note('task.detach', ({ name }, { id }) =>
  done({ type: 'task.detach', task: id, name }),
);
export const setTask = note('task.set', ({ priority, deadline }, { id }) =>
  done({
    type: 'task.set',
    task: id,
    ...(priority !== undefined && { priority }),
    ...(deadline !== undefined && { deadline }),
  }),
);
export const predoTask = note(
  'task.predo',
  async ({ output }, task, context, caller, { roles }) =>
    (await barred(context, task, 'predo', caller)) ??
    (await artifactProblem(context, output)) ??
    done({
      type: 'task.predo',
      task: task.id,
      output,
      ...(isOutside(roles) && { administrator: true }),
    }),
);

/** Whoever was asked answers: the party that a request names. */
export const helpTask = onTask('task.help', async (context, task, call) => {
  const { caller, input } = call;
  const { request, output } = input;
  const asked = task.help.find(({ id }) => id === request);
  if (!asked) return no('help_closed', `Task ${task.id} has no request ${request}.`);
  const unless = (): Obstacle | null =>
    isParty(context, [asked.from], caller) ? null : { code: 'not_named', message: `${asked.from} was asked` };
  if (unless()) {
    const party = await partyFor(context, task, caller, asked.from);
    const message = `${caller.name} was not asked for help with task ${task.id}: ${party} was.`;
    const refused = no('not_allowed', message, { roles: [party], yours: [] });
    await context.refusals.keep(caller, 'task.help', { task: task.id }, refused.rejection);
    return refused;
  }
  return execute(context, task, { type: 'task.help', task: task.id, request, output }, call, { unless });
});

// --- again ------------------------------------------------------------------------------------------------------------

export const redoTask = write<'task.redo', Receipt>('task.redo', {
  async act(context, call): Promise<Outcome<Receipt>> {
    const { caller, input } = call;
    const found = await findTask(context, input.id);
    if (!found.ok) return found;
    const task = found.value;
    if (caller.kind !== 'human')
      return no('human_required', 'That work is done again is decided by a person.');
    const admitted = await admit(context, task, 'redo', caller);
    if (!admitted.ok) return admitted;
    const { step, round } = task;
    const told = { type: 'task.redo', task: task.id, step, round, reason: input.reason } as const;
    return execute(context, task, told, call, { role: admitted.value.authority, keeps: () => false });
  },
  answer: (_, { run, status, sequence }): OutputOf<'task.redo'> => ({ id: run, status, sequence }),
});
