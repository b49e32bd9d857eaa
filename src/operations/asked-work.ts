import type { Graph } from '../definition/index.ts';
import { attemptId, taskOfRequest, type Task } from '../engine/index.ts';
import type { Context } from './context.ts';

interface Search {
  readonly approval: Task;
  /** Where the work is looked for next. */
  readonly of: string;
  readonly by: 1 | -1;
}

/**
 * The work on whose behalf approvals are asked, by approval. It is what a tool is called for, or what came before in its slot, whose result
 * it is; where nothing has, what has come since, which it lets begin; and as long as nothing has, what is to be given out.
 */
export async function worksOf(
  { runtime: { store } }: Context,
  approvals: readonly Task[],
  graphs: ReadonlyMap<string, Graph>,
): Promise<ReadonlyMap<string, Task>> {
  const found = new Map<string, Task>();
  let searches = approvals.flatMap(firstOf);
  while (searches.length > 0) {
    const tasks = await store.tasksNamed([...new Set(searches.map(({ of }) => of))]);
    const named = new Map(tasks.map((task) => [task.id, task]));
    searches = searches.flatMap((search) => {
      const task = named.get(search.of);
      if (task && task.kind !== 'approval') found.set(search.approval.id, task);
      return task && task.kind !== 'approval' ? [] : nextOf(search, task);
    });
  }
  for (const approval of approvals) {
    const work = found.has(approval.id) ? null : workToCome(approval, graphs.get(approval.run));
    if (work) found.set(approval.id, work);
  }
  return found;
}

const firstOf = (approval: Task): Search[] => {
  const { id, attempt } = approval;
  const of = taskOfRequest(id) || attemptId(id, attempt - 1);
  return attempt > 1 || taskOfRequest(id) ? [{ approval, of, by: -1 }] : since(approval);
};

/** Further on past approvals, and the other way where there is nothing more. */
const nextOf = ({ approval, by }: Search, passed: Task | undefined): Search[] => {
  if (passed) return [{ approval, by, of: attemptId(passed.id, passed.attempt + by) }];
  return by === 1 || taskOfRequest(approval.id) ? [] : since(approval);
};

/** Nothing has come of what is open. */
const since = (approval: Task): Search[] =>
  approval.status === 'ready' ? [] : [{ approval, by: 1, of: attemptId(approval.id, approval.attempt + 1) }];

/** Null where nothing comes of it any more, or where it depends on the run who may do it. */
const workToCome = (approval: Task, graph: Graph | undefined): Task | null => {
  const node = graph?.steps.find(({ id }) => id === approval.step);
  if (approval.status !== 'ready' || node?.kind !== 'task') return null;
  if (taskOfRequest(approval.id) || node.whom || node.separateFrom.length > 0) return null;
  const { by, from, requires, level, excluded, rules } = node;
  return {
    ...approval,
    kind: 'task',
    approval: null,
    separate: [],
    by,
    from,
    requires,
    level,
    excluded,
    rules,
  };
};
