import type { Handling } from '../../engine/index.ts';
import type { Outcome, Receipt } from '../../runtime/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { artifactProblem } from '../artifacts.ts';
import { oversteppedInOne } from '../acting.ts';
import type { Call, Context } from '../context.ts';
import { no, type Refused } from '../outcome.ts';
import { grantOf } from '../permissions.ts';
import { commandIn } from './access.ts';
import { execute, holdOf, onTask } from './tasks.ts';

/**
 * What is decided over a task, wherever it stands.
 *
 * FORCED-1  Whoever has a task may begin it anew; the rest is for people who administer it.
 * FORCED-2  What removes or sends back other work than the task itself is for whoever operates runs, on that authority; under a
 *           delegation where it covers doing that to the run (ACT-4).
 */
type Forcing = 'task.force_complete' | 'task.force_fail' | 'task.restart';
type Input = Call<Forcing>['input'];

const perform = async (
  context: Context,
  task: TaskRow,
  call: Call<Forcing>,
  name: Forcing,
): Promise<Outcome<Receipt>> => {
  const { caller, input } = call;
  const reaches = input.case !== 'continue' || typeof input.recovery === 'object';
  const refused =
    mayReach(caller, name, reaches) ?? (reaches ? await oversteppedInRun(context, task, call) : null);
  if (refused) return refused;
  const held = await holdOf(context, task, caller, input.token, commandIn(name));
  if (!held.ok) return held;
  const role = reaches ? grantOf(caller, 'runs.operate') : held.value.role;
  const on = { role, operates: reaches };
  const told = { task: task.id, token: held.value.token, ...handlingOf(input) };
  if (name === 'task.force_fail') return execute(context, task, { type: name, ...told }, call, on);
  if (name === 'task.restart') {
    const holder = task.assignee === null ? null : context.runtime.organisation.passport(task.assignee);
    const begins = holder?.kind === 'human';
    return execute(context, task, { type: name, ...told, begins }, call, on);
  }
  const { output } = input as Call<'task.force_complete'>['input'];
  const unfit = await artifactProblem(context, output);
  return unfit ?? execute(context, task, { type: name, ...told, output }, call, on);
};

const mayReach = (caller: Passport, name: Forcing, reaches: boolean): Refused | null => {
  if (caller.kind !== 'human' && (reaches || name !== 'task.restart'))
    return no('human_required', `What ${name} does here is decided by a person.`);
  if (!reaches || grantOf(caller, 'runs.operate') !== null) return null;
  const message = `${caller.name} may not remove or send back other work of the run.`;
  return no('forbidden', message, { permission: 'runs.operate' });
};

/** FORCED-2 */
const oversteppedInRun = (
  context: Context,
  { run: id }: TaskRow,
  { caller, input }: Call<Forcing>,
): Promise<Refused | null> => {
  if (input.case === 'continue') return oversteppedInOne(context, caller, 'workflow.rollback', { id });
  const runs = input.case === 'remove_all' ? 'all' : 'this';
  return oversteppedInOne(context, caller, 'workflow.cancel', { id, runs });
};

const handlingOf = ({ reason, cause, case: rest, recovery }: Input): Handling => ({
  recovery,
  reason,
  ...(cause && { cause }),
  ...(rest === 'remove' && { remove: 'run' }),
  ...(rest === 'remove_all' && { remove: 'all' }),
});

const force = <Name extends Forcing>(name: Name) =>
  onTask(name, (context, task, call) => perform(context, task, call as Call<Forcing>, name));

export const forceCompleteTask = force('task.force_complete');
export const forceFailTask = force('task.force_fail');
export const restartTask = force('task.restart');
