import type { Passport } from '../routing/index.ts';
import type { TaskFilter, TaskRow } from '../store/index.ts';
import { askedOf } from './asked.ts';
import type { Call, Context, Read } from './context.ts';
import { obstacleOf } from './eligibility.ts';
import { explanationOf } from './explanation-view.ts';
import { done, no } from './outcome.ts';
import { grantOf } from './permissions.ts';
import { rowTaskView } from './task-view.ts';
import { findTask } from './tasks.ts';

/** Rows looked at for one page, at most: what is filtered here is not found by an index. */
const MOST_ROWS = 5000;

export const listTasks: Read<'task.list'> = async (context, call) => {
  const { input, caller } = call;
  const wanted = wantedBy(context, input.mine, caller);
  const filter = filterOf(call);
  const rows: TaskRow[] = [];
  let next = input.cursor;
  let seen = 0;
  do {
    const limit = input.limit - rows.length;
    const page = await context.runtime.store.tasks(filter, {
      limit,
      ...(next !== undefined && { cursor: next }),
    });
    rows.push(...page.rows.filter(wanted));
    seen += page.rows.length;
    next = page.next ?? undefined;
  } while (next !== undefined && rows.length < input.limit && seen < MOST_ROWS);
  return done({ rows: rows.map(rowTaskView), next: next ?? null });
};

/** The inbox holds what the caller has, or could take. Who may not read everything sees nothing else anyway. */
const wantedBy = (context: Context, mine: boolean, caller: Passport): ((task: TaskRow) => boolean) =>
  mine || grantOf(caller, 'read') === null ? (task) => isFor(context, task, caller, mine) : () => true;

const isFor = (context: Context, task: TaskRow, caller: Passport, mine: boolean): boolean => {
  if (task.assignee === caller.id) return true;
  if (mine && (task.assignee !== null || isHeldBack(task) || hasDecided(task, caller))) return false;
  return obstacleOf(context, caller, task) === null;
};

/** It is nobody's yet, and not offered to anybody. */
const isHeldBack = ({ status, offeredTo }: TaskRow): boolean => status === 'created' && offeredTo === null;

const hasDecided = ({ approval }: TaskRow, { id }: Passport): boolean =>
  approval?.decisions.some(({ participant }) => participant === id) ?? false;

const filterOf = ({ input, caller }: Call<'task.list'>): TaskFilter => {
  const { run, step, status, kind, open, assignee, mine, order } = input;
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
  const may =
    grantOf(caller, 'read') !== null ||
    task.assignee === caller.id ||
    obstacleOf(context, caller, task) === null;
  if (!may) return no('not_eligible', `${caller.name} has nothing to do with task ${id}.`);
  const run = await context.runtime.runs.state(task.run);
  if (!run) return no('run_unknown', `There is no run ${task.run}.`);
  const asked = askedOf(context, task, run, caller);
  return done({ ...rowTaskView(task), asked, explanation: await explanationOf(context, task) });
};
