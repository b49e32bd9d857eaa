import type { TaskView } from './views.ts';

/** When the first clock of a task runs out, of those that run; null where none does. Lists, pages and mails tell this as the time it has. */
export function dueOf({ deadline, deadlines }: Pick<TaskView, 'deadline' | 'deadlines'>): number | null {
  const running = deadlines.flatMap(({ due, stopped }) => (stopped === null ? [due] : []));
  const first = Math.min(deadline ?? Infinity, ...running);
  return first === Infinity ? null : first;
}
