import type { Draft } from './draft.ts';
import { deadlineTimer } from './ids.ts';
import type { Task } from './state.ts';

/** The engine's word on when a task is to be done, in ms since the epoch; null is at no time. */
export const setDeadline = (draft: Draft, task: Task, deadline: number | null): void => {
  if (task.deadline !== null) draft.cancelTimer(deadlineTimer(task));
  draft.flow('task.set', 'decide', { task: task.id, deadline });
  if (deadline !== null) draft.setTimer(deadlineTimer(task), deadline, { kind: 'deadline', task: task.id });
};
