import type { OpenTasks, RunState, Task } from '../engine/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Bounds } from './bounds.ts';

/**
 * What a run waits for, by who there is now. Folds count a task that is for people and agents alike as work of agents: who has it, or
 * could take it, is not in the state.
 */
export function openNow({ open, tasks }: RunState, runtime: Runtime, bounds: Bounds): OpenTasks {
  const now = { ...open };
  const broughtBy = bounds.inRun();
  const known = new Map<string, boolean>();
  for (const task of open.working + open.unassigned > 0 ? Object.values(tasks) : []) {
    if (task.kind === 'approval' || task.by === 'human' || !isForPeople(task, runtime, { known, broughtBy }))
      continue;
    now[task.assignee === null ? 'unassigned' : 'working'] -= 1;
    now.people += 1;
  }
  return now;
}

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
