import type { Draft } from './draft.ts';
import { deadlineTimer } from './ids.ts';
import type { Task } from './state.ts';

/** The engine's word on when a task is to be done, in ms since the epoch; null is at no time. */
export const setDeadline = (draft: Draft, task: Task, deadline: number | null): void => {
  cancelDeadlineTimer(draft, task);
  draft.flow('task.set', 'decide', { task: task.id, deadline });
  setDeadlineTimer(draft, task);
};

/** Before the event that ends or moves the deadline: the timer is named after what it was set for (ID-2). */
export const cancelDeadlineTimer = (draft: Draft, task: Task): void => {
  if (task.deadline !== null) draft.cancelTimer(deadlineTimer(task));
};

export const setDeadlineTimer = (draft: Draft, task: Task): void => {
  if (task.deadline !== null)
    draft.setTimer(deadlineTimer(task), task.deadline, { kind: 'deadline', task: task.id });
};
