import { awaitsActivation, hasTurn, type RunState, type Task, type Waits } from '../engine/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Bounds } from './bounds.ts';

/**
 * What the open tasks of a run wait for, by how they stand and who there is now. Folds count by holders: a task that is for people and
 * agents alike is work of agents to them, and one that is put aside stays with whoever has it.
 */
export function openNow(state: RunState, runtime: Runtime, bounds: Bounds): Waits {
  const now: Waits = {};
  const told = { known: new Map<string, boolean>(), broughtBy: bounds.inRun() };
  for (const task of Object.values(state.tasks)) {
    const wait = isAnnounced(task, state)
      ? null
      : (waitOf(task) ?? (isForPeople(task, runtime, told) ? 'people' : byHolder(task)));
    if (wait !== null && wait !== 'time') now[wait] = (now[wait] ?? 0) + 1;
  }
  return now;
}

/** Whether nobody is asked to do anything, though something may wait for a time. */
export const asksNobody = (state: RunState): boolean =>
  Object.values(state.tasks).every((task) => isAnnounced(task, state) || waitOf(task) === 'time');

/** It is not asked for yet: its step has not begun. */
export const isAnnounced = (task: Task, state: RunState): boolean =>
  task.status === 'created' && !hasTurn(state, task);

/** Null where that depends on who has it, or could. What is put aside until its work is undone waits for that. */
function waitOf(task: Task): keyof Waits | 'time' | null {
  const { kind, by, suspension, activateAt } = task;
  if (suspension) return suspension.undo || suspension.until !== null ? 'time' : 'aside';
  if (awaitsActivation(task)) return activateAt === null ? 'inactive' : 'time';
  if (kind === 'approval') return 'approvals';
  return by === 'human' ? 'people' : null;
}

const byHolder = ({ kind, status, assignee }: Task): keyof Waits => {
  const isWrite = kind === 'record' || kind === 'verification';
  if (assignee === null) return isWrite ? 'unwritten' : 'unassigned';
  if (status === 'reserved') return 'reserved';
  return isWrite ? 'writing' : 'working';
};

/** A person has it; or nobody has, and people alone could take it. */
function isForPeople(
  task: Task,
  { organisation, scheduler }: Runtime,
  { known, broughtBy }: { readonly known: Map<string, boolean>; readonly broughtBy: (task: Task) => string },
): boolean {
  const isPerson = (id: string): boolean => organisation.passport(id)?.kind === 'human';
  const { assignee, by, offeredTo, requires, level, from, excluded, separate } = task;
  if (assignee !== null) return isPerson(assignee);
  if (by !== null) return false;
  const key = JSON.stringify([offeredTo, requires, level, from, excluded, separate, broughtBy(task)]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const able = offeredTo ?? scheduler.router.eligible(task);
  const answer = able.length > 0 && able.every(isPerson);
  known.set(key, answer);
  return answer;
}
