import type { DeadlineEvent } from '../events/deadline.ts';
import { countedAnew } from '../deadline-terms.ts';
import type { Fold } from '../evolve.ts';
import type { Task } from '../state.ts';
import { free, taskOf } from '../tasks/holding.ts';

/** What deadlines lead to. */
export const DEADLINE_FOLDS: { readonly [Type in DeadlineEvent['type']]: Fold<Type> } = {
  'task.reminded': (state, { data }) => {
    const task = taskOf(state, data.task);
    task.deadlines = task.deadlines.map((one) =>
      one.index === data.deadline ? { ...one, remind: one.remind.filter((at) => at !== data.due) } : one,
    );
  },
  'task.overdue': (state, { data: { task: id, deadline, next } }) => {
    const task = taskOf(state, id);
    task.deadlines = task.deadlines.flatMap((one) => {
      if (one.index !== deadline) return [one];
      return next ? [{ ...countedAnew(one, next), to: next.to, remind: [] }] : [];
    });
  },
  'task.reassigned': (state, { data }) => {
    const task = taskOf(state, data.task);
    if (task.approval) {
      task.from = data.to;
      task.approval.quorum = data.quorum ?? task.approval.quorum;
    } else reassign(free(state, data.task, 'ready'), data.to, data.excluded);
  },
};

/** Whoever is named does it, whatever was asked of those who had the time: the deed counts, and not the claim. */
const reassign = (task: Task, to: readonly string[], excluded: readonly string[]): void => {
  const by = task.by === 'agent' ? null : task.by;
  Object.assign(task, {
    from: to,
    excluded,
    by,
    requires: [],
    level: null,
    offeredTo: null,
    suspension: null,
  });
};
