import type { Json, TaskRole } from '../../definition/index.ts';
import { isTaskFinal, mayByRole, type RunState } from '../../engine/index.ts';
import type { Passport } from '../../routing/index.ts';
import type { TaskFilter, TaskRow } from '../../store/index.ts';
import { unseen } from '../admission.ts';
import { absent } from '../archived.ts';
import { askedOf } from '../asked.ts';
import { sizeOf, wantedRows } from '../bounded.ts';
import type { Call, Context, Read } from '../context.ts';
import { asItIs, hasDecided, tookPart, voiceNow } from '../decisions.ts';
import { explanationOf } from '../explanation-view.ts';
import { unreadable } from '../graphs.ts';
import { partiesOf } from '../inbox.ts';
import { done } from '../outcome.ts';
import { isActualOwner, unsuited } from './access.ts';
import { rowTaskView } from './view.ts';
import { findTask } from './tasks.ts';
import { seesAll, sightOf, type Sight } from '../sight/sight.ts';
import { seenAmong } from '../sight/visibility.ts';
import { forWhom, isParty } from '../voices.ts';

/** Runs that are read to choose the rows of one page: no further rows are looked at then. */
const MOST_RUNS = 200;

export const listTasks: Read<'task.list'> = async (context, call) => {
  const filter = filterOf(context, call);
  const runs = new Set<string>();
  const { rows, next } = await wantedRows(
    call.input,
    (page) => context.runtime.store.tasks(filter, page),
    await choiceOf(context, call.input, call.caller, runs),
    (task) => sizeOf(task as unknown as Json),
    () => runs.size >= MOST_RUNS,
  );
  return done({ rows: rows.map((row) => rowTaskView(row, context.runtime)), next });
};

type Choose = (tasks: readonly TaskRow[]) => readonly TaskRow[] | Promise<readonly TaskRow[]>;

/** The inbox holds what the caller has, could take, or was asked to help with, of what they may see. `runs`: those that were read for it. */
const choiceOf = async (
  context: Context,
  input: Call<'task.list'>['input'],
  caller: Passport,
  runs: Set<string>,
): Promise<Choose> => {
  const asked = (tasks: readonly TaskRow[]): TaskRow[] => tasks.filter((task) => isAsked(task, input));
  if (input.mine)
    return async (tasks) => {
      const own = await openTo(context, asked(tasks), caller, runs);
      if (own.every(isShownToTakers)) return own;
      return seenOf(context, own, caller, await sightOf(context));
    };
  if (seesAll(caller)) return asked;
  const sight = await sightOf(context);
  return (tasks) => seenOf(context, asked(tasks), caller, sight);
};

const seenOf = async (
  context: Context,
  tasks: readonly TaskRow[],
  caller: Passport,
  sight: Sight,
): Promise<readonly TaskRow[]> => {
  const seen = await seenAmong(context, tasks, caller, sight);
  return tasks.filter(({ id }) => seen.has(id));
};

/** Its step does not withdraw that: with nothing else asked, an inbox of what one may take is what one may see (SEE-1). */
const isShownToTakers = (task: TaskRow): boolean => mayByRole(task, 'view', TAKERS);
const TAKERS: ReadonlySet<TaskRole> = new Set(['potential_owner']);

/** Whether the list asks for it: not all of that is found by an index. */
const isAsked = (task: TaskRow, { run, step, status, kind, assignee }: Call<'task.list'>['input']): boolean =>
  (run === undefined || task.run === run) &&
  (step === undefined || task.step === step) &&
  (status?.includes(task.status) ?? true) &&
  (kind?.includes(task.kind) ?? true) &&
  (assignee === undefined || task.assignee === assignee);

/** Who took part in the work, its run says; that is read, all at once, only for what nothing else keeps from the caller. */
async function openTo(
  context: Context,
  tasks: readonly TaskRow[],
  caller: Passport,
  runs: Set<string>,
): Promise<TaskRow[]> {
  const open = tasks.filter((task) => isFor(context, task, caller, undefined));
  const asked = new Set(open.filter(isToDecide).map(({ run }) => run));
  const states = await statesOf(context, asked);
  for (const run of asked) runs.add(run);
  return open.filter((task) => !isToDecide(task) || isFor(context, task, caller, states.get(task.run)));
}

const isToDecide = ({ approval }: TaskRow): boolean => approval !== null;

/** Without those that cannot be read. Of many, as of a moment ago: a page costs no look at the store for each. */
async function statesOf(
  { runtime: { runs } }: Context,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, RunState>> {
  const lately = ids.size > 1;
  const found = await Promise.all([...ids].map((id) => runs.state(id, { lately }).catch(unreadable)));
  return new Map(found.flatMap((run) => (run ? [[run.state.run, run.state]] : [])));
}

/** `run`: the state of its run, where that is known; without it, it is not known who took part in the work. */
const isFor = (context: Context, task: TaskRow, caller: Passport, run: RunState | undefined): boolean => {
  if (isActualOwner(context, task, caller) || isAskedForHelp(context, task, caller)) return true;
  if (task.assignee !== null || isHeldBack(task) || hasDecided(task, caller)) return false;
  if (unsuited(context, run ? asItIs(task, run) : task, caller) !== null) return false;
  if (task.approval === null) return true;
  if (run && tookPart(context, caller, run) !== undefined) return false;
  return voiceNow(context, caller, task, run)?.isFree ?? false;
};

const isAskedForHelp = (context: Context, { help }: TaskRow, caller: Passport): boolean =>
  help.some(({ from, answer }) => answer === null && isParty(context, [from], caller));

/** It is nobody's yet, and not offered to anybody. */
const isHeldBack = ({ status, offeredTo }: TaskRow): boolean => status === 'created' && offeredTo === null;

/**
 * What indexes find; the rest of what the list asks for is left to be looked at (`isAsked`). People are asked for help with the tasks of
 * agents too: that is found in an inbox and within one run, but not by whoever is more parties than an inbox asks for, since the tasks of
 * agents would stand before theirs.
 */
const filterOf = (context: Context, { input, caller }: Call<'task.list'>): TaskFilter => {
  const { run, step, status, kind, open, assignee, mine, order } = input;
  const isInbox = mine && caller.kind === 'human' && run === undefined;
  const parties = isInbox ? partiesOf(context.runtime.organisation, caller) : null;
  const assignees = [...new Set([caller.id, forWhom(context, caller)])];
  if (parties) return { inbox: { assignees, parties }, ...(order && { order }) };
  const isOfAll = caller.kind === 'human' && run !== undefined;
  const isNarrow = run !== undefined || assignee === undefined || status?.some(isTaskFinal) === false;
  return {
    ...(run !== undefined && { run, ...(step !== undefined && { step }), ...(kind && { kind }) }),
    ...(status && (isNarrow ? { status } : status.every(isTaskFinal) && { open: false })),
    ...(assignee !== undefined && { assignee }),
    ...(mine
      ? { open: true, order: order ?? 'queue', ...(!isOfAll && { by: [caller.kind, 'any'] }) }
      : { ...(open !== undefined && { open }), ...(order && { order }) }),
  };
};

export const getTask: Read<'task.get'> = async (context: Context, { input: { id }, caller }) => {
  const found = await findTask(context, id);
  if (!found.ok) return found;
  const task = found.value;
  const refused = await unseen(context, task, caller);
  if (refused) return refused;
  const run = await context.runtime.runs.state(task.run);
  if (!run) return absent(context, task.run);
  const asked = askedOf(context, task, run, caller);
  return done({
    ...rowTaskView(task, context.runtime),
    asked,
    explanation: await explanationOf(context, task),
  });
};
