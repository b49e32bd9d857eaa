import { hasSpoken } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { TaskFilter, TaskRow } from '../store/index.ts';
import { askedOf } from './asked.ts';
import { MOST_OF_PAGE, tasksWithin } from './bounded.ts';
import type { Call, Context, Read } from './context.ts';
import { explanationOf } from './explanation-view.ts';
import { partiesOf } from './inbox.ts';
import { done, no } from './outcome.ts';
import { isParty, unsuited } from './task-access.ts';
import { rowTaskView } from './task-view.ts';
import { findTask } from './tasks.ts';
import { isSeen, seesAll, sightOf } from './visibility.ts';

/** Rows looked at for one page, at most: what is filtered here is not found by an index. */
const MOST_ROWS = 5000;

export const listTasks: Read<'task.list'> = async (context, call) => {
  const { input, caller } = call;
  const filter = filterOf(context, call);
  const wanted = await wantedBy(context, input, caller);
  const rows: TaskRow[] = [];
  let next = input.cursor;
  let [seen, room] = [0, MOST_OF_PAGE];
  for (let cut = false; !cut && rows.length < input.limit && seen < MOST_ROWS;) {
    const asked = { limit: input.limit - rows.length, ...(next !== undefined && { cursor: next }) };
    const page = await tasksWithin(context.runtime.store, filter, asked, room);
    for (const row of page.rows) if (await wanted(row)) rows.push(row);
    seen += page.rows.length;
    room -= page.size;
    next = page.next ?? undefined;
    cut = page.cut || next === undefined;
  }
  return done({ rows: rows.map(rowTaskView), next: next ?? null });
};

type Wanted = (task: TaskRow) => boolean | Promise<boolean>;

/** The inbox holds what the caller has, could take, or was asked to help with. Else it is what they may see. */
const wantedBy = async (
  context: Context,
  input: Call<'task.list'>['input'],
  caller: Passport,
): Promise<Wanted> => {
  if (input.mine) return (task) => isAsked(task, input) && isFor(context, task, caller);
  if (seesAll(caller)) return () => true;
  const sight = await sightOf(context);
  return (task) => isSeen(context, task, caller, sight);
};

/** What an inbox is narrowed to: it is looked up by whom it is for, and by nothing else. */
const isAsked = (task: TaskRow, { run, step, status, kind, assignee }: Call<'task.list'>['input']): boolean =>
  (run === undefined || task.run === run) &&
  (step === undefined || task.step === step) &&
  (status?.includes(task.status) ?? true) &&
  (kind?.includes(task.kind) ?? true) &&
  (assignee === undefined || task.assignee === assignee);

const isFor = (context: Context, task: TaskRow, caller: Passport): boolean => {
  if (task.assignee === caller.id || isAskedForHelp(context, task, caller)) return true;
  if (task.assignee !== null || isHeldBack(task) || hasDecided(task, caller)) return false;
  return unsuited(context, task, caller) === null;
};

const isAskedForHelp = (context: Context, { help }: TaskRow, caller: Passport): boolean =>
  help.some(({ from, answer }) => answer === null && isParty(context, [from], caller));

/** It is nobody's yet, and not offered to anybody. */
const isHeldBack = ({ status, offeredTo }: TaskRow): boolean => status === 'created' && offeredTo === null;

const hasDecided = ({ approval }: TaskRow, { id }: Passport): boolean =>
  approval !== null && hasSpoken(approval, id);

const filterOf = (context: Context, { input, caller }: Call<'task.list'>): TaskFilter => {
  const { run, step, status, kind, open, assignee, mine, order } = input;
  const isInbox = mine && caller.kind === 'human' && order !== 'newest' && run === undefined;
  const parties = isInbox ? partiesOf(context.runtime.organisation, caller) : null;
  if (parties) return { inbox: { assignee: caller.id, parties } };
  return {
    ...(run !== undefined && { run }),
    ...(step !== undefined && { step }),
    ...(status && { status }),
    ...(kind && { kind }),
    ...(assignee !== undefined && { assignee }),
    ...(mine
      ? { open: true, order: order ?? 'queue', by: [caller.kind, 'any'] as const }
      : { ...(open !== undefined && { open }), ...(order && { order }) }),
  };
};

export const getTask: Read<'task.get'> = async (context: Context, { input: { id }, caller }) => {
  const found = await findTask(context, id);
  if (!found.ok) return found;
  const task = found.value;
  if (!(await isSeen(context, task, caller, await sightOf(context))))
    return no('not_eligible', `${caller.name} has nothing to do with task ${id}.`);
  const run = await context.runtime.runs.state(task.run);
  if (!run) return no('run_unknown', `There is no run ${task.run}.`);
  const asked = askedOf(context, task, run, caller);
  return done({ ...rowTaskView(task), asked, explanation: await explanationOf(context, task) });
};
